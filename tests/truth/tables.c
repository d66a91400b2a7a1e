/* SPDX-License-Identifier: ISC */
#include "tests/truth/tables.h"

#include "probe/base/mem.h"
#include "tests/truth/agenda.h"
#include "tests/truth/draw.h"
#include "tests/truth/routing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How often more peers see the second origin than the holder. */
#define SECOND_FIRST 0.3

/* --- routes --------------------------------------------------------------- */

/* The first provider also announces it: a customer's static route. */
static uint32_t
second_origin(const struct ground *g, uint32_t as, uint32_t range)
{
	uint32_t n;
	const struct graph_arc *up =
	    graph_arcs(&g->graph, as, GRAPH_PROVIDER, &n);
	if (n == 0 || g->graph.use[as] == GRAPH_TARGET ||
	    !draw_chance(g->seed, DRAW_TABLE, range, 1, g->rates.moas))
		return GRAPH_NONE;
	return up[0].as;
}

uint32_t
tables_second_origin(const struct ground *g, uint32_t as, uint32_t addr)
{
	const struct space *s = &g->space;
	for (uint32_t i = s->at[as]; i < s->at[as + 1]; i++)
		if (addr >= s->range[i].first && addr <= s->range[i].last)
			return second_origin(g, as, i);
	return GRAPH_NONE;
}

struct telling {
	struct truth *truth;
	tables_route_each *each;
	void *arg;
};

static void
tell(const struct telling *s, uint32_t first, uint32_t last, uint32_t asn)
{
	struct tables_route route = {first, last, {asn}, 1};
	if (first <= last)
		s->each(&route, s->arg);
}

/* Whatever of the range is not in the unannounced block. */
static void
announce(const struct telling *s, uint32_t as, uint32_t range)
{
	const struct ground *g = truth_ground(s->truth);
	const struct addresses *a = truth_addresses(s->truth);
	struct space_range r = g->space.range[range];
	uint32_t second = second_origin(g, as, range);
	struct tables_route route = {r.first, r.last, {g->space.asn[as]}, 1};
	if (second != GRAPH_NONE) {
		bool first =
		    draw_chance(g->seed, DRAW_TABLE, range, 7, SECOND_FIRST);
		route.asn[first] = g->space.asn[as];
		route.asn[!first] = g->space.asn[second];
		route.nasns = 2;
	}
	uint32_t b = a->block_of[as];
	if (b == GRAPH_NONE || a->block[b].first < r.first ||
	    a->block[b].last > r.last) {
		s->each(&route, s->arg);
		return;
	}
	route.last = a->block[b].first - 1;
	s->each(&route, s->arg);
	tell(s, a->block[b].last + 1, r.last, g->space.asn[as]);
}

/* The probed /24s are announced one by one, by the target. */
static void
announce_targets(const struct telling *s)
{
	const struct ground *g = truth_ground(s->truth);
	uint32_t addr;
	for (size_t i = 0; i < g->graph.ntargets; i++) {
		uint32_t as = g->graph.target[i];
		for (uint32_t nth = 0; nth < agenda_prefixes(g, as) &&
				       graph_slash24(&g->space, as, nth, &addr);
		     nth++)
			tell(s, addr, addr + 255, g->space.asn[as]);
	}
}

/* A provider's aggregate over space of a customer that is not announced. */
static void
announce_aggregates(const struct telling *s)
{
	const struct ground *g = truth_ground(s->truth);
	const struct addresses *a = truth_addresses(s->truth);
	for (size_t i = 0; i < a->nblocks; i++) {
		uint32_t n;
		const struct graph_arc *up =
		    graph_arcs(&g->graph, a->block[i].as, GRAPH_PROVIDER, &n);
		if (a->block[i].covered && n > 0)
			tell(s, a->block[i].first & ~UINT32_C(0x3fff),
			    a->block[i].last | UINT32_C(0x3fff),
			    g->space.asn[up[0].as]);
	}
}

static void
announce_lans(const struct telling *s)
{
	const struct ground *g = truth_ground(s->truth);
	const struct addresses *a = truth_addresses(s->truth);
	for (uint32_t i = 0; i < g->graph.nexchanges; i++) {
		bool routed = draw_chance(
		    g->seed, DRAW_TABLE, i, 2, g->rates.exchange_routed);
		uint32_t as = draw_below(g->seed, DRAW_TABLE, i, 3, g->space.n);
		if (routed && a->lan[i].first != 0)
			tell(s, a->lan[i].first, a->lan[i].last,
			    g->space.asn[as]);
	}
}

