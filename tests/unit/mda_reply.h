/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_MDA_REPLY_H
#define TUMEN_TESTS_MDA_REPLY_H

#include "tests/unit/mda_rig.h"
#include "tests/unit/probe_reply.h"

/* What the network says to the survey of a rig. */

static inline struct reply
error_reply(const struct rig *g, size_t i, uint32_t addr, int message)
{
	const struct survey_probe *p = &g->probe[i];
	return error_to(&p->flow, p->id, addr, message);
}

/* The target itself, without a quote: a datagram or, by TCP, a segment. */
static inline struct reply
direct_reply(const struct rig *g, size_t i, uint8_t flags, uint32_t ack)
{
	const struct survey_probe *p = &g->probe[i];
	return g->method == METHOD_TCP ? segment_to(&p->flow, p->id, flags, ack)
				       : datagram_to(&p->flow);
}

static inline bool
give(struct rig *g, const struct reply *r)
{
	return mda_ops.reply(g->m, r, rig_now(g), EPOCH + g->now_ns);
}

/* Who answers a flow at a TTL; 0: nobody. Type and code are in the answer. */
struct says {
	uint32_t addr;
	int message;
};

/* Answers all that was drawn since the last time, 10 ms later. */
static inline void
answer_all(struct rig *g, struct says (*net)(uint8_t, unsigned))
{
	g->now_ns += 10 * NS_PER_MS;
	for (; g->answered < g->n; g->answered++) {
		const struct survey_probe *p = &g->probe[g->answered];
		struct says s = net(p->ttl, p->flow.sport - SPORT);
		struct reply r = error_reply(g, g->answered, s.addr, s.message);
		if (s.addr != 0)
			give(g, &r);
	}
}

/* To the end, by that network; silence passes as fast as it may. */
static inline void
finish_by(struct rig *g, struct says (*net)(uint8_t, unsigned))
{
	struct mono wake = {0};
	do {
		while (pull(g) > 0)
			answer_all(g, net);
		if (!mda_ops.wake(g->m, rig_now(g), &wake))
			return;
		if (wake.ns > g->now_ns)
			g->now_ns = wake.ns;
	} while (g->n < RIG_PROBES);
}

/* A path of three routers. */
static inline struct says
straight(uint8_t ttl, unsigned flow)
{
	(void)flow;
	return ttl > 3 ? (struct says){TARGET, PORT_UNREACHABLE}
		       : (struct says){ROUTER + ttl, EXCEEDED};
}

static inline struct says
nobody(uint8_t ttl, unsigned flow)
{
	(void)ttl;
	(void)flow;
	return (struct says){0, 0};
}

/* The record of a flow: they come in the order of their flows. */
static inline struct record
record_of(struct rig *g, unsigned flow)
{
	struct record r;
	for (unsigned f = 0; mda_ops.take(g->m, &r); f++) {
		if (f == flow)
			return r;
		record_clear(&r);
	}
	fail();
	return r;
}

#endif
