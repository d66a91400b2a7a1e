/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_LOAD_H
#define TUMEN_CAMPAIGN_LOAD_H

#include "probe/campaign/config.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What a configuration puts on the network and into the spool, at most: every
 * trace as long as it may be, no target left out for its silence, every port
 * looked at as often as it may be. A slot belongs to the day that it is planned
 * for; what comes on top is a slot that is done again because a clock was set
 * back, and a look that is overdue because no agent was there. Pure: the caller
 * gives the time, and what the engine would need for one trace.
 */

/* Of each control destination in a run, by ICMP: before the others and after.
 */
enum { LOAD_CONTROL_TRACES = 2 };

/* Of one campaign, by its settings of the engine. */
struct load_cost {
	int64_t trace;	   /* probes of one trace, at most */
	int64_t trace_one; /* of them with TTL 1 */
	int64_t paths;	   /* probes of a search for all paths to a target */
	int64_t paths_one;
	int64_t paths_traces;	       /* records of such a search, at most */
	size_t octets[METHOD_TCP + 1]; /* of a probe, from the IP header on */
};

/* Packets if nothing else is said; a day is a day of UTC, the busiest. */
struct load {
	int64_t slots_day;
	int64_t verify_day;  /* looks at one port of one target, a day */
	int64_t trace;	     /* of one trace */
	int64_t run_target;  /* of one run: to one target by plan; */
	int64_t run_targets; /* to all of them; */
	int64_t run_control; /* to control destinations; */
	int64_t run_verify;  /* to ports that are looked at; */
	int64_t run;	     /* in all */
	int64_t day;
	int64_t day_target;  /* to the busiest target */
	int64_t day_control; /* to each control destination */
	int64_t day_one;     /* with TTL 1: the first router answers itself */
	int64_t day_traces;  /* that come into the spool */
	int64_t day_octets;  /* of IP */
	int64_t run_s;	     /* that a run takes at the ceiling */
	double per_s;	     /* packets a second, in the long run */
	double octets_per_s;
};

/* From now_us on: all 0 for a campaign whose `until` has passed. */
struct load load_of(const struct config *c, const struct config_campaign *k,
    const struct load_cost *cost, int64_t now_us);

/* Packets a day to one target of the campaign: it has ports of its own. */
int64_t load_to_target(
    const struct config_campaign *k, const struct load *l, uint32_t target);

/* Of all campaigns together. */
struct load_total {
	struct load sum; /* of what is said of a day, and the averages */
	uint32_t target; /* who gets the most a day from all; 0 none */
	int64_t target_day;
	uint32_t control; /* the same of control destinations */
	int64_t control_day;
};

/* each: load_of() of every campaign. */
struct load_total load_sum(const struct config *c, const struct load *each);

#endif
