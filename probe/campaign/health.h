/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_HEALTH_H
#define TUMEN_CAMPAIGN_HEALTH_H

#include "probe/base/clock.h"
#include "probe/campaign/round.h"
#include "sql/health.h"

/*
 * How the vantage was during a run, from the traces of the run itself. Pure.
 * Control destinations before and behind the others tell whether the way out
 * was there all the time.
 */
struct health {
	int64_t offset_ns;   /* clock_offset_ns() when the run began */
	uint64_t before_seq; /* the last trace to a control before the others */
	size_t before, before_reached, after, after_reached;
	int64_t rtt_ns[2 * CONFIG_CONTROLS_MAX];
	size_t nrtt;
	uint32_t source, gateway;
	bool *answered; /* by the index of round.targets */
	size_t nanswered;
};

/* The caller's to health_clear(). */
void
health_begin(struct health *h, const struct round *round, int64_t offset_ns);
void health_clear(struct health *h);

/* A job was given this number. */
void health_start(struct health *h, const struct round_job *job, uint64_t seq);

/* It could not start; a control destination was not reached, then. */
void health_fail(struct health *h, const struct round_job *job);

/* It has ended. Not for a trace that was cut short: it says nothing. */
void health_trace(
    struct health *h, const struct round *round, const struct record *r);

/* What the clock says at the end, and how the slot was met. */
struct health_end {
	int64_t now_us, offset_ns;
	struct clock_trust trust;
	int64_t late_us, jitter_us; /* -1: no plan */
	const char *interface;	    /* NULL not known; borrowed */
};

/* The row; names, slot and epoch are run's. It borrows from end. */
void health_row(struct health *h, const struct round *round,
    const struct store_run *run, const struct health_end *end,
    struct store_health *row);

#endif
