/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_TIMELINE_H
#define TUMEN_CHANGE_TIMELINE_H

#include "sql/health.h"
#include "sql/states.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Folds verdicts into runs: stretches of time in which one vantage saw one
 * prefix carried by the same network. Pure: verdicts in, runs out.
 *
 * A round is a stretch of verdicts of one vantage and prefix in which no
 * (target, method, flow) repeats: what one slot of a campaign measured. Where
 * the vantage is of another tool, no (target, method) comes back after
 * TIMELINE_AGAIN_US or more without it either: RIPE Atlas takes another of 16
 * flows each time, in turn. (A slow campaign of ours comes back to a target
 * for its next flow when it is through with all others, hours later.) Its
 * verdicts vote by probability; one that was reached makes the round up. A run
 * is a stretch of rounds with the same carrier and entry AS; a round that
 * cannot say (unknown) neither ends nor extends one, and before the first that
 * can there is no run: only what never said anything is "unknown". A change is
 * believed when it repeats: a path that moves while it is traced leaves one
 * torn trace, which shows a border that never was. A state seen in one round
 * only is pending; the next round confirms it, from its first observation on,
 * or drops it.
 *
 * Reachability is folded into runs of its own, in the same way. A round is up
 * when something of the target's network answered. It is down when a router
 * says that there is no route, or when what answered last (the run's witness)
 * was probed and nothing answers any more; both only behind a working uplink
 * (timeline_uplinks()), without one it is unknown. A silent round that did not
 * probe the witness says nothing: most of what is probed there never answers.
 * The witness stays while it answers when it is probed; what answers instead
 * takes its place, or when it was not probed for a day. And without a working
 * uplink "no route" says nothing about the carrier.
 */

/*
 * Measurements of other tools repeat every 15 minutes or less often; all that
 * one of them sends a target leaves within a few.
 */
#define TIMELINE_AGAIN_US INT64_C(600000000)

struct timeline {
	size_t n, nreach;
	struct run *run;	 /* by prefix, vantage, time */
	struct reach_run *reach; /* likewise */
	struct fold *fold;
};

void timeline_open(struct timeline *t);

/*
 * How the uplink of the vantage was whose verdicts come next, by end; borrowed
 * until other ones are given. None: it is not known.
 */
void timeline_uplinks(
    struct timeline *t, const struct store_uplink *uplink, size_t n);

/* Verdicts come by prefix, vantage, start, as store_verdicts() gives them. */
void timeline_add(struct timeline *t, const struct store_verdict *v);

/* After the last verdict; the runs may then be read. */
void timeline_end(struct timeline *t);
void timeline_close(struct timeline *t);

/*
 * Goes on where an earlier fold of a series stopped, between two rounds: adds
 * one of its runs, before the verdicts behind them. All of its runs, in order.
 */
void timeline_resume(struct timeline *t, const struct run *run);
void timeline_resume_reach(struct timeline *t, const struct reach_run *run);

/*
 * The round of the last verdict: its number (1, 2, ...; 0 none) and its first
 * verdict. All rounds before it are in the runs.
 */
uint32_t timeline_round(const struct timeline *t, struct store_place *began);

/* The run before run[i] of the same vantage and prefix, or NULL. */
const struct run *timeline_before(const struct timeline *t, size_t i);

/*
 * The run before reach[i] of the same series that is not "unknown", or NULL:
 * what went down, or came up, even when nothing was known in between.
 */
const struct reach_run *
timeline_reach_before(const struct timeline *t, size_t i);

#endif
