/* SPDX-License-Identifier: ISC */
#include "tests/truth/graph.h"

#include "probe/base/mem.h"
#include "tests/sim/random.h"
#include "tests/truth/draw.h"
#include "tests/truth/graph_edges.h"

#include <math.h>
#include <stdlib.h>

/*
 * Grown by rank: every AS buys from ASes of a better rank, mostly of its own
 * region, and the likelier from one the more customers that has (Barabasi,
 * Albert 1999), which gives the few large and many small degrees of the real
 * graph. Tier 1 is a full mesh of peers. At an exchange each member peers with
 * some of the others.
 */
enum {
	BIG = 150,	   /* carriers that sell to a front AS */
	SAME_REGION = 85,  /* in 100: providers of the own region */
	PEERS_AT_LAN = 40, /* of one member, about */
	WANTED_OF = 4,	   /* the best of 1 + this many */
	PRIVATE_PEERS = 3, /* of one transit AS, about */
	STUB_AT_LAN = 12,  /* in 100: stubs at some exchange */
	LARGE = 600,	   /* ASes that go to exchanges far away, too */
	LANS_OF_LARGE = 40,
	TARGET_SIZE = 1 << 14, /* addresses: a target is a small network */
	TRIES = 30,
};
#define NOISE 6.0 /* doublings of size by which a rank is off */

struct pool {
	uint32_t *p;
	size_t n, room;
};

struct growth {
	struct graph *g;
	const struct space *space;
	const struct truth_rates *rates;
	uint64_t seed;
	struct random random;
	uint32_t *order;   /* by rank */
	uint32_t ntransit; /* the first of the order, tier 1 included */
	uint8_t *bought;   /* targets that want no other provider */
	struct pool sellers[GRAPH_REGIONS]; /* once, and for each customer */
	struct pool members;		    /* of the exchange at hand */
	struct graph_edges edges;
};

static void
put(struct pool *pool, uint32_t as)
{
	if (pool->n == pool->room) {
		pool->room = pool->room ? pool->room * 2 : 256;
		pool->p = xreallocarray(pool->p, pool->room, sizeof(*pool->p));
	}
	pool->p[pool->n++] = as;
}

/* --- ranks ---------------------------------------------------------------- */

struct scored {
	double score;
	uint32_t as;
};

static int
by_score(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return (x->as > y->as) - (x->as < y->as);
}

static void
rank(struct growth *w)
{
	uint32_t n = w->g->n;
	struct scored *s = xcalloc(n, sizeof(*s));
	for (uint32_t as = 0; as < n; as++)
		s[as] = (struct scored){
		    log2((double)space_size(w->space, as)) +
			NOISE * draw_real(w->seed, DRAW_SIZE, as, 0),
		    as};
	qsort(s, n, sizeof(*s), by_score);
	w->order = xcalloc(n, sizeof(*w->order));
	for (uint32_t i = 0; i < n; i++) {
		w->order[i] = s[i].as;
		w->g->rank[s[i].as] = i;
		w->g->region[s[i].as] = (uint8_t)draw_below(
		    w->seed, DRAW_REGION, s[i].as, 0, GRAPH_REGIONS);
		w->g->kind[s[i].as] = i < w->rates->tier1 ? GRAPH_TIER1
				      : i < w->ntransit	  ? GRAPH_TRANSIT
							  : GRAPH_STUB;
	}
	free(s);
}

/* --- targets, their fronts, vantages -------------------------------------- */

static bool
small(const struct growth *w, uint32_t as)
{
	uint32_t addr;
	return w->g->use[as] == GRAPH_OTHER && w->g->kind[as] == GRAPH_STUB &&
	       space_size(w->space, as) <= TARGET_SIZE &&
	       graph_slash24(w->space, as, 0, &addr);
}

/* A small stub that has no use yet, or GRAPH_NONE when they are rare. */
static uint32_t
any_small(struct growth *w)
{
	for (int i = 0; i < 100 * TRIES; i++) {
		uint32_t as = random_below(&w->random, w->g->n);
		if (small(w, as))
			return as;
	}
	return GRAPH_NONE;
}

static void
sell(struct growth *w, uint32_t provider, uint32_t customer)
{
	graph_edge_add(&w->edges,
	    &(struct graph_edge){provider, customer, GRAPH_NONE, false});
	if (w->g->kind[provider] != GRAPH_STUB)
		put(&w->sellers[w->g->region[provider]], provider);
}

