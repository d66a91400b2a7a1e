/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_AGENT_PART_H
#define TUMEN_CAMPAIGN_AGENT_PART_H

#include "probe/campaign/agent.h"
#include "probe/campaign/keep.h"
#include "probe/campaign/run.h"

/*
 * Private to agent.c (its life), agent_slots.c (what is due), agent_reload.c
 * and agent_view.c.
 */

/* One campaign. */
struct member {
	const struct config_campaign *campaign;
	struct schedule schedule;
	int64_t last;	/* the greatest slot dealt with; -1 none */
	int64_t next;	/* the first slot not dealt with */
	bool missed;	/* slots before it came due while no agent was there */
	bool active;	/* run is under way */
	bool leaving;	/* nothing new: the configuration changes */
	uint32_t drops; /* of the capture when the run began */
	struct run run;
	struct view_campaign view; /* what became of its runs */
};

struct agent {
	struct agent_ops ops;
	void *arg;
	struct config *config;
	bool once;
	struct keep keep;
	struct learn *learn;
	struct member *members;	 /* one for each campaign of config */
	struct member *surveyor; /* whose survey runs; NULL none */
	struct config next; /* to go over to, when all that leaves is over */
	bool reloading;
	uint64_t seq; /* taken but not used yet; 0 none */
	bool stopping, spool_lost;
	int status;
	int64_t offset_ns, clock_steps; /* of the wall clock */
	uint64_t changes;
};

/* agent.c: what cannot be kept is not worth sending probes for. */
void agent_spool_failed(struct agent *a, const struct fault *f);

/* Looks at the disk, and ends what runs when it is full. */
void agent_look_at_disk(struct agent *a);

/* agent_slots.c: a member of a campaign that was not there before. */
struct member agent_member(struct agent *a, const struct config_campaign *c);

/* Deals with what is due; microseconds until the next thing is. */
int64_t agent_plan(struct agent *a, struct member *m);

/* A run that belongs to no slot begins. */
void agent_begin_by_hand(struct agent *a, struct member *m);

/* The run is over: its rows. */
void agent_end_run(struct agent *a, struct member *m);

/* agent_reload.c: whether it went over to another configuration. */
bool agent_follow(struct agent *a);

/* agent_view.c: remembers how a slot ended. */
void agent_note(struct agent *a, struct member *m, const struct store_run *row);

#endif
