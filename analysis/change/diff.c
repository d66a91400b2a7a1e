/* SPDX-License-Identifier: ISC */
#include "analysis/change/diff.h"

#include "analysis/change/diff_tie.h"

static const char *const class_names[] = {
    [DIFF_SAME] = "same",
    [DIFF_RTT_ONLY] = "rtt-only",
    [DIFF_BALANCING] = "balancing",
    [DIFF_SILENT_ONLY] = "silent-only",
    [DIFF_CHANGED] = "changed",
    [DIFF_INSUFFICIENT] = "insufficient",
};

static const char *const op_names[] = {
    [EDIT_EQUAL] = "equal",
    [EDIT_REPLACE] = "replace",
    [EDIT_INSERT] = "insert",
    [EDIT_DELETE] = "delete",
    [EDIT_SILENT] = "silent",
};

const char *
diff_class_name(enum diff_class c)
{
	return class_names[c];
}

const char *
edit_op_name(enum edit_op op)
{
	return op_names[op];
}

static bool
is_gap(const struct diff_edit *e)
{
	return e->op == EDIT_INSERT || e->op == EDIT_DELETE;
}

static bool
is_change(const struct diff_edit *e)
{
	return e->op == EDIT_REPLACE || is_gap(e);
}

/*
 * Whether all places behind a gap, until they are where they were, move anyway,
 * as they do behind branches of different lengths.
 */
static bool
places_move(const struct diff *d, size_t behind, const struct pairing *p)
{
	bool any = false;
	for (size_t i = behind; i < d->nedits; i++) {
		const struct diff_edit *e = &d->edit[i];
		if (e->op != EDIT_EQUAL && e->op != EDIT_REPLACE)
			continue;
		if (e->op == EDIT_REPLACE && !e->balanced)
			return false;
		if (e->ttl_a == e->ttl_b)
			return true;
		if (!tie_moves(
			p, (uint8_t)(e->ttl_a - 1), (uint8_t)(e->ttl_b - 1)))
			return false;
		any = true;
	}
	return any;
}

/* Whether what one side has alone is in use on the other, too. */
static bool
gap_is_balanced(
    const struct diff *d, size_t from, size_t to, const struct pairing *p)
{
	if (!p->seen)
		return false;
	for (size_t i = from; i < to; i++) {
		const struct diff_edit *e = &d->edit[i];
		if ((e->a != 0 && p->a.after[e->ttl_a - 1].shown == 0) ||
		    (e->b != 0 && p->b.before[e->ttl_b - 1].shown == 0))
			return false;
	}
	return places_move(d, to, p);
}

static void
judge_gaps(struct diff *d, const struct pairing *p)
{
	for (size_t from = 0, to; from < d->nedits; from = to + 1) {
		for (to = from; to < d->nedits && is_gap(&d->edit[to]); to++)
			;
		if (to == from || !gap_is_balanced(d, from, to, p))
			continue;
		for (size_t i = from; i < to; i++)
			d->edit[i].balanced = true;
	}
}

/* What the edits say, before it is weighed. */
struct tally {
	size_t answered; /* hops of either, where the other was probed */
	size_t twice;
	size_t once;
	size_t open; /* routers that answered once behind the last that did
			twice; an end that is known is none */
	size_t changes, balanced;
};

/* Whether a hop was left out by its trace, which saw others behind it. */
static bool
not_asked(const struct trail *t, uint8_t ttl)
{
	return ttl > 0 && ttl < t->last && !t->hop[ttl - 1].probed;
}

static bool
is_end(const struct course *c, uint8_t ttl)
{
	return c->ends && ttl == c->n;
}

static void
tally_silent(
    struct tally *t, const struct pairing *p, const struct diff_edit *e)
{
	bool soft = e->ttl_a == 0 || e->ttl_b == 0;
	if (e->a == 0 && e->b == 0) {
		t->once += soft; /* the end may be nearer */
		return;
	}
	t->once++;
	t->answered +=
	    !not_asked(p->a.t, e->ttl_a) && !not_asked(p->b.t, e->ttl_b);
	t->open +=
	    e->a != 0 ? !is_end(&p->a, e->ttl_a) : !is_end(&p->b, e->ttl_b);
}

static struct tally
tally_of(const struct diff *d, const struct pairing *p)
{
	struct tally t = {0};
	for (size_t i = 0; i < d->nedits; i++) {
		const struct diff_edit *e = &d->edit[i];
		if (e->op == EDIT_SILENT) {
			tally_silent(&t, p, e);
			continue;
		}
		t.open = 0;
		t.answered++;
		t.twice += !is_gap(e);
		t.changes += is_change(e) && !e->balanced;
		t.balanced += is_change(e) && e->balanced;
	}
	return t;
}

static const char *
too_little(const struct tally *t)
{
	if (t->twice == 0)
		return "nothing answered both times";
	if (t->twice * 2 < t->answered)
		return "less than half of what answered did so both times";
	if (t->open > 0)
		return "what is behind the last common hop answered only once";
	return NULL;
}

