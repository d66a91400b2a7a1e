/* SPDX-License-Identifier: ISC */
#include "probe/cmd_trace.h"

#include "probe/bad_replies.h"
#include "probe/base/log.h"
#include "probe/base/opt.h"
#include "probe/base/record_json.h"
#include "probe/commands.h"
#include "probe/net/privileges.h"
#include "probe/net/sandbox.h"
#include "probe/show_survey.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* Whoever reads has gone or the disk is full: measuring on serves nobody. */
void
session_require(int e)
{
	if (e == 0)
		return;
	log_line(LOG_ERROR, "standard output: %s", strerror(-e));
	exit(EX_IOERR);
}

void
session_erase(struct session *s)
{
	if (s->line)
		show_erase(stderr);
	s->line = false;
}

static void
flush(struct session *s)
{
	if (s->out.out.len > 0)
		session_erase(s);
	int e = json_write(&s->out, stdout);
	errno = EIO;
	session_require(e == 0 && fflush(stdout) != 0 ? -errno : e);
}

void
session_turn(struct session *s)
{
	uv_run(&s->loop, UV_RUN_ONCE);
	flush(s);
}

struct prober_job
session_job(const struct session *s, const struct plan_job *job, uint64_t seq)
{
	const char *vantage = s->options->vantage;
	struct prober_job to = {
	    .target = job->target,
	    .prefix = job->prefix,
	    .method = job->method,
	    .port = job->port,
	    .flow = job->flow,
	    .run = -1,
	    .epoch = s->epoch,
	    .seq = seq,
	};
	memcpy(to.vantage, vantage, strlen(vantage) + 1);
	return to;
}

static void
feed(struct session *s)
{
	while (s->signal == 0 && s->next < plan_jobs(&s->plan) &&
	       prober_running(s->prober) < COMMANDS_PARALLEL) {
		struct plan_job next = plan_job(&s->plan, s->next++);
		struct prober_job job = session_job(s, &next, s->next);
		struct fault f = {0};
		if (!prober_start(s->prober, &job, &f))
			s->status = opt_fail(&f);
	}
}

static void
on_live(void *arg, const struct record *r, const struct record_probe *p)
{
	struct session *s = arg;
	record_json_reply(r, p, &s->out);
	json_end_line(&s->out);
}

static void
on_done(void *arg, struct record *r)
{
	struct session *s = arg;
	if (s->options->json) {
		record_json(r, &s->out);
		json_end_line(&s->out);
	} else {
		session_require(show_trace(r, stdout));
	}
	if (r->stop == STOP_ERROR && s->signal == 0)
		s->status = EX_UNAVAILABLE;
	record_clear(r);
	feed(s);
}

static void
on_signal(uv_signal_t *handle, int number)
{
	struct session *s = handle->data;
	s->signal = number;
	prober_abort(s->prober);
}

static void
listen_to_signals(struct session *s)
{
	uv_signal_init(&s->loop, &s->interrupt);
	uv_signal_init(&s->loop, &s->terminate);
	s->interrupt.data = s->terminate.data = s;
	uv_signal_start(&s->interrupt, on_signal, SIGINT);
	uv_signal_start(&s->terminate, on_signal, SIGTERM);
}

static void
run_traces(struct session *s)
{
	prober_watch(s->prober, on_done, s->options->live ? on_live : NULL, s);
	feed(s);
	while (prober_open_traces(s->prober) > 0) {
		session_turn(s);
		feed(s); /* a trace that only lingers makes room */
	}
}

static void
run(struct session *s)
{
	listen_to_signals(s);
	if (s->options->sweep)
		survey_sweep(s);
	else if (s->options->mda > 0)
		survey_paths(s);
	else
		run_traces(s);
	flush(s);
	bad_replies_tell(s->prober, &(struct prober_counts){0});
	uv_close((uv_handle_t *)&s->interrupt, NULL);
	uv_close((uv_handle_t *)&s->terminate, NULL);
}

static int
measure(const struct trace_options *o)
{
	struct session s = {.options = o,
	    .plan = {.targets = &o->targets,
		.methods = &o->methods,
		.flow_first = (uint32_t)o->flow,
		.flows = (uint32_t)o->flows,
		.port = (int32_t)o->port},
	    .terminal = isatty(STDERR_FILENO) == 1};
	struct fault f = {0};
	if (!sandbox_begin(&f))
		return opt_fail(&f);
	int e = uv_loop_init(&s.loop);
	if (e != 0) {
		fault_set(&f, EX_OSERR, "event loop: %s", uv_strerror(e));
		return opt_fail(&f);
	}
	s.epoch = record_epoch();
	s.prober = prober_open(&s.loop, &o->prober, &f);
	bool ready = s.prober != NULL && privileges_drop(NULL, NULL, &f);
	if (ready)
		run(&s);
	prober_close(s.prober);
	uv_run(&s.loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&s.loop) != 0)
		log_line(LOG_WARN, "the event loop was left with handles");
	json_clear(&s.out);
	if (!ready)
		return opt_fail(&f);
	return s.signal != 0 ? 128 + s.signal : s.status;
}

int
cmd_trace(int argc, char **argv)
{
	struct fault f = {0};
	struct trace_options o;
	int status = EX_OK;
	if (trace_options(argc, argv, &o, &f))
		status = measure(&o);
	else if (f.status != 0)
		status = opt_fail(&f);
	trace_options_clear(&o);
	return status;
}
