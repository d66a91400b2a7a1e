/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_TALLY_H
#define TUMEN_SQL_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Counts the traces of each run while runs and traces go by in the order of
 * their start. Only the runs under way and those that do not come out right
 * are remembered. Pure.
 */
struct tally_key {
	int64_t vantage_id, campaign_id, slot, epoch;
};

struct tally_run {
	struct tally_key key;
	int64_t until_us; /* no trace of it starts later */
	int64_t expected; /* -1: no row was seen */
	int64_t stored;
	bool at_least; /* an aborted run may have more than its row says */
};

/* Runs that do not come out right, remembered one by one. */
enum { TALLY_ODD_MAX = 10000 };

struct tally {
	struct tally_run *active, *odd;
	size_t nactive, active_room, nodd, odd_room, last;
	int64_t forgotten; /* traces of odd runs beyond the limit */
};

/* A run begins; every trace that started before must have gone by. */
void
tally_run(struct tally *t, const struct tally_run *run, int64_t started_us);

/* A trace of a run that starts at this time. */
void
tally_trace(struct tally *t, const struct tally_key *key, int64_t started_us);

/*
 * All have gone by. What stays in t->odd, a key once, is not settled: expected
 * -1, or another number than stored.
 */
void tally_end(struct tally *t);

void tally_free(struct tally *t);

#endif
