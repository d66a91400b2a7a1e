/* SPDX-License-Identifier: ISC */
#include "probe/campaign/agent_part.h"

#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "probe/campaign/evidence.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* The wall clock was set when it moved by more than this at once. */
#define STEP_NS (100 * NS_PER_MS)

/* Whether nothing is left of the run but late replies. */
static bool
only_lingers(const struct agent *a, const struct member *m)
{
	return m->run.next == m->run.round.n && a->surveyor != m &&
	       a->ops.running(a->arg, NULL) == 0;
}

/* Ends the runs under way. */
static void
abort_runs(struct agent *a, const char *reason)
{
	for (size_t i = 0; i < a->config->n; i++) {
		struct member *m = &a->members[i];
		if (m->active && !m->run.given_up && !only_lingers(a, m))
			run_abort(&m->run, reason);
	}
	a->ops.abort(a->arg, NULL);
}

void
agent_stop(struct agent *a, int status, const char *reason)
{
	if (a->stopping)
		return;
	a->stopping = true;
	a->status = status;
	abort_runs(a, reason);
}

void
agent_spool_failed(struct agent *a, const struct fault *f)
{
	a->spool_lost = true;
	log_line(LOG_ERROR, "%s", f->text);
	agent_stop(a, f->status, "spool cannot be written");
	if (a->status == EX_OK) /* it was being stopped already */
		a->status = f->status;
}

/*
 * A full disk ends what runs: what cannot be kept is not worth sending probes
 * for. Slots are skipped until there is room; who waits for one run does not.
 */
static void
obey_disk(struct agent *a)
{
	if (!a->keep.full)
		return;
	abort_runs(a, a->keep.reason);
	if (a->once)
		a->status = EX_IOERR;
}

void
agent_look_at_disk(struct agent *a)
{
	struct fault f = {0};
	if (!a->spool_lost && !keep_look(&a->keep, &f))
		agent_spool_failed(a, &f);
	obey_disk(a);
}

static bool
is_survey(const struct round_job *job)
{
	return job->kind == ROUND_PATHS || job->kind == ROUND_SWEEP;
}

/*
 * What shows that the way out was there to the end begins when no other trace
 * of its run sends any more.
 */
static bool
is_time_for(const struct agent *a, const struct member *m)
{
	const struct round_job *job = &m->run.round.v[m->run.next];
	bool first = job->after && (m->run.next == 0 || !job[-1].after);
	return !first || (a->surveyor != m &&
			     a->ops.running(a->arg, m->campaign->name) == 0);
}

/* Whether the next job may start now. Surveys are one at a time. */
static bool
may_start(const struct agent *a, const struct member *m)
{
	if (!m->active || m->run.given_up || m->run.next == m->run.round.n)
		return false;
	const struct round_job *job = &m->run.round.v[m->run.next];
	if (is_survey(job))
		return a->surveyor == NULL;
	return a->ops.running(a->arg, NULL) < AGENT_PARALLEL &&
	       is_time_for(a, m);
}

static bool
start_job(struct agent *a, struct member *m, const struct round_job *round,
    struct fault *f)
{
	struct agent_job job = {.round = round,
	    .campaign = m->campaign,
	    .targets = &m->run.round.targets,
	    .run = m->run.row.slot};
	if (is_survey(round)) {
		a->surveyor = m;
		if (a->ops.start(a->arg, &job, f))
			return true;
		a->surveyor = NULL;
		return false;
	}
	if (a->seq == 0)
		a->seq = segment_next_seq(a->keep.segment);
	job.epoch = segment_epoch(a->keep.segment);
	job.seq = a->seq;
	if (!a->ops.start(a->arg, &job, f))
		return false;
	run_started(&m->run, round, a->seq);
	a->seq = 0;
	return true;
}

static void
start_jobs(struct agent *a, struct member *m)
{
	const struct round_job *job = NULL;
	struct fault f = {0};
	while (may_start(a, m) && run_next(&m->run, &job))
		if (!start_job(a, m, job, &f))
			run_failed(&m->run, job, f.text);
}

/*
 * Starts jobs of the active runs, and ends the runs that are over; true when
 * one ended, so that its campaign's next slot must be planned.
 */
