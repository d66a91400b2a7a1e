/* SPDX-License-Identifier: ISC */
#include "tests/sim/silence_rig.h"

#include "probe/base/mem.h"
#include "probe/trace/silence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH_NS (INT64_C(1795000000) * NS_PER_S)

enum { CAPACITY = 1024, BURST = 5 };

void
silence_rig_open(struct silence_rig *g, uint32_t rate, struct random *random)
{
	*g = (struct silence_rig){.now_ns = NS_PER_S, .at_once = 1};
	for (size_t i = 0; i < sizeof(g->key.secret); i++)
		g->key.secret[i] = (uint8_t)random_next(random);
	trace_config_default(&g->config);
	pace_init(&g->pace, rate, BURST, (struct mono){g->now_ns});
	g->responders = responders_open(1000, 1000, CAPACITY);
	g->flight = xcalloc(RIG_FLIGHT, sizeof(*g->flight));
}

void
silence_rig_close(struct silence_rig *g)
{
	responders_close(g->responders);
	free(g->flight);
}

static struct wall
wall_at(int64_t now_ns)
{
	return (struct wall){EPOCH_NS + now_ns};
}

static void
end(struct silence_rig *g, struct rig_trace *t)
{
	struct record r;
	size_t n = 0;
	trace_take(&t->trace, &r);
	trace_close(&t->trace);
	t->running = false;
	for (size_t i = 0; i < g->queued; i++)
		if (g->queue[i].trace != t)
			g->queue[n++] = g->queue[i];
	g->queued = n;
	responders_learn(g->responders, &r);
	silence_name(&r, g->responders);
	g->ended(g->context, &r, &t->job, &t->truth);
	record_clear(&r);
}

static void
saw(struct silence_rig *g, const struct rig_trace *t, size_t index)
{
	const struct record_probe *p = &t->trace.record.probes[index];
	if (p->reply_no == 0)
		responders_saw(g->responders, t->job.target, p->ttl, p->addr,
		    wall_at(g->now_ns));
}

static void
step(struct silence_rig *g, struct rig_trace *t, struct trace_event e)
{
	struct outbox out;
	bool ended = false;
	e.now.ns = g->now_ns;
	trace_step(&t->trace, &e, &out);
	for (size_t i = 0; i < out.n; i++) {
		size_t index = out.action[i].index;
		switch (out.action[i].kind) {
		case TRACE_SEND:
			if (g->queued == RIG_QUEUE)
				abort();
			g->queue[g->queued++] = (struct rig_wait){t, index};
			break;
		case TRACE_KEEP:
			saw(g, t, index);
			break;
		case TRACE_ENDED:
			ended = true;
			break;
		}
	}
	if (ended)
		end(g, t);
}

static void
start(struct silence_rig *g, struct rig_trace *t, const struct rig_job *job)
{
	static const uint16_t dport[] = {
	    [METHOD_UDP] = 33434, [METHOD_ICMP] = 0, [METHOD_TCP] = 80};
	struct record about = {.vantage = "sim",
	    .seq = ++g->seq,
	    .target = job->target,
	    .method = job->method,
	    .port = -1,
	    .flow = job->flow,
	    .src = play_source(g->net->play),
	    .sport = (uint16_t)(33456 + job->flow),
	    .dport = dport[job->method]};
	*t = (struct rig_trace){.running = true, .job = *job};
	trace_open(&t->trace, &g->config, &about, &g->key);
	step(g, t,
	    (struct trace_event){
		.kind = TRACE_START, .stamp_ns = wall_at(g->now_ns).ns});
}

static void
fly(struct silence_rig *g, const struct play_reply *r)
{
	if (g->flying == RIG_FLIGHT)
		abort();
	struct rig_packet *p = &g->flight[g->flying++];
	p->at_ns = r->at_ns;
	p->len = r->len;
	memcpy(p->bytes, r->bytes, r->len);
}

