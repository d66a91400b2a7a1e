/* SPDX-License-Identifier: ISC */
#include "analysis/change/diff_align.h"

#include "analysis/change/diff_tie.h"

/*
 * Dynamic programming over the part of both that lies between a common
 * beginning and a common end. A cell stands for so many hops of each side that
 * are done with; a gap is closed by a common hop or by the end alone.
 */

/* No sum of the small costs of a whole alignment is as much as a difference. */
enum {
	COST_OTHER = 16384,
	COST_BALANCED = 40,
	COST_ONE = 4, /* less than a gap that makes a hop a common one */
	COST_GAP = 2, /* beginning one */
	COST_SILENT = 1,
	COST_SPREAD = 1,
};
static const uint32_t never = UINT32_MAX / 2;

enum state { SIDE_BY_SIDE, ONLY_A, ONLY_B, STATES };

struct cell {
	uint32_t cost[STATES];
	uint8_t from[STATES]; /* the state of the cell before */
};

struct grid {
	const struct pairing *p;
	uint8_t a0, b0, na, nb; /* hop[a0..a0 + na - 1] of a; likewise b */
	bool closed;		/* a common hop follows */
	struct cell cell[RECORD_TTL_MAX + 1][RECORD_TTL_MAX + 1];
};

static uint32_t
cost_of(enum tie tie)
{
	switch (tie) {
	case TIE_EQUAL:
		return 0;
	case TIE_SPREAD:
		return COST_SPREAD;
	case TIE_SILENT:
		return COST_SILENT;
	case TIE_ONE:
		return COST_ONE;
	case TIE_BALANCED:
		return COST_BALANCED;
	case TIE_OTHER:
		break;
	}
	return COST_OTHER;
}

/* Of a hop that the other side does not have. */
static uint32_t
gap_cost(const struct course *c, uint8_t i, const struct flows *other)
{
	if (course_is_soft(c, i))
		return COST_ONE;
	return course_is_shown(c, i, other) ? COST_BALANCED : COST_OTHER;
}

static void
improve(struct cell *c, enum state to, uint32_t cost, enum state from)
{
	if (cost >= c->cost[to])
		return;
	c->cost[to] = cost;
	c->from[to] = (uint8_t)from;
}

static void
pair(struct grid *g, uint8_t i, uint8_t j)
{
	const struct cell *from = &g->cell[i - 1][j - 1];
	enum tie tie =
	    tie_of(g->p, (uint8_t)(g->a0 + i - 1), (uint8_t)(g->b0 + j - 1));
	uint32_t cost = cost_of(tie);
	struct cell *c = &g->cell[i][j];
	improve(c, SIDE_BY_SIDE, from->cost[SIDE_BY_SIDE] + cost, SIDE_BY_SIDE);
	if (!tie_is_common(tie))
		return;
	improve(c, SIDE_BY_SIDE, from->cost[ONLY_A] + cost, ONLY_A);
	improve(c, SIDE_BY_SIDE, from->cost[ONLY_B] + cost, ONLY_B);
}

static void
skip(struct cell *c, const struct cell *from, enum state gap, uint32_t cost)
{
	improve(
	    c, gap, from->cost[SIDE_BY_SIDE] + COST_GAP + cost, SIDE_BY_SIDE);
	improve(c, gap, from->cost[gap] + cost, gap);
}

static void
fill(struct grid *g)
{
	const struct pairing *p = g->p;
	uint32_t gap_a[RECORD_TTL_MAX], gap_b[RECORD_TTL_MAX];
	for (uint8_t i = 0; i < g->na; i++)
		gap_a[i] = gap_cost(&p->a, (uint8_t)(g->a0 + i), p->after);
	for (uint8_t j = 0; j < g->nb; j++)
		gap_b[j] = gap_cost(&p->b, (uint8_t)(g->b0 + j), p->before);
	for (uint8_t i = 0; i <= g->na; i++)
		for (uint8_t j = 0; j <= g->nb; j++) {
			struct cell *c = &g->cell[i][j];
			c->cost[SIDE_BY_SIDE] = i + j == 0 ? 0 : never;
			c->cost[ONLY_A] = c->cost[ONLY_B] = never;
			if (i > 0 && j > 0)
				pair(g, i, j);
			if (i > 0)
				skip(c, &g->cell[i - 1][j], ONLY_A,
				    gap_a[i - 1]);
			if (j > 0)
				skip(c, &g->cell[i][j - 1], ONLY_B,
				    gap_b[j - 1]);
		}
}

