/* SPDX-License-Identifier: ISC */
#include "analysis/change/diff_tie.h"

void
course_of(struct course *c, const struct trail *t)
{
	uint8_t end = trail_end(t);
	c->t = t;
	c->ends = end > 0;
	c->n = end > 0 ? end : t->last;
	c->soft = c->n;
	if (end == 0)
		return;
	c->soft = (uint8_t)(end - 1);
	while (c->soft > 0 && t->hop[c->soft - 1].n == 0)
		c->soft--;
}

bool
course_is_soft(const struct course *c, uint8_t i)
{
	return i >= c->soft && i + 1 < c->n;
}

static bool
is_refusal(const struct course *c, uint8_t i)
{
	return c->ends && !c->t->reached && i + 1 == c->n;
}

/* Behind the last of what hop[i] stands for: an end is all that refused. */
static uint8_t
behind(const struct course *c, uint8_t i)
{
	return is_refusal(c, i) ? c->t->last : (uint8_t)(i + 1);
}

static void
sight(struct sighting *s, const struct flows *f, uint32_t addr)
{
	for (uint8_t i = 0; i < RECORD_TTL_MAX; i++)
		for (uint8_t k = 0; k < f->n[i]; k++) {
			if (f->addr[i][k] != addr)
				continue;
			s->shown |= UINT64_C(1) << i;
			s->sure |= (uint64_t)(f->sure[i] >> k & 1) << i;
		}
}

void
course_see(
    struct course *c, const struct flows *before, const struct flows *after)
{
	for (uint8_t i = 0; i < c->n; i++) {
		c->before[i] = c->after[i] = (struct sighting){0};
		for (uint8_t k = i; k < behind(c, i); k++) {
			const struct trail_hop *h = &c->t->hop[k];
			for (uint8_t x = 0; x < h->n; x++) {
				sight(&c->before[i], before, h->addr[x]);
				sight(&c->after[i], after, h->addr[x]);
			}
		}
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

/* Whether a refusal both times was the same: its code, and who said it. */
static bool
same_refusal(const struct pairing *p, uint8_t i, uint8_t j, bool by_one)
{
	const struct trail *a = p->a.t, *b = p->b.t;
	for (uint8_t x = i; x < a->last; x++)
		for (uint8_t y = j; y < b->last; y++)
			if (a->hop[x].n > 0 && b->hop[y].n > 0 &&
			    a->hop[x].icmp_code == b->hop[y].icmp_code &&
			    (!by_one || share(&a->hop[x], &b->hop[y])))
				return true;
	return false;
}

/* Two ends, though one router may say so: it refuses with another code. */
static bool
other_code(const struct pairing *p, uint8_t i, uint8_t j, bool by_one)
{
	return is_refusal(&p->a, i) && is_refusal(&p->b, j) &&
	       !same_refusal(p, i, j, by_one);
}

static bool
several(uint64_t ttls)
{
	return (ttls & (ttls - 1)) != 0;
}

/* What flows make of two routers that are not the same. */
static enum tie
other(const struct pairing *p, uint8_t i, uint8_t j)
{
	if (!p->seen)
		return TIE_OTHER;
	const struct sighting *a = &p->a.before[i], *b = &p->b.after[j];
	const struct sighting *a_now = &p->a.after[i];
	const struct sighting *b_then = &p->b.before[j];
	if ((a->shown & b_then->shown) != 0 && (b->shown & a_now->shown) != 0)
		return TIE_BALANCED;
	bool used = a_now->shown != 0 && b_then->shown != 0;
	bool moves =
	    several(a->sure & a_now->sure) || several(b->sure & b_then->sure);
	return i == j && used && moves ? TIE_AMONG : TIE_OTHER;
}

enum tie
tie_of(const struct pairing *p, uint8_t i, uint8_t j)
{
	const struct trail_hop *a = &p->a.t->hop[i], *b = &p->b.t->hop[j];
	if (a->n == 0 || b->n == 0)
		return a->n == b->n ? TIE_SILENT : TIE_ONE;
	bool by_one = share_any(p, i, j);
	if (other_code(p, i, j, by_one))
		return TIE_OTHER;
	if (by_one)
		return a->addr[0] == b->addr[0] ? TIE_EQUAL : TIE_SPREAD;
	return other(p, i, j);
}

/* The TTLs of one place: of one router that both show, or of two at once. */
static uint64_t
place(uint64_t a, uint64_t b, bool two)
{
	return two ? a & b : a | b;
}

bool
tie_moves(const struct pairing *p, uint8_t i, uint8_t j)
{
	if (!p->seen)
		return false;
	bool two = tie_of(p, i, j) == TIE_BALANCED;
	uint64_t before = place(p->a.before[i].sure, p->b.before[j].sure, two);
	uint64_t after = place(p->a.after[i].sure, p->b.after[j].sure, two);
	uint64_t both = before & after;
	return ((after >> i & 1) && (before >> j & 1)) || several(both);
}

bool
tie_closes(enum tie tie)
{
	return tie == TIE_EQUAL || tie == TIE_SPREAD || tie == TIE_BALANCED;
}

/* Behind a refusal: the one who refuses again, or nobody knows who. */
static bool
is_again(const struct course *of, const struct course *refused, uint8_t i)
{
	if (!refused->ends || refused->t->reached || i < refused->n)
		return false;
	const struct trail_hop *h = &of->t->hop[i];
	for (uint8_t k = (uint8_t)(refused->n - 1); k < refused->t->last; k++) {
		const struct trail_hop *r = &refused->t->hop[k];
		bool agree = h->icmp_code < 0 || h->icmp_code == r->icmp_code;
		if (h->n == 0 || (agree && share(h, r)))
			return true;
	}
	return false;
}

bool
tie_is_again_a(const struct pairing *p, uint8_t i)
{
	return is_again(&p->a, &p->b, i);
}

bool
tie_is_again_b(const struct pairing *p, uint8_t j)
{
	return is_again(&p->b, &p->a, j);
}
