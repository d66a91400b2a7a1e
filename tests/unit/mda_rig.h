/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_MDA_RIG_H
#define TUMEN_TESTS_MDA_RIG_H

#include "probe/trace/mda.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One survey in the hands of a test that is its network and its clock. */

enum {
	US = 0xc0000201,
	TARGET = 0xaf2db047,
	ROUTER = 0xc6336400, /* plus the TTL */
	SPORT = 33456,
	EXCEEDED = 0x0b00,
	PROHIBITED = 0x030d,
	PORT_UNREACHABLE = 0x0303,
	RIG_PROBES = 4096
};
#define EPOCH (INT64_C(1795000000) * NS_PER_S)

static const struct key key = {{1, 2, 3}};

struct rig {
	struct mda *m;
	enum record_method method;
	int64_t now_ns;
	struct survey_probe probe[RIG_PROBES];
	size_t n, answered; /* drawn so far; and answered, by answer_all() */
};

static inline void
rig_open(struct rig *g, const struct mda_config *c, enum record_method method)
{
	struct survey_about about = {.seq = 5,
	    .key = &key,
	    .record = {.vantage = "sel",
		.run = -1,
		.target = TARGET,
		.prefix = {TARGET & 0xffffff00, 24},
		.method = method,
		.port = method == METHOD_TCP ? 80 : -1,
		.flow = 3,
		.src = US,
		.sport = SPORT,
		.dport = 33434,
		.start_us = EPOCH / 1000,
		.tool = "tumen"}};
	*g = (struct rig){.now_ns = NS_PER_S, .method = method};
	g->m = mda_open(c, &about, NULL);
}

static inline struct mono
rig_now(const struct rig *g)
{
	return (struct mono){g->now_ns};
}

/* Draws all that may leave, without a word that it did. */
static inline size_t
draw(struct rig *g)
{
	size_t from = g->n;
	while (g->n < RIG_PROBES &&
	       mda_ops.next(g->m, rig_now(g), &g->probe[g->n]))
		g->n++;
	return g->n - from;
}

static inline size_t
pull(struct rig *g)
{
	size_t from = g->n, n = draw(g);
	for (size_t i = from; i < g->n; i++)
		mda_ops.sent(
		    g->m, g->probe[i].handle, rig_now(g), EPOCH + g->now_ns);
	return n;
}

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

static inline void
rig_close(struct rig *g)
{
	struct record r;
	while (mda_ops.take(g->m, &r))
		record_clear(&r);
	assert_true(mda_ops.over(g->m));
	mda_close(g->m);
}

/* A path of three routers. */
static inline struct says
straight(uint8_t ttl, unsigned flow)
{
	(void)flow;
	return ttl > 3 ? (struct says){TARGET, PORT_UNREACHABLE}
		       : (struct says){ROUTER + ttl, EXCEEDED};
}

#endif