static bool
feed(struct agent *a)
{
	bool ended = false;
	obey_disk(a);
	for (size_t i = 0; i < a->config->n; i++) {
		struct member *m = &a->members[i];
		start_jobs(a, m);
		if (m->active && run_over(&m->run)) {
			agent_end_run(a, m);
			ended = true;
		}
	}
	return ended;
}

static void
look_at_clock(struct agent *a)
{
	int64_t offset_ns = a->ops.offset_ns(a->arg);
	int64_t step_ns = offset_ns - a->offset_ns;
	a->offset_ns = offset_ns;
	if (llabs(step_ns) < STEP_NS)
		return;
	a->clock_steps++;
	log_event(LOG_WARN, "clock-step", "step_us=%" PRId64, step_ns / 1000);
}

static int64_t
plan_all(struct agent *a)
{
	int64_t wait_us = INT64_MAX;
	if (a->keep.full && !a->once)
		agent_look_at_disk(a); /* a slot may be far away */
	for (size_t i = 0; i < a->config->n && !a->once; i++) {
		int64_t w = agent_plan(a, &a->members[i]);
		wait_us = w < wait_us ? w : wait_us;
	}
	return wait_us;
}

int64_t
agent_turn(struct agent *a)
{
	int64_t wait_us = INT64_MAX;
	look_at_clock(a);
	do
		wait_us = plan_all(a);
	while (feed(a) || agent_follow(a));
	return wait_us;
}

static struct member *
active_member(struct agent *a, const char *campaign)
{
	for (size_t i = 0; i < a->config->n; i++) {
		struct member *m = &a->members[i];
		if (m->active && strcmp(m->campaign->name, campaign) == 0)
			return m;
	}
	return NULL;
}

/* Of a member or, which no driver should do, of nobody. */
static void
take(struct agent *a, struct member *m, struct record *r)
{
	struct fault f = {0};
	if (m != NULL) {
		run_traced(&m->run, r);
		evidence_trim(r, m->campaign->evidence);
		learn_trace(a->learn, m->campaign, r);
	}
	if (a->spool_lost)
		record_clear(r);
	else if (!keep_trace(&a->keep, r, &f))
		agent_spool_failed(a, &f);
}

void
agent_done(struct agent *a, struct record *r)
{
	struct member *m = active_member(a, r->campaign);
	take(a, m, r);
	if (m != NULL)
		run_ended(&m->run);
}

void
agent_surveyed(struct agent *a, struct record *r)
{
	r->epoch = segment_epoch(a->keep.segment);
	r->seq = segment_next_seq(a->keep.segment);
	take(a, a->surveyor, r);
}

void
agent_survey_over(struct agent *a)
{
	run_ended(&a->surveyor->run);
	a->surveyor = NULL;
}

bool
agent_over(const struct agent *a)
{
	for (size_t i = 0; i < a->config->n; i++)
		if (a->members[i].active)
			return false;
	return a->stopping || a->once;
}

int
agent_status(const struct agent *a)
{
	return a->status;
}

static void
make_members(struct agent *a)
{
	a->members = xcalloc(a->config->n, sizeof(*a->members));
	for (size_t i = 0; i < a->config->n; i++) {
		a->members[i] = agent_member(a, &a->config->campaigns[i]);
		if (a->once && !a->stopping) /* the spool may have failed */
			agent_begin_by_hand(a, &a->members[i]);
	}
}

struct agent *
agent_open(const struct agent_setup *setup, struct fault *f)
{
	struct agent *a = xcalloc(1, sizeof(*a));
	const struct config_vantage *v = &setup->config->vantage;
	a->ops = *setup->ops;
	a->arg = setup->arg;
	a->config = setup->config;
	a->once = setup->once;
	a->offset_ns = a->ops.offset_ns(a->arg);
	if (keep_open(&a->keep, v, setup->key, f))
		a->learn = learn_open(v->spool, f);
	if (a->learn != NULL) {
		make_members(a);
		return a;
	}
	keep_close(&a->keep, NULL);
	free(a);
	return NULL;
}

bool
agent_close(struct agent *a, struct fault *f)
{
	for (size_t i = 0; i < a->config->n; i++)
		run_clear(&a->members[i].run);
	if (a->reloading)
		config_clear(&a->next);
	learn_close(a->learn);
	bool ok = keep_close(&a->keep, f);
	free(a->members);
	free(a);
	return ok;
}
