/* SPDX-License-Identifier: ISC */
#include "tests/truth/wire.h"

#include "probe/base/mem.h"
#include "tests/truth/draw.h"

#include <stdlib.h>

enum { PARALLEL_MAX = 3, BORDERS_MAX = 60 };

struct slot {
	uint64_t key; /* 0: free */
	struct wire wire;
};

struct wires {
	const struct ground *ground;
	struct addresses addresses;
	struct slot *slot;
	size_t room, n;
};

struct wires *
wires_open(const struct ground *ground)
{
	struct wires *w = xcalloc(1, sizeof(*w));
	w->ground = ground;
	addresses_open(&w->addresses, ground);
	return w;
}

void
wires_close(struct wires *w)
{
	if (w == NULL)
		return;
	addresses_close(&w->addresses);
	free(w->slot);
	free(w);
}

struct addresses *
wires_addresses(struct wires *w)
{
	return &w->addresses;
}

/* --- the links that were made --------------------------------------------- */

static struct slot *
slot_of(struct wires *w, uint64_t key)
{
	size_t i = (size_t)key & (w->room - 1);
	while (w->slot[i].key != 0 && w->slot[i].key != key)
		i = (i + 1) & (w->room - 1);
	return &w->slot[i];
}

static void
grow(struct wires *w)
{
	struct slot *old = w->slot;
	size_t room = w->room;
	w->room = room ? room * 2 : 1 << 14;
	w->slot = xcalloc(w->room, sizeof(*w->slot));
	for (size_t i = 0; i < room; i++)
		if (old[i].key != 0)
			*slot_of(w, old[i].key) = old[i];
	free(old);
}

static struct slot *
find(struct wires *w, uint64_t key)
{
	if (2 * w->n >= w->room)
		grow(w);
	return slot_of(w, key);
}

static void
keep(struct wires *w, struct slot *s, uint64_t key, const struct wire *wire)
{
	s->key = key;
	s->wire = *wire;
	w->n++;
}

/* --- numbering ------------------------------------------------------------ */

/* RFC 1918, reused all over the world: in no book. */
static void
number_private(const struct wires *w, uint64_t key, struct wire *wire)
{
	uint32_t x = (uint32_t)draw(w->ground->seed, DRAW_PRIVATE, key, 0);
	uint32_t base = UINT32_C(0x0a000000) | (x & UINT32_C(0x00fffffc));
	wire->addr[0] = base + 1;
	wire->addr[1] = base + 2;
	wire->holder = GRAPH_NONE;
	wire->space = WIRE_PRIVATE;
}

static bool
uses_block(const struct wires *w, uint32_t as, uint64_t key)
{
	return w->addresses.block_of[as] != GRAPH_NONE &&
	       draw_chance(w->ground->seed, DRAW_UNROUTED, as, key,
		   w->ground->rates.unrouted_use);
}

/* A /30, or in some ASes a /31, of an AS; it may keep the lower address. */
static void
number_from(struct wires *w, uint32_t as, uint64_t key, struct wire *wire)
{
	uint32_t base;
	uint64_t seed = w->ground->seed;
	if (!address_quad(&w->addresses, as, uses_block(w, as, key), &base)) {
		number_private(w, key, wire);
		return;
	}
	bool whole = draw_chance(seed, DRAW_LOWER, as, 1, 0.3);
	bool lower = draw_chance(seed, DRAW_LOWER, as, 0, 0.5);
	uint32_t first = whole ? base : base + 1;
	bool mine = ROUTER_AS(wire->router[0]) == as;
	wire->addr[0] = first + (mine == lower ? 0 : 1);
	wire->addr[1] = first + (mine == lower ? 1 : 0);
	wire->holder = as;
	wire->space = address_unrouted(&w->addresses, as, base) != NULL
			  ? WIRE_UNROUTED
			  : WIRE_ROUTED;
	address_give(&w->addresses, wire->addr[0], wire->router[0]);
	address_give(&w->addresses, wire->addr[1], wire->router[1]);
}

/* One address for each router on the LAN, on whatever link it is seen. */
static bool
lan_address(struct wires *w, uint32_t exchange, uint64_t router, uint32_t *addr)
{
	uint64_t key =
	    draw(w->ground->seed, DRAW_AT, router, exchange) | UINT64_C(1);
	struct slot *s = find(w, key);
	if (s->key == 0) {
		struct wire member = {.router = {router, router},
		    .holder = GRAPH_NONE,
		    .space = WIRE_EXCHANGE};
		if (!address_on_lan(&w->addresses, exchange, &member.addr[0]) ||
		    !address_give(&w->addresses, member.addr[0], router))
			return false;
		keep(w, s, key, &member);
	}
	*addr = s->wire.addr[0];
	return true;
}

static bool
number_lan(struct wires *w, uint32_t exchange, struct wire *wire)
{
	wire->holder = GRAPH_NONE;
	wire->space = WIRE_EXCHANGE;
	return lan_address(w, exchange, wire->router[0], &wire->addr[0]) &&
	       lan_address(w, exchange, wire->router[1], &wire->addr[1]);
}

static void
number_peers(struct wires *w, const struct graph_arc *arc, uint64_t key,
    struct wire *wire)
{
	uint64_t seed = w->ground->seed;
	bool lan = arc->exchange != GRAPH_NONE &&
		   draw_chance(seed, DRAW_NUMBERING, key, 1,
		       w->ground->rates.peer_exchange);
	if (lan && number_lan(w, arc->exchange, wire))
		return;
	uint32_t side = draw_below(seed, DRAW_NUMBERING, key, 2, 2);
	number_from(w, ROUTER_AS(wire->router[side]), key, wire);
}