void
tables_routes(struct truth *t, tables_route_each *each, void *arg)
{
	const struct space *s = &truth_ground(t)->space;
	struct telling telling = {t, each, arg};
	for (uint32_t as = 0; as < s->n; as++)
		for (uint32_t i = s->at[as]; i < s->at[as + 1]; i++)
			announce(&telling, as, i);
	announce_targets(&telling);
	announce_aggregates(&telling);
	announce_lans(&telling);
}

/* --- relations ------------------------------------------------------------ */

/* The provider over which collectors see the routes of an AS in any case. */
static bool
is_main(const struct ground *g, uint32_t provider, uint32_t customer)
{
	uint32_t n;
	const struct graph_arc *up =
	    graph_arcs(&g->graph, customer, GRAPH_PROVIDER, &n);
	return up[draw_below(g->seed, DRAW_TABLE, customer, 8, n)].as ==
	       provider;
}

static bool
missing(const struct ground *g, uint32_t as, const struct graph_arc *arc,
    enum graph_role role)
{
	double p = g->rates.missing_transit;
	if (role == GRAPH_PEER)
		p = arc->exchange == GRAPH_NONE ? g->rates.missing_private
						: g->rates.missing_exchange;
	else if (is_main(g, as, arc->as))
		return false;
	return draw_chance(
	    g->seed, DRAW_TABLE, (uint64_t)as << 32 | arc->as, 4, p);
}

/* Transit that looks like peering, and peering that looks like transit. */
static enum origin_relation
inferred(const struct ground *g, uint32_t as, const struct graph_arc *arc,
    enum graph_role role)
{
	bool peers = role == GRAPH_PEER;
	double p = peers ? g->rates.wrong_peer : g->rates.wrong_transit;
	bool wrong = draw_chance(
	    g->seed, DRAW_TABLE, (uint64_t)as << 32 | arc->as, 5, p);
	return peers != wrong ? ORIGIN_PEER : ORIGIN_PROVIDER;
}

static void
relate(const struct ground *g, uint32_t as, enum graph_role role,
    tables_relation_each *each, void *arg)
{
	uint32_t n;
	const struct graph_arc *arc = graph_arcs(&g->graph, as, role, &n);
	for (uint32_t i = 0; i < n; i++) {
		if ((role == GRAPH_PEER && arc[i].as < as) ||
		    missing(g, as, &arc[i], role))
			continue;
		each(&(struct tables_relation){g->space.asn[as],
			 g->space.asn[arc[i].as],
			 inferred(g, as, &arc[i], role)},
		    arg);
	}
}

void
tables_relations(struct truth *t, tables_relation_each *each, void *arg)
{
	const struct ground *g = truth_ground(t);
	for (uint32_t as = 0; as < g->space.n; as++) {
		relate(g, as, GRAPH_CUSTOMER, each, arg);
		relate(g, as, GRAPH_PEER, each, arg);
	}
}

/* --- AS paths ------------------------------------------------------------- */

/* Route collectors have some hundred peers with a full table; so many here. */
enum { FEEDS = 30 };

/* A peer of the collector: an AS with customers. */
static uint32_t
feed(const struct ground *g, uint32_t number)
{
	for (uint32_t try = 0;; try++) {
		uint32_t as = draw_below(g->seed, DRAW_TABLE,
		    (uint64_t)number << 32 | try, 9, g->space.n);
		uint32_t n;
		graph_arcs(&g->graph, as, GRAPH_CUSTOMER, &n);
		if (n > 0)
			return as;
	}
}

struct told {
	tables_relation_each *pair;
	tables_upstream_each *upstream;
	void *arg;
};

/* What a peer of the collector tells of the way to a prefix. */
static void
tell_path(const struct ground *g, struct routing *r, uint32_t from,
    const struct prefix *prefix, const struct told *to)
{
	uint32_t path[ROUTING_LENGTH_MAX];
	size_t n = routing_path(r, from, path);
	for (size_t i = 1; i < n && to->pair != NULL; i++)
		to->pair(&(struct tables_relation){g->space.asn[path[i - 1]],
			     g->space.asn[path[i]], ORIGIN_ADJACENT},
		    to->arg);
	if (n > 1 && to->upstream != NULL)
		to->upstream(&(struct tables_upstream){*prefix,
				 g->space.asn[path[n - 2]]},
		    to->arg);
}

