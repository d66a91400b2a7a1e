/* SPDX-License-Identifier: ISC */
#include "probe/trace/mda_state.h"

/*
 * Node control (Augustin et al.): a router beside others at its TTL gets as
 * many flows of its own as its rule asks for. Which flows pass it is known of
 * those that it answered; when these are used up, more flows are sent to its
 * TTL, to find out which of them do.
 */

/*
 * A vertex with a smaller part of the flows than 1/16, or than a quarter of an
 * equal part, is given up. How large its part is, few flows tell badly: so many
 * in equal parts are counted beside them.
 */
enum { STEER_PARTS = 16, STEER_TIMES = 4, STEER_PRIOR = 6 };

/* Flows that were seen at the vertex go one TTL on; how many of n. */
static unsigned
follow(struct mda *m, uint8_t ttl, unsigned vertex, unsigned n)
{
	unsigned got = 0;
	for (unsigned f = 0; f < m->used && got < n; f++)
		if (mda_cell(m, (uint8_t)(ttl - 1), f)->who == vertex &&
		    mda_untouched(m, ttl, f))
			got += mda_want(m, ttl, f);
	return got;
}

/*
 * Flows for the TTL of a vertex, n of which shall pass it: those that are known
 * to come to one of its predecessors.
 */
static unsigned
lead_to(struct mda *m, uint8_t ttl, unsigned vertex, unsigned n)
{
	struct mda_fan fan;
	unsigned got = 0, word = vertex / 64;
	if (mda_one_vertex(m, ttl))
		return 0;
	mda_fan(m, (uint8_t)(ttl - 1), &fan);
	for (unsigned i = 0; i < m->hop[ttl - 1].vertices; i++)
		if ((fan.from[i].to[word] >> vertex % 64 & 1) != 0)
			got += follow(m, ttl, i, n - got);
	return got;
}

/*
 * Vertex i at the TTL before gets what it lacks; how many were queued. What no
 * known flow can give is counted in flows that have never been there.
 */
static unsigned
control(struct mda *m, uint8_t ttl, const struct mda_branch *b, unsigned i,
    unsigned *lacking)
{
	const struct mda_view *wide = &m->view[ttl - 1];
	unsigned k = b->next > 1 ? b->next : 1;
	unsigned need = mda_bound_stop(k, mda_node_level(m, ttl, k));
	if (b->both >= need || b->spent >= need)
		return 0;
	unsigned got = follow(m, ttl, i, need - b->both);
	unsigned rest = need - b->both - got, most = STEER_TIMES * wide->alive;
	if (most < STEER_PARTS)
		most = STEER_PARTS;
	if (rest == 0 || wide->seen + wide->spent + wide->weak >= most * need)
		return got;
	unsigned led = lead_to(m, (uint8_t)(ttl - 1), i, rest);
	unsigned part = wide->on[i] + STEER_PRIOR;
	unsigned more = rest * (wide->seen + STEER_PRIOR * wide->alive);
	more = (more + part - 1) / part;
	if (led == 0 && more > *lacking)
		*lacking = more;
	return got + led;
}

/*
 * Also in the light case every router is seen to have a successor. Only the
 * first TTL that lacks flows gets more of them: they serve those behind it.
 */
static unsigned
control_all(struct mda *m, uint8_t ttl, const struct mda_fan *fan, bool first)
{
	unsigned n = 0, lacking = 0;
	bool light = mda_light(m, ttl);
	for (unsigned i = 0; i < m->hop[ttl - 1].vertices; i++) {
		const struct mda_branch *b = &fan->from[i];
		if (m->view[ttl - 1].on[i] == 0)
			continue;
		if (!light)
			n += control(m, ttl, b, i, &lacking);
		else if (b->both + b->spent == 0)
			n += follow(m, ttl, i, 1);
	}
	return first && n == 0 && lacking > 0
		   ? mda_fresh(m, (uint8_t)(ttl - 1), lacking)
		   : n;
}

/* A router that no flow is known to come to from the TTL before. */
static unsigned
find_origin(struct mda *m, uint8_t ttl, unsigned vertex)
{
	for (unsigned f = 0; f < m->used; f++)
		if (mda_cell(m, ttl, f)->who == vertex &&
		    m->flow[f].end >= ttl &&
		    mda_untouched(m, (uint8_t)(ttl - 1), f))
			return mda_want(m, (uint8_t)(ttl - 1), f);
	return 0;
}

/* Flows that ended here may have ended at the TTL before already. */
static unsigned
find_ends(struct mda *m, uint8_t ttl)
{
	unsigned n = 0;
	for (unsigned f = 0; m->view[ttl - 1].ends > 0 && f < m->used; f++)
		if (m->flow[f].end == ttl &&
		    mda_untouched(m, (uint8_t)(ttl - 1), f))
			n += mda_want(m, (uint8_t)(ttl - 1), f);
	return n;
}

unsigned
mda_steer(struct mda *m)
{
	unsigned n = 0;
	struct mda_fan fan;
	for (uint8_t ttl = (uint8_t)(m->config.first_ttl + 1); ttl <= m->heard;
	     ttl++) {
		if (m->view[ttl].kind == MDA_MIXED ||
		    m->view[ttl - 1].kind == MDA_MIXED)
			continue;
		mda_fan(m, (uint8_t)(ttl - 1), &fan);
		n += find_ends(m, ttl);
		if (!mda_one_vertex(m, ttl))
			n += control_all(m, ttl, &fan, n == 0);
		if (m->view[ttl - 1].kind == MDA_BLANK)
			continue;
		for (unsigned i = 0; i < m->hop[ttl].vertices; i++)
			if (m->view[ttl].flows[i] > 0 && fan.into[i] == 0)
				n += find_origin(m, ttl, i);
	}
	return n;
}
