/* SPDX-License-Identifier: ISC */
#include "analysis/change/diff_tie.h"

/* Back to the first of the unreachables behind which nothing else answered. */
static uint8_t
first_refusal(const struct trail *t)
{
	uint8_t first = t->last;
	for (uint8_t ttl = t->last; ttl > 0; ttl--) {
		if (t->hop[ttl - 1].n > 0 && t->hop[ttl - 1].icmp_code < 0)
			break;
		if (t->hop[ttl - 1].n > 0)
			first = ttl;
	}
	return first;
}

void
course_of(struct course *c, const struct trail *t)
{
	c->t = t;
	c->n = t->last;
	c->ends = t->reached;
	if (!t->reached && t->last > 0 && t->hop[t->last - 1].icmp_code >= 0) {
		c->ends = true;
		c->n = first_refusal(t);
	}
	c->soft = c->n;
	if (!c->ends)
		return;
	c->soft = (uint8_t)(c->n - 1);
	while (c->soft > 0 && t->hop[c->soft - 1].n == 0)
		c->soft--;
}

bool
course_is_soft(const struct course *c, uint8_t i)
{
	return i >= c->soft && i + 1 < c->n;
}

static uint64_t
shown(const struct flows *f, const struct trail_hop *h)
{
	uint64_t mask = 0;
	for (uint8_t ttl = 1; ttl <= RECORD_TTL_MAX; ttl++)
		for (uint8_t k = 0; k < h->n; k++)
			if (flows_show(f, ttl, h->addr[k]))
				mask |= UINT64_C(1) << (ttl - 1);
	return mask;
}

void
course_see(
    struct course *c, const struct flows *before, const struct flows *after)
{
	for (uint8_t i = 0; i < c->n; i++) {
		c->before[i] = shown(before, &c->t->hop[i]);
		c->after[i] = shown(after, &c->t->hop[i]);
	}
}

static bool
share(const struct trail_hop *a, const struct trail_hop *b)
{
	for (uint8_t i = 0; i < a->n; i++)
		for (uint8_t k = 0; k < b->n; k++)
			if (a->addr[i] == b->addr[k])
				return true;
	return false;
}

/* Behind the last of what hop[i] stands for: an end is all that refused. */
static uint8_t
behind(const struct course *c, uint8_t i)
{
	bool refusal = c->ends && !c->t->reached && i + 1 == c->n;
	return refusal ? c->t->last : (uint8_t)(i + 1);
}

/* As share(), of all that two hops stand for. */
static bool
share_any(const struct pairing *p, uint8_t i, uint8_t j)
{
	uint8_t to_a = behind(&p->a, i), to_b = behind(&p->b, j);
	for (uint8_t x = i; x < to_a; x++)
		for (uint8_t y = j; y < to_b; y++)
			if (share(&p->a.t->hop[x], &p->b.t->hop[y]))
				return true;
	return false;
}

/* Whether somebody refused both times, and said the same. */
static bool
same_refusal(const struct pairing *p, uint8_t i, uint8_t j)
{
	const struct trail *a = p->a.t, *b = p->b.t;
	for (uint8_t x = i; x < a->last; x++)
		for (uint8_t y = j; y < b->last; y++)
			if (a->hop[x].icmp_code == b->hop[y].icmp_code &&
			    share(&a->hop[x], &b->hop[y]))
				return true;
	return false;
}

/* One router, and yet two ends: it refuses with another code. */
static bool
other_code(const struct pairing *p, uint8_t i, uint8_t j)
{
	if (!p->a.ends || !p->b.ends || i + 1 != p->a.n || j + 1 != p->b.n)
		return false;
	return !p->a.t->reached && !p->b.t->reached && !same_refusal(p, i, j);
}

/* What flows make of two routers that are not the same. */
static enum tie
other(const struct pairing *p, uint8_t i, uint8_t j)
{
	if (!p->seen || p->a.after[i] == 0 || p->b.before[j] == 0)
		return TIE_OTHER;
	if ((p->a.before[i] & p->b.before[j]) != 0 &&
	    (p->a.after[i] & p->b.after[j]) != 0)
		return TIE_BALANCED;
	return i == j && p->before->n[i] > 1 && p->after->n[i] > 1 ? TIE_AMONG
								   : TIE_OTHER;
}

bool
tie_moves(const struct pairing *p, uint8_t i, uint8_t j)
{
	if (!p->seen)
		return false;
	uint64_t before = p->a.before[i], after = p->b.after[j];
	uint64_t both = before & after;
	return ((after >> i & 1) && (before >> j & 1)) ||
	       (both & (both - 1)) != 0;
}

enum tie
tie_of(const struct pairing *p, uint8_t i, uint8_t j)
{
	const struct trail_hop *a = &p->a.t->hop[i], *b = &p->b.t->hop[j];
	if (a->n == 0 || b->n == 0)
		return a->n == b->n ? TIE_SILENT : TIE_ONE;
	if (share_any(p, i, j)) {
		if (other_code(p, i, j))
			return TIE_OTHER;
		return a->addr[0] == b->addr[0] ? TIE_EQUAL : TIE_SPREAD;
	}
	return other(p, i, j);
}

bool
tie_is_common(enum tie tie)
{
	return tie == TIE_EQUAL || tie == TIE_SPREAD;
}

static bool
refused_before(const struct course *c, uint8_t i)
{
	return c->ends && !c->t->reached && i >= c->n;
}

bool
tie_is_again_a(const struct pairing *p, uint8_t i)
{
	uint8_t end = (uint8_t)(p->b.n - 1);
	return refused_before(&p->b, i) && share_any(p, i, end);
}

bool
tie_is_again_b(const struct pairing *p, uint8_t j)
{
	uint8_t end = (uint8_t)(p->a.n - 1);
	return refused_before(&p->a, j) && share_any(p, end, j);
}
