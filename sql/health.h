/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_HEALTH_H
#define TUMEN_SQL_HEALTH_H

#include "sql/store.h"

/*
 * How well the vantage itself was during one run: what tells a dead uplink
 * from a dark country. One row for each run that began, with the key of its
 * row in `run`. Missing numbers are -1, addresses 0, texts NULL.
 */
struct store_health {
	char vantage[RECORD_NAME_MAX + 1], campaign[RECORD_NAME_MAX + 1];
	int64_t slot;
	uint64_t epoch;
	int64_t at_us;	    /* when it was written: the end of the run */
	const char *uplink; /* up: a control destination answered before and
			       after the round (of one that was aborted: as far
			       as it came); unstable: before or after; down:
			       neither; unknown: none was traced */
	int64_t controls, reached; /* traces of control destinations, and how
				      many reached theirs */
	int64_t control_rtt_us;	   /* median round trip to them */
	uint32_t source;	   /* the address probes left from, */
	const char *interface;	   /* and its interface */
	uint32_t gateway;	   /* who answered at TTL 1 */
	int64_t targets, answered, quiet; /* traced; that answered; left out
					     because they never do */
	int64_t late_us;		  /* began so long after the plan */
	int64_t jitter_us;		  /* of it on purpose */
	int64_t clock_synced;	/* 1: the kernel's clock is kept right; 0 */
	int64_t clock_error_us; /* at most, as the kernel estimates it */
	int64_t clock_step_us;	/* it was set by so much during the run, below
				   0 back; 0 it was not */
};

/*
 * In the transaction that is open, or in one of its own. Again the same changes
 * nothing; EX_DATAERR when the stored one says something else, or for a row
 * that makes no sense.
 */
bool store_add_health(
    struct store *s, const struct store_health *h, struct fault *f);

/* By campaign and slot; the texts of the row change with the next call. */
typedef bool
store_each_health(void *arg, const struct store_health *h, struct fault *f);
bool store_healths(
    struct store *s, store_each_health *each, void *arg, struct fault *f);

/*
 * When a run of a vantage began and ended, and how its uplink was. What a round
 * is held against before its silence means anything. Of a run that was aborted
 * it is not known: what it did not wait for was not silent.
 */
struct store_uplink {
	int64_t began_us, ended_us;
	bool up, known; /* not up though known: down or unstable */
};

/* No run lasts longer: one that did is not among the uplinks of a window. */
#define STORE_RUN_MAX_US (INT64_C(7) * 24 * 3600 * 1000000)

/* The runs of a vantage that ended at or after from_us, and began before
 * until_us, as far as STORE_RUN_MAX_US tells. */
struct store_window {
	int64_t vantage_id, from_us, until_us;
};

/* By end; of runs whose own row is there. */
typedef bool
store_each_uplink(void *arg, const struct store_uplink *u, struct fault *f);
bool store_uplinks(struct store *s, const struct store_window *window,
    store_each_uplink *each, void *arg, struct fault *f);

/*
 * When the oldest trace of a vantage began whose run has no row yet, so that
 * its health may still come; INT64_MAX without one. Only those within a day of
 * the vantage's newest verdict: what is missing longer was lost, or comes with
 * verdicts that take the states behind it away.
 */
bool store_awaited(
    struct store *s, int64_t vantage_id, int64_t *began_us, struct fault *f);

#endif
