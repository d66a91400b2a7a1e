/* SPDX-License-Identifier: ISC */
#include "probe/trace/mda_state.h"

/*
 * Node control (Augustin et al.): a router beside others at its TTL gets as
 * many flows of its own as its rule asks for. Which flows pass it is known of
 * those that it answered; when these are used up, more flows are sent to its
 * TTL, to find out which of them do.
 */

/* So much more than an equal part would take says that there is none. */
enum { STEER_TIMES = 3, STEER_MORE = 20 };

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

/* The flows that a vertex with k known successors needs. */
static unsigned
needed(const struct mda *m, const struct mda_view *wide, unsigned k)
{
	double part = k <= 1 && wide->alive > 1 ? MDA_MANY_PART : 1;
	k = k > 1 ? k : 1;
	return mda_bound_stop(k, part * mda_level(m, k, true));
}

/* What vertex i at the TTL before lacks, counted in flows to that TTL. */
static unsigned
control(struct mda *m, uint8_t ttl, const struct mda_branch *b, unsigned i,
    unsigned *lacking)
{
	const struct mda_view *wide = &m->view[ttl - 1];
	unsigned need = needed(m, wide, b->next);
	if (b->both >= need || b->spent >= need)
		return 0;
	unsigned got = follow(m, ttl, i, need - b->both);
	unsigned rest = need - b->both - got;
	unsigned most = STEER_TIMES * wide->alive * need + STEER_MORE;
	unsigned more = (rest * wide->seen + wide->on[i] - 1) / wide->on[i];
	if (rest > 0 && wide->seen + wide->spent + wide->weak >= most)
		m->cut = true;
	else if (more > *lacking)
		*lacking = more;
	return got;
}

/* Also in the light case every router is seen to have a successor. */
static unsigned
control_all(struct mda *m, uint8_t ttl, const struct mda_fan *fan)
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
	if (lacking == 0)
		return n;
	unsigned got = mda_fresh(m, (uint8_t)(ttl - 1), lacking);
	m->cut = m->cut || got == 0;
	return n + got;
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
		if (mda_one_vertex(m, ttl))
			continue;
		mda_fan(m, (uint8_t)(ttl - 1), &fan);
		n += find_ends(m, ttl) + control_all(m, ttl, &fan);
		for (unsigned i = 0; i < m->hop[ttl].vertices; i++)
			if (m->view[ttl].flows[i] > 0 && fan.into[i] == 0)
				n += find_origin(m, ttl, i);
	}
	return n;
}