static uint32_t
big(struct growth *w)
{
	uint32_t n = w->ntransit < BIG ? w->ntransit : BIG;
	return w->order[random_below(&w->random, n)];
}

/* Puts a small AS between a big carrier and the target. */
static void
give_front(struct growth *w, uint32_t target)
{
	uint32_t front = any_small(w), carrier = big(w);
	if (front == GRAPH_NONE) {
		sell(w, carrier, target);
		return;
	}
	w->g->use[front] = GRAPH_FRONT;
	w->bought[front] = true;
	sell(w, carrier, front);
	sell(w, front, target);
}

static uint32_t
upstreams(struct growth *w)
{
	double x = (double)random_below(&w->random, 1000000) / 1e6;
	if (x < w->rates->three_upstream)
		return 3;
	return x < w->rates->three_upstream + w->rates->two_upstream ? 2 : 1;
}

/* The better of two, for most buy from large ones; mostly of the own region. */
static uint32_t
offered(struct growth *w, uint32_t as)
{
	uint32_t region = w->g->region[as];
	if (random_below(&w->random, 100) >= SAME_REGION)
		region = random_below(&w->random, GRAPH_REGIONS);
	const struct pool *pool = &w->sellers[region];
	if (pool->n == 0)
		return as;
	uint32_t a = pool->p[random_below(&w->random, (uint32_t)pool->n)];
	uint32_t b = pool->p[random_below(&w->random, (uint32_t)pool->n)];
	return w->g->rank[a] < w->g->rank[b] ? a : b;
}

/* Of a better rank, if any such can be found. */
static uint32_t
seller(struct growth *w, uint32_t as)
{
	for (int i = 0; i < TRIES; i++) {
		uint32_t p = offered(w, as);
		if (w->g->rank[p] < w->g->rank[as])
			return p;
	}
	return w->order[random_below(&w->random, (uint32_t)w->rates->tier1)];
}

static void
buy(struct growth *w, uint32_t as)
{
	uint32_t n = upstreams(w) + (w->g->kind[as] == GRAPH_TRANSIT);
	for (uint32_t i = 0; i < n; i++)
		sell(w, seller(w, as), as);
}

/* A target without a front AS buys like others, when its turn comes. */
static void
connect_target(struct growth *w, uint32_t as)
{
	double x = (double)random_below(&w->random, 1000000) / 1e6;
	if (x >= w->rates->front + w->rates->front_also)
		return;
	give_front(w, as);
	if (x >= w->rates->front)
		sell(w, big(w), as);
	w->bought[as] = true;
}

static void
choose_targets(struct growth *w)
{
	struct graph *g = w->g;
	g->target = xcalloc(w->rates->targets + 1, sizeof(*g->target));
	while (g->ntargets < w->rates->targets) {
		uint32_t as = any_small(w);
		if (as == GRAPH_NONE)
			return;
		g->use[as] = GRAPH_TARGET;
		g->target[g->ntargets++] = as;
		connect_target(w, as);
	}
}

static void
choose_vantages(struct growth *w)
{
	struct graph *g = w->g;
	uint32_t addr;
	g->vantage = xcalloc(w->rates->vantages + 1, sizeof(*g->vantage));
	for (int i = 0; i < 1000 * TRIES; i++) {
		uint32_t as = random_below(&w->random, g->n);
		if (g->nvantages == w->rates->vantages)
			return;
		if (g->use[as] != GRAPH_OTHER || g->kind[as] == GRAPH_TIER1 ||
		    !graph_slash24(w->space, as, 0, &addr))
			continue;
		g->use[as] = GRAPH_VANTAGE;
		g->vantage[g->nvantages++] = as;
	}
}

/* --- transit and peering -------------------------------------------------- */

static void
peer(struct growth *w, uint32_t a, uint32_t b, uint32_t exchange)
{
	graph_edge_add(&w->edges, &(struct graph_edge){a, b, exchange, true});
}

