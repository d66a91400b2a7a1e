/* SPDX-License-Identifier: ISC */
#include "analysis/change/diff_tie.h"

static bool
same_refusal(const struct trail_hop *x, const struct trail_hop *y)
{
	return x->n > 0 && y->n > 0 && x->addr[0] == y->addr[0] &&
	       x->icmp_code == y->icmp_code;
}

/* Back to the first of those that say the same last. */
static uint8_t
first_refusal(const struct trail *t)
{
	uint8_t first = t->last;
	for (uint8_t ttl = first; ttl > 0; ttl--) {
		if (t->hop[ttl - 1].n == 0)
			continue;
		if (!same_refusal(&t->hop[ttl - 1], &t->hop[t->last - 1]))
			break;
		first = ttl;
	}
	return first;
}

struct course
course_of(const struct trail *t)
{
	struct course c = {.t = t, .n = t->last, .ends = t->reached};
	if (!t->reached && t->last > 0 && t->hop[t->last - 1].icmp_code >= 0) {
		c.ends = true;
		c.n = first_refusal(t);
	}
	c.soft = c.n;
	if (!c.ends)
		return c;
	c.soft = (uint8_t)(c.n - 1);
	while (c.soft > 0 && t->hop[c.soft - 1].n == 0)
		c.soft--;
	return c;
}

bool
course_is_soft(const struct course *c, uint8_t i)
{
	return i >= c->soft && i + 1 < c->n;
}

bool
course_is_shown(const struct course *c, uint8_t i, const struct flows *flows)
{
	const struct trail_hop *h = &c->t->hop[i];
	for (uint8_t k = 0; flows != NULL && k < h->n; k++)
		if (flows_show(flows, (uint8_t)(i + 1), h->addr[k]))
			return true;
	return false;
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

/* One router, and yet two ends: it refuses with another code. */
static bool
other_end(const struct pairing *p, uint8_t i, uint8_t j)
{
	if (!p->a.ends || !p->b.ends || i + 1 != p->a.n || j + 1 != p->b.n)
		return false;
	return !p->a.t->reached && !p->b.t->reached &&
	       p->a.t->hop[i].icmp_code != p->b.t->hop[j].icmp_code;
}

enum tie
tie_of(const struct pairing *p, uint8_t i, uint8_t j)
{
	const struct trail_hop *a = &p->a.t->hop[i], *b = &p->b.t->hop[j];
	if (a->n == 0 || b->n == 0)
		return a->n == b->n ? TIE_SILENT : TIE_ONE;
	if (other_end(p, i, j))
		return TIE_OTHER;
	if (a->addr[0] == b->addr[0])
		return TIE_EQUAL;
	if (share(a, b))
		return TIE_SPREAD;
	if (course_is_shown(&p->a, i, p->after) &&
	    course_is_shown(&p->b, j, p->before))
		return TIE_BALANCED;
	return TIE_OTHER;
}

bool
tie_is_common(enum tie tie)
{
	return tie == TIE_EQUAL || tie == TIE_SPREAD;
}
