/* SPDX-License-Identifier: ISC */
#include "tests/truth/observe.h"

#include "probe/trace/silence.h"
#include "probe/trace/trace.h"
#include "tests/truth/draw.h"

#include <errno.h>

enum {
	QUEUE_MAX = 4 * RECORD_TTL_MAX, /* two attempts of each TTL, twice */
	TOS_NONE = 0,
};
#define PACE_NS (5 * NS_PER_MS) /* between two probes of one trace */

/* A reply that is under way. */
struct flight {
	int64_t at_ns;
	size_t index;
	struct passage_answer answer;
};

struct observer {
	struct trace trace;
	struct passage *passage;
	struct key key;
	int64_t wall_ns;	 /* what the wall says at 0 of our clock */
	int64_t now_ns, free_ns; /* free: the next probe may leave */
	size_t send[QUEUE_MAX], nsend, sent;
	struct flight flight[QUEUE_MAX];
	size_t nflight;
	bool done;
};

static void
step(struct observer *b, struct trace_event e)
{
	struct outbox out;
	e.now.ns = b->now_ns;
	trace_step(&b->trace, &e, &out);
	for (size_t i = 0; i < out.n; i++) {
		if (out.action[i].kind == TRACE_ENDED)
			b->done = true;
		else if (out.action[i].kind == TRACE_SEND &&
			 b->nsend < QUEUE_MAX)
			b->send[b->nsend++] = out.action[i].index;
	}
}

static void
send_one(struct observer *b)
{
	size_t i = b->send[b->sent++];
	const struct record_probe *p = &b->trace.record.probes[i];
	if (!trace_wanted(&b->trace, i)) {
		step(b, (struct trace_event){.kind = TRACE_NOT_SENT,
			    .index = i,
			    .error = ECANCELED});
		return;
	}
	struct flight *f = &b->flight[b->nflight];
	if (b->nflight < QUEUE_MAX &&
	    passage_probe(b->passage, p->ttl, p->attempt, &f->answer)) {
		f->at_ns = b->now_ns + f->answer.rtt_ns;
		f->index = i;
		b->nflight++;
	}
	b->free_ns = b->now_ns + PACE_NS;
	step(b, (struct trace_event){.kind = TRACE_SENT,
		    .index = i,
		    .stamp_ns = b->wall_ns + b->now_ns});
}

/* As the parser would give it; what the engine does not read stays 0. */
static struct reply
parsed(const struct passage_answer *a, enum record_method method)
{
	struct reply r = {.src = a->addr,
	    .ttl = a->reply_ttl,
	    .ipid = a->ipid,
	    .icmp_type = a->icmp_type,
	    .icmp_code = a->icmp_code,
	    .tcp_flags = a->tcp_flags,
	    .quote = {.ttl = a->quoted_ttl, .tos = TOS_NONE}};
	r.kind = REPLY_ICMP_ERROR;
	if (a->tcp_flags != 0)
		r.kind = REPLY_TCP;
	else if (a->icmp_type == 0 && method == METHOD_ICMP)
		r.kind = REPLY_ECHO;
	return r;
}

/* Behind a translator one of the two witnesses comes back. */
static enum record_proof
proof_of(const struct observer *b)
{
	const struct ground *g = b->passage->order.world.ground;
	return draw_chance(g->seed, DRAW_NAT, b->passage->order.walk.vantage, 0,
		   g->rates.nat)
		   ? PROOF_ONE
		   : PROOF_BOTH;
}

static size_t
earliest(const struct observer *b)
{
	size_t best = 0;
	for (size_t i = 1; i < b->nflight; i++)
		if (b->flight[i].at_ns < b->flight[best].at_ns)
			best = i;
	return best;
}

static void
receive_one(struct observer *b, size_t which)
{
	struct flight f = b->flight[which];
	struct reply r = parsed(&f.answer, b->trace.record.method);
	b->flight[which] = b->flight[--b->nflight];
	step(b, (struct trace_event){.kind = TRACE_REPLY,
		    .index = f.index,
		    .stamp_ns = b->wall_ns + b->now_ns,
		    .reply = &r,
		    .proof = proof_of(b)});
}

/* Does what is due first; the clock never goes back. */
static void
next_event(struct observer *b)
{
	struct mono wake = {INT64_MAX};
	int64_t send = INT64_MAX, reply = INT64_MAX;
	size_t which = earliest(b);
	if (!trace_wake(&b->trace, &wake))
		wake.ns = INT64_MAX;
	if (b->sent < b->nsend)
		send = b->free_ns > b->now_ns ? b->free_ns : b->now_ns;
	if (b->nflight > 0)
		reply = b->flight[which].at_ns;
	int64_t due = send < reply ? send : reply;
	due = due < wake.ns ? due : wake.ns;
	if (due > b->now_ns)
		b->now_ns = due;
	if (due == reply)
		receive_one(b, which);
	else if (due == send)
		send_one(b);
	else
		step(b, (struct trace_event){.kind = TRACE_TICK});
}

void
observe(struct passage *p, const struct record *about, struct record *into)
{
	struct observer b = {.passage = p, .wall_ns = about->start_us * 1000};
	struct trace_config config;
	trace_config_default(&config);
	trace_open(&b.trace, &config, about, &b.key);
	step(&b,
	    (struct trace_event){.kind = TRACE_START, .stamp_ns = b.wall_ns});
	while (!b.done)
		next_event(&b);
	trace_take(&b.trace, into);
	trace_close(&b.trace);
	silence_name(into, NULL);
}
