/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_KEEP_H
#define TUMEN_CAMPAIGN_KEEP_H

#include "probe/campaign/config.h"
#include "sql/segment.h"

/*
 * What an agent keeps of its runs in the spool, and what it does without room
 * there. A full disk is a state and no failure: nothing new begins, what was
 * under way goes into the reserve, what does not fit waits, traces in memory,
 * rows of runs in a file that has its room already. Every function below but
 * keep_open() is true on a full disk, too: ask keep.full afterwards.
 */
struct keep {
	struct segment *segment;
	const char *spool;
	int64_t warn, stop; /* percent of the disk */
	bool full;	    /* no probing */
	char reason[80];    /* "disk-full: ...", for rows; good while full */
	/* private */
	bool reserve, told, warned, unsafe;
	int64_t look_ns;
	struct record
	    *waiting; /* traces: those of the runs that were aborted */
	size_t n, room;
};

/* Start from {0}. The spool as the user who owns it; key may be NULL. */
bool keep_open(struct keep *k, const struct config_vantage *v,
    const struct sign_key *key, struct fault *f);

/* Seals what can be sealed. False: so many traces that waited are lost. */
bool keep_close(struct keep *k, struct fault *f);

/*
 * Looks at the disk, on a full one once a second at the most, and enters or
 * leaves the state.
 */
bool keep_look(struct keep *k, struct fault *f);

/* A run will begin, or be skipped; segment_begin_run(). */
bool keep_begin(struct keep *k, const struct store_run *run, struct fault *f);

/* The record belongs to the callee. */
bool keep_trace(struct keep *k, struct record *r, struct fault *f);

/* interval_us: of the campaign, 0 when the run belongs to no slot. */
bool keep_run(struct keep *k, const struct store_run *run, int64_t interval_us,
    struct fault *f);

/* Slots missed in a row: segment_add_missed(). Not on a full disk. */
bool keep_missed(struct keep *k, const struct store_run *run, int64_t n,
    int64_t interval_us, struct fault *f);

/* Before the run's own row. On a full disk it is not kept. */
bool
keep_health(struct keep *k, const struct store_health *row, struct fault *f);

bool keep_seal(struct keep *k, struct fault *f);

#endif
