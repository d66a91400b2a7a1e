/* SPDX-License-Identifier: ISC */
#include "probe/bad_replies.h"
#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "probe/campaign/keep.h"
#include "probe/campaign/run.h"
#include "probe/commands.h"
#include "probe/net/privileges.h"
#include "probe/net/sandbox.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* A wall clock that is set is noticed after this long at the latest. */
enum { NAP_MS = 60000 };

/* So is room on a disk that was full. */
enum { FULL_NAP_MS = 5000 };

/* Skipped slots that get a row of their own after a long sleep. */
enum { SKIPPED_MAX = 1000 };

struct member {
	const struct config_campaign *campaign;
	struct schedule schedule;
	struct trace_config trace;
	int64_t next;	 /* the first slot not dealt with */
	int64_t highest; /* slot that has a row already */
	bool active;
	uint32_t drops; /* of the prober when the run began */
	struct run run;
};

struct agent {
	struct config config;
	bool once;
	uv_loop_t loop;
	uv_signal_t terminate, interrupt;
	uv_timer_t nap;
	struct prober *prober;
	struct prober_counts told; /* of malformed replies */
	struct sign_key key;	   /* all zero: segments are not signed */
	struct keep keep;
	struct member *members; /* one for each campaign */
	uint64_t seq;		/* taken but not used yet; 0 none */
	bool stopping;
	bool spool_lost; /* and left alone from then on */
	int status;
};

/* Whether nothing is left of the run but late replies. */
static bool
only_lingers(const struct agent *a, const struct member *m)
{
	return m->run.next == plan_jobs(&m->run.plan) &&
	       prober_running(a->prober) == 0;
}

static void
stop(struct agent *a, int status, const char *reason)
{
	if (a->stopping)
		return;
	a->stopping = true;
	a->status = status;
	for (size_t i = 0; i < a->config.n; i++)
		if (a->members[i].active && !only_lingers(a, &a->members[i]))
			run_abort(&a->members[i].run, reason);
	prober_abort(a->prober);
}

/* What cannot be kept is not worth sending probes for. */
static void
spool_failed(struct agent *a, const struct fault *f)
{
	a->spool_lost = true;
	log_line(LOG_ERROR, "%s", f->text);
	stop(a, f->status, "spool cannot be written");
	if (a->status == EX_OK) /* it was being stopped already */
		a->status = f->status;
}

/* From now on the run will get a row, whatever happens. */
static void
note_run(struct agent *a, const struct store_run *row)
{
	struct fault f = {0};
	if (!a->spool_lost && !keep_begin(&a->keep, row, &f))
		spool_failed(a, &f);
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
	for (size_t i = 0; i < a->config.n; i++)
		if (a->members[i].active && !a->members[i].run.given_up &&
		    !only_lingers(a, &a->members[i]))
			run_abort(&a->members[i].run, a->keep.reason);
	prober_abort(a->prober);
	if (a->once)
		a->status = EX_IOERR;
}

static void
write_row(struct agent *a, const struct member *m, const struct store_run *row)
{
	int64_t interval_us = row->planned_us < 0 ? 0 : m->schedule.interval_us;
	struct fault f = {0};
	log_line(LOG_NOTE,
	    "campaign=%s slot=%" PRId64 " state=%s traces=%" PRId64
	    " sent=%" PRId64 " received=%" PRId64 " drops=%" PRId64 "%s%s",
	    row->campaign, row->slot, row->state, row->traces, row->sent,
	    row->received, row->drops, row->reason ? " reason=" : "",
	    row->reason ? row->reason : "");
	if (!a->spool_lost && !keep_run(&a->keep, row, interval_us, &f))
		spool_failed(a, &f);
}

