/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_SWEEP_SMALL_H
#define TUMEN_TESTS_SWEEP_SMALL_H

#include "probe/trace/sweep.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A sweep in the hands of a test that is its network and its clock. */

enum { US = 0xc0000201, FIRST = 0xaf2db000, ROUTER = 0xc6336400 };
enum { TARGETS_MAX = 1024, HOST = 5 }; /* the distance of all targets */
#define EPOCH (INT64_C(1795000000) * NS_PER_S)

struct small {
	/* Who answers the probe; 0 nobody. */
	uint32_t (*network)(struct small *m, const struct survey_probe *p);
	struct sweep_config config;
	struct survey_about about;
	struct sweep *sweep;
	size_t n, records;
	struct mono now;
	uint64_t sent;
	bool twice;			 /* every answer comes twice */
	int64_t delay_ns;		 /* of an answer */
	enum { ALL, ONE, NONE } witness; /* of routers */
	struct record record[TARGETS_MAX];
	struct sweep_join join[TARGETS_MAX];
};

static const struct key small_key = {{4, 5}};

/* ROUTER + TTL up to the host. */
static inline uint32_t
plain_path(struct small *m, const struct survey_probe *p)
{
	(void)m;
	return p->ttl >= HOST ? p->flow.dst : (uint32_t)ROUTER + p->ttl * 16;
}

/* The next target is so far on. */
static inline void
small_open_by(
    struct small *m, size_t n, uint32_t stride, enum record_method method)
{
	uint32_t target[TARGETS_MAX];
	for (size_t i = 0; i < n; i++)
		target[i] = FIRST + (uint32_t)i * stride;
	m->about = (struct survey_about){.seq = 1, .key = &small_key};
	m->about.record = (struct record){.vantage = "sel",
	    .method = method,
	    .src = US,
	    .sport = 33456,
	    .dport = method == METHOD_ICMP ? 0 : 33434,
	    .start_us = 77};
	m->now.ns = NS_PER_S;
	m->n = n;
	m->sweep = sweep_open(&m->config, &m->about, target, n);
}

static inline void
small_open(struct small *m, size_t n,
    uint32_t (*network)(struct small *, const struct survey_probe *))
{
	m->network = network;
	small_open_by(m, n, 1, METHOD_UDP);
}

static inline struct small *
small_new(void)
{
	struct small *m = calloc(1, sizeof(*m));
	assert_non_null(m);
	sweep_config_default(&m->config);
	m->config.responder_rate = 100000;
	m->config.responder_burst = 1000;
	m->delay_ns = 10 * NS_PER_MS;
	return m;
}

static inline void
small_close(struct small *m)
{
	for (size_t i = 0; i < TARGETS_MAX; i++)
		record_clear(&m->record[i]);
	sweep_close(m->sweep);
	free(m);
}

#endif
