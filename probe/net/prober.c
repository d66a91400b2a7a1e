/* SPDX-License-Identifier: ISC */
#include "probe/net/prober.h"

#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "probe/net/privileges.h"
#include "probe/net/receive.h"
#include "probe/net/tasks.h"
#include "probe/net/transmit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* Routers and targets whose ceilings are kept; more than any campaign has. */
enum { RESPONDERS = 8192 };

static void on_timer(uv_timer_t *timer);

static void on_idle(uv_idle_t *idle);

bool
prober_full(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS;
}

void
prober_guard(struct prober *p, struct mono now)
{
	if (guard_count(&p->guard, now))
		return;
	log_line(LOG_ERROR,
	    "ceiling broken: more than %u packets/s with a burst of %u were "
	    "handed to the kernel; this is a bug, so the process ends",
	    p->config.rate, p->config.burst);
	exit(EX_SOFTWARE);
}

/* What is due next; false when nothing is. */
static bool
next_due(struct prober *p, struct mono now, struct mono *due)
{
	struct mono at;
	bool any = transmit_wake(p, now, due);
	if (tasks_wake(p, now, &at) && (!any || at.ns < due->ns)) {
		*due = at;
		any = true;
	}
	if (surveying_wake(p, now, &at) && (!any || at.ns < due->ns)) {
		*due = at;
		any = true;
	}
	return any;
}

/* Timers count milliseconds; what is due now only lets the loop go round. */
void
prober_arm(struct prober *p)
{
	struct mono now = mono_now(), due = {0};
	bool any = next_due(p, now, &due);
	if (any && due.ns <= now.ns) {
		uv_timer_stop(&p->timer);
		uv_idle_start(&p->idle, on_idle);
		return;
	}
	uv_idle_stop(&p->idle);
	if (!any) {
		uv_timer_stop(&p->timer);
		return;
	}
	int64_t wait_ns = due.ns - now.ns;
	uint64_t wait_ms = (uint64_t)((wait_ns + NS_PER_MS - 1) / NS_PER_MS);
	if (p->surveying.turn_ms > 0)
		wait_ms = p->surveying.turn_ms;
	uv_update_time(p->timer.loop);
	uv_timer_start(&p->timer, on_timer, wait_ms, 0);
}

static void
read_replies(struct prober *p)
{
	int e = p->dead == 0 ? capture_read(p->capture, receive_packet, p) : 0;
	if (e == 0)
		return;
	p->dead = -e;
	uv_poll_stop(&p->capture_poll);
	log_line(LOG_ERROR, "capture ended: %s", strerror(-e));
	prober_abort(p);
}

static void
advance(struct prober *p)
{
	read_replies(p);
	tasks_tick(p, mono_now());
	transmit_run(p);
	surveying_run(p);
	tasks_reap(p);
	surveying_reap(p);
	prober_arm(p);
}

static void
on_idle(uv_idle_t *idle)
{
	advance(idle->data);
}

static void
on_timer(uv_timer_t *timer)
{
	advance(timer->data);
}

static void
on_capture(uv_poll_t *poll, int status, int events)
{
	struct prober *p = poll->data;
	(void)events;
	advance(p);
	/* libuv stops at an error; an interface may come up again. */
	if (status < 0 && p->dead == 0)
		uv_poll_start(poll, UV_READABLE, on_capture);
}

void
prober_listen(struct prober *p, bool on)
{
	if (on && p->dead == 0)
		uv_poll_start(&p->capture_poll, UV_READABLE, on_capture);
	else
		uv_poll_stop(&p->capture_poll);
}

/* Opens the loop's handles; they are closed by prober_close() alone. */
static bool
watch(struct prober *p, uv_loop_t *loop, struct fault *f)
{
	int e = uv_timer_init(loop, &p->timer);
	p->timer.data = p->idle.data = p->capture_poll.data = p;
	p->open_handles = e == 0;
	if (e == 0)
		e = uv_idle_init(loop, &p->idle);
	if (e == 0)
		p->open_handles++;
	if (e == 0)
		e = uv_poll_init(
		    loop, &p->capture_poll, capture_fd(p->capture));
	if (e == 0) {
		p->open_handles++;
		uv_poll_start(&p->capture_poll, UV_READABLE, on_capture);
		return true;
	}
	return fault_set(f, EX_OSERR, "event loop: %s", uv_strerror(e));
}

/*
 * Both directions of a tenth of a second at the ceiling, and never less than
 * a burst of strangers' ICMP; a fast survey keeps less of each packet (RFC
 * 1812, section 4.3.2.3, has no ICMP error longer than 576 octets), and takes
 * them in batches, which hold several times as many.
 */
static struct capture_config
capture_config(const struct prober *p, uint16_t port_lo, uint16_t port_hi)
{
	enum { FEWEST = 1024, MOST = 16384, FAST = 1000 };
	uint32_t rate = p->config.rate;
	struct capture_config c = {.interface = p->config.interface,
	    .port_lo = port_lo,
	    .port_hi = port_hi,
	    .packets = rate / 5,
	    .snaplen = rate > FAST ? 640 : 1600,
	    .batch = rate > FAST};
	if (c.packets < FEWEST)
		c.packets = FEWEST;
	if (c.packets > MOST)
		c.packets = MOST;
	return c;
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
	struct capture_config capture = capture_config(p, lo, hi);
	p->capture = capture_open(&capture, f);
	if (p->capture == NULL)
		return false;
	/* A millisecond of a fast survey, too. */
	p->send = send_open(c->interface, c->burst + c->rate / 1000, f);
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
	p->responders =
	    responders_open(c->responder_rate, c->burst, RESPONDERS);
	p->per_target = responders_open(c->target_rate, c->burst, RESPONDERS);
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

const struct key *
prober_key(const struct prober *p)
{
	return &p->key;
}

/* NULL: of every campaign. */
static size_t
count_running(const struct prober *p, const char *campaign)
{
	const struct task *t = NULL;
	size_t n = 0;
	TAILQ_FOREACH(t, &p->tasks, link)
	{
		const char *of = t->trace.record.campaign;
		if (campaign == NULL || strcmp(of, campaign) == 0)
			n += !t->ended && !trace_settled(&t->trace);
	}
	return n;
}

size_t
prober_running(const struct prober *p)
{
	return count_running(p, NULL);
}

size_t
prober_running_campaign(const struct prober *p, const char *campaign)
{
	return count_running(p, campaign);
}

size_t
prober_open_traces(const struct prober *p)
{
	return p->traces;
}

void
prober_interface(const struct prober *p, uint32_t target, char *name)
{
	struct route r;
	name[0] = '\0';
	if (route_find(&p->routes, target, &r, NULL))
		memcpy(name, r.interface, IFNAMSIZ);
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

static void
release(struct prober *p)
{
	struct task *t = NULL;
	while ((t = TAILQ_FIRST(&p->tasks)) != NULL)
		tasks_drop(p, t);
	surveying_close(p);
	send_close(p->send);
	capture_close(p->capture);
	ports_close(p->ports);
	routes_close(&p->routes);
	build_close(p->build);
	responders_close(p->responders);
	responders_close(p->per_target);
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
		uv_close((uv_handle_t *)&p->idle, on_closed);
	if (n > 0)
		uv_close((uv_handle_t *)&p->timer, on_closed);
}