/* Where the path behind is not known, all that the other side has is free. */
static uint32_t
tail_cost(const struct course *c, uint8_t from)
{
	uint32_t cost = 0;
	for (uint8_t i = from; i < c->n; i++)
		cost += c->t->hop[i].n > 0 ? COST_ONE : COST_SILENT;
	return cost;
}

/* Where an alignment stops: of one side at least nothing is left. */
struct stop {
	uint8_t i, j;
	enum state state;
	uint32_t cost;
};

static void
consider(const struct grid *g, struct stop *best, uint8_t i, uint8_t j)
{
	const struct cell *c = &g->cell[i][j];
	bool whole = i == g->na && j == g->nb;
	uint32_t tail = tail_cost(&g->p->a, (uint8_t)(g->a0 + i)) +
			tail_cost(&g->p->b, (uint8_t)(g->b0 + j));
	for (int s = SIDE_BY_SIDE; s < STATES; s++) {
		uint32_t cost = c->cost[s] + (whole ? 0 : tail);
		if (cost < best->cost)
			*best = (struct stop){i, j, (enum state)s, cost};
	}
}

static struct stop
best_stop(const struct grid *g)
{
	struct stop best = {.cost = UINT32_MAX};
	consider(g, &best, g->na, g->nb);
	if (g->closed)
		return best;
	for (uint8_t i = g->na; !g->p->b.ends && i-- > 0;)
		consider(g, &best, i, g->nb);
	for (uint8_t j = g->nb; !g->p->a.ends && j-- > 0;)
		consider(g, &best, g->na, j);
	return best;
}

static enum edit_op
op_of(enum tie tie)
{
	if (tie == TIE_SILENT || tie == TIE_ONE)
		return EDIT_SILENT;
	return tie == TIE_EQUAL ? EDIT_EQUAL : EDIT_REPLACE;
}

static struct diff_edit
pair_edit(const struct pairing *p, uint8_t i, uint8_t j)
{
	enum tie tie = tie_of(p, i, j);
	return (struct diff_edit){.op = op_of(tie),
	    .balanced = tie == TIE_SPREAD || tie == TIE_BALANCED,
	    .ttl_a = (uint8_t)(i + 1),
	    .ttl_b = (uint8_t)(j + 1),
	    .a = p->a.t->hop[i].addr[0],
	    .b = p->b.t->hop[j].addr[0]};
}

static struct diff_edit
gap_edit_a(const struct pairing *p, uint8_t i)
{
	bool soft = course_is_soft(&p->a, i);
	return (struct diff_edit){.op = soft ? EDIT_SILENT : EDIT_DELETE,
	    .ttl_a = (uint8_t)(i + 1),
	    .a = p->a.t->hop[i].addr[0]};
}

static struct diff_edit
gap_edit_b(const struct pairing *p, uint8_t j)
{
	bool soft = course_is_soft(&p->b, j);
	return (struct diff_edit){.op = soft ? EDIT_SILENT : EDIT_INSERT,
	    .ttl_b = (uint8_t)(j + 1),
	    .b = p->b.t->hop[j].addr[0]};
}

static void
put(struct diff *d, struct diff_edit e)
{
	d->edit[d->nedits++] = e;
}

static void
reverse(struct diff_edit *e, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct diff_edit kept = e[i];
		e[i] = e[n - 1 - i];
		e[n - 1 - i] = kept;
	}
}

