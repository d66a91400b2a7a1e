/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRACE_RIG_H
#define TUMEN_TESTS_TRACE_RIG_H

#include "probe/trace/trace.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One trace in the hands of a test that is its network and its clock. */

enum { US = 0xc0000201, TARGET = 0xaf2db047, ROUTER = 0xc6336400 };
#define EPOCH (INT64_C(1795000000) * NS_PER_S)

static const struct key key = {{1, 2, 3}};

/* One trace and a clock that the test moves. */
struct rig {
	struct trace t;
	struct outbox out;
	int64_t now_ns;
	int sends;   /* asked for in all */
	int ended;   /* TRACE_ENDED seen */
	size_t kept; /* index of the last TRACE_KEEP */
	int keeps;
	struct record r;
};

static inline void
step(struct rig *g, struct trace_event e)
{
	e.now = (struct mono){g->now_ns};
	trace_step(&g->t, &e, &g->out);
	for (size_t i = 0; i < g->out.n; i++) {
		const struct trace_action *a = &g->out.action[i];
		g->sends += a->kind == TRACE_SEND;
		g->ended += a->kind == TRACE_ENDED;
		g->keeps += a->kind == TRACE_KEEP;
		if (a->kind == TRACE_KEEP)
			g->kept = a->index;
	}
}

/* Every probe that was asked for leaves at once. */
static inline void
send_all(struct rig *g)
{
	struct outbox asked = g->out;
	for (size_t i = 0; i < asked.n; i++)
		if (asked.action[i].kind == TRACE_SEND)
			step(g, (struct trace_event){.kind = TRACE_SENT,
				    .index = asked.action[i].index,
				    .stamp_ns = EPOCH + g->now_ns});
}

static inline struct trace_config
config(void)
{
	struct trace_config c;
	trace_config_default(&c);
	return c;
}

static inline void
begin(struct rig *g, const struct trace_config *c)
{
	struct record about = {.vantage = "sel",
	    .seq = 5,
	    .target = TARGET,
	    .method = METHOD_UDP,
	    .src = US,
	    .sport = 33456,
	    .dport = 33434,
	    .start_us = 1};
	*g = (struct rig){.now_ns = NS_PER_S};
	trace_open(&g->t, c, &about, &key);
	step(g,
	    (struct trace_event){.kind = TRACE_START, .stamp_ns = EPOCH + 500});
	send_all(g);
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

/* The ICMP error that addr sends about a probe. */
static inline struct reply
error_reply(const struct rig *g, size_t i, uint32_t addr, int type, int code)
{
	struct probe_id id = trace_probe_id(&g->t, i);
	return (struct reply){.kind = REPLY_ICMP_ERROR,
	    .src = addr,
	    .dst = US,
	    .ttl = 60,
	    .icmp_type = (uint8_t)type,
	    .icmp_code = (uint8_t)code,
	    .quote = {.src = US,
		.dst = TARGET,
		.protocol = 17,
		.ttl = 1,
		.ipid = id.ipid,
		.sport = 33456,
		.dport = 33434,
		.check = id.check}};
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
answer(struct rig *g, uint8_t ttl, uint8_t attempt, uint32_t addr, int type,
    int code)
{
	struct reply r =
	    error_reply(g, probe_at(g, ttl, attempt), addr, type, code);
	g->now_ns += NS_PER_MS;
	assert_true(deliver(g, &r));
}

static inline void
hop(struct rig *g, uint8_t ttl)
{
	answer(g, ttl, 1, (uint32_t)ROUTER + ttl, 11, 0);
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

#endif
