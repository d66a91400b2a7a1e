/* SPDX-License-Identifier: ISC */
#include "tests/truth/graph.h"

#include <stdlib.h>

const struct graph_arc *
graph_arcs(
    const struct graph *g, uint32_t as, enum graph_role role, uint32_t *n)
{
	const struct graph_arcs *to = &g->to[role];
	*n = to->at[as + 1] - to->at[as];
	return &to->arc[to->at[as]];
}

static const struct graph_arc *
search(const struct graph *g, uint32_t a, uint32_t b, enum graph_role role)
{
	uint32_t n, lo = 0;
	const struct graph_arc *arc = graph_arcs(g, a, role, &n);
	uint32_t hi = n;
	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		if (arc[mid].as < b)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && arc[lo].as == b ? &arc[lo] : NULL;
}

const struct graph_arc *
graph_between(
    const struct graph *g, uint32_t a, uint32_t b, enum graph_role *role)
{
	static const enum graph_role all[] = {
	    GRAPH_PROVIDER, GRAPH_CUSTOMER, GRAPH_PEER};
	for (size_t i = 0; i < 3; i++) {
		const struct graph_arc *arc = search(g, a, b, all[i]);
		*role = all[i];
		if (arc != NULL)
			return arc;
	}
	return NULL;
}

uint32_t
graph_degree(const struct graph *g, uint32_t as)
{
	uint32_t degree = 0;
	for (int role = 0; role < 3; role++)
		degree += g->to[role].at[as + 1] - g->to[role].at[as];
	return degree;
}

bool
graph_slash24(const struct space *s, uint32_t as, uint32_t nth, uint32_t *addr)
{
	for (uint32_t i = s->at[as]; i < s->at[as + 1]; i++) {
		uint64_t first = ((uint64_t)s->range[i].first + 255) >> 8;
		uint64_t end = ((uint64_t)s->range[i].last + 1) >> 8;
		uint64_t n = end > first ? end - first : 0;
		if (nth < n) {
			*addr = (uint32_t)((first + nth) << 8);
			return true;
		}
		nth -= (uint32_t)n;
	}
	return false;
}

void
graph_clear(struct graph *g)
{
	for (int role = 0; role < 3; role++) {
		free(g->to[role].at);
		free(g->to[role].arc);
	}
	free(g->region);
	free(g->kind);
	free(g->use);
	free(g->rank);
	free(g->target);
	free(g->vantage);
	free(g->exchange_region);
	*g = (struct graph){0};
}
