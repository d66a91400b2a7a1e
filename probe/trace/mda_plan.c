/* SPDX-License-Identifier: ISC */
#include "probe/trace/mda_state.h"

/*
 * What to send next, from all that is known, in three steps; a later one waits
 * until nothing of the earlier ones is left to send or on its way.
 *
 * 1. One flow looks ahead, and every TTL behind it gets the flows that its
 *    rule asks for as if there were one balancer on the way: most of the
 *    graph, all TTLs at the same time.
 * 2. Flows are repeated where paths part, to tell balancers that draw packet
 *    by packet; rules are held to what holds beside the balancers found.
 * 3. Where flows come from several routers, each router gets the flows that
 *    its own rule asks for (node control), unless the diamond is one hop wide
 *    and symmetric, where what step 1 sent is enough (after MDA-Lite,
 *    Vermeulen et al., IMC 2018).
 *
 * The same flow numbers are used at every TTL, lowest first: neighbouring TTLs
 * have them in common, and these are the links.
 */

static unsigned
retry(struct mda *m)
{
	unsigned n = 0;
	for (uint8_t ttl = m->config.first_ttl; ttl <= m->config.max_ttl; ttl++)
		for (unsigned f = 0; m->view[ttl].retry > 0 && f < m->used;
		     f++) {
			if (mda_may_retry(m, ttl, f))
				n += mda_want(m, ttl, f);
		}
	return n;
}

/* The flow that looks ahead; false when all that are known have ended. */
static bool
choose_lead(struct mda *m)
{
	if (m->flow[m->lead].end > m->heard)
		return true;
	for (unsigned f = 0; f < m->used; f++) {
		const struct mda_cell *c = mda_cell(m, m->heard, f);
		if (m->flow[f].end > m->heard && c->who != MDA_NOBODY) {
			m->lead = f;
			return true;
		}
	}
	return false;
}

static unsigned
explore(struct mda *m)
{
	unsigned ahead = 0, n = 0;
	uint8_t limit = m->config.max_ttl;
	if (!choose_lead(m))
		return 0;
	if (m->heard + m->config.gap < limit)
		limit = (uint8_t)(m->heard + m->config.gap);
	for (uint8_t ttl = (uint8_t)(m->heard + 1); ttl <= limit; ttl++) {
		if (ahead >= m->config.window)
			break;
		if (mda_untouched(m, ttl, m->lead))
			n += mda_want(m, ttl, m->lead);
		ahead += mda_cell(m, ttl, m->lead)->pending;
	}
	return n;
}

/* The flows that a TTL needs as a whole, whatever router they come from. */
static unsigned
needed(const struct mda *m, uint8_t ttl, bool strict)
{
	const struct mda_view *v = &m->view[ttl];
	unsigned k = v->alive > 1 ? v->alive : 1;
	if (mda_one_vertex(m, ttl))
		return mda_bound_stop(k, mda_level(m, k, strict));
	unsigned base = mda_bound_stop(1, mda_level(m, 1, false));
	if (v->seen < base || !mda_light(m, ttl))
		return base;
	return mda_bound_share(
	    m->view[ttl - 1].alive, MDA_LIGHT_PART * mda_level(m, 1, strict));
}

/* As much silence as there should be answers says that more is no use. */
static unsigned
fill(struct mda *m, uint8_t ttl, bool strict)
{
	const struct mda_view *v = &m->view[ttl];
	unsigned n = needed(m, ttl, strict);
	unsigned have = v->seen + v->pending + v->retry;
	if (have >= n || v->spent + v->weak >= n)
		return 0;
	return mda_fresh(m, ttl, n - have);
}

/* Also the first silent TTL: other flows may be answered there. */
static unsigned
fill_all(struct mda *m, bool strict)
{
	unsigned n = 0;
	uint8_t ttl = m->config.first_ttl;
	for (; ttl <= m->heard; ttl++)
		n += fill(m, ttl, strict);
	if (ttl <= m->config.max_ttl && m->view[ttl].spent > 0)
		n += fill(m, ttl, strict);
	return n;
}

/* A flow that can be sent again to see who answers it now. */
static bool
repeatable(const struct mda *m, const struct mda_cell *c, unsigned round)
{
	unsigned unheard = c->tried - 1U - c->agreed;
	return c->agreed == round && !c->pending &&
	       unheard < m->config.attempts && c->tried < RECORD_ATTEMPTS_MAX;
}

/* Whether the flow is here and came from that vertex (from anywhere: NULL). */
static bool
comes_from(
    const struct mda *m, uint8_t ttl, unsigned flow, const unsigned *from)
{
	if (mda_cell(m, ttl, flow)->who == MDA_NOBODY ||
	    m->flow[flow].end < ttl)
		return false;
	return from == NULL ||
	       mda_cell(m, (uint8_t)(ttl - 1), flow)->who == *from;
}

/*
 * The chance that may be left that paths part here by packets. Where they are
 * known to do so farther on in the same diamond, this is the likelier place.
 */
static double
doubt(const struct mda *m, uint8_t ttl)
{
	for (; ttl <= m->heard && m->view[ttl].alive > 1; ttl++)
		if (m->hop[ttl].per_packet)
			return m->epsilon * m->epsilon;
	return m->epsilon;
}

/*
 * Repeats flows of one branching vertex until enough of them found their
 * router again; each flow once before any twice.
 */
static unsigned
repeat(struct mda *m, uint8_t ttl, const unsigned *from, unsigned k)
{
	unsigned had = 0, n = 0;
	unsigned need = mda_bound_repeats(k, doubt(m, ttl));
	for (unsigned round = 0; round < RECORD_ATTEMPTS_MAX; round++)
		for (unsigned f = 0; f < m->used && had + n < need; f++) {
			const struct mda_cell *c = mda_cell(m, ttl, f);
			if (!comes_from(m, ttl, f, from))
				continue;
			if (c->agreed > round)
				had++;
			else if (repeatable(m, c, round))
				n += mda_want(m, ttl, f);
		}
	return n;
}

static unsigned
repeat_all(struct mda *m)
{
	unsigned n = 0;
	struct mda_fan fan;
	for (uint8_t ttl = m->config.first_ttl; ttl <= m->heard; ttl++) {
		unsigned alive = m->view[ttl].alive;
		if (alive < 2 || m->view[ttl].kind == MDA_MIXED)
			continue;
		if (mda_one_vertex(m, ttl)) {
			n += repeat(m, ttl, NULL, alive);
			continue;
		}
		mda_fan(m, (uint8_t)(ttl - 1), &fan);
		for (unsigned i = 0; i < m->hop[ttl - 1].vertices; i++)
			if (fan.from[i].next > 1)
				n += repeat(m, ttl, &i, fan.from[i].next);
	}
	return n;
}

void
mda_plan(struct mda *m)
{
	mda_look(m);
	if (retry(m) + explore(m) + fill_all(m, false) > 0 || m->pending > 0)
		return;
	mda_count(m);
	if (repeat_all(m) + fill_all(m, true) > 0)
		return;
	if (mda_steer(m) == 0)
		m->done = true;
}
