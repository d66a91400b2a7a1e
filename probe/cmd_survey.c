/* SPDX-License-Identifier: ISC */
#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "probe/base/record_json.h"
#include "probe/cmd_trace.h"
#include "probe/commands.h"
#include "probe/show_graph.h"
#include "probe/show_survey.h"
#include "probe/survey_open.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

enum { PROGRESS_MS = 200 };

/* A sweep, or all paths to one target, while it runs. */
struct survey {
	struct session *session;
	const struct survey_ops *ops;
	void *core;
	struct sweep *sweep; /* the core, when it is one */
	struct mda *mda;     /* or this one */
	struct record about;
	const char *what, *units;
	int64_t *start_us; /* of each finished trace, by its number */
	struct mono began;
	uint64_t sent_before, first_seq;
	size_t reached;
};

/* Which trace this one joins; false when it stands for itself. */
static bool
joins_of(const struct survey *v, const struct record *r, struct sweep_join *at,
    struct record_joins *joins)
{
	*at = (struct sweep_join){0};
	if (v->sweep != NULL)
		*at = sweep_join(v->sweep, r);
	if (at->ttl == 0)
		return false;
	struct record other = v->about;
	other.seq = at->seq;
	other.start_us = v->start_us[at->seq - v->first_seq];
	*joins = (struct record_joins){
	    .ttl = at->ttl, .finished = other.start_us != 0};
	record_id(&other, joins->trace);
	return true;
}

static void
print(struct survey *v, const struct record *r)
{
	struct session *s = v->session;
	struct record_joins joins;
	struct sweep_join at;
	char other[ADDR_STRLEN];
	bool joined = joins_of(v, r, &at, &joins);
	if (s->options->json) {
		record_json_joined(r, joined ? &joins : NULL, &s->out);
		json_end_line(&s->out);
		return;
	}
	session_erase(s);
	session_require(show_trace(r, stdout));
	if (joined)
		printf("  joins the path to %s at TTL %u\n",
		    addr_format(at.target, other), at.ttl);
}

static void
on_done(void *arg, struct record *r)
{
	struct survey *v = arg;
	r->prefix = targets_prefix(r->target);
	if (v->sweep != NULL)
		v->start_us[r->seq - v->first_seq] = r->start_us;
	if (v->sweep != NULL || v->session->options->json)
		print(v, r); /* people read the graph of its flows */
	v->session->next++;
	v->reached += r->stop == STOP_REACHED;
	if (r->stop == STOP_ERROR && v->session->signal == 0)
		v->session->status = EX_UNAVAILABLE;
	record_clear(r);
}

static void
on_progress(uv_timer_t *timer)
{
	struct survey *v = timer->data;
	struct show_progress p = {.what = v->what,
	    .units = v->units,
	    .probes = prober_counts(v->session->prober).sent - v->sent_before,
	    .ns = mono_now().ns - v->began.ns};
	v->ops->progress(v->core, &p.done, &p.all);
	show_progress(&p, stderr);
	v->session->line = true;
}

static void
run(struct survey *v)
{
	struct session *s = v->session;
	uv_timer_t timer;
	v->began = mono_now();
	v->sent_before = prober_counts(s->prober).sent;
	prober_watch(s->prober, on_done, NULL, v);
	prober_survey(s->prober, v->ops, v->core);
	uv_timer_init(&s->loop, &timer);
	timer.data = v;
	if (s->terminal)
		uv_timer_start(&timer, on_progress, PROGRESS_MS, PROGRESS_MS);
	while (prober_surveying(s->prober))
		session_turn(s);
	uv_close((uv_handle_t *)&timer, NULL);
	session_turn(s); /* the timer is on this stack */
	session_erase(s);
	if (prober_dead(s->prober) != 0 && s->signal == 0)
		s->status = EX_UNAVAILABLE;
}

