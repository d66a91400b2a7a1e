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
add_sight(struct sighting *s, const struct flows *f, int i, uint32_t addr)
{
	for (int k = 0; k < f->n[i]; k++) {
		if (f->addr[i][k] != addr)
			continue;
		/* or nobody ever answers just before */
		bool sure =
		    (f->sure[i] >> k & 1) || (i > 0 && f->n[i - 1] == 0);
		s->shown |= UINT64_C(1) << i;
		s->sure |= (uint64_t)sure << i;
	}
}

/* Of all that hop[at] stands for. Where there were more than are kept, nobody
 * can be said to be new. */
static struct sighting
sight(const struct course *c, uint8_t at, const struct flows *f)
{
	struct sighting s = {0, 0};
	for (int k = at; k < behind(c, at); k++) {
		const struct trail_hop *h = &c->t->hop[k];
		if (h->n > 0)
			s.shown |= f->more & UINT64_C(1) << k;
		for (int x = 0; x < h->n; x++)
			for (int i = 0; i < RECORD_TTL_MAX; i++)
				add_sight(&s, f, i, h->addr[x]);
	}
	return s;
}

void
course_see(
    struct course *c, const struct flows *before, const struct flows *after)
{
	for (uint8_t i = 0; i < c->n; i++) {
		c->before[i] = sight(c, i, before);
		c->after[i] = sight(c, i, after);
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

/* Whether flows show several routers at a TTL that are the same before and
 * after. */
static bool
stays(const struct pairing *p, uint8_t i)
{
	int same = 0;
	for (uint8_t k = 0; k < p->before->n[i]; k++)
		same += flows_show(
		    p->after, (uint8_t)(i + 1), p->before->addr[i][k]);
	return same > 1;
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
	return i == j && used && stays(p, i) ? TIE_AMONG : TIE_OTHER;
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
	const struct sighting *a = p->a.before, *b = p->b.before;
	const struct sighting *a_now = p->a.after, *b_now = p->b.after;
	uint64_t before = place(a[i].shown, b[j].shown, two);
	uint64_t after = place(a_now[i].shown, b_now[j].shown, two);
	return ((after >> i & 1) && (before >> j & 1)) ||
	       several(place(a[i].sure, b[j].sure, two) &
		       place(a_now[i].sure, b_now[j].sure, two));
}

bool
tie_closes(enum tie tie)
{
	return tie == TIE_EQUAL || tie == TIE_SPREAD || tie == TIE_BALANCED;
}

static bool
refused_before(const struct course *c, uint8_t i)
{
	return c->ends && !c->t->reached && i >= c->n;
}

/* Whether a hop is no other refusal than those that end a path. */
static bool
agrees(const struct trail_hop *h, const struct course *refused)
{
	for (uint8_t k = (uint8_t)(refused->n - 1); k < refused->t->last; k++)
		if (h->icmp_code < 0 ||
		    h->icmp_code == refused->t->hop[k].icmp_code)
			return true;
	return false;
}

/*
 * Behind a refusal: the one who refuses again, or nobody knows who; or anybody,
 * when this trace was refused there, too, and met another branch then.
 */
bool
tie_is_again_a(const struct pairing *p, uint8_t i)
{
	uint8_t end = (uint8_t)(p->b.n - 1);
	if (!refused_before(&p->b, i))
		return false;
	const struct trail_hop *h = &p->a.t->hop[i], *there = &p->a.t->hop[end];
	if (there->icmp_code >= 0 && agrees(there, &p->b) &&
	    tie_closes(tie_of(p, end, end)))
		return true;
	return h->n == 0 || (agrees(h, &p->b) && tie_closes(tie_of(p, i, end)));
}

bool
tie_is_again_b(const struct pairing *p, uint8_t j)
{
	uint8_t end = (uint8_t)(p->a.n - 1);
	if (!refused_before(&p->a, j))
		return false;
	const struct trail_hop *h = &p->b.t->hop[j], *there = &p->b.t->hop[end];
	if (there->icmp_code >= 0 && agrees(there, &p->a) &&
	    tie_closes(tie_of(p, end, end)))
		return true;
	return h->n == 0 || (agrees(h, &p->a) && tie_closes(tie_of(p, end, j)));
}