static void
end_run(struct agent *a, struct member *m)
{
	struct fault f = {0};
	m->active = false;
	uint32_t drops = prober_counts(a->prober).drops - m->drops;
	write_row(a, m, run_end(&m->run, wall_now().ns / 1000, drops));
	bad_replies_tell(a->prober, &a->told);
	if (!a->spool_lost && !keep_seal(&a->keep, &f))
		spool_failed(a, &f);
}

static void
begin_run(struct agent *a, struct member *m, int64_t slot)
{
	run_begin(&m->run, &a->config, m->campaign, slot, wall_now().ns / 1000);
	m->run.row.epoch = segment_epoch(a->keep.segment);
	m->drops = prober_counts(a->prober).drops;
	m->active = true;
	m->next = slot + 1;
	/* A clock that was set back brings the slots once more. */
	if (a->once || slot <= m->highest)
		run_unplanned(&m->run);
	else
		m->highest = slot;
	log_line(LOG_NOTE,
	    "campaign=%s slot=%" PRId64 " state=begin targets=%zu "
	    "flows=%" PRId64,
	    m->campaign->name, m->run.row.slot, m->campaign->targets.n,
	    m->campaign->flows);
	note_run(a, &m->run.row);
}

static void
skip(struct agent *a, struct member *m, int64_t slot, const char *reason)
{
	struct run r;
	m->next = slot + 1;
	if (slot <= m->highest)
		return;
	m->highest = slot;
	run_begin(&r, &a->config, m->campaign, slot, -1);
	r.row.epoch = segment_epoch(a->keep.segment);
	note_run(a, &r.row);
	/* As a row that is held: all of a kind but for their slots. */
	int64_t now_us = a->keep.full ? r.row.planned_us : wall_now().ns / 1000;
	write_row(a, m, run_skip(&r, now_us, reason));
}

static void
skip_late(struct agent *a, struct member *m, const struct schedule_step *step)
{
	char reason[100];
	if (a->keep.full)
		snprintf(
		    reason, sizeof(reason), "late, and %s", a->keep.reason);
	else
		snprintf(reason, sizeof(reason), "late by %" PRId64 " s",
		    step->late_us / US_PER_S);
	skip(a, m, step->slot, reason);
}

static void
look_at_disk(struct agent *a)
{
	struct fault f = {0};
	if (!a->spool_lost && !keep_look(&a->keep, &f))
		spool_failed(a, &f);
	obey_disk(a);
}

/* The slot is due. */
static void
begin_or_skip(struct agent *a, struct member *m, int64_t slot)
{
	look_at_disk(a);
	if (a->keep.full)
		skip(a, m, slot, a->keep.reason);
	else if (!a->stopping)
		begin_run(a, m, slot);
}

/* Deals with what is due; microseconds until the next thing is. */
static int64_t
plan(struct agent *a, struct member *m)
{
	for (int n = 0; !a->stopping && !m->active; n++) {
		int64_t now_us = wall_now().ns / 1000;
		struct schedule_step step =
		    schedule_step(&m->schedule, m->next, now_us);
		m->next = step.slot;
		if (step.what == SCHEDULE_WAIT)
			return step.wait_us;
		if (step.what == SCHEDULE_RUN)
			begin_or_skip(a, m, step.slot);
		else if (n < SKIPPED_MAX)
			skip_late(a, m, &step);
		else
			m->next = schedule_slot(&m->schedule, now_us);
	}
	return INT64_MAX;
}

static bool
start_job(struct agent *a, struct member *m, const struct plan_job *job,
    struct fault *f)
{
	if (a->seq == 0)
		a->seq = segment_next_seq(a->keep.segment);
	struct prober_job j = {.target = job->target,
	    .prefix = job->prefix,
	    .method = job->method,
	    .port = job->port,
	    .flow = job->flow,
	    .run = m->run.row.slot,
	    .epoch = segment_epoch(a->keep.segment),
	    .seq = a->seq,
	    .trace = &m->trace};
	memcpy(j.vantage, a->config.vantage.name, sizeof(j.vantage));
	memcpy(j.campaign, m->campaign->name, sizeof(j.campaign));
	if (!prober_start(a->prober, &j, f))
		return false;
	a->seq = 0;
	return true;
}

