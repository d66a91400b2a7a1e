/* SPDX-License-Identifier: ISC */
#include "analysis/change/diff_align.h"

#include "analysis/change/diff_tie.h"

/*
 * Dynamic programming over the part of both that lies between a common
 * beginning and a common end. A cell stands for so many hops of each side that
 * are done with; a gap is closed by a common hop, one that flows are spread
 * over, or the end.
 */

/*
 * No sum of the small costs of a whole alignment is as much as a difference,
 * nor that of silence as much as balancing.
 */
enum {
	COST_OTHER = 1 << 20,
	COST_AMONG = 2048,
	COST_OPEN = 2048,
	COST_MORE = 1024,
	COST_BALANCED = 128,
	COST_ONE = 4, /* less than a gap that makes a hop a common one */
	COST_GAP = 2, /* beginning one */
	COST_SILENT = 1,
	COST_SPREAD = 1,
};
static const uint32_t never = UINT32_MAX / 2;

/*
 * A gap of routers that are in use on the other side, too, is a difference only
 * when what is behind it does not move: it is open, then the rest is shifted
 * until that is seen. Behind a difference, with no common place between, it is
 * a part of that.
 */
enum state {
	SIDE_BY_SIDE,
	SHIFTED,
	DIFFERENT,
	OPEN_A,
	ONLY_A,
	OPEN_B,
	ONLY_B,
	STATES
};

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
	case TIE_AMONG:
		return COST_AMONG;
	case TIE_OTHER:
		break;
	}
	return COST_OTHER;
}

static void
improve(struct cell *c, enum state to, uint32_t cost, enum state from)
{
	if (cost >= c->cost[to])
		return;
	c->cost[to] = cost;
	c->from[to] = (uint8_t)from;
}

/* What it costs that nothing explains a gap. */
static uint32_t
unexplained(enum state s)
{
	return s == SHIFTED || s == OPEN_A || s == OPEN_B ? COST_OTHER : 0;
}

static bool
is_gap(enum state s)
{
	return s >= OPEN_A;
}

/* Of hop[i - 1] and hop[j - 1] of the grid, a place that both have. */
static void
meet(struct grid *g, uint8_t i, uint8_t j, uint32_t cost)
{
	const struct cell *from = &g->cell[i - 1][j - 1];
	uint8_t a = (uint8_t)(g->a0 + i - 1), b = (uint8_t)(g->b0 + j - 1);
	bool moves = tie_moves(g->p, a, b);
	for (enum state s = STATES; s-- > SIDE_BY_SIDE;) { /* late gaps first */
		bool explained = moves || a == b || unexplained(s) == 0;
		bool shifted = explained && a != b && unexplained(s) > 0;
		improve(&g->cell[i][j], shifted ? SHIFTED : SIDE_BY_SIDE,
		    from->cost[s] + cost + (explained ? 0 : COST_OTHER), s);
	}
}

static void
pair(struct grid *g, uint8_t i, uint8_t j)
{
	const struct cell *from = &g->cell[i - 1][j - 1];
	enum tie tie =
	    tie_of(g->p, (uint8_t)(g->a0 + i - 1), (uint8_t)(g->b0 + j - 1));
	uint32_t cost = cost_of(tie);
	if (tie_closes(tie)) {
		meet(g, i, j, cost);
		return;
	}
	for (enum state s = SIDE_BY_SIDE; s < OPEN_A; s++) {
		bool other = tie == TIE_OTHER;
		improve(&g->cell[i][j], other ? DIFFERENT : s,
		    from->cost[s] + cost + (other ? unexplained(s) : 0), s);
	}
}

/* A hop that the other side does not have. */
enum lone { LONE_SOFT, LONE_USED, LONE_OTHER };

static enum lone
lone_a(const struct pairing *p, uint8_t i)
{
	if (course_is_soft(&p->a, i) || tie_is_again_a(p, i))
		return LONE_SOFT;
	bool silent = p->a.t->hop[i].n == 0;
	return p->seen && (silent || p->a.after[i].shown != 0) ? LONE_USED
							       : LONE_OTHER;
}

static enum lone
lone_b(const struct pairing *p, uint8_t j)
{
	if (course_is_soft(&p->b, j) || tie_is_again_b(p, j))
		return LONE_SOFT;
	bool silent = p->b.t->hop[j].n == 0;
	return p->seen && (silent || p->b.before[j].shown != 0) ? LONE_USED
								: LONE_OTHER;
}

/* What it costs to have one more in a gap; *to: what the gap is then. */
static uint32_t
step(enum state from, enum state open, enum lone lone, enum state *to)
{
	enum state done = open == OPEN_A ? ONLY_A : ONLY_B;
	uint32_t begin = is_gap(from) ? 0 : COST_GAP;
	*to = is_gap(from) ? from : done;
	switch (lone) {
	case LONE_SOFT:
		*to = from == SHIFTED ? open : *to;
		return begin + COST_ONE;
	case LONE_USED:
		if (from == SIDE_BY_SIDE || from == SHIFTED)
			*to = open;
		return begin + COST_BALANCED +
		       (begin == 0	       ? 0
			   : from == DIFFERENT ? COST_MORE
					       : COST_OPEN);
	case LONE_OTHER:
		break;
	}
	*to = done;
	return begin + COST_OTHER + (from == SHIFTED ? COST_OTHER : 0);
}

static void
skip(struct cell *c, const struct cell *from, enum state open, enum lone lone)
{
	enum state other = open == OPEN_A ? OPEN_B : OPEN_A;
	for (enum state s = SIDE_BY_SIDE; s < STATES; s++) {
		enum state to;
		if (s == other || s == (enum state)(other + 1))
			continue;
		uint32_t cost = step(s, open, lone, &to);
		improve(c, to, from->cost[s] + cost, s);
	}
}

