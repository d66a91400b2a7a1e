/* SPDX-License-Identifier: ISC */
#include "probe/base/record_reply.h"
#include "probe/trace/proof.h"
#include "probe/trace/sweep_reply.h"

/* Targets of a prefix stand in a row; others are looked for by halves. */
bool
sweep_find(const struct sweep *s, uint32_t target, uint32_t *trace)
{
	if (s->n == 0 || target < s->target[0])
		return false;
	size_t low = target - s->target[0], high = s->n;
	*trace = (uint32_t)low;
	if (low < s->n && s->target[low] == target)
		return true;
	for (low = 0; low < high;) {
		size_t middle = (low + high) / 2;
		if (s->target[middle] < target)
			low = middle + 1;
		else
			high = middle;
	}
	*trace = (uint32_t)low;
	return low < s->n && s->target[low] == target;
}

bool
sweep_by_router(const struct sweep *s, const struct sweep_probe *p)
{
	return p->answered && p->kind == REPLY_ICMP_ERROR &&
	       p->type == ICMP_T_TIME_EXCEEDED &&
	       p->addr != s->target[p->trace];
}

/* As in match.c, of one target. */
static enum record_proof
by_identity(const struct sweep *s, const struct sweep_trace *t,
    const struct reply *r, const struct method_witness *w, uint32_t *probe)
{
	int named = 0;
	for (uint32_t h = t->probe; h != 0; h = sweep_probe_at(s, h)->next) {
		const struct sweep_probe *p = sweep_probe_at(s, h);
		enum record_proof by = proof_named(w, &p->id);
		if (p->reply_no > 0 || by == 0)
			continue;
		*probe = h;
		if (by == PROOF_BOTH)
			return proof_whole(s->about.record.src, r);
		named++;
	}
	return named == 1 ? PROOF_ONE : 0;
}

/* The highest TTL at which another host let the probe die. */
static uint8_t
last_router(const struct sweep *s, const struct sweep_trace *t)
{
	uint8_t ttl = 0;
	for (uint32_t h = t->probe; h != 0; h = sweep_probe_at(s, h)->next) {
		const struct sweep_probe *p = sweep_probe_at(s, h);
		if (p->ttl > ttl && sweep_by_router(s, p))
			ttl = p->ttl;
	}
	return ttl;
}

static bool
farther(const struct sweep_probe *a, const struct sweep_probe *b)
{
	return a->ttl != b->ttl ? a->ttl > b->ttl : a->attempt > b->attempt;
}

/*
 * The target answered without a word of the probe: see match.c for why the
 * highest TTL without an answer is meant.
 */
static bool
by_elimination(
    const struct sweep *s, const struct sweep_trace *t, uint32_t *probe)
{
	uint8_t floor = last_router(s, t);
	*probe = 0;
	for (uint32_t h = t->probe; h != 0; h = sweep_probe_at(s, h)->next) {
		const struct sweep_probe *p = sweep_probe_at(s, h);
		bool taken = p->answered && p->proof != PROOF_ONE;
		if (!p->sent || p->reply_no > 0 || taken || p->ttl <= floor)
			continue;
		if (*probe == 0 || farther(p, sweep_probe_at(s, *probe)))
			*probe = h;
	}
	return *probe != 0;
}

bool
sweep_match(const struct sweep *s, const struct reply *reply, uint32_t *trace,
    uint32_t *probe, enum record_proof *proof)
{
	const struct record *about = &s->about.record;
	bool quotes = reply->kind == REPLY_ICMP_ERROR;
	struct method_witness w;
	struct flow_id flow = {.src = about->src,
	    .dst = quotes ? reply->quote.dst : reply->src,
	    .sport = about->sport,
	    .dport = about->dport,
	    .method = about->method};
	if (!sweep_find(s, flow.dst, trace) ||
	    !method_witness(s->method, &flow, reply, &w))
		return false;
	const struct sweep_trace *t = &s->trace[*trace];
	*proof = PROOF_NONE;
	if (!w.has_ipid && !w.has_check)
		return by_elimination(s, t, probe);
	*proof = by_identity(s, t, reply, &w, probe);
	return *proof != 0;
}