/*
 * Starts jobs of the active runs, and ends the runs that are over; true when
 * one ended, so that its campaign's next slot must be planned.
 */
static bool
feed(struct agent *a)
{
	struct plan_job job;
	bool ended = false;
	obey_disk(a);
	for (size_t i = 0; i < a->config.n; i++) {
		struct member *m = &a->members[i];
		struct fault f = {0};
		while (m->active &&
		       prober_running(a->prober) < COMMANDS_PARALLEL &&
		       run_next(&m->run, &job))
			if (!start_job(a, m, &job, &f))
				run_failed(&m->run, f.text);
		if (m->active && run_over(&m->run)) {
			end_run(a, m);
			ended = true;
		}
	}
	return ended;
}

static void
on_done(void *arg, struct record *r)
{
	struct agent *a = arg;
	struct fault f = {0};
	for (size_t i = 0; i < a->config.n; i++) {
		struct member *m = &a->members[i];
		if (m->active && strcmp(m->campaign->name, r->campaign) == 0)
			run_traced(&m->run, r);
	}
	if (a->spool_lost)
		record_clear(r);
	else if (!keep_trace(&a->keep, r, &f))
		spool_failed(a, &f);
}

static void
on_signal(uv_signal_t *handle, int number)
{
	struct agent *a = handle->data;
	log_line(LOG_NOTE, "signal=%d state=stopping", number);
	stop(a, EX_OK, "the agent was stopped");
}

static void
on_nap(uv_timer_t *timer)
{
	(void)timer; /* the loop in serve() goes round */
}

static bool
any_active(const struct agent *a)
{
	for (size_t i = 0; i < a->config.n; i++)
		if (a->members[i].active)
			return true;
	return false;
}

static void
arm(struct agent *a, int64_t wait_us)
{
	int64_t ms = wait_us / 1000 + 1;
	int64_t most_ms = a->keep.full ? FULL_NAP_MS : NAP_MS;
	uv_update_time(&a->loop);
	uv_timer_start(
	    &a->nap, on_nap, (uint64_t)(ms < most_ms ? ms : most_ms), 0);
}

static void
plan_all(struct agent *a)
{
	int64_t wait_us = INT64_MAX;
	if (a->keep.full && !a->once)
		look_at_disk(a); /* a slot may be far away */
	for (size_t i = 0; i < a->config.n && !a->once; i++) {
		int64_t w = plan(a, &a->members[i]);
		wait_us = w < wait_us ? w : wait_us;
	}
	arm(a, wait_us);
}

/* Until it is told to stop, or every campaign has had its one run. */
static void
serve(struct agent *a)
{
	for (;;) {
		do
			plan_all(a);
		while (feed(a));
		if (!any_active(a) && (a->stopping || a->once))
			return;
		uv_run(&a->loop, UV_RUN_ONCE);
		if (prober_dead(a->prober) != 0)
			stop(a, EX_UNAVAILABLE, "the capture ended");
	}
}

/* The slots that came due while no agent ran get rows, too: skipped. */
static void
go_on(const struct agent *a, struct member *m)
{
	const struct begun *newest =
	    segment_newest_run(a->keep.segment, m->campaign->name);
	if (newest == NULL || newest->planned_us < 0 ||
	    newest->planned_us !=
		schedule_planned_us(&m->schedule, newest->slot))
		return; /* never run, or the schedule was changed */
	m->next = newest->slot + 1;
	m->highest = newest->slot;
}