/* Takes the oldest probe off the pacer's queue and onto the wire. */
static void
transmit(struct silence_rig *g)
{
	uint8_t packet[BUILD_MAX];
	struct play_reply reply[PLAY_REPLIES];
	struct rig_wait w = g->queue[0];
	memmove(g->queue, g->queue + 1, --g->queued * sizeof(g->queue[0]));
	if (!trace_wanted(&w.trace->trace, w.index)) {
		step(g, w.trace,
		    (struct trace_event){.kind = TRACE_NOT_SENT,
			.index = w.index,
			.error = ECANCELED});
		return;
	}
	const struct record_probe *p = &w.trace->trace.record.probes[w.index];
	uint8_t ttl = p->ttl, attempt = p->attempt;
	uint32_t target = w.trace->job.target;
	struct probe_id id = trace_probe_id(&w.trace->trace, w.index);
	size_t len =
	    build_probe(g->build, &w.trace->trace.flow, &id, ttl, packet);
	responders_ask(g->responders,
	    responders_expect(g->responders, target, ttl),
	    (struct mono){g->now_ns});
	size_t n = silence_net_send(g->net, packet, len, g->now_ns, reply);
	w.trace->truth.of[ttl][attempt] = g->net->truth;
	for (size_t i = 0; i < n; i++)
		fly(g, &reply[i]);
	step(g, w.trace,
	    (struct trace_event){.kind = TRACE_SENT,
		.index = w.index,
		.stamp_ns = wall_at(g->now_ns).ns});
}

static size_t
earliest(const struct silence_rig *g)
{
	size_t best = 0;
	for (size_t i = 1; i < g->flying; i++)
		if (g->flight[i].at_ns < g->flight[best].at_ns)
			best = i;
	return best;
}

/* The running trace with the best claim to the reply; NULL none. */
static struct rig_trace *
match(struct silence_rig *g, const struct reply *reply, struct trace_event *e)
{
	struct rig_trace *best = NULL;
	for (int i = 0; i < g->at_once; i++) {
		struct rig_trace *t = &g->trace[i];
		enum record_proof proof;
		size_t index;
		if (!t->running ||
		    !trace_match(&t->trace, reply, &index, &proof) ||
		    (best != NULL && proof <= e->proof))
			continue;
		best = t;
		e->index = index;
		e->proof = proof;
	}
	return best;
}

static void
receive(struct silence_rig *g, size_t which)
{
	struct reply reply;
	struct rig_packet p = g->flight[which];
	struct trace_event e = {.kind = TRACE_REPLY,
	    .reply = &reply,
	    .stamp_ns = wall_at(g->now_ns).ns};
	g->flight[which] = g->flight[--g->flying];
	if (reply_parse(p.bytes, p.len, &reply) != REPLY_GOOD)
		abort();
	struct rig_trace *t = match(g, &reply, &e);
	if (t != NULL)
		step(g, t, e);
}

/* The trace that has to be ticked first, and when; NULL none. */
static struct rig_trace *
first_wake(struct silence_rig *g, int64_t *at_ns)
{
	struct rig_trace *first = NULL;
	for (int i = 0; i < g->at_once; i++) {
		struct rig_trace *t = &g->trace[i];
		struct mono at;
		if (!t->running || !trace_wake(&t->trace, &at) ||
		    (first != NULL && at.ns >= *at_ns))
			continue;
		first = t;
		*at_ns = at.ns;
	}
	if (first != NULL && *at_ns < g->now_ns)
		*at_ns = g->now_ns;
	return first;
}

/* Lets happen what comes first. */
static void
advance(struct silence_rig *g)
{
	int64_t tick_ns = INT64_MAX, send_ns = INT64_MAX, rx_ns = INT64_MAX;
	struct rig_trace *wake = first_wake(g, &tick_ns);
	size_t next = earliest(g);
	if (g->flying > 0)
		rx_ns = g->flight[next].at_ns;
	if (g->queued > 0)
		send_ns = g->now_ns +
			  pace_wait_ns(&g->pace, (struct mono){g->now_ns});
	if (wake == NULL && g->flying == 0 && g->queued == 0)
		abort(); /* nothing would ever happen again */
	if (rx_ns <= tick_ns && rx_ns <= send_ns) {
		g->now_ns = rx_ns;
		receive(g, next);
	} else if (send_ns <= tick_ns) {
		g->now_ns = send_ns;
		if (pace_take(&g->pace, (struct mono){send_ns}))
			transmit(g);
	} else {
		g->now_ns = tick_ns;
		step(g, wake, (struct trace_event){.kind = TRACE_TICK});
	}
}

static bool
any_running(struct silence_rig *g, const struct rig_job **job, size_t *left)
{
	bool any = false;
	for (int i = 0; i < g->at_once; i++) {
		if (!g->trace[i].running && *left > 0) {
			start(g, &g->trace[i], (*job)++);
			--*left;
		}
		any |= g->trace[i].running;
	}
	return any;
}

void
silence_rig_run(struct silence_rig *g, const struct rig_job *job, size_t n)
{
	while (any_running(g, &job, &n))
		advance(g);
}
