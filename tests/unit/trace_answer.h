/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRACE_ANSWER_H
#define TUMEN_TESTS_TRACE_ANSWER_H

#include "tests/unit/trace_reply.h"

static inline size_t
probe_at(const struct rig *g, uint8_t ttl, uint8_t attempt)
{
	for (size_t i = 0; i < g->t.record.nprobes; i++)
		if (g->t.record.probes[i].ttl == ttl &&
		    g->t.record.probes[i].attempt == attempt)
			return i;
	fail_msg("ttl %d attempt %d was never sent", ttl, attempt);
	return 0;
}

/* Matches the reply, as a driver does, and hands it over. */
static inline bool
deliver(struct rig *g, const struct reply *r)
{
	struct trace_event e = {
	    .kind = TRACE_REPLY, .reply = r, .stamp_ns = EPOCH + g->now_ns};
	if (!trace_match(&g->t, r, &e.index, &e.proof))
		return false;
	step(g, e);
	send_all(g);
	return true;
}

static inline void
answer(struct rig *g, uint8_t ttl, uint8_t attempt, uint32_t addr, int message)
{
	struct reply r =
	    error_reply(g, probe_at(g, ttl, attempt), addr, message);
	g->now_ns += NS_PER_MS;
	assert_true(deliver(g, &r));
}

static inline void
hop(struct rig *g, uint8_t ttl)
{
	answer(g, ttl, 1, (uint32_t)ROUTER + ttl, EXCEEDED);
}

static inline void
hops(struct rig *g, uint8_t from, uint8_t to)
{
	for (uint8_t ttl = from; ttl <= to; ttl++)
		hop(g, ttl);
}

static inline const struct record_probe *
find(const struct record *r, uint8_t ttl, uint8_t attempt, uint8_t reply_no)
{
	for (size_t i = 0; i < r->nprobes; i++)
		if (r->probes[i].ttl == ttl &&
		    r->probes[i].attempt == attempt &&
		    r->probes[i].reply_no == reply_no)
			return &r->probes[i];
	return NULL;
}

static inline void
tick_at(struct rig *g, int64_t now_ns)
{
	g->now_ns = now_ns;
	step(g, (struct trace_event){.kind = TRACE_TICK});
	send_all(g);
}

static inline void
tick(struct rig *g)
{
	struct mono at;
	assert_true(trace_wake(&g->t, &at));
	assert_true(at.ns >= g->now_ns);
	tick_at(g, at.ns);
}

/* Ticks until the end and takes the record. */
static inline struct record *
finish(struct rig *g)
{
	while (!g->ended)
		tick(g);
	trace_take(&g->t, &g->r);
	trace_close(&g->t);
	return &g->r;
}

#endif
