/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_RUN_H
#define TUMEN_CAMPAIGN_RUN_H

#include "probe/campaign/config.h"
#include "probe/campaign/health.h"
#include "probe/campaign/round.h"
#include "sql/store.h"

/*
 * One slot of one campaign: which traces it consists of, and the row that
 * tells how it ended. Pure: the caller gives the time.
 */
struct run {
	struct round round; /* empty until run_begin(), and of a skipped slot */
	struct health health;
	struct store_run row;
	size_t next, open; /* jobs given out, those not finished yet */
	size_t failed;	   /* jobs that could not start */
	bool given_up;	   /* no further jobs */
	char reason[160];
};

/* The row alone, of a slot that is not run yet. *r is overwritten. */
void run_row(struct run *r, const struct config *c,
    const struct config_campaign *campaign, int64_t slot);

/* It begins: from here on run_clear() it. */
void run_begin(struct run *r, const struct config_campaign *campaign,
    struct learn *l, int64_t now_us, int64_t offset_ns);
void run_clear(struct run *r);

/*
 * The run belongs to no slot: by hand, or once more because the clock was set
 * back or a changed schedule counts the same numbers. It has no plan, and its
 * number is the microsecond of its beginning, or a later one that no other run
 * has: numbers are the keys of rows.
 */
void run_unplanned(struct run *r, int64_t number);

/* The next job; false when there are no more. It is open until it has ended. */
bool run_next(struct run *r, const struct round_job **job);

/* The job just given could not start, for this reason. */
void run_failed(struct run *r, const struct round_job *job, const char *reason);

/* It is under way with this number. */
void run_started(struct run *r, const struct round_job *job, uint64_t seq);

/* A trace was done. */
void run_traced(struct run *r, const struct record *record);

/* A job has ended: a trace, or all those of a survey. */
void run_ended(struct run *r);

/* No further jobs; the row will say `aborted`. */
void run_abort(struct run *r, const char *reason);

/* Whether every job has ended. */
bool run_over(const struct run *r);

/*
 * The row of a run that is over; it borrows from r. drops: packets lost since
 * it began, which the sum over its traces is not, for they overlap.
 */
const struct store_run *run_end(struct run *r, int64_t now_us, int64_t drops);

/* The row of a slot that is not run at all. */
const struct store_run *
run_skip(struct run *r, int64_t now_us, const char *reason);

#endif
