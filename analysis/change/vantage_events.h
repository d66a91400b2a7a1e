/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_VANTAGE_EVENTS_H
#define TUMEN_CHANGE_VANTAGE_EVENTS_H

#include "analysis/change/event.h"
#include "analysis/change/timeline.h"

/*
 * Adds what every vantage saw change, on the data plane: between two of its
 * runs LOST (then nobody carries it), GAINED (nobody did) or CHANGED; between
 * two of its reach runs DOWN or UP, whatever was unknown in between. p is the
 * smaller of the two runs'; reachability has none. The bracket: after the last
 * round of the old began, and before the first of the new had its last answer,
 * for a path may move while it is traced. Pure; does not sort.
 */
void vantage_events(const struct timeline *t, struct events *e);

/*
 * One of them: the change from one run of a vantage and prefix to a later one.
 * Valid until the next is added.
 */
struct event *
event_of_runs(struct events *e, const struct run *from, const struct run *to);

/* carrier: whose run stood when it changed, or NULL. */
struct event *event_of_reach(struct events *e, const struct reach_run *from,
    const struct reach_run *to, const struct run *carrier);

/* Whether a run names a carrier: "none" and "unknown" do not. */
bool run_names(const struct run *run);

#endif
