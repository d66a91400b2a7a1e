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

static inline void
small_open(struct small *m, size_t n,
    uint32_t (*network)(struct small *, const struct survey_probe *))
{
	uint32_t target[TARGETS_MAX];
	for (size_t i = 0; i < n; i++)
		target[i] = FIRST + (uint32_t)i;
	m->network = network;
	m->about = (struct survey_about){.seq = 1, .key = &small_key};
	m->about.record = (struct record){.vantage = "sel",
	    .method = METHOD_UDP,
	    .src = US,
	    .sport = 33456,
	    .dport = 33434,
	    .start_us = 77};
	m->now.ns = NS_PER_S;
	m->n = n;
	m->sweep = sweep_open(&m->config, &m->about, target, n);
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

static inline struct reply
small_reply(const struct small *m, const struct survey_probe *p, uint32_t addr)
{
	bool own = addr == p->flow.dst;
	return (struct reply){.kind = REPLY_ICMP_ERROR,
	    .src = addr,
	    .dst = US,
	    .ttl = 60,
	    .icmp_type = own ? 3 : 11,
	    .icmp_code = own ? 3 : 0,
	    .quote = {.src = US,
		.dst = p->flow.dst,
		.protocol = 17,
		.ttl = 1,
		.ipid = own || m->witness != NONE ? p->id.ipid : 0,
		.sport = 33456,
		.dport = 33434,
		.check = own || m->witness == ALL ? p->id.check : 0}};
}

static inline bool
small_answer(struct small *m, const struct survey_probe *p)
{
	uint32_t addr = m->network(m, p);
	if (addr == 0)
		return false;
	struct reply r = small_reply(m, p, addr);
	return sweep_ops.reply(m->sweep, &r, m->now, EPOCH + m->now.ns);
}

static inline void
small_take(struct small *m)
{
	struct record r;
	while (sweep_ops.take(m->sweep, &r)) {
		assert_true(r.seq >= 1 && r.seq <= m->n);
		m->join[r.seq - 1] = sweep_join(m->sweep, &r);
		m->record[r.seq - 1] = r;
		m->records++;
	}
}

/* All that may leave now leaves, and then all is answered at once. */
static inline bool
small_turn(struct small *m)
{
	static struct survey_probe probe[4096];
	size_t n = 0;
	struct mono at;
	while (n < 4096 && sweep_ops.next(m->sweep, m->now, &probe[n])) {
		sweep_ops.sent(
		    m->sweep, probe[n].handle, m->now, EPOCH + m->now.ns);
		n++;
	}
	m->sent += n;
	m->now.ns += n > 0 ? m->delay_ns : 0;
	for (size_t i = 0; i < n; i++)
		if (small_answer(m, &probe[i]) && m->twice)
			small_answer(m, &probe[i]);
	small_take(m);
	if (n == 0 && sweep_ops.wake(m->sweep, m->now, &at) &&
	    at.ns > m->now.ns)
		m->now = at;
	return !sweep_ops.over(m->sweep);
}

static inline void
small_run(struct small *m)
{
	int turns = 0;
	while (small_turn(m))
		assert_true(++turns < 100000);
	assert_int_equal(m->records, m->n);
}

static inline const struct record_probe *
small_find(const struct record *r, uint8_t ttl, uint8_t attempt, uint8_t no)
{
	for (size_t i = 0; i < r->nprobes; i++)
		if (r->probes[i].ttl == ttl &&
		    r->probes[i].attempt == attempt &&
		    r->probes[i].reply_no == no)
			return &r->probes[i];
	return NULL;
}

/* Who answered there, by the record or those that it joins. */
static inline uint32_t
small_hop(const struct small *m, const struct record *r, uint8_t ttl)
{
	for (;;) {
		for (size_t i = 0; i < r->nprobes; i++)
			if (r->probes[i].ttl == ttl && r->probes[i].answered)
				return r->probes[i].addr;
		const struct sweep_join *j = &m->join[r->seq - 1];
		if (ttl >= j->ttl)
			return 0;
		r = &m->record[j->seq - 1];
	}
}

#endif
