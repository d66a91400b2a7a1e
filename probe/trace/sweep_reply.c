/* SPDX-License-Identifier: ISC */
#include "probe/trace/sweep_reply.h"

#include "probe/base/mem.h"
#include "probe/base/record_reply.h"
#include "probe/trace/answer.h"
#include "probe/trace/stop.h"
#include "probe/trace/sweep_plan.h"

#include <stdlib.h>

enum {
	EXTRAS_MAX = 32,		       /* of one trace */
	LOOP_LEAST = 2 * STOP_LOOP_VISITS - 1, /* TTLs that it takes */
	RANK_REACHED = 3,
	RANK_REFUSED = 2,
	RANK_LOOP = 1,
};

uint32_t
sweep_probe_new(struct sweep *s, uint32_t trace)
{
	struct sweep_trace *t = &s->trace[trace];
	uint32_t h = ++s->probes;
	if (h / SWEEP_CHUNK >= s->chunks) {
		s->chunk =
		    xreallocarray(s->chunk, s->chunks + 1, sizeof(*s->chunk));
		s->chunk[s->chunks++].probe =
		    xcalloc(SWEEP_CHUNK, sizeof(struct sweep_probe));
	}
	*sweep_probe_at(s, h) = (struct sweep_probe){
	    .tx_ns = -1, .rx_ns = -1, .trace = trace, .next = t->probe};
	t->probe = h;
	t->probes++;
	return h;
}

static bool
add_extra(struct sweep *s, const struct sweep_probe *probe, uint32_t *h)
{
	struct sweep_trace *t = &s->trace[probe->trace];
	uint8_t replies = 0;
	for (uint32_t i = t->probe; i != 0; i = sweep_probe_at(s, i)->next)
		if (sweep_probe_at(s, i)->ttl == probe->ttl &&
		    sweep_probe_at(s, i)->attempt == probe->attempt)
			replies++;
	if (replies >= ANSWER_REPLIES_MAX || t->extras >= EXTRAS_MAX)
		return false;
	t->extras++;
	*h = sweep_probe_new(s, probe->trace);
	struct sweep_probe *p = sweep_probe_at(s, *h);
	p->ttl = probe->ttl;
	p->attempt = probe->attempt;
	p->reply_no = replies;
	p->tx_ns = probe->tx_ns;
	p->left_ns = probe->left_ns;
	p->gate = probe->gate;
	return true;
}

static void
keep_ext(struct sweep *s, uint32_t h, const struct reply *r)
{
	struct sweep_trace *t = &s->trace[sweep_probe_at(s, h)->trace];
	struct record_bytes ext = record_keep(r->ext, r->ext_len);
	if (ext.p == NULL)
		return;
	if (s->exts == s->ext_room) {
		s->ext_room = s->ext_room == 0 ? 64 : 2 * s->ext_room;
		s->ext = xreallocarray(s->ext, s->ext_room, sizeof(*s->ext));
	}
	s->ext[s->exts++] = (struct sweep_ext){h, t->ext, ext};
	t->ext = s->exts;
}

static void
fill(struct sweep_probe *p, const struct reply *r)
{
	p->answered = true;
	p->addr = r->src;
	p->kind = r->kind;
	p->reply_ttl = r->ttl;
	p->reply_ipid = r->ipid;
	p->quoted_ttl = r->quote.ttl;
	p->quoted_tos = r->quote.tos;
	p->type = r->kind == REPLY_TCP ? r->tcp_flags : r->icmp_type;
	p->code = r->icmp_code;
}

/* Given up already, and not only because this host was busy. */
static bool
is_late(
    const struct sweep *s, const struct sweep_probe *probe, int64_t stamp_ns)
{
	int64_t wait_ns =
	    sweep_rtt_wait(&s->rtt, probe->ttl, s->config.wait_ns);
	bool stamped = probe->tx_ns >= 0 && stamp_ns >= probe->tx_ns;
	return !probe->waiting && !probe->answered &&
	       (!stamped || stamp_ns - probe->tx_ns >= wait_ns);
}

