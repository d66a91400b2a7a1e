/* SPDX-License-Identifier: ISC */
#include "probe/net/prober.h"

#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "probe/base/version.h"
#include "probe/net/privileges.h"
#include "probe/net/prober_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* Both clocks are slewed alike, so a greater difference is a clock that was
 * set. */
#define CLOCK_STEP_NS (10 * NS_PER_MS)

enum { UDP_PORT = 33434 }; /* where traceroute probes have always gone */

static int64_t
wall_minus_mono(void)
{
	return wall_now().ns - mono_now().ns;
}

void
prober_step(
    struct prober *p, struct task *task, const struct trace_event *event)
{
	struct outbox out;
	trace_step(&task->trace, event, &out);
	for (size_t i = 0; i < out.n; i++) {
		size_t index = out.action[i].index;
		struct record *r = &task->trace.record;
		switch (out.action[i].kind) {
		case TRACE_SEND:
			transmit_queue(p, task, index);
			break;
		case TRACE_KEEP:
			receive_keep(p, &r->probes[index]);
			if (p->live != NULL)
				p->live(p->arg, r, &r->probes[index]);
			break;
		case TRACE_ENDED:
			task->ended = true;
			break;
		}
	}
}

static void
tick_all(struct prober *p, struct mono now)
{
	struct task *t = NULL;
	TAILQ_FOREACH(t, &p->tasks, link)
	{
		struct mono at;
		struct trace_event tick = {
		    .kind = TRACE_TICK, .now = now, .stamp_ns = -1};
		if (!t->ended && trace_wake(&t->trace, &at) && at.ns <= now.ns)
			prober_step(p, t, &tick);
	}
}

static struct task *
first_ended(struct prober *p)
{
	struct task *t = NULL;
	TAILQ_FOREACH(t, &p->tasks, link)
	{
		if (t->ended)
			break;
	}
	return t;
}

static void
drop_task(struct prober *p, struct task *t)
{
	TAILQ_REMOVE(&p->tasks, t, link);
	transmit_forget(p, t);
	trace_close(&t->trace);
	free(t);
	p->running--;
}

/*
 * Silence says nothing about the path when this host has lost its way out, or
 * the address that the answers go to.
 */
static void
check_uplink(const struct prober *p, struct record *r)
{
	struct fault f = {0};
	struct route route;
	if (r->stop != STOP_GAP && r->stop != STOP_MAX_TTL)
		return;
	if (route_check_source(&p->routes, r->src, &f) &&
	    route_find(&p->routes, r->target, &route, &f))
		return;
	r->stop = STOP_ERROR;
	snprintf(r->stop_detail, sizeof(r->stop_detail), "%.*s",
	    RECORD_DETAIL_MAX - 1, f.text);
}

/* Hands finished records over; done may start or abort other traces. */
static void
reap(struct prober *p)
{
	struct task *t = NULL;
	while ((t = first_ended(p)) != NULL) {
		struct record r = {0};
		int64_t step_ns = wall_minus_mono() - t->wall_minus_mono;
		uint32_t drops = capture_drops(p->capture) - t->drops;
		trace_take(&t->trace, &r);
		drop_task(p, t);
		r.clock_step = llabs(step_ns) > CLOCK_STEP_NS;
		r.drops = drops;
		check_uplink(p, &r);
		if (p->done != NULL)
			p->done(p->arg, &r);
		else
			record_clear(&r);
	}
}

static void on_timer(uv_timer_t *timer);

/* Sets the timer to whatever is due first. */
static void
arm(struct prober *p)
{
	struct mono now = mono_now(), due, at;
	bool any = transmit_wake(p, now, &due);
	struct task *t = first_ended(p);
	if (t != NULL) {
		due = now;
		any = true;
	}
	TAILQ_FOREACH(t, &p->tasks, link)
	{
		if (!trace_wake(&t->trace, &at))
			continue;
		if (!any || at.ns < due.ns)
			due = at;
		any = true;
	}
	if (!any) {
		uv_timer_stop(&p->timer);
		return;
	}
	int64_t wait_ns = due.ns > now.ns ? due.ns - now.ns : 0;
	uint64_t wait_ms = (uint64_t)((wait_ns + NS_PER_MS - 1) / NS_PER_MS);
	uv_update_time(p->timer.loop);
	uv_timer_start(&p->timer, on_timer, wait_ms, 0);
}