static void
grow_transit(struct growth *w)
{
	size_t tier1 = w->rates->tier1;
	for (uint32_t i = 0; i < w->g->n; i++) {
		uint32_t as = w->order[i];
		for (uint32_t j = 0; i < tier1 && j < i; j++)
			peer(w, as, w->order[j], GRAPH_NONE);
		if (i >= tier1 && !w->bought[as])
			buy(w, as);
		for (int r = 0; i < tier1 && r < GRAPH_REGIONS; r++)
			put(&w->sellers[r], as);
		if (i >= tier1 && i < w->ntransit)
			put(&w->sellers[w->g->region[as]], as);
	}
}

static void
grow_private_peers(struct growth *w)
{
	for (uint32_t i = (uint32_t)w->rates->tier1; i < w->ntransit; i++)
		for (uint32_t k = random_below(&w->random, 2 * PRIVATE_PEERS);
		     k > 0; k--) {
			uint32_t j = i + random_below(&w->random, i + 1);
			if (j < w->ntransit && w->g->region[w->order[i]] ==
						   w->g->region[w->order[j]])
				peer(w, w->order[i], w->order[j], GRAPH_NONE);
		}
}

/* Whether an AS is at an exchange: large ones all over the world, stubs rarely.
 */
static bool
joins(struct growth *w, uint32_t as, uint32_t exchange)
{
	const struct graph *g = w->g;
	bool here = g->region[as] == g->exchange_region[exchange];
	bool large = g->rank[as] < LARGE;
	if (g->use[as] == GRAPH_TARGET || g->use[as] == GRAPH_FRONT ||
	    (!here && !large))
		return false;
	double near = (double)g->nexchanges / GRAPH_REGIONS + 1;
	double lans = g->kind[as] == GRAPH_STUB ? STUB_AT_LAN / 100.0 : 2;
	double p =
	    large ? LANS_OF_LARGE / ((double)g->nexchanges + 1) : lans / near;
	return random_below(&w->random, 1000000) < 1e6 * p;
}

/* A large AS is a peer that many want. */
static uint32_t
wanted(struct growth *w)
{
	const struct pool *m = &w->members;
	uint32_t best = m->p[random_below(&w->random, (uint32_t)m->n)];
	for (int i = 0; i < WANTED_OF; i++) {
		uint32_t as = m->p[random_below(&w->random, (uint32_t)m->n)];
		if (w->g->rank[as] < w->g->rank[best])
			best = as;
	}
	return best;
}

static void
grow_exchange(struct growth *w, uint32_t exchange)
{
	struct pool *m = &w->members;
	m->n = 0;
	for (uint32_t as = 0; as < w->g->n; as++)
		if (w->g->kind[as] != GRAPH_TIER1 && joins(w, as, exchange))
			put(m, as);
	for (size_t i = 0; m->n > 1 && i < m->n * PEERS_AT_LAN / 2; i++)
		peer(w, m->p[i % m->n], wanted(w), exchange);
}

static void
grow_exchanges(struct growth *w)
{
	struct graph *g = w->g;
	g->nexchanges = w->rates->exchanges;
	g->exchange_region = xcalloc(g->nexchanges + 1, 1);
	for (uint32_t i = 0; i < g->nexchanges; i++)
		g->exchange_region[i] =
		    (uint8_t)random_below(&w->random, GRAPH_REGIONS);
	for (uint32_t i = 0; i < g->nexchanges; i++)
		grow_exchange(w, i);
}

void
graph_grow(struct graph *g, const struct space *s,
    const struct truth_rates *rates, uint64_t seed)
{
	struct growth w = {
	    .g = g, .space = s, .rates = rates, .seed = seed, .random = {seed}};
	*g = (struct graph){.n = s->n};
	g->region = xcalloc(g->n, 1);
	g->kind = xcalloc(g->n, 1);
	g->use = xcalloc(g->n, 1);
	g->rank = xcalloc(g->n, sizeof(*g->rank));
	w.ntransit = (uint32_t)(rates->transit * g->n + (double)rates->tier1);
	w.bought = xcalloc(g->n + 1, 1);
	rank(&w);
	choose_targets(&w);
	choose_vantages(&w);
	grow_transit(&w);
	grow_private_peers(&w);
	grow_exchanges(&w);
	graph_edges_index(&w.edges, g);
	for (int r = 0; r < GRAPH_REGIONS; r++)
		free(w.sellers[r].p);
	free(w.members.p);
	free(w.bought);
	free(w.order);
}
