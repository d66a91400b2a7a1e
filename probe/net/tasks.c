/* SPDX-License-Identifier: ISC */
#include "probe/net/tasks.h"
#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "probe/base/version.h"
#include "probe/net/receive.h"
#include "probe/net/transmit.h"
#include "probe/trace/silence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* Both clocks are slewed alike, so a greater difference is a clock that was
 * set. */
#define CLOCK_STEP_NS (10 * NS_PER_MS)

enum { UDP_PORT = 33434 }; /* where traceroute probes have always gone */

int64_t
tasks_clock(void)
{
	return wall_now().ns - mono_now().ns;
}

bool
tasks_clock_set(int64_t since)
{
	return llabs(tasks_clock() - since) > CLOCK_STEP_NS;
}

void
tasks_step(struct prober *p, struct task *task, const struct trace_event *event)
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

void
tasks_tick(struct prober *p, struct mono now)
{
	struct task *t = NULL;
	TAILQ_FOREACH(t, &p->tasks, link)
	{
		struct mono at;
		struct trace_event tick = {
		    .kind = TRACE_TICK, .now = now, .stamp_ns = -1};
		if (!t->ended && trace_wake(&t->trace, &at) && at.ns <= now.ns)
			tasks_step(p, t, &tick);
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

void
tasks_drop(struct prober *p, struct task *t)
{
	TAILQ_REMOVE(&p->tasks, t, link);
	transmit_forget(p, t);
	trace_close(&t->trace);
	free(t);
	p->traces--;
}

bool
tasks_check_uplink(const struct prober *p, struct record *r)
{
	struct fault f = {0};
	struct route route;
	if (r->stop != STOP_GAP && r->stop != STOP_MAX_TTL)
		return false;
	if (route_check_source(&p->routes, r->src, &f) &&
	    route_find(&p->routes, r->target, &route, &f))
		return true;
	r->stop = STOP_ERROR;
	snprintf(r->stop_detail, sizeof(r->stop_detail), "%.*s",
	    RECORD_DETAIL_MAX - 1, f.text);
	return false;
}

void
tasks_explain(struct prober *p, struct record *r)
{
	responders_learn(p->responders, r);
	silence_name(r, p->responders);
}

void
tasks_hand_over(struct prober *p, struct record *r)
{
	if (p->done != NULL)
		p->done(p->arg, r);
	else
		record_clear(r);
}

void
tasks_reap(struct prober *p)
{
	struct task *t = NULL;
	while ((t = first_ended(p)) != NULL) {
		struct record r = {0};
		bool clock_step = tasks_clock_set(t->wall_minus_mono);
		uint32_t drops = capture_drops(p->capture) - t->drops;
		trace_take(&t->trace, &r);
		tasks_drop(p, t);
		r.clock_step = clock_step;
		r.drops = drops;
		tasks_explain(p, &r);
		tasks_check_uplink(p, &r);
		tasks_hand_over(p, &r);
	}
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

bool
tasks_wake(struct prober *p, struct mono now, struct mono *due)
{
	bool any = first_ended(p) != NULL;
	struct task *t = NULL;
	struct mono at = now;
	if (any)
		*due = now;
	TAILQ_FOREACH(t, &p->tasks, link)
	{
		if (!trace_wake(&t->trace, &at))
			continue;
		if (!any || at.ns < due->ns)
			*due = at;
		any = true;
	}
	return any;
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
	    .control = job->control,
	    .src = route->source,
	    .sport = sport,
	    .dport = dport_of(job)};
	memcpy(r.vantage, job->vantage, sizeof(r.vantage));
	memcpy(r.campaign, job->campaign, sizeof(r.campaign));
	snprintf(r.tool, sizeof(r.tool), "tumen-probe %s", TUMEN_VERSION);
	return r;
}

/* The TTL at which the target itself answered before; 0 not known. */
static uint8_t
distance(const struct prober *p, uint32_t target)
{
	for (int ttl = 1; ttl <= RECORD_TTL_MAX; ttl++)
		if (responders_expect(p->responders, target, (uint8_t)ttl) ==
		    target)
			return (uint8_t)ttl;
	return 0;
}

static void
begin(struct prober *p, const struct prober_job *job, const struct record *r)
{
	struct task *t = xcalloc(1, sizeof(*t));
	struct trace_config c =
	    job->trace != NULL ? *job->trace : p->config.trace;
	struct trace_event start = {
	    .kind = TRACE_START, .now = mono_now(), .stamp_ns = wall_now().ns};
	c.hint_ttl = distance(p, r->target);
	trace_open(&t->trace, &c, r, &p->key);
	t->wall_minus_mono = tasks_clock();
	t->drops = capture_drops(p->capture);
	TAILQ_INSERT_TAIL(&p->tasks, t, link);
	p->traces++;
	tasks_step(p, t, &start);
	prober_arm(p);
}

bool
prober_about(struct prober *p, const struct prober_job *job, struct record *r,
    struct fault *f)
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
	*r = about(job, &route, sport);
	return true;
}

bool
prober_start(struct prober *p, const struct prober_job *job, struct fault *f)
{
	struct record r = {0};
	if (!prober_about(p, job, &r, f))
		return false;
	begin(p, job, &r);
	return true;
}

/* NULL: of every campaign. */
static void
abort_tasks(struct prober *p, const char *campaign)
{
	struct task *t = NULL;
	TAILQ_FOREACH(t, &p->tasks, link)
	{
		const char *of = t->trace.record.campaign;
		struct trace_event event = {.kind = TRACE_ABORT,
		    .now = mono_now(),
		    .stamp_ns = -1,
		    .error = p->dead};
		if (!t->ended &&
		    (campaign == NULL || strcmp(of, campaign) == 0))
			tasks_step(p, t, &event);
	}
}

void
prober_abort(struct prober *p)
{
	abort_tasks(p, NULL);
	surveying_abort(p);
	tasks_reap(p);
	surveying_reap(p);
}

void
prober_abort_campaign(struct prober *p, const char *campaign)
{
	abort_tasks(p, campaign);
	tasks_reap(p);
}

void
prober_abort_survey(struct prober *p)
{
	surveying_abort(p);
	surveying_reap(p);
}