static void
walk_back(const struct grid *g, const struct stop *stop, struct diff *d)
{
	size_t first = d->nedits;
	uint8_t i = stop->i, j = stop->j;
	enum state s = stop->state;
	while (i > 0 || j > 0) {
		enum state from = (enum state)g->cell[i][j].from[s];
		switch (s) {
		case SIDE_BY_SIDE:
			i--, j--;
			put(d, pair_edit(g->p, (uint8_t)(g->a0 + i),
				   (uint8_t)(g->b0 + j)));
			break;
		case ONLY_A:
			i--;
			put(d, gap_edit_a(g->p, (uint8_t)(g->a0 + i)));
			break;
		case ONLY_B:
			j--;
			put(d, gap_edit_b(g->p, (uint8_t)(g->b0 + j)));
			break;
		case STATES:
			break;
		}
		s = from;
	}
	reverse(d->edit + first, d->nedits - first);
}

/* The TTL of a hop that was probed behind all that answered; 0: it was not. */
static uint8_t
silent_ttl(const struct course *c, uint8_t i)
{
	bool probed = i < c->t->n && c->t->hop[i].probed;
	return probed ? (uint8_t)(i + 1) : 0;
}

/* What one side has from hop[i] of a and hop[j] of b on, and the other not. */
static void
put_tail(const struct pairing *p, uint8_t i, uint8_t j, struct diff *d)
{
	for (; i < p->a.n || j < p->b.n; i++, j++) {
		struct diff_edit e = {.op = EDIT_SILENT,
		    .ttl_a = silent_ttl(&p->a, i),
		    .ttl_b = silent_ttl(&p->b, j)};
		if (i < p->a.n) {
			e.ttl_a = (uint8_t)(i + 1);
			e.a = p->a.t->hop[i].addr[0];
		}
		if (j < p->b.n) {
			e.ttl_b = (uint8_t)(j + 1);
			e.b = p->b.t->hop[j].addr[0];
		}
		put(d, e);
	}
}

/* As long as they differ in silence alone; the number of common TTLs then. */
static bool
side_by_side(const struct pairing *p, uint8_t *same)
{
	uint8_t n = p->a.n < p->b.n ? p->a.n : p->b.n;
	*same = 0;
	for (uint8_t i = 0; i < n; i++) {
		enum tie tie = tie_of(p, i, i);
		if (tie == TIE_EQUAL)
			*same = (uint8_t)(i + 1);
		else if (tie == TIE_BALANCED || tie == TIE_OTHER)
			return false;
	}
	return (p->a.n == n || !p->b.ends) && (p->b.n == n || !p->a.ends);
}

static void
put_pairs(
    const struct pairing *p, uint8_t i, uint8_t j, uint8_t n, struct diff *d)
{
	for (uint8_t k = 0; k < n; k++)
		put(d, pair_edit(p, (uint8_t)(i + k), (uint8_t)(j + k)));
}

/* How many hops are equal at the end of both, down to `from`. */
static uint8_t
common_end(const struct pairing *p, uint8_t from)
{
	uint8_t n = 0;
	while (p->a.n - n > from && p->b.n - n > from &&
	       tie_of(p, (uint8_t)(p->a.n - n - 1),
		   (uint8_t)(p->b.n - n - 1)) == TIE_EQUAL)
		n++;
	return n;
}

void
diff_align(struct diff *d, const struct pairing *p)
{
	struct grid g; /* each cell is written before it is read */
	uint8_t same, n = p->a.n < p->b.n ? p->a.n : p->b.n;
	d->nedits = 0;
	if (side_by_side(p, &same)) {
		put_pairs(p, 0, 0, n, d);
		put_tail(p, n, n, d);
		return;
	}
	uint8_t end = common_end(p, same);
	g.p = p;
	g.a0 = g.b0 = same;
	g.na = (uint8_t)(p->a.n - end - same);
	g.nb = (uint8_t)(p->b.n - end - same);
	g.closed = end > 0;
	put_pairs(p, 0, 0, same, d);
	fill(&g);
	struct stop stop = best_stop(&g);
	walk_back(&g, &stop, d);
	if (stop.i < g.na || stop.j < g.nb)
		put_tail(
		    p, (uint8_t)(g.a0 + stop.i), (uint8_t)(g.b0 + stop.j), d);
	put_pairs(p, (uint8_t)(p->a.n - end), (uint8_t)(p->b.n - end), end, d);
}
