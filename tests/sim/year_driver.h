/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_YEAR_DRIVER_H
#define TUMEN_TESTS_YEAR_DRIVER_H

#include "probe/campaign/agent.h"
#include "tests/sim/random.h"

/*
 * A network and clocks that are made up, for the agent's core: traces take
 * some seconds of a time that passes as fast as the machine can. The world
 * outlives the processes in which agents live, in memory that they share.
 */

enum { YEAR_SLOTS = 40000, YEAR_CAMPAIGNS = 3, YEAR_JOBS = 4096 };

/* Those whose schedule never changes. */
extern const char *const year_names[YEAR_CAMPAIGNS];
int year_campaign(const char *name); /* -1: another */

struct year_world {
	int64_t true_ns;   /* since 1970, by a clock that is never set */
	int64_t offset_ns; /* the wall clock is so far ahead of it */
	struct random random;
	/*
	 * How often each planned slot was begun, counted from the first one;
	 * and the run that the last job belonged to, in this life.
	 */
	int64_t first_slot[YEAR_CAMPAIGNS], run[YEAR_CAMPAIGNS];
	uint8_t begun[YEAR_CAMPAIGNS][YEAR_SLOTS];
	int64_t steps, sleeps, kills, stops, reloads, traces, down_us;
	bool link_down;
};

struct year_job {
	struct agent_job job;
	struct round_job round; /* a copy: the run may be gone */
	char campaign[RECORD_NAME_MAX + 1], vantage[RECORD_NAME_MAX + 1];
	int64_t start_us, end_ns; /* wall; true time */
	bool aborted;
};

struct year_driver {
	struct year_world *world;
	struct agent *agent;
	struct year_job *jobs;
	size_t n;
};

extern const struct agent_ops year_ops;

/* Ends what is due; the true time of the next end, INT64_MAX none. */
int64_t year_finish(struct year_driver *d);

#endif
