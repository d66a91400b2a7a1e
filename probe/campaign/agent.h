/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_AGENT_H
#define TUMEN_CAMPAIGN_AGENT_H

#include "probe/base/clock.h"
#include "probe/campaign/config.h"
#include "probe/campaign/round.h"
#include "probe/campaign/view.h"
#include "sql/sign.h"

/*
 * The agent without its network: which slot of which campaign is due, which
 * jobs it consists of, and the row in the spool that each slot ends with. The
 * driver gives it the time and the traces; so a test plays a year in seconds.
 */
struct agent;

/* Traces that run at the same time; the ceiling holds for all together. */
enum { AGENT_PARALLEL = 16 };

/* What a job is to become. Of a survey the records have no epoch and no seq. */
struct agent_job {
	const struct round_job *round;
	const struct config_campaign *campaign;
	const struct targets *targets; /* ROUND_SWEEP */
	int64_t run;
	uint64_t epoch, seq; /* 0: a survey */
};

/* What the driver does for it. All of them are called from agent_turn(). */
struct agent_ops {
	int64_t (*now_us)(void *arg);	 /* the wall clock */
	int64_t (*offset_ns)(void *arg); /* clock_offset_ns() */
	struct clock_trust (*trust)(void *arg);

	/* agent_done() or agent_survey_over() will follow, when true. */
	bool (*start)(void *arg, const struct agent_job *job, struct fault *f);

	/*
	 * What runs of a campaign (NULL: of all) ends now; agent_done() may be
	 * called at once.
	 */
	void (*abort)(void *arg, const char *campaign);

	/* Traces of a campaign (NULL: of all) that still send. */
	size_t (*running)(void *arg, const char *campaign);
	uint32_t (*drops)(void *arg); /* of the capture, since the start */

	/* The name of the interface that has this address; NULL none. */
	const char *(*interface)(void *arg, uint32_t source);
};

/* Borrowed until agent_close(); agent_reload() replaces *config. */
struct agent_setup {
	const struct agent_ops *ops;
	void *arg; /* theirs */
	struct config *config;
	const struct sign_key *key; /* NULL: segments are not signed */
	bool once;		    /* every campaign runs once, now */
};

/* Opens the spool as its owner. Faults as segment_open(). */
struct agent *agent_open(const struct agent_setup *setup, struct fault *f);

/* Seals. EX_IOERR: traces are lost, and how many. */
bool agent_close(struct agent *a, struct fault *f);

/*
 * Deals with everything that is due; microseconds until something else is
 * (the wall clock may be set meanwhile, so look again within a minute).
 */
int64_t agent_turn(struct agent *a);

/* A trace ended; the record belongs to the callee. */
void agent_done(struct agent *a, struct record *r);

/* One of a survey's traces, and the end of the survey. */
void agent_surveyed(struct agent *a, struct record *r);
void agent_survey_over(struct agent *a);

/* Ends what runs: rows say `aborted` and the reason. Then agent_over(). */
void agent_stop(struct agent *a, int status, const char *reason);

/* Whether there is nothing left to do: it was stopped, or each run was once. */
bool agent_over(const struct agent *a);
int agent_status(const struct agent *a); /* to exit with */

/*
 * Goes over to another configuration, which it takes over (also on failure):
 * runs of campaigns that change end as `aborted`, the others go on. EX_CONFIG:
 * it cannot be gone over to (config_may_follow()), and the old one stays.
 */
bool agent_reload(struct agent *a, struct config *next, struct fault *f);

/* Grows when something became different that a view shows. */
uint64_t agent_changes(const struct agent *a);

/* What it knows for a view: the campaigns (view_clear() it), spool, disk. */
void agent_view(struct agent *a, struct view *v);

#endif
