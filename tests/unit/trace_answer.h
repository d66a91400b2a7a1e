/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRACE_ANSWER_H
#define TUMEN_TESTS_TRACE_ANSWER_H

#include "tests/unit/trace_rig.h"

/* What the network says to the trace of a rig. A message: type, then code. */
enum {
	EXCEEDED = 0x0b00,
	NET_UNREACHABLE = 0x0300,
	HOST_UNREACHABLE = 0x0301,
	PORT_UNREACHABLE = 0x0303,
	PROHIBITED = 0x030d,
};

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
error_reply(const struct rig *g, size_t i, uint32_t addr, int message)
{
	struct probe_id id = trace_probe_id(&g->t, i);
	return (struct reply){.kind = REPLY_ICMP_ERROR,
	    .src = addr,
	    .dst = US,
	    .ttl = 60,
	    .icmp_type = (uint8_t)(message >> 8),
	    .icmp_code = (uint8_t)message,
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

#endif
