/* SPDX-License-Identifier: ISC */
#include "analysis/change/diff.h"
#include "probe/base/rd.h"
#include "probe/base/record_reply.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { PROBES = 150, ADDRS = 16, FLOWS_OF_A = 1, FLOWS_OF_B = 2, TWO = 4 };

static void
require(bool ok)
{
	if (!ok)
		abort();
}

/* Four octets a probe: where, how, who, what. */
static void
read_probe(struct rd *in, struct record_probe *p)
{
	uint8_t ttl = rd_u8(in), how = rd_u8(in), who = rd_u8(in);
	uint8_t what = rd_u8(in);
	*p = record_unanswered(
	    (uint8_t)(ttl % RECORD_TTL_MAX + 1), (uint8_t)(how % 4 + 1));
	p->reply_no = how >> 2 & 1;
	p->late = how >> 3 & 1;
	p->silent = SILENT_LOST;
	if (who % (ADDRS + 2) == 0)
		return;
	if (who % (ADDRS + 2) == 1) {
		p->silent = SILENT_NOT_SENT;
		return;
	}
	p->answered = true;
	p->silent = 0;
	p->addr = who % (ADDRS + 2) - 1u; /* the target is 1 */
	p->proof = how >> 4 & 1 ? PROOF_ONE : PROOF_BOTH;
	p->proof = how >> 5 == 7 ? PROOF_NONE : p->proof;
	p->icmp_type =
	    what % 4 == 0 ? ICMP_T_UNREACHABLE : ICMP_T_TIME_EXCEEDED;
	p->icmp_code = what % 4 == 0 ? what >> 6 : 0;
	p->rtt_ns = (int64_t)(what >> 2) << (how >> 6 & 3) * 18;
}

static void
read_trail(struct rd *in, struct trail *t)
{
	struct record_probe probe[PROBES];
	struct record r = {.target = 1, .probes = probe};
	size_t n = rd_u8(in) % PROBES;
	r.clock_step = n == 7;
	while (r.nprobes < n && in->left >= 4)
		read_probe(in, &probe[r.nprobes++]);
	trail_make(t, &r);
}

static void
check_trail(const struct trail *t)
{
	require(t->n <= RECORD_TTL_MAX && t->last <= t->n);
	require(!t->reached || t->last == t->n);
	require(trail_end(t) <= t->last);
	for (uint8_t i = 0; i < RECORD_TTL_MAX; i++) {
		require(t->hop[i].n <= TRAIL_ADDRS_MAX);
		require(t->hop[i].n == 0 || i < t->last);
	}
}

/* The edits of one side are its hops, each once, in order, up to its end. */
static void
check_side(const struct diff *d, const struct trail *t, bool b)
{
	uint8_t end = trail_end(t), want = end > 0 ? end : t->last, ttl = 0;
	for (size_t i = 0; i < d->nedits; i++) {
		const struct diff_edit *e = &d->edit[i];
		uint8_t at = b ? e->ttl_b : e->ttl_a;
		uint32_t addr = b ? e->b : e->a;
		require(at > 0 || addr == 0);
		if (at == 0)
			continue;
		require(at > ttl && (at == ttl + 1 || at > want));
		ttl = at;
		const struct trail_hop *h = &t->hop[at - 1];
		require(at > want ? addr == 0 : addr == h->addr[0]);
	}
	require(ttl >= want);
}

static void
check_edits(const struct diff *d)
{
	size_t real = 0;
	for (size_t i = 0; i < d->nedits; i++) {
		const struct diff_edit *e = &d->edit[i];
		require(e->ttl_a > 0 || e->ttl_b > 0);
		require(e->op != EDIT_EQUAL || (e->a == e->b && e->a != 0));
		require(e->op != EDIT_REPLACE || (e->a != 0 && e->b != 0));
		require((e->op == EDIT_INSERT) <= (e->ttl_a == 0));
		require((e->op == EDIT_DELETE) <= (e->ttl_b == 0));
		require(!e->balanced ||
			(e->op != EDIT_EQUAL && e->op != EDIT_SILENT));
		real +=
		    e->op != EDIT_EQUAL && e->op != EDIT_SILENT && !e->balanced;
	}
	require((real > 0 && d->same_flow) == (d->class == DIFF_CHANGED));
	require((d->why != NULL) == (d->class == DIFF_INSUFFICIENT));
	require((d->first_ttl > 0) ==
		(d->class == DIFF_CHANGED || d->class == DIFF_BALANCING));
	require(d->rtt_ttl == 0 || d->rtt_a_ns >= 0);
	require(d->class != DIFF_RTT_ONLY || d->rtt_ttl > 0);
}

static void
check(struct diff *d, const struct diff_sides *s)
{
	diff(d, s);
	require(d->nedits <= DIFF_EDITS_MAX);
	check_side(d, s->a, false);
	check_side(d, s->b, true);
	check_edits(d);
}

static void
check_same(const struct trail *t)
{
	struct diff d;
	check(&d, &(struct diff_sides){.a = t, .b = t, .same_flow = true});
	require(d.class == (t->last > 0 ? DIFF_SAME : DIFF_INSUFFICIENT));
}

/* Trails into their differences, both ways round, with flows and without. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct rd in = rd_make(bytes, len);
	struct trail a, b;
	struct flows before = {0}, after = {0};
	struct diff d, back;
	uint8_t how = rd_u8(&in);
	read_trail(&in, &a);
	read_trail(&in, &b);
	check_trail(&a);
	check_trail(&b);
	check_same(&a);
	check_same(&b);
	struct diff_sides s = {.a = &a, .b = &b, .same_flow = (how & TWO) == 0};
	check(&d, &s);
	check(&back,
	    &(struct diff_sides){.a = &b, .b = &a, .same_flow = s.same_flow});
	require((d.class == DIFF_CHANGED) == (back.class == DIFF_CHANGED));
	require((d.class == DIFF_SAME) == (back.class == DIFF_SAME));
	flows_add(&before, &a);
	flows_add(&after, &b);
	for (int i = 0; i < 8 && in.left > 0; i++) {
		struct trail t;
		read_trail(&in, &t);
		flows_add(how >> i & 1 ? &before : &after, &t);
	}
	s.before = &before;
	s.after = &after;
	check(&d, &s);
	return 0;
}
