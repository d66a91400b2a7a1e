/* SPDX-License-Identifier: ISC */
#include "probe/trace/trace.h"
#include "probe/wire/method.h"

/*
 * Both witnesses name one probe. The proof is full only when the addresses
 * were ours on the way out and on the way back: where a NAT rewrote them, the
 * packet that was answered is not the one that was sent.
 */
static enum record_proof
full(const struct trace *t, const struct reply *r)
{
	bool ours = r->dst == t->flow.src && r->quote.src == t->flow.src;
	return !ours && r->kind == REPLY_ICMP_ERROR ? PROOF_ONE : PROOF_BOTH;
}

static bool
same_check(const struct method_witness *w, const struct probe_id *id)
{
	uint32_t wide = w->wide ? (uint32_t)id->ipid << 16 : 0;
	return w->has_check && w->check == (wide | id->check);
}

/*
 * One witness is enough when it names exactly one probe: a NAT rewrites the
 * checksum or the IP-ID. Two probes, or two witnesses that contradict each
 * other, are no answer.
 */
static bool
by_identity(const struct trace *t, const struct reply *r,
    const struct method_witness *w, size_t *index, enum record_proof *proof)
{
	int named = 0;
	for (size_t i = 0; i < t->record.nprobes; i++) {
		const struct probe_id *id = &t->slot[i].id;
		bool ipid = w->has_ipid && id->ipid == w->ipid;
		bool check = same_check(w, id);
		if (t->record.probes[i].reply_no > 0 || (!ipid && !check))
			continue;
		*index = i;
		*proof = PROOF_ONE;
		/* An acknowledged SYN has all 32 bits in one field. */
		if (check && (ipid || (w->wide && !w->has_ipid))) {
			*proof = full(t, r);
			return true;
		}
		named++;
	}
	return named == 1;
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
	if (w.has_ipid || w.has_check)
		return by_identity(t, reply, &w, index, proof);
	*proof = PROOF_NONE;
	return by_elimination(t, index);
}