static void
make_members(struct agent *a)
{
	int64_t now_us = wall_now().ns / 1000;
	a->members = xcalloc(a->config.n, sizeof(*a->members));
	for (size_t i = 0; i < a->config.n; i++) {
		struct member *m = &a->members[i];
		m->campaign = &a->config.campaigns[i];
		m->schedule = config_schedule(&a->config, m->campaign);
		m->next = schedule_next(&m->schedule, now_us);
		m->highest = -1;
		engine_trace(m->campaign, &m->trace);
		/* Whoever runs it by hand waits for the end. */
		if (a->once && m->campaign->linger_s < 0)
			m->trace.linger_ns = 0;
		if (a->once)
			begin_run(a, m, m->next);
		else
			go_on(a, m);
	}
}

static void
listen_to_signals(struct agent *a)
{
	uv_signal_init(&a->loop, &a->terminate);
	uv_signal_init(&a->loop, &a->interrupt);
	uv_timer_init(&a->loop, &a->nap);
	a->terminate.data = a->interrupt.data = a;
	uv_signal_start(&a->terminate, on_signal, SIGTERM);
	uv_signal_start(&a->interrupt, on_signal, SIGINT);
}

/* Root must say whom to become: a daemon that stays root is a mistake. */
static bool
become_user(const struct config *c, struct fault *f)
{
	const char *user = c->vantage.user;
	if (geteuid() == 0 && user[0] == '\0')
		return fault_set(f, EX_CONFIG,
		    "[vantage] user: not set, and the agent does not stay "
		    "root; name the owner of %s",
		    c->vantage.spool);
	return privileges_drop(user, c->vantage.spool, f);
}

/*
 * Sockets and the key first, which root alone may read; then no privilege any
 * more; then the spool as its owner.
 */
static bool
open_all(struct agent *a, struct fault *f)
{
	struct prober_config p = engine_config(&a->config);
	const struct config_vantage *v = &a->config.vantage;
	bool has_key = v->key[0] != '\0';
	if (has_key && !engine_key(v, &a->key, f))
		return false;
	a->prober = prober_open(&a->loop, &p, f);
	if (a->prober == NULL || !become_user(&a->config, f))
		return false;
	return keep_open(&a->keep, v, has_key ? &a->key : NULL, f);
}

static int
run(struct agent *a)
{
	struct fault f = {0};
	if (!sandbox_begin(&f))
		return opt_fail(&f);
	int e = uv_loop_init(&a->loop);
	if (e != 0) {
		fault_set(&f, EX_OSERR, "event loop: %s", uv_strerror(e));
		return opt_fail(&f);
	}
	bool ready = open_all(a, &f);
	if (ready) {
		listen_to_signals(a);
		prober_watch(a->prober, on_done, NULL, a);
		make_members(a);
		serve(a);
		uv_close((uv_handle_t *)&a->terminate, NULL);
		uv_close((uv_handle_t *)&a->interrupt, NULL);
		uv_close((uv_handle_t *)&a->nap, NULL);
	}
	prober_close(a->prober);
	uv_run(&a->loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&a->loop) != 0)
		log_line(LOG_WARN, "the event loop was left with handles");
	if (!keep_close(&a->keep, &f) && ready) {
		log_line(LOG_ERROR, "%s", f.text);
		a->status = EX_IOERR;
	}
	sign_key_wipe(&a->key);
	free(a->members);
	return ready ? a->status : opt_fail(&f);
}

static void
usage(FILE *f)
{
	fputs("usage: tumen-probe agent -c FILE [--once]\n"
	      "  -c FILE   tumen-probe.conf(5)\n"
	      "  --once    run every campaign once, now, and end\n",
	    f);
}

int
cmd_agent(int argc, char **argv)
{
	struct options_config o = {0};
	struct agent a = {0};
	struct fault f = {0};
	if (!options_config(argc, argv, &o, &f))
		return opt_fail(&f);
	if (o.help) {
		usage(stdout);
		return EX_OK;
	}
	if (!config_load(&a.config, o.file, &f))
		return opt_fail(&f);
	a.once = o.once;
	int status = run(&a);
	config_clear(&a.config);
	return status;
}