static void
fill(struct grid *g)
{
	enum lone a[RECORD_TTL_MAX], b[RECORD_TTL_MAX];
	for (uint8_t i = 0; i < g->na; i++)
		a[i] = lone_a(g->p, (uint8_t)(g->a0 + i));
	for (uint8_t j = 0; j < g->nb; j++)
		b[j] = lone_b(g->p, (uint8_t)(g->b0 + j));
	for (uint8_t i = 0; i <= g->na; i++)
		for (uint8_t j = 0; j <= g->nb; j++) {
			struct cell *c = &g->cell[i][j];
			for (int s = 0; s < STATES; s++)
				c->cost[s] = never;
			if (i + j == 0)
				c->cost[SIDE_BY_SIDE] = 0;
			if (i > 0 && j > 0)
				pair(g, i, j);
			if (i > 0)
				skip(c, &g->cell[i - 1][j], OPEN_A, a[i - 1]);
			if (j > 0)
				skip(c, &g->cell[i][j - 1], OPEN_B, b[j - 1]);
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
	uint8_t a = (uint8_t)(g->a0 + i), b = (uint8_t)(g->b0 + j);
	bool moves = g->closed && (a == b || tie_moves(g->p, a, b));
	uint32_t tail =
	    g->closed ? 0 : tail_cost(&g->p->a, a) + tail_cost(&g->p->b, b);
	for (enum state s = SIDE_BY_SIDE; s < STATES; s++) {
		bool fine = s == SHIFTED && !g->closed;
		uint32_t cost =
		    c->cost[s] + (moves || fine ? 0 : unexplained(s)) + tail;
		if (cost < best->cost)
			*best = (struct stop){i, j, s, cost};
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
	    .balanced =
		tie == TIE_SPREAD || tie == TIE_BALANCED || tie == TIE_AMONG,
	    .ttl_a = (uint8_t)(i + 1),
	    .ttl_b = (uint8_t)(j + 1),
	    .a = p->a.t->hop[i].addr[0],
	    .b = p->b.t->hop[j].addr[0]};
}

static struct diff_edit
gap_edit_a(const struct pairing *p, uint8_t i)
{
	bool soft = course_is_soft(&p->a, i) || tie_is_again_a(p, i);
	return (struct diff_edit){.op = soft ? EDIT_SILENT : EDIT_DELETE,
	    .ttl_a = (uint8_t)(i + 1),
	    .a = p->a.t->hop[i].addr[0]};
}

static struct diff_edit
gap_edit_b(const struct pairing *p, uint8_t j)
{
	bool soft = course_is_soft(&p->b, j) || tie_is_again_b(p, j);
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
		case SHIFTED:
		case DIFFERENT:
			i--, j--;
			put(d, pair_edit(g->p, (uint8_t)(g->a0 + i),
				   (uint8_t)(g->b0 + j)));
			break;
		case OPEN_A:
		case ONLY_A:
			i--;
			put(d, gap_edit_a(g->p, (uint8_t)(g->a0 + i)));
			break;
		case OPEN_B:
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

/* Whether nothing but silence differs, TTL by TTL. */
static bool
side_by_side(const struct pairing *p, uint8_t n)
{
	for (uint8_t i = 0; i < n; i++) {
		enum tie tie = tie_of(p, i, i);
		if (tie == TIE_BALANCED || tie == TIE_AMONG || tie == TIE_OTHER)
			return false;
	}
	return (p->a.n == n || !p->b.ends) && (p->b.n == n || !p->a.ends);
}

/* How many TTLs there are up to the last equal one before a difference. */
static uint8_t
common_beginning(const struct pairing *p, uint8_t n)
{
	uint8_t same = 0;
	for (uint8_t i = 0; i < n; i++) {
		enum tie tie = tie_of(p, i, i);
		if (tie == TIE_OTHER || tie == TIE_AMONG)
			break;
		if (tie == TIE_EQUAL)
			same = (uint8_t)(i + 1);
	}
	return same;
}

static void
put_pairs(
    const struct pairing *p, uint8_t i, uint8_t j, uint8_t n, struct diff *d)
{
	for (uint8_t k = 0; k < n; k++)
		put(d, pair_edit(p, (uint8_t)(i + k), (uint8_t)(j + k)));
}

/*
 * How many hops are equal at the end of both, down to `from`. Where an end is
 * not known and the last answers are not as far, they need not belong together.
 */
static uint8_t
common_end(const struct pairing *p, uint8_t from)
{
	uint8_t n = 0;
	if ((!p->a.ends || !p->b.ends) && p->a.n != p->b.n)
		return 0;
	while (p->a.n - n > from && p->b.n - n > from &&
	       tie_of(p, (uint8_t)(p->a.n - n - 1),
		   (uint8_t)(p->b.n - n - 1)) == TIE_EQUAL)
		n++;
	return n;
}

void
diff_align(struct diff *d, struct pairing *p)
{
	struct grid g; /* each cell is written before it is read */
	uint8_t n = p->a.n < p->b.n ? p->a.n : p->b.n;
	d->nedits = 0;
	p->seen = false;
	if (side_by_side(p, n)) {
		put_pairs(p, 0, 0, n, d);
		put_tail(p, n, n, d);
		return;
	}
	p->seen = p->before != NULL && p->after != NULL;
	if (p->seen) {
		course_see(&p->a, p->before, p->after);
		course_see(&p->b, p->before, p->after);
	}
	uint8_t same = common_beginning(p, n);
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