/* The AS whose unannounced space a link is numbered from, if any has some. */
static uint32_t
with_block(const struct wires *w, uint32_t provider, uint32_t customer)
{
	if (w->addresses.block_of[customer] != GRAPH_NONE)
		return customer;
	return provider;
}

static void
number_transit(struct wires *w, int provider, uint64_t key, struct wire *wire)
{
	const struct truth_rates *r = &w->ground->rates;
	uint32_t p = ROUTER_AS(wire->router[provider]);
	uint32_t c = ROUTER_AS(wire->router[1 - provider]);
	double x = draw_real(w->ground->seed, DRAW_NUMBERING, key, 0);
	if (x < r->link_provider)
		number_from(w, p, key, wire);
	else if ((x -= r->link_provider) < r->link_customer)
		number_from(w, c, key, wire);
	else if (x - r->link_customer < r->link_unrouted)
		number_from(w, with_block(w, p, c), key, wire);
	else
		number_private(w, key, wire);
}

/* --- links between ASes --------------------------------------------------- */

uint32_t
wire_borders(const struct wires *w, uint32_t as)
{
	const struct graph *g = &w->ground->graph;
	uint32_t degree = graph_degree(g, as);
	if (degree < 4 || g->use[as] == GRAPH_FRONT)
		return g->use[as] == GRAPH_VANTAGE ||
			       draw_chance(w->ground->seed, DRAW_AT, as, 1, 0.7)
			   ? 1
			   : 2;
	uint32_t n = degree < 200 ? 2 + degree / 20 : 12 + degree / 100;
	return n < BORDERS_MAX ? n : BORDERS_MAX;
}

uint32_t
wire_parallel(const struct wires *w, uint32_t a, uint32_t b)
{
	const struct graph *g = &w->ground->graph;
	uint32_t lo = a < b ? a : b, hi = a < b ? b : a;
	if (g->kind[a] == GRAPH_STUB || g->kind[b] == GRAPH_STUB)
		return 1;
	return 1 +
	       draw_below(w->ground->seed, DRAW_LINKS, lo, hi, PARALLEL_MAX);
}

static uint64_t
border(const struct wires *w, uint32_t as, uint64_t key)
{
	return ROUTER(as,
	    draw_below(w->ground->seed, DRAW_AT, as, key, wire_borders(w, as)));
}

/* At an exchange an AS has one router, elsewhere one that is drawn. */
static struct wire
make(struct wires *w, uint32_t lo, uint32_t hi, uint64_t key)
{
	enum graph_role role;
	struct graph_arc none = {hi, GRAPH_NONE};
	const struct graph_arc *arc =
	    graph_between(&w->ground->graph, lo, hi, &role);
	arc = arc != NULL ? arc : &none;
	uint64_t at = arc->exchange != GRAPH_NONE ? arc->exchange : key;
	struct wire wire = {.router = {border(w, lo, at), border(w, hi, at)}};
	if (role == GRAPH_PEER)
		number_peers(w, arc, key, &wire);
	else
		number_transit(w, role == GRAPH_CUSTOMER ? 0 : 1, key, &wire);
	return wire;
}

struct wire
wire_between(struct wires *w, uint32_t a, uint32_t b, uint32_t nth)
{
	uint32_t lo = a < b ? a : b, hi = a < b ? b : a;
	uint64_t key = draw(w->ground->seed, DRAW_LINKS,
			   (uint64_t)lo << 32 | hi, nth + 1) |
		       UINT64_C(1);
	struct wire wire;
	struct slot *s = find(w, key);
	if (s->key == 0) {
		wire = make(w, lo, hi, key); /* may move the slots */
		keep(w, find(w, key), key, &wire);
	} else {
		wire = s->wire;
	}
	if (a == lo)
		return wire;
	return (struct wire){{wire.router[1], wire.router[0]},
	    {wire.addr[1], wire.addr[0]}, wire.holder, wire.space};
}

void
wires_join(struct wires *w)
{
	const struct graph *g = &w->ground->graph;
	for (uint32_t as = 0; as < g->n; as++) {
		uint32_t n;
		const struct graph_arc *arc = graph_arcs(g, as, GRAPH_PEER, &n);
		for (uint32_t i = 0; i < n; i++)
			if (arc[i].as > as && arc[i].exchange != GRAPH_NONE)
				for (uint32_t k = 0;
				     k < wire_parallel(w, as, arc[i].as); k++)
					wire_between(w, as, arc[i].as, k);
	}
}

/* --- links inside an AS --------------------------------------------------- */

static bool
is_private(const struct wires *w, uint32_t as, uint64_t key)
{
	const struct truth_rates *r = &w->ground->rates;
	return draw_chance(
		   w->ground->seed, DRAW_PRIVATE, as, 1, r->private_as) &&
	       draw_chance(
		   w->ground->seed, DRAW_PRIVATE, as, key, r->private_use);
}

struct wire
wire_inside(struct wires *w, uint64_t from, uint64_t to)
{
	uint64_t lo = from < to ? from : to, hi = from < to ? to : from;
	uint64_t key = draw(w->ground->seed, DRAW_CORE, lo, hi) | UINT64_C(1);
	struct slot *s = find(w, key);
	if (s->key == 0) {
		uint32_t as = ROUTER_AS(lo);
		struct wire wire = {.router = {lo, hi}};
		if (is_private(w, as, key))
			number_private(w, key, &wire);
		else
			number_from(w, as, key, &wire);
		s = find(w, key);
		keep(w, s, key, &wire);
	}
	struct wire wire = s->wire;
	if (from == lo)
		return wire;
	return (struct wire){{wire.router[1], wire.router[0]},
	    {wire.addr[1], wire.addr[0]}, wire.holder, wire.space};
}
