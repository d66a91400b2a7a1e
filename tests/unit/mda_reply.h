/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_MDA_REPLY_H
#define TUMEN_TESTS_MDA_REPLY_H

#include "tests/unit/mda_rig.h"

/* What the network says to the survey of a rig. */

static inline struct reply
error_reply(const struct rig *g, size_t i, uint32_t addr, int message)
{
	const struct survey_probe *p = &g->probe[i];
	return (struct reply){.kind = REPLY_ICMP_ERROR,
	    .src = addr,
	    .dst = US,
	    .ttl = 60,
	    .icmp_type = (uint8_t)(message >> 8),
	    .icmp_code = (uint8_t)message,
	    .quote = {.src = US,
		.dst = TARGET,
		.protocol = g->method == METHOD_TCP ? 6 : 17,
		.ttl = 1,
		.ipid = p->id.ipid,
		.check = p->id.check,
		.tcp_seq = (uint32_t)p->id.ipid << 16 | p->id.check,
		.sport = p->flow.sport,
		.dport = p->flow.dport}};
}

/* The target itself, without a quote; ack counts from the sequence number. */
static inline struct reply
direct_reply(const struct rig *g, size_t i, uint8_t flags, uint32_t ack)
{
	const struct survey_probe *p = &g->probe[i];
	return (struct reply){
	    .kind = g->method == METHOD_TCP ? REPLY_TCP : REPLY_UDP,
	    .src = TARGET,
	    .dst = US,
	    .ttl = 60,
	    .sport = p->flow.dport,
	    .dport = p->flow.sport,
	    .tcp_flags = flags,
	    .tcp_ack = ((uint32_t)p->id.ipid << 16 | p->id.check) + ack};
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

#endif