/* As in stop.c, of what the trace has seen so far. */
static uint8_t
third_visit(const struct sweep *s, uint32_t i, uint32_t addr)
{
	uint32_t at[RECORD_TTL_MAX + 1] = {0};
	int seen = 0;
	uint32_t h = s->trace[i].probe;
	for (; h != 0; h = sweep_probe_at(s, h)->next) {
		const struct sweep_probe *p = sweep_probe_at(s, h);
		if (!sweep_by_router(s, p))
			continue;
		at[p->ttl] = p->addr;
		seen += p->addr == addr;
	}
	return seen < STOP_LOOP_VISITS ? 0 : stop_third_visit(at, addr);
}

/*
 * The lowest router decides: one that others know is where this path joins
 * theirs, any other one is gone past.
 */
static void
met_router(struct sweep *s, struct sweep_trace *t, const struct sweep_probe *p)
{
	if (p->ttl > t->edge)
		t->edge = p->ttl;
	if (p->ttl >= t->goal)
		t->wide = true;
	if (t->lowest != 0 && p->ttl >= t->lowest)
		return;
	t->lowest = p->ttl;
	t->node = sweep_map_find(&s->map, p->ttl, p->addr);
	bool joins =
	    sweep_map_join(&s->map, t->node, s->config.verify, &t->looked);
	t->join = joins ? p->ttl : 0;
}

/* Only what is proved may teach the other traces anything. */
static void
draw_conclusions(struct sweep *s, const struct sweep_probe *p)
{
	struct sweep_trace *t = &s->trace[p->trace];
	bool exceeded = sweep_by_router(s, p);
	if (p->addr == s->target[p->trace]) {
		sweep_end_at(t, RANK_REACHED, p->ttl);
		return;
	}
	if (!exceeded)
		sweep_end_at(t, RANK_REFUSED, p->ttl);
	bool may_loop = exceeded && t->probes >= LOOP_LEAST;
	uint8_t loop = may_loop ? third_visit(s, p->trace, p->addr) : 0;
	if (loop != 0)
		sweep_end_at(t, RANK_LOOP, loop);
	if (p->proof != PROOF_BOTH)
		return;
	uint16_t gate = sweep_gate_of(s->gates, p->addr);
	sweep_map_saw(&s->map, t->area, p->ttl, gate);
	if (!sweep_gate_same(s->gates, gate, p->gate))
		sweep_gate_charge(s->gates, gate, s->now);
	if (exceeded)
		met_router(s, t, p);
}

static void
settle(struct sweep *s, struct sweep_probe *probe)
{
	struct sweep_trace *t = &s->trace[probe->trace];
	if (probe->waiting && probe->proof != PROOF_NONE)
		sweep_rtt_saw(&s->rtt, probe->ttl, s->now.ns - probe->left_ns);
	s->inflight -= probe->waiting;
	probe->waiting = false;
	probe->unsent = false;
	t->answered |= sweep_span(probe->ttl, probe->ttl);
	t->busy &= ~t->answered;
	if (probe->ttl > t->last_answer)
		t->last_answer = probe->ttl;
}

bool
sweep_hear(struct sweep *s, uint32_t probe, enum record_proof proof,
    const struct reply *reply, int64_t stamp_ns)
{
	struct sweep_probe *to = sweep_probe_at(s, probe);
	bool late = is_late(s, to, stamp_ns);
	if (to->answered && !add_extra(s, to, &probe))
		return false;
	struct sweep_probe *p = sweep_probe_at(s, probe);
	fill(p, reply);
	p->proof = proof;
	p->late = late;
	p->rx_ns = stamp_ns;
	keep_ext(s, probe, reply);
	settle(s, p);
	draw_conclusions(s, p);
	return true;
}
