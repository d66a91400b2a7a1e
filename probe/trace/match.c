/* SPDX-License-Identifier: ISC */
#include "probe/trace/proof.h"
#include "probe/trace/trace.h"

/* The proof, and the probe that alone is named; 0. */
static enum record_proof
by_identity(const struct trace *t, const struct reply *r,
    const struct method_witness *w, size_t *index)
{
	int named = 0;
	for (size_t i = 0; i < t->record.nprobes; i++) {
		enum record_proof by = proof_named(w, &t->slot[i].id);
		if (t->record.probes[i].reply_no > 0 || by == 0)
			continue;
		*index = i;
		if (by == PROOF_BOTH)
			return proof_whole(t->flow.src, r);
		named++;
	}
	return named == 1 ? PROOF_ONE : 0;
}

/* The highest TTL at which another host let the probe die. */
static uint8_t
last_router(const struct trace *t)
{
	uint8_t ttl = t->config.max_ttl;
	while (ttl > 0 && t->hop[ttl].addr == 0)
		ttl--;
	return ttl;
}

static bool
farther(const struct record_probe *a, const struct record_probe *b)
{
	return a->ttl != b->ttl ? a->ttl > b->ttl : a->attempt > b->attempt;
}

/*
 * The target answered without a word of the probe. Every TTL from its distance
 * on would be answered, so k answers belong to the k highest of the TTLs that
 * were sent: each is given to the highest one that has no answer, or none but
 * a doubtful one. When some are lost, the target seems farther away and the
 * silence before it longer; given to the lowest TTL, it would stand beside a
 * router that is no neighbour of it.
 */
static bool
by_elimination(const struct trace *t, size_t *index)
{
	bool found = false;
	uint8_t floor = last_router(t);
	for (size_t i = 0; i < t->record.nprobes; i++) {
		const struct record_probe *p = &t->record.probes[i];
		bool taken = p->answered && p->proof != PROOF_ONE;
		if (!t->slot[i].sent || taken || p->ttl <= floor)
			continue;
		if (!found || farther(p, &t->record.probes[*index]))
			*index = i;
		found = true;
	}
	return found;
}

bool
trace_match(const struct trace *t, const struct reply *reply, size_t *index,
    enum record_proof *proof)
{
	const struct method *m = method_of(t->flow.method);
	struct method_witness w;
	if (m == NULL || !method_witness(m, &t->flow, reply, &w))
		return false;
	*proof = PROOF_NONE;
	if (!w.has_ipid && !w.has_check)
		return by_elimination(t, index);
	*proof = by_identity(t, reply, &w, index);
	return *proof != 0;
}