static void
sum_up(const struct survey *v)
{
	struct session *s = v->session;
	struct show_sweep sum = {.about = &v->about,
	    .saved = sweep_saved(v->sweep),
	    .reached = v->reached,
	    .duration_us = (mono_now().ns - v->began.ns) / 1000,
	    .aborted = s->signal != 0 || prober_dead(s->prober) != 0};
	if (s->options->json) {
		show_sweep_json(&sum, &s->out);
		json_end_line(&s->out);
	} else {
		session_require(show_sweep(&sum, stdout));
	}
}

static struct survey_limits
limits(const struct survey *v)
{
	const struct trace_options *o = v->session->options;
	return (struct survey_limits){.trace = &o->prober.trace,
	    .target_rate = o->prober.target_rate,
	    .responder_rate = o->responder_rate < 0
				  ? o->prober.responder_rate
				  : (uint32_t)o->responder_rate,
	    .linger = o->linger_ms >= 0,
	    .attempts = o->attempts >= 0,
	    .window = o->window >= 0,
	    .confidence = (uint8_t)o->mda,
	    .flows = (uint16_t)o->prober.flow_count};
}

static struct survey_about
about_all(const struct survey *v)
{
	return (struct survey_about){.record = v->about,
	    .seq = v->first_seq,
	    .key = prober_key(v->session->prober)};
}

static void
begin(struct survey *v, struct session *s)
{
	*v = (struct survey){.session = s, .first_seq = s->next + 1};
}

/* The prober's word on a job; false and a status when it cannot be done. */
static bool
about(struct survey *v, const struct plan_job *job)
{
	struct session *s = v->session;
	struct prober_job to = session_job(s, job, v->first_seq);
	struct fault f = {0};
	if (!prober_about(s->prober, &to, &v->about, &f)) {
		s->status = opt_fail(&f);
		return false;
	}
	v->about.start_us = wall_now().ns / 1000;
	return true;
}

void
survey_sweep(struct session *s)
{
	struct survey v;
	struct plan_job job = plan_job(&s->plan, 0);
	/* One port for all, whatever is known of the first of them. */
	if (job.method == METHOD_TCP && s->options->port < 0)
		job.port = TARGETS_PORT;
	begin(&v, s);
	if (!about(&v, &job))
		return;
	v.what = "sweep";
	v.units = "targets";
	v.start_us = xcalloc(s->options->targets.n, sizeof(*v.start_us));
	struct survey_about all = about_all(&v);
	struct survey_limits l = limits(&v);
	v.sweep = survey_open_sweep(&all, &l, &s->options->targets);
	v.ops = &sweep_ops;
	v.core = v.sweep;
	run(&v);
	sum_up(&v);
	sweep_close(v.sweep);
	free(v.start_us);
}

static void
draw(const struct survey *v)
{
	struct session *s = v->session;
	struct mda_graph g;
	mda_graph(v->mda, &g);
	if (s->options->json) {
		show_graph_json(&g, &s->out);
		json_end_line(&s->out);
	} else {
		session_require(show_graph(&g, stdout));
	}
	mda_graph_clear(&g);
}

static void
paths_to(struct session *s, const struct plan_job *job,
    struct responders *responders)
{
	struct survey v;
	char target[ADDR_STRLEN], what[sizeof("all paths to ") + ADDR_STRLEN];
	begin(&v, s);
	if (!about(&v, job))
		return;
	snprintf(what, sizeof(what), "all paths to %s",
	    addr_format(job->target, target));
	v.what = what;
	v.units = "flows";
	struct survey_about all = about_all(&v);
	struct survey_limits l = limits(&v);
	v.mda = survey_open_mda(&all, &l, responders);
	v.ops = &mda_ops;
	v.core = v.mda;
	run(&v);
	draw(&v);
	mda_close(v.mda);
}

void
survey_paths(struct session *s)
{
	enum { ROUTERS = 4096 };
	uint32_t rate = s->options->prober.responder_rate;
	struct responders *r =
	    responders_open(rate, survey_burst(rate), ROUTERS);
	for (size_t n = 0; s->signal == 0 && n < plan_jobs(&s->plan); n++) {
		struct plan_job job = plan_job(&s->plan, n);
		paths_to(s, &job, r);
	}
	responders_close(r);
}