/* All paths of a full table to the targets on the day of the tables. */
static void
tell_paths(struct truth *t, const struct told *to)
{
	const struct ground *g = truth_ground(t);
	struct routing *r = routing_open(&g->graph, g->seed);
	for (uint32_t i = 0; i < g->graph.ntargets; i++) {
		uint32_t n = agenda_prefixes(g, g->graph.target[i]);
		for (uint32_t k = 0; k < n; k++) {
			struct agenda_group group;
			agenda_group(
			    g, i + (uint64_t)k * g->graph.ntargets, &group);
			routing_to(r, group.as, &group.export);
			for (uint32_t f = 0; f < FEEDS; f++)
				tell_path(g, r, feed(g, f), &group.prefix, to);
		}
	}
	routing_close(r);
}

void
tables_adjacencies(struct truth *t, tables_relation_each *each, void *arg)
{
	tell_paths(t, &(struct told){.pair = each, .arg = arg});
}

void
tables_upstreams(struct truth *t, tables_upstream_each *each, void *arg)
{
	tell_paths(t, &(struct told){.upstream = each, .arg = arg});
}

/* --- exchanges ------------------------------------------------------------ */

void
tables_members(struct truth *t, tables_member_each *each, void *arg)
{
	const struct ground *g = truth_ground(t);
	const struct addresses *a = truth_addresses(t);
	uint64_t router;
	for (uint32_t i = 0; i < g->graph.nexchanges; i++) {
		if (!draw_chance(g->seed, DRAW_TABLE, i, 6, g->rates.members))
			continue;
		for (uint32_t addr = a->lan[i].first; addr < a->lan_next[i];
		     addr++)
			if (address_owner(a, addr, &router))
				each(&(struct tables_member){i, addr,
					 g->space.asn[ROUTER_AS(router)]},
				    arg);
	}
}

/* --- a table -------------------------------------------------------------- */

static void
begin(struct table *t, enum origin_layer layer, const char *name)
{
	struct source *s = table_begin(t, layer);
	s->name = xstrdup(name);
	s->kind = xstrdup("truth");
	s->title = xstrdup("a generated world");
	s->asof_us = truth_asof_us();
}

static void
add_route(const struct tables_route *route, void *arg)
{
	struct table_seen seen = {.first = route->first,
	    .last = route->last,
	    .asns = route->asn,
	    .nasns = route->nasns};
	table_add(arg, &seen);
}

static void
add_relation(const struct tables_relation *r, void *arg)
{
	table_relate(arg, r->a, r->b, r->kind);
}

static void
add_upstream(const struct tables_upstream *u, void *arg)
{
	table_upstream(arg, &u->prefix, u->asn, 1);
}

static void
add_member(const struct tables_member *m, void *arg)
{
	table_add_prefix(arg, &(struct prefix){m->addr, 32}, &m->asn, 1, NULL);
}

static void
add_registry(struct truth *t, struct table *table)
{
	const struct space *s = &truth_ground(t)->space;
	const struct addresses *a = truth_addresses(t);
	for (size_t i = 0; i < a->nblocks; i++) {
		const struct address_block *b = &a->block[i];
		uint32_t asns[2] = {s->asn[b->as], s->asn[(b->as + 1) % s->n]};
		struct table_seen seen = {.first = b->first,
		    .last = b->last,
		    .asns = asns,
		    .nasns = b->sibling ? 2 : 1,
		    .note = "holder"};
		if (b->registered)
			table_add(table, &seen);
	}
}

static void
add_lans(struct truth *t, struct table *table)
{
	const struct addresses *a = truth_addresses(t);
	for (size_t i = 0; i < truth_ground(t)->graph.nexchanges; i++) {
		char note[32];
		struct table_seen seen = {.first = a->lan[i].first,
		    .last = a->lan[i].last,
		    .note = note};
		snprintf(note, sizeof(note), "exchange %zu", i);
		if (a->lan[i].first != 0)
			table_add(table, &seen);
	}
}

void
tables_fill(struct truth *t, struct table *table)
{
	*table = (struct table){0};
	begin(table, ORIGIN_BGP, "bgp");
	tables_routes(t, add_route, table);
	begin(table, ORIGIN_REGISTRY, "registry");
	add_registry(t, table);
	begin(table, ORIGIN_IXP, "ixp");
	add_lans(t, table);
	tables_members(t, add_member, table);
	begin(table, ORIGIN_NONE, "as-rel");
	tables_relations(t, add_relation, table);
	tables_adjacencies(t, add_relation, table);
	tables_upstreams(t, add_upstream, table);
}

struct snapshot *
tables_snapshot(struct truth *t, struct wr *bytes, struct fault *f)
{
	struct table table;
	tables_fill(t, &table);
	snapshot_pack(&table, truth_asof_us(), bytes);
	table_clear(&table);
	return snapshot_borrow(bytes->p, bytes->len, "world", f);
}
