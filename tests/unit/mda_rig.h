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
	RIG_PROBES = 4096
};
#define EPOCH (INT64_C(1795000000) * NS_PER_S)

static const struct key key = {{1, 2, 3}};

static inline struct mda_config
config(void)
{
	struct mda_config c;
	mda_config_default(&c);
	return c;
}

struct rig {
	struct mda *m;
	enum record_method method;
	int64_t now_ns;
	struct survey_probe probe[RIG_PROBES];
	size_t n, answered; /* drawn so far; and answered, by answer_all() */
};

/* The only one of a program; c NULL: the default configuration. */
static inline struct rig *
begin(const struct mda_config *c, enum record_method method)
{
	static struct rig g;
	struct mda_config usual = config();
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
	g = (struct rig){.now_ns = NS_PER_S, .method = method};
	g.m = mda_open(c != NULL ? c : &usual, &about, NULL);
	return &g;
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

static inline void
rig_close(struct rig *g)
{
	struct record r;
	while (mda_ops.take(g->m, &r))
		record_clear(&r);
	assert_true(mda_ops.over(g->m));
	mda_close(g->m);
}

#endif
