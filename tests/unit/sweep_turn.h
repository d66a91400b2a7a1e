/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_SWEEP_TURN_H
#define TUMEN_TESTS_SWEEP_TURN_H

#include "tests/unit/probe_reply.h"
#include "tests/unit/sweep_small.h"

/* How a small sweep is answered and runs, and what it has found. */

static inline struct reply
small_reply(const struct small *m, const struct survey_probe *p, uint32_t addr)
{
	bool own = addr == p->flow.dst;
	struct reply r =
	    error_to(&p->flow, p->id, addr, own ? PORT_UNREACHABLE : EXCEEDED);
	if (!own && m->witness == NONE)
		r.quote.ipid = 0;
	if (!own && m->witness != ALL)
		r.quote.check = 0;
	return r;
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
