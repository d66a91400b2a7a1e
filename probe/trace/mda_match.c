/* SPDX-License-Identifier: ISC */
#include "probe/trace/mda_state.h"
#include "probe/trace/proof.h"

/*
 * As match.c does for one flow: the source port names the flow, two witnesses
 * the probe.
 */

struct flow_id
mda_flow_id(const struct mda *m, unsigned flow)
{
	return (struct flow_id){m->about.src, m->about.target,
	    (uint16_t)(m->about.sport + flow), m->about.dport, m->about.method};
}

static bool
find_flow(const struct mda *m, const struct reply *r, unsigned *flow)
{
	uint16_t port = r->kind == REPLY_ICMP_ERROR ? r->quote.sport : r->dport;
	*flow = (unsigned)port - m->about.sport;
	return port >= m->about.sport && *flow < m->used;
}

/* As in match.c, of one flow. */
static enum record_proof
by_identity(const struct mda *m, unsigned flow, const struct reply *r,
    const struct method_witness *w, size_t *index)
{
	int named = 0;
	for (size_t i = m->flow[flow].last; i > 0; i = m->probe[i - 1].before) {
		const struct mda_probe *p = &m->probe[i - 1];
		enum record_proof by = proof_named(w, &p->id);
		if (p->record.reply_no > 0 || by == 0)
			continue;
		*index = i - 1;
		if (by == PROOF_BOTH)
			return proof_whole(m->about.src, r);
		named++;
	}
	return named == 1 ? PROOF_ONE : 0;
}

/* The highest TTL at which a router was seen to answer this flow. */
static uint8_t
last_router(const struct mda *m, unsigned flow)
{
	uint8_t ttl = m->config.max_ttl;
	for (; ttl >= m->config.first_ttl; ttl--) {
		uint8_t who = mda_cell(m, ttl, flow)->who;
		if (who != MDA_NOBODY && m->flow[flow].end != ttl)
			return ttl;
	}
	return 0;
}

/* The target answered without a word of the probe: as match.c says, the
 * highest TTL that is still without an answer. */
static enum record_proof
by_elimination(const struct mda *m, unsigned flow, size_t *index)
{
	uint8_t best = last_router(m, flow);
	bool found = false;
	for (size_t i = m->flow[flow].last; i > 0; i = m->probe[i - 1].before) {
		const struct mda_probe *p = &m->probe[i - 1];
		bool taken = p->record.answered && p->record.proof != PROOF_ONE;
		if (!p->sent || taken || p->record.ttl <= best)
			continue;
		best = p->record.ttl;
		*index = i - 1;
		found = true;
	}
	return found ? PROOF_NONE : 0;
}

enum record_proof
mda_match(const struct mda *m, const struct reply *r, size_t *index)
{
	unsigned flow;
	struct method_witness w;
	if (!find_flow(m, r, &flow))
		return 0;
	struct flow_id id = mda_flow_id(m, flow);
	if (!method_witness(method_of(id.method), &id, r, &w))
		return 0;
	if (w.has_ipid || w.has_check)
		return by_identity(m, flow, r, &w, index);
	return by_elimination(m, flow, index);
}
