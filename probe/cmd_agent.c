/* SPDX-License-Identifier: ISC */
#include "probe/agent_jobs.h"
#include "probe/agent_watch.h"
#include "probe/bad_replies.h"
#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "probe/base/version.h"
#include "probe/commands.h"
#include "probe/net/privileges.h"

#include <inttypes.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* A wall clock that is set is noticed after this long at the latest. */
enum { NAP_MS = 60000, TICK_MS = 1000 };

struct daemon {
	const char *file;
	struct config config;
	uv_loop_t loop;
	uv_signal_t terminate, interrupt, hangup;
	uv_timer_t nap, tick;
	struct prober *prober;
	uint32_t flows;	     /* whose source ports are reserved */
	struct sign_key key; /* all zero: segments are not signed */
	struct agent *agent;
	struct jobs jobs;
	struct watch watch;
};

static void
on_stop(uv_signal_t *handle, int number)
{
	struct daemon *d = handle->data;
	log_event(LOG_NOTE, "stop", "signal=%d", number);
	notify_stopping(&d->watch.notify);
	agent_stop(d->agent, EX_OK, "the agent was stopped");
}

/* As far as an agent that runs can follow it. */
static bool
read_again(const struct daemon *d, struct config *next, struct fault *f)
{
	if (!config_load(next, d->file, f))
		return false;
	if (engine_flows(next) > d->flows) {
		config_clear(next);
		return fault_set(f, EX_CONFIG,
		    "mda: its source ports are reserved at the start alone");
	}
	return agent_reload(d->agent, next, f);
}

/* What is wrong leaves everything as it was, and is seen by status. */
static void
on_hangup(uv_signal_t *handle, int number)
{
	struct daemon *d = handle->data;
	struct config next = {0};
	struct fault f = {0};
	(void)number;
	notify_reloading(&d->watch.notify);
	if (read_again(d, &next, &f)) {
		d->watch.config_us = wall_now().ns / 1000;
		d->watch.config_error[0] = '\0';
	} else {
		log_event(LOG_ERROR, "reload", "state=refused reason=%s",
		    log_word(f.text).s);
		memcpy(d->watch.config_error, f.text, sizeof(f.text));
	}
	watch_write(&d->watch);
	notify_ready(&d->watch.notify);
}

static void
on_nap(uv_timer_t *timer)
{
	(void)timer; /* the loop in serve() goes round */
}

static void
on_tick(uv_timer_t *timer)
{
	struct daemon *d = timer->data;
	watch_tick(&d->watch);
}

static void
arm(struct daemon *d, int64_t wait_us)
{
	int64_t ms = wait_us / 1000 + 1;
	uv_update_time(&d->loop);
	uv_timer_start(
	    &d->nap, on_nap, (uint64_t)(ms < NAP_MS ? ms : NAP_MS), 0);
}

/* Until it is told to stop, or every campaign has had its one run. */
static void
serve(struct daemon *d)
{
	for (;;) {
		int64_t wait_us = agent_turn(d->agent);
		if (agent_over(d->agent))
			return;
		arm(d, wait_us);
		uv_run(&d->loop, UV_RUN_ONCE);
		if (prober_dead(d->prober) != 0)
			agent_stop(
			    d->agent, EX_UNAVAILABLE, "the capture ended");
		jobs_turn(&d->jobs);
	}
}

static void
listen_to_signals(struct daemon *d)
{
	uv_signal_init(&d->loop, &d->terminate);
	uv_signal_init(&d->loop, &d->interrupt);
	uv_signal_init(&d->loop, &d->hangup);
	uv_timer_init(&d->loop, &d->nap);
	uv_timer_init(&d->loop, &d->tick);
	d->terminate.data = d->interrupt.data = d->hangup.data = d;
	d->tick.data = d;
	uv_signal_start(&d->terminate, on_stop, SIGTERM);
	uv_signal_start(&d->interrupt, on_stop, SIGINT);
	uv_signal_start(&d->hangup, on_hangup, SIGHUP);
	uv_timer_start(&d->tick, on_tick, TICK_MS, TICK_MS);
}

static void
close_handles(struct daemon *d)
{
	uv_close((uv_handle_t *)&d->terminate, NULL);
	uv_close((uv_handle_t *)&d->interrupt, NULL);
	uv_close((uv_handle_t *)&d->hangup, NULL);
	uv_close((uv_handle_t *)&d->nap, NULL);
	uv_close((uv_handle_t *)&d->tick, NULL);
}