/* One path went on where the other one was refused, or nobody knows. */
static bool
one_end(const struct pairing *p)
{
	return p->a.ends != p->b.ends;
}

static enum diff_class
classify(struct diff *d, const struct diff_sides *s, const struct pairing *p)
{
	struct tally t = tally_of(d, p);
	const char *flow = s->why != NULL ? s->why : "two flows";
	if (t.changes > 0 && s->same_flow)
		return DIFF_CHANGED;
	d->why =
	    t.changes + t.balanced > 0 && !s->same_flow ? flow : too_little(&t);
	if (d->why != NULL) {
		d->rtt_ttl = 0;
		return DIFF_INSUFFICIENT;
	}
	if (t.balanced > 0)
		return DIFF_BALANCING;
	if (t.once > 0 || one_end(p))
		return DIFF_SILENT_ONLY;
	return d->rtt_ttl > 0 ? DIFF_RTT_ONLY : DIFF_SAME;
}

/* 1: b is slower by more than the limits; -1: faster; 0: neither. */
static int
shift(int64_t a_ns, int64_t b_ns)
{
	int64_t less = a_ns < b_ns ? a_ns : b_ns;
	int64_t more = a_ns < b_ns ? b_ns : a_ns;
	if (more - less <= DIFF_RTT_NS ||
	    more - less <= less / 100 * DIFF_RTT_PERCENT)
		return 0;
	return a_ns < b_ns ? 1 : -1;
}

/* From the last hop back, as long as all are shifted the same way. */
static void
measure(struct diff *d, const struct diff_sides *s)
{
	int way = 0;
	bool known = false;
	if (s->a->clock_step || s->b->clock_step)
		return;
	for (size_t i = d->nedits; i-- > 0;) {
		const struct diff_edit *e = &d->edit[i];
		if (e->op != EDIT_EQUAL)
			continue;
		int64_t a_ns = s->a->hop[e->ttl_a - 1].rtt_ns;
		int64_t b_ns = s->b->hop[e->ttl_b - 1].rtt_ns;
		if (a_ns < 0 || b_ns < 0)
			continue;
		int now = shift(a_ns, b_ns);
		if (!known) {
			d->rtt_a_ns = a_ns;
			d->rtt_b_ns = b_ns;
			way = now;
		}
		known = true;
		if (way == 0 || now != way)
			return;
		d->rtt_ttl = e->ttl_a;
	}
}

static void
bound(struct diff *d, size_t first, const struct pairing *p)
{
	d->detour.from_a = d->detour.from_b = 1;
	d->detour.to_a = p->a.n;
	d->detour.to_b = p->b.n;
	for (size_t i = 0; i < d->nedits; i++) {
		const struct diff_edit *e = &d->edit[i];
		if (e->op != EDIT_EQUAL)
			continue;
		if (i > first) {
			d->detour.rejoins = e->a != p->a.t->target;
			d->detour.to_a = (uint8_t)(e->ttl_a - 1);
			d->detour.to_b = (uint8_t)(e->ttl_b - 1);
			break;
		}
		d->detour.from_a = (uint8_t)(e->ttl_a + 1);
		d->detour.from_b = (uint8_t)(e->ttl_b + 1);
	}
	d->detour.symmetric =
	    d->detour.rejoins && d->detour.to_a - d->detour.from_a ==
				     d->detour.to_b - d->detour.from_b;
}

/* Where what the class speaks of begins, and how far it goes. */
static void
locate(struct diff *d, const struct pairing *p)
{
	bool balanced = d->class == DIFF_BALANCING;
	if (!balanced && d->class != DIFF_CHANGED)
		return;
	d->rtt_ttl = 0; /* of two paths it says nothing */
	for (size_t i = 0; i < d->nedits; i++) {
		const struct diff_edit *e = &d->edit[i];
		if (!is_change(e) || e->balanced != balanced)
			continue;
		d->first_ttl = e->ttl_a > 0 ? e->ttl_a : e->ttl_b;
		bound(d, i, p);
		return;
	}
}

void
diff(struct diff *d, const struct diff_sides *sides)
{
	struct pairing p = {.before = sides->before, .after = sides->after};
	course_of(&p.a, sides->a);
	course_of(&p.b, sides->b);
	d->same_flow = sides->same_flow;
	d->why = NULL;
	d->first_ttl = d->rtt_ttl = 0;
	d->rtt_a_ns = d->rtt_b_ns = -1;
	d->detour.rejoins = d->detour.symmetric = false;
	d->detour.from_a = d->detour.from_b = 1;
	d->detour.to_a = d->detour.to_b = 0;
	diff_align(d, &p);
	judge_gaps(d, &p);
	measure(d, sides);
	d->class = classify(d, sides, &p);
	locate(d, &p);
}
