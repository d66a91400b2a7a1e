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
	int sends, keeps, ended; /* actions asked for in all */
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

/* A volley of five, so that a test can name all that is in flight. */
static inline struct trace_config
narrow(void)
{
	struct trace_config c = config();
	c.window = 5;
	return c;
}

/* The first probes are asked for, none has left. */
static inline void
wait_to_send_by(
    struct rig *g, const struct trace_config *c, enum record_method method)
{
	struct record about = {.vantage = "sel",
	    .seq = 5,
	    .target = TARGET,
	    .method = method,
	    .src = US,
	    .sport = 33456,
	    .dport = method == METHOD_ICMP ? 0 : 33434,
	    .start_us = 1};
	*g = (struct rig){.now_ns = NS_PER_S};
	trace_open(&g->t, c, &about, &key);
	step(g,
	    (struct trace_event){.kind = TRACE_START, .stamp_ns = EPOCH + 500});
}

static inline void
wait_to_send(struct rig *g, const struct trace_config *c)
{
	wait_to_send_by(g, c, METHOD_UDP);
}

static inline void
begin_by(struct rig *g, const struct trace_config *c, enum record_method method)
{
	wait_to_send_by(g, c, method);
	send_all(g);
}

static inline void
begin(struct rig *g, const struct trace_config *c)
{
	begin_by(g, c, METHOD_UDP);
}

#endif