static void
advance(struct prober *p)
{
	tick_all(p, mono_now());
	transmit_run(p);
	reap(p);
	arm(p);
}

static void
on_timer(uv_timer_t *timer)
{
	advance(timer->data);
}

static void
on_stamps(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	advance(poll->data);
}

static void
on_capture(uv_poll_t *poll, int status, int events)
{
	struct prober *p = poll->data;
	(void)events;
	transmit_stamps(p); /* a probe leaves before its reply comes */
	int e = capture_read(p->capture, receive_packet, p);
	if (e < 0 && p->dead == 0) {
		p->dead = -e;
		uv_poll_stop(poll);
		log_line(LOG_ERROR, "capture ended: %s", strerror(-e));
		prober_abort(p);
	} else if (e == 0 && status < 0) {
		/* libuv stops at an error; an interface may come up again. */
		uv_poll_start(poll, UV_READABLE, on_capture);
	}
	advance(p);
}

/* Opens the loop's handles; they are closed by prober_close() alone. */
static bool
watch(struct prober *p, uv_loop_t *loop, struct fault *f)
{
	int e = uv_timer_init(loop, &p->timer);
	p->timer.data = p->stamp_poll.data = p->capture_poll.data = p;
	p->open_handles = e == 0;
	if (e == 0)
		e = uv_poll_init(loop, &p->stamp_poll, send_fd(p->send));
	if (e == 0)
		p->open_handles++;
	if (e == 0)
		e = uv_poll_init(
		    loop, &p->capture_poll, capture_fd(p->capture));
	if (e == 0) {
		p->open_handles++;
		uv_poll_start(&p->stamp_poll, UV_PRIORITIZED, on_stamps);
		uv_poll_start(&p->capture_poll, UV_READABLE, on_capture);
		return true;
	}
	return fault_set(f, EX_OSERR, "event loop: %s", uv_strerror(e));
}

static bool
open_all(struct prober *p, uv_loop_t *loop, struct fault *f)
{
	const struct prober_config *c = &p->config;
	if (!privileges_check(f))
		return false;
	if (!routes_open(&p->routes, c->interface, c->source, f) ||
	    !route_check_interface(&p->routes, f))
		return false;
	p->interface = routes_interface(&p->routes);
	if (c->source != 0 && !route_check_source(&p->routes, c->source, f))
		return false;
	p->build = build_open(c->contact ? c->contact : "", f);
	if (p->build == NULL)
		return false;
	p->ports = ports_open(c->flow_first, c->flow_count, f);
	if (p->ports == NULL)
		return false;
	uint16_t lo = ports_of(p->ports, c->flow_first);
	uint16_t hi = (uint16_t)(lo + c->flow_count - 1);
	p->capture = capture_open(c->interface, lo, hi, f);
	if (p->capture == NULL)
		return false;
	p->send = send_open(c->interface, f);
	return p->send != NULL && watch(p, loop, f);
}

struct prober *
prober_open(uv_loop_t *loop, const struct prober_config *c, struct fault *f)
{
	struct prober *p = xcalloc(1, sizeof(*p));
	p->config = *c;
	p->routes.fd = -1;
	TAILQ_INIT(&p->tasks);
	TAILQ_INIT(&p->queue);
	TAILQ_INIT(&p->unstamped);
	key_init(&p->key);
	pace_init(&p->pace, c->rate, c->burst, mono_now());
	guard_init(&p->guard, c->rate, c->burst);
	if (open_all(p, loop, f))
		return p;
	prober_close(p);
	return NULL;
}

void
prober_watch(struct prober *p, prober_done *done, prober_live *live, void *arg)
{
	p->done = done;
	p->live = live;
	p->arg = arg;
}

static uint16_t
dport_of(const struct prober_job *job)
{
	switch (job->method) {
	case METHOD_UDP:
		return (uint16_t)(job->port >= 0 ? job->port : UDP_PORT);
	case METHOD_ICMP:
		return 0;
	case METHOD_TCP:
		return (uint16_t)job->port;
	}
	return 0;
}

