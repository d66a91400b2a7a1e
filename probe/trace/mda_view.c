/* SPDX-License-Identifier: ISC */
#include "probe/trace/mda_view.h"

#include "probe/trace/mda_state.h"

#include <math.h>
#include <string.h>

static void
count(const struct mda *m, uint8_t ttl, unsigned flow, struct mda_view *v)
{
	const struct mda_cell *c = mda_cell(m, ttl, flow);
	if (m->flow[flow].end < ttl || (c->tried == 0 && !c->pending))
		return;
	if (c->who != MDA_NOBODY) {
		v->seen++;
		v->alive += v->flows[c->who]++ == 0;
		v->ends += m->flow[flow].end == ttl;
		v->on[c->who] += m->flow[flow].end != ttl;
	} else if (c->pending)
		v->pending++;
	else if (c->weak)
		v->weak++;
	else if (mda_may_retry(m, ttl, flow))
		v->retry++;
	else
		v->spent++;
}

static enum mda_kind
classify(struct mda *m, uint8_t ttl)
{
	struct mda_view *v = &m->view[ttl];
	bool behind = m->view[ttl - 1].kind == MDA_MIXED;
	if (m->hop[ttl].per_packet)
		v->alive = m->hop[ttl].vertices; /* repeats saw some of them */
	if (v->alive == 0)
		return MDA_BLANK;
	if (m->hop[ttl].per_packet || (behind && v->alive > 1))
		return MDA_MIXED;
	bool sole = v->alive == 1 && v->ends == 0 && v->spent + v->weak == 0;
	return sole ? MDA_SOLE : MDA_MANY;
}

void
mda_look(struct mda *m)
{
	uint8_t first = m->config.first_ttl;
	m->heard = (uint8_t)(first - 1);
	for (uint8_t ttl = first; ttl <= m->config.max_ttl; ttl++) {
		struct mda_view *v = &m->view[ttl];
		unsigned width = m->hop[ttl].vertices;
		memset(v->flows, 0, width * sizeof(v->flows[0]));
		memset(v->on, 0, width * sizeof(v->on[0]));
		v->seen = v->weak = v->spent = v->pending = v->retry = 0;
		v->alive = v->ends = 0;
		for (unsigned f = 0; m->hop[ttl].first > 0 && f < m->used; f++)
			count(m, ttl, f, v);
		v->kind = classify(m, ttl);
		if (v->seen + v->weak > 0)
			m->heard = ttl;
	}
}

static void
fan_out(struct mda_fan *fan, unsigned from, unsigned to)
{
	struct mda_branch *b = &fan->from[from];
	uint64_t bit = UINT64_C(1) << to % 64;
	b->both++;
	if ((b->to[to / 64] & bit) != 0)
		return;
	b->to[to / 64] |= bit;
	b->next++;
	fan->into[to]++;
}

void
mda_fan(const struct mda *m, uint8_t ttl, struct mda_fan *fan)
{
	unsigned width = m->hop[ttl].vertices;
	memset(fan->from, 0, width * sizeof(fan->from[0]));
	memset(fan->into, 0, m->hop[ttl + 1].vertices * sizeof(fan->into[0]));
	if (ttl < m->config.first_ttl || ttl >= m->config.max_ttl)
		return;
	for (unsigned f = 0; f < m->used; f++) {
		const struct mda_cell *here = mda_cell(m, ttl, f);
		const struct mda_cell *next = mda_cell(m, ttl + 1, f);
		if (here->who == MDA_NOBODY || m->flow[f].end <= ttl)
			continue;
		if (next->who != MDA_NOBODY)
			fan_out(fan, here->who, next->who);
		else if (next->tried > 0 && !next->pending)
			fan->from[here->who].spent++;
	}
}

bool
mda_one_vertex(const struct mda *m, uint8_t ttl)
{
	return ttl == m->config.first_ttl || m->view[ttl - 1].kind != MDA_MANY;
}

/*
 * Pearson's test of equal parts, at a level of 0.001: the quantile of the
 * chi-squared distribution by Wilson and Hilferty's cube (1931).
 */
bool
mda_equal_shares(const struct mda *m, uint8_t ttl)
{
	const struct mda_view *v = &m->view[ttl];
	if (v->alive < 2)
		return true;
	double each = (double)v->seen / v->alive, sum = 0;
	for (unsigned i = 0; i < m->hop[ttl].vertices; i++)
		if (v->flows[i] > 0)
			sum += pow(v->flows[i] - each, 2) / each;
	double part = 2.0 / 9 / (v->alive - 1);
	return sum <= (v->alive - 1) * pow(1 - part + 3.09 * sqrt(part), 3);
}

/* Whether all flows come from one place: a router alone, or this host. */
static bool
from_one(const struct mda *m, uint8_t ttl)
{
	return m->view[ttl - 1].kind == MDA_SOLE || ttl == 1;
}

bool
mda_light(const struct mda *m, uint8_t ttl)
{
	if (ttl <= m->config.first_ttl)
		return false;
	const struct mda_view *v = &m->view[ttl], *wide = &m->view[ttl - 1];
	return wide->kind == MDA_MANY && wide->alive > 1 && wide->ends == 0 &&
	       wide->spent + wide->weak == 0 && v->alive <= 1 &&
	       v->spent + v->weak == 0 && from_one(m, (uint8_t)(ttl - 1)) &&
	       mda_equal_shares(m, (uint8_t)(ttl - 1));
}

static void
found(struct mda *m, unsigned k)
{
	m->found.twos += k == 2;
	m->found.more += k > 2;
}

void
mda_count(struct mda *m)
{
	struct mda_fan fan;
	m->found = (struct mda_found){0};
	for (uint8_t ttl = m->config.first_ttl; ttl <= m->heard; ttl++) {
		if (mda_one_vertex(m, ttl)) {
			found(m, m->view[ttl].alive);
			continue;
		}
		mda_fan(m, (uint8_t)(ttl - 1), &fan);
		for (unsigned i = 0; i < m->hop[ttl - 1].vertices; i++)
			found(m, fan.from[i].next);
	}
}

double
mda_level(const struct mda *m, unsigned k, bool strict)
{
	struct mda_found others = {0};
	if (strict)
		others = m->found;
	others.twos -= strict && k == 2;
	others.more -= strict && k > 2;
	return mda_bound_level(m->epsilon, &others, k);
}

double
mda_node_level(const struct mda *m, uint8_t ttl, unsigned k)
{
	bool part = k == 1 && m->view[ttl - 1].alive > 1 &&
		    from_one(m, (uint8_t)(ttl - 1));
	return mda_level(m, k, true) * (part ? MDA_MANY_PART : 1);
}
