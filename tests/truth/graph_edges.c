/* SPDX-License-Identifier: ISC */
#include "tests/truth/graph_edges.h"

#include "probe/base/mem.h"

#include <stdlib.h>

void
graph_edge_add(struct graph_edges *e, const struct graph_edge *edge)
{
	if (e->n == e->room) {
		e->room = e->room ? e->room * 2 : 1024;
		e->p = xreallocarray(e->p, e->room, sizeof(*e->p));
	}
	e->p[e->n++] = *edge;
}

static uint64_t
pair_of(const struct graph_edge *e)
{
	uint64_t lo = e->a < e->b ? e->a : e->b;
	uint64_t hi = e->a < e->b ? e->b : e->a;
	return lo << 32 | hi;
}

static int
by_pair(const void *a, const void *b)
{
	const struct graph_edge *x = a, *y = b;
	uint64_t p = pair_of(x), q = pair_of(y);
	if (p != q)
		return p < q ? -1 : 1;
	if (x->peers != y->peers)
		return x->peers ? 1 : -1;
	return (x->exchange > y->exchange) - (x->exchange < y->exchange);
}

static void
once_each(struct graph_edges *e)
{
	size_t kept = 0;
	if (e->n > 0)
		qsort(e->p, e->n, sizeof(*e->p), by_pair);
	for (size_t i = 0; i < e->n; i++)
		if (e->p[i].a != e->p[i].b &&
		    (kept == 0 ||
			pair_of(&e->p[kept - 1]) != pair_of(&e->p[i])))
			e->p[kept++] = e->p[i];
	e->n = kept;
}

/* What the second AS of an edge is to the first one, seen from either end. */
static enum graph_role
role_at(const struct graph_edge *e, bool from_b)
{
	if (e->peers)
		return GRAPH_PEER;
	return from_b ? GRAPH_PROVIDER : GRAPH_CUSTOMER;
}

static int
by_as(const void *a, const void *b)
{
	const struct graph_arc *x = a, *y = b;
	return (x->as > y->as) - (x->as < y->as);
}

static void
sort_arcs(struct graph_arcs *to, uint32_t n)
{
	for (uint32_t as = 0; as < n; as++)
		if (to->at[as + 1] - to->at[as] > 1)
			qsort(&to->arc[to->at[as]], to->at[as + 1] - to->at[as],
			    sizeof(*to->arc), by_as);
}

static void
index_role(const struct graph_edges *e, struct graph *g, enum graph_role role)
{
	struct graph_arcs *to = &g->to[role];
	uint32_t *fill = xcalloc(g->n + 1, sizeof(*fill));
	to->at = xcalloc(g->n + 2, sizeof(*to->at));
	for (size_t i = 0; i < 2 * e->n; i++) {
		const struct graph_edge *edge = &e->p[i / 2];
		if (role_at(edge, i % 2) == role)
			to->at[(i % 2 ? edge->b : edge->a) + 1]++;
	}
	for (uint32_t as = 0; as < g->n; as++)
		to->at[as + 1] += to->at[as];
	to->arc = xcalloc(to->at[g->n] + 1, sizeof(*to->arc));
	for (size_t i = 0; i < 2 * e->n; i++) {
		const struct graph_edge *edge = &e->p[i / 2];
		uint32_t from = i % 2 ? edge->b : edge->a;
		if (role_at(edge, i % 2) == role)
			to->arc[to->at[from] + fill[from]++] =
			    (struct graph_arc){
				i % 2 ? edge->a : edge->b, edge->exchange};
	}
	free(fill);
	sort_arcs(to, g->n);
}

void
graph_edges_index(struct graph_edges *e, struct graph *g)
{
	once_each(e);
	index_role(e, g, GRAPH_PROVIDER);
	index_role(e, g, GRAPH_CUSTOMER);
	index_role(e, g, GRAPH_PEER);
	free(e->p);
	*e = (struct graph_edges){0};
}
