/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_PROBE_AGENT_JOBS_H
#define TUMEN_PROBE_AGENT_JOBS_H

#include "probe/campaign/agent.h"
#include "probe/net/prober.h"
#include "probe/trace/mda.h"
#include "probe/trace/sweep.h"

#include <net/if.h>

/* The agent's jobs on the real network: traces, and one survey at a time. */
struct jobs {
	struct prober *prober;
	struct agent *agent; /* whom the records go to */
	const struct config *config;
	bool hurry; /* somebody waits: no late replies unless asked for */
	struct responders *responders;	    /* of all paths */
	struct sweep *sweep;		    /* the survey that runs, */
	struct mda *mda;		    /* or this one */
	char campaign[RECORD_NAME_MAX + 1]; /* of the survey */
	uint64_t survey_seq; /* of its first probe: no other has it */
	uint32_t target;     /* of the newest job */
	char interface[IFNAMSIZ];
};

/* What an agent needs of its driver; arg is a struct jobs. */
extern const struct agent_ops jobs_ops;

/* The prober is there; from here on its traces end here. */
void jobs_open(struct jobs *j, struct prober *prober);
void jobs_close(struct jobs *j); /* before the prober, with no survey left */

/* After each turn of the loop: tells the agent of a survey that is over. */
void jobs_turn(struct jobs *j);

#endif
