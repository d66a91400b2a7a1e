/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_ROUND_H
#define TUMEN_CAMPAIGN_ROUND_H

#include "probe/campaign/config.h"
#include "probe/campaign/learn.h"
#include "probe/campaign/plan.h"

/*
 * The jobs of one run, in their order: each control destination, the targets
 * (plan.h) without those that are silent for long and not due, the ports that
 * are due for a look, and each control destination once more.
 */
enum round_kind {
	ROUND_CONTROL, /* one trace by ICMP echo, flow 0 */
	ROUND_TRACE,
	ROUND_PATHS, /* all paths to one target */
	ROUND_SWEEP, /* to all targets; job has the first */
};

struct round_job {
	enum round_kind kind;
	bool after; /* a control destination, behind the others */
	struct plan_job job;
};

struct round {
	struct round_job *v;
	size_t n, room;
	struct targets targets; /* of this run */
	size_t quiet;		/* targets that were left out */
};

/* *r is overwritten; round_clear() it. l is not changed but by learn_port(). */
void round_make(struct round *r, const struct config_campaign *c,
    struct learn *l, int64_t slot, int64_t now_us);
void round_clear(struct round *r);

#endif