/* The spool, the configuration for a reload, and where metrics go. */
static bool
shut_in(const struct daemon *d, const char *user, struct fault *f)
{
	const struct config_vantage *v = &d->config.vantage;
	if (strrchr(v->metrics, '/') == v->metrics)
		return fault_set(f, EX_CONFIG,
		    "[vantage] metrics %s: directly in /, and the agent may "
		    "write where it lies; name a folder",
		    v->metrics);
	char *file = xstrdup(d->file), *metrics = xstrdup(v->metrics);
	struct sandbox_folder folders[] = {{v->spool, true},
	    {dirname(file), false},
	    {v->metrics[0] != '\0' ? dirname(metrics) : NULL, true},
	    {NULL, false}};
	bool ok = privileges_drop(user, folders, f);
	free(file);
	free(metrics);
	return ok;
}

/* Root must say whom to become: a daemon that stays root is a mistake. */
static bool
become_user(const struct daemon *d, struct fault *f)
{
	const char *user = d->config.vantage.user;
	if (geteuid() == 0 && user[0] == '\0')
		return fault_set(f, EX_CONFIG,
		    "[vantage] user: not set, and the agent does not stay "
		    "root; name the owner of %s",
		    d->config.vantage.spool);
	return shut_in(d, user, f);
}

/*
 * Sockets and the key first, which root alone may read; then no privilege any
 * more; then the spool as its owner.
 */
static bool
open_all(struct daemon *d, bool once, struct fault *f)
{
	struct prober_config p = engine_config(&d->config);
	const struct config_vantage *v = &d->config.vantage;
	bool has_key = v->key[0] != '\0';
	if (!notify_open(&d->watch.notify, f) ||
	    (has_key && !engine_key(v, &d->key, f)))
		return false;
	d->flows = p.flow_count;
	d->prober = prober_open(&d->loop, &p, f);
	if (d->prober == NULL || !become_user(d, f))
		return false;
	d->jobs.config = &d->config;
	d->jobs.hurry = once;
	jobs_open(&d->jobs, d->prober);
	struct agent_setup setup = {.ops = &jobs_ops,
	    .arg = &d->jobs,
	    .config = &d->config,
	    .key = has_key ? &d->key : NULL,
	    .once = once};
	d->agent = agent_open(&setup, f);
	d->jobs.agent = d->agent;
	return d->agent != NULL;
}

static void
watch_open(struct daemon *d)
{
	struct watch *w = &d->watch;
	w->agent = d->agent;
	w->prober = d->prober;
	w->config = &d->config;
	w->started_us = w->config_us = wall_now().ns / 1000;
	w->alive_ns = mono_now().ns;
	watch_write(w);
	log_event(LOG_NOTE, "start",
	    "version=%s vantage=%s spool=%s campaigns=%zu", TUMEN_VERSION,
	    d->config.vantage.name, log_word(d->config.vantage.spool).s,
	    d->config.n);
	notify_ready(&w->notify);
}

static int
work(struct daemon *d)
{
	struct fault f = {0};
	listen_to_signals(d);
	watch_open(d);
	serve(d);
	bad_replies_tell(d->prober, &d->watch.told);
	watch_write(&d->watch);
	close_handles(d);
	int status = agent_status(d->agent);
	if (!agent_close(d->agent, &f)) {
		log_line(LOG_ERROR, "%s", f.text);
		status = EX_IOERR;
	}
	return status;
}

static int
run(struct daemon *d, bool once)
{
	struct fault f = {0};
	d->watch.notify.fd = -1;
	if (!sandbox_begin(&f))
		return opt_fail(&f);
	int e = uv_loop_init(&d->loop);
	if (e != 0) {
		fault_set(&f, EX_OSERR, "event loop: %s", uv_strerror(e));
		return opt_fail(&f);
	}
	bool ready = open_all(d, once, &f);
	int status = ready ? work(d) : opt_fail(&f);
	jobs_close(&d->jobs);
	prober_close(d->prober);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&d->loop) != 0)
		log_line(LOG_WARN, "the event loop was left with handles");
	notify_close(&d->watch.notify);
	sign_key_wipe(&d->key);
	return status;
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
	struct daemon d = {0};
	struct fault f = {0};
	if (!options_config(argc, argv, &o, &f))
		return opt_fail(&f);
	if (o.help) {
		usage(stdout);
		return EX_OK;
	}
	d.file = o.file;
	if (!config_load(&d.config, o.file, &f))
		return opt_fail(&f);
	int status = run(&d, o.once);
	config_clear(&d.config);
	return status;
}
