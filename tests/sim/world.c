/* SPDX-License-Identifier: ISC */
#include "tests/sim/world.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* An hour: no trace may last that long, whatever the network does. */
#define LONGEST_NS (3600 * NS_PER_S)

void
world_open(struct world *w)
{
	w->build = build_open("tumen simulation", NULL);
	assert(w->build != NULL);
}

void
world_reset(struct world *w, uint64_t seed)
{
	w->random.state = seed;
	w->net = (struct net){.random.state = random_next(&w->random)};
	for (size_t i = 0; i < sizeof(w->key.secret); i++)
		w->key.secret[i] = (uint8_t)random_next(&w->random);
	trace_config_default(&w->config);
	w->play = NULL;
	w->flow = 0;
	w->unsent = w->second_stamps = 0;
	w->stamp_delay_ns = 0;
	w->now_ns = NS_PER_S;
	w->scheduled = 0;
	w->events = w->truths = w->queued = w->unmatched = 0;
	w->asked = w->volley = w->ended = w->failed_sends = 0;
	w->settled_ns = w->left_ns = 0;
	memset(w->bad, 0, sizeof(w->bad));
	record_clear(&w->record);
}

void
world_close(struct world *w)
{
	build_close(w->build);
	record_clear(&w->record);
}

/* The earlier one; of equal ones that which was scheduled first. */
static bool
before(const struct world_event *a, const struct world_event *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void
swap(struct world_event *a, struct world_event *b)
{
	struct world_event kept = *a;
	*a = *b;
	*b = kept;
}

/* The events are a binary heap, the earliest on top. */
static void
schedule(struct world *w, struct world_event e)
{
	size_t i = w->events;
	if (i == WORLD_EVENTS)
		return;
	e.order = w->scheduled++;
	w->event[w->events++] = e;
	while (i > 0 && before(&w->event[i], &w->event[(i - 1) / 2])) {
		swap(&w->event[i], &w->event[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

static struct world_event
take_event(struct world *w)
{
	struct world_event first = w->event[0];
	size_t i = 0;
	w->event[0] = w->event[--w->events];
	for (;;) {
		size_t best = i;
		for (size_t child = 2 * i + 1; child <= 2 * i + 2; child++)
			if (child < w->events &&
			    before(&w->event[child], &w->event[best]))
				best = child;
		if (best == i)
			return first;
		swap(&w->event[i], &w->event[best]);
		i = best;
	}
}

static void
step(struct world *w, struct trace_event e)
{
	struct outbox out;
	e.now.ns = w->now_ns;
	trace_step(&w->trace, &e, &out);
	for (size_t i = 0; i < out.n; i++) {
		switch (out.action[i].kind) {
		case TRACE_SEND:
			w->queue[w->queued++] = out.action[i].index;
			w->asked++;
			break;
		case TRACE_KEEP:
			break;
		case TRACE_ENDED:
			w->ended++;
			break;
		}
	}
	if (w->settled_ns == 0 && trace_settled(&w->trace))
		w->settled_ns = w->now_ns;
}

static void
replies(struct world *w, size_t index, const uint8_t *packet, size_t len)
{
	struct play_reply reply[PLAY_REPLIES];
	const struct record_probe *p = &w->trace.record.probes[index];
	size_t n = w->play != NULL
		       ? play_send(w->play, packet, len, w->now_ns, reply)
		       : net_send(&w->net, packet, len, w->now_ns, reply);
	for (size_t i = 0; i < n && w->truths < WORLD_REPLIES; i++) {
		struct world_truth *t = &w->truth[w->truths];
		schedule(w, (struct world_event){.at_ns = reply[i].at_ns,
				.kind = WORLD_REPLY,
				.index = w->truths++});
		t->ttl = p->ttl;
		t->attempt = p->attempt;
		t->rtt_ns = reply[i].at_ns - w->now_ns;
		t->reply = reply[i];
	}
}

static void
announce(struct world *w, size_t index)
{
	struct world_event e = {
	    .at_ns = w->now_ns + random_range(&w->random, 0, w->stamp_delay_ns),
	    .kind = WORLD_SENT,
	    .index = index,
	    .stamp_ns = WORLD_EPOCH + w->now_ns};
	if (random_chance(&w->random, w->second_stamps)) {
		struct world_event first = e;
		first.at_ns = w->now_ns;
		first.stamp_ns = -1;
		schedule(w, first);
	}
	schedule(w, e);
}

/* Takes the oldest probe off the pacer's queue and onto the wire. */
static void
transmit(struct world *w)
{
	uint8_t packet[BUILD_MAX];
	size_t index = w->queue[0];
	struct probe_id id = trace_probe_id(&w->trace, index);
	memmove(w->queue, w->queue + 1, --w->queued * sizeof(w->queue[0]));
	if (random_chance(&w->random, w->unsent)) {
		w->failed_sends++;
		schedule(w, (struct world_event){.at_ns = w->now_ns,
				.kind = WORLD_NOT_SENT,
				.index = index});
		return;
	}
	size_t len = build_probe(w->build, &w->trace.flow, &id,
	    w->trace.record.probes[index].ttl, packet);
	w->left_ns = w->now_ns;
	announce(w, index);
	replies(w, index, packet, len);
}

static void
receive(struct world *w, const struct world_truth *truth)
{
	struct reply reply;
	struct trace_event e = {.kind = TRACE_REPLY,
	    .reply = &reply,
	    .stamp_ns = WORLD_EPOCH + w->now_ns};
	enum reply_bad bad =
	    reply_parse(truth->reply.bytes, truth->reply.len, &reply);
	w->bad[bad]++;
	if (bad != REPLY_GOOD)
		return;
	if (trace_match(&w->trace, &reply, &e.index, &e.proof))
		step(w, e);
	else
		w->unmatched++;
}

static void
happen(struct world *w, const struct world_event *e)
{
	if (e->kind != WORLD_REPLY)
		w->left_ns = w->now_ns;
	switch (e->kind) {
	case WORLD_SENT:
		step(w, (struct trace_event){.kind = TRACE_SENT,
			    .index = e->index,
			    .stamp_ns = e->stamp_ns});
		break;
	case WORLD_NOT_SENT:
		step(w, (struct trace_event){.kind = TRACE_NOT_SENT,
			    .index = e->index,
			    .error = ENOBUFS});
		break;
	case WORLD_REPLY:
		receive(w, &w->truth[e->index]);
		break;
	}
}

/* Probes that became pointless while they were queued cost no token. */
static void
cancel(struct world *w)
{
	while (w->queued > 0 && !trace_wanted(&w->trace, w->queue[0])) {
		size_t index = w->queue[0];
		memmove(
		    w->queue, w->queue + 1, --w->queued * sizeof(w->queue[0]));
		step(w, (struct trace_event){.kind = TRACE_NOT_SENT,
			    .index = index,
			    .error = ECANCELED});
	}
}

/* Moves the clock to whatever comes first and lets it happen. */
static bool
advance(struct world *w)
{
	struct mono wake, now = {w->now_ns};
	int64_t event_ns = INT64_MAX, tick_ns = INT64_MAX, send_ns = INT64_MAX;
	cancel(w);
	if (w->ended > 0)
		return true;
	if (w->events > 0)
		event_ns = w->event[0].at_ns;
	if (trace_wake(&w->trace, &wake))
		tick_ns = wake.ns > w->now_ns ? wake.ns : w->now_ns;
	if (w->queued > 0)
		send_ns = w->now_ns + pace_wait_ns(&w->pace, now);
	if (event_ns <= tick_ns && event_ns <= send_ns && w->events > 0) {
		struct world_event e = take_event(w);
		w->now_ns = e.at_ns;
		if (w->queued > 0) /* one is still to leave */
			w->left_ns = w->now_ns;
		happen(w, &e);
		return true;
	}
	if (w->queued > 0 && send_ns <= tick_ns) {
		w->now_ns = send_ns;
		if (pace_take(&w->pace, (struct mono){send_ns}))
			transmit(w);
		return true;
	}
	if (tick_ns == INT64_MAX)
		return false;
	w->now_ns = tick_ns;
	step(w, (struct trace_event){.kind = TRACE_TICK});
	return true;
}

bool
world_run(struct world *w)
{
	static const uint16_t dport[] = {
	    [METHOD_UDP] = 33434, [METHOD_ICMP] = 0, [METHOD_TCP] = 80};
	struct record about = {.vantage = "sim",
	    .seq = random_next(&w->random) >> 11,
	    .target = w->net.dst,
	    .method = w->method,
	    .src = w->net.src,
	    .flow = w->flow,
	    .sport = (uint16_t)(33456 + w->flow),
	    .dport = dport[w->method]};
	int64_t limit_ns = w->now_ns + LONGEST_NS;
	bool alive = true;
	trace_open(&w->trace, &w->config, &about, &w->key);
	step(w, (struct trace_event){
		    .kind = TRACE_START, .stamp_ns = WORLD_EPOCH + w->now_ns});
	w->volley = w->asked;
	while (alive && !w->ended && w->now_ns < limit_ns)
		alive = advance(w);
	trace_take(&w->trace, &w->record);
	trace_close(&w->trace);
	return w->ended == 1;
}