static struct record
about(const struct prober_job *job, const struct route *route, uint16_t sport)
{
	struct record r = {.run = job->run,
	    .epoch = job->epoch,
	    .seq = job->seq,
	    .target = job->target,
	    .prefix = job->prefix,
	    .method = job->method,
	    .port = job->method == METHOD_TCP ? job->port : -1,
	    .flow = job->flow,
	    .src = route->source,
	    .sport = sport,
	    .dport = dport_of(job)};
	memcpy(r.vantage, job->vantage, sizeof(r.vantage));
	memcpy(r.campaign, job->campaign, sizeof(r.campaign));
	snprintf(r.tool, sizeof(r.tool), "tumen-probe %s", TUMEN_VERSION);
	return r;
}

static void
begin(struct prober *p, const struct prober_job *job, const struct record *r,
    bool stamps)
{
	struct task *t = xcalloc(1, sizeof(*t));
	const struct trace_config *c = job->trace;
	struct trace_event start = {
	    .kind = TRACE_START, .now = mono_now(), .stamp_ns = wall_now().ns};
	trace_open(&t->trace, c != NULL ? c : &p->config.trace, r, &p->key);
	t->stamps = stamps;
	t->wall_minus_mono = wall_minus_mono();
	t->drops = capture_drops(p->capture);
	TAILQ_INSERT_TAIL(&p->tasks, t, link);
	p->running++;
	prober_step(p, t, &start);
	arm(p);
}

bool
prober_start(struct prober *p, const struct prober_job *job, struct fault *f)
{
	struct route route;
	uint16_t sport = ports_of(p->ports, job->flow);
	/* Gone, or made anew: the sockets hang on the old one and are deaf. */
	if (routes_interface(&p->routes) != p->interface)
		p->dead = ENODEV;
	if (p->dead != 0)
		return fault_set(
		    f, EX_UNAVAILABLE, "capture ended: %s", strerror(p->dead));
	if (sport == 0)
		return fault_set(f, EX_UNAVAILABLE,
		    "flow %u: no source port is reserved for it", job->flow);
	if (!route_find(&p->routes, job->target, &route, f))
		return false;
	bool stamps = send_can_stamp(p->send, route.interface);
	if (!stamps && !p->said_no_stamps) {
		p->said_no_stamps = true;
		log_line(LOG_WARN,
		    "%s: no transmit stamps; the clock is read before sending",
		    route.interface);
	}
	struct record r = about(job, &route, sport);
	begin(p, job, &r, stamps);
	return true;
}

size_t
prober_running(const struct prober *p)
{
	return p->running;
}

int
prober_dead(const struct prober *p)
{
	return p->dead;
}

struct prober_counts
prober_counts(struct prober *p)
{
	p->counts.drops = capture_drops(p->capture);
	return p->counts;
}

void
prober_abort(struct prober *p)
{
	struct task *t = NULL;
	TAILQ_FOREACH(t, &p->tasks, link)
	{
		struct trace_event event = {.kind = TRACE_ABORT,
		    .now = mono_now(),
		    .stamp_ns = -1,
		    .error = p->dead};
		if (!t->ended)
			prober_step(p, t, &event);
	}
	reap(p);
}

static void
release(struct prober *p)
{
	struct task *t = NULL;
	while ((t = TAILQ_FIRST(&p->tasks)) != NULL)
		drop_task(p, t);
	send_close(p->send);
	capture_close(p->capture);
	ports_close(p->ports);
	routes_close(&p->routes);
	build_close(p->build);
	free(p);
}

static void
on_closed(uv_handle_t *handle)
{
	struct prober *p = handle->data;
	if (--p->open_handles == 0)
		release(p);
}

void
prober_close(struct prober *p)
{
	if (p == NULL)
		return;
	int n = p->open_handles;
	if (n == 0)
		release(p);
	if (n > 2)
		uv_close((uv_handle_t *)&p->capture_poll, on_closed);
	if (n > 1)
		uv_close((uv_handle_t *)&p->stamp_poll, on_closed);
	if (n > 0)
		uv_close((uv_handle_t *)&p->timer, on_closed);
}
