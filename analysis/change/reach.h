/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_REACH_H
#define TUMEN_CHANGE_REACH_H

#include "analysis/change/timeline.h"

/*
 * The half of a timeline's fold that says whether a prefix can be reached: the
 * rounds of one series into runs of "up", "down" and "unknown" (timeline.h has
 * the rules).
 */

/* A witness that was not probed for so long is replaced by what answers. */
#define REACH_WITNESS_US (INT64_C(24) * 3600 * 1000000)

/* What the verdicts of one round say of it. */
struct reach_round {
	/* What answered last before it (method 0: nothing), and whether that
	 * was probed again. */
	uint32_t witness;
	enum record_method witness_method;
	bool probed, answered;
	uint32_t first; /* of what answered the first; method 0: nothing did */
	enum record_method first_method;
	bool refused; /* a router says that there is no route */
};

/* How a round was: its times and traces, and its uplink. */
struct reach_seen {
	const struct run *round;
	const char *uplink; /* up, down, unknown */
	int64_t ended_us;   /* then no answer could come any more; -1 */
};

/* Begins a round of a series; last is its newest run or NULL. */
void reach_begin(struct reach_round *r, const struct reach_run *last);
void reach_add(struct reach_round *r, const struct store_verdict *v);

/* Nothing answered, and a router says that there is no route. */
bool reach_refused(const struct reach_round *r);

/* Folds a round into the runs of t. */
void reach_fold(struct timeline *t, const struct reach_round *r,
    const struct reach_seen *seen);

/* The newest run of a series, NULL before its first round. */
struct reach_run *reach_newest(struct timeline *t, const struct run *round);

void reach_append(struct timeline *t, const struct reach_run *run);

/*
 * A vantage without any way out sends nothing, and no round says so: when two
 * or more of its runs behind the newest round of a series, and all of the last
 * of them, had a dead uplink, the series' newest run becomes "unknown". The
 * runs by end; after the last verdict of the series, and never to be kept.
 */
void
reach_blind(struct timeline *t, const struct store_uplink *uplink, size_t n);

#endif
