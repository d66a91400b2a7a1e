/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_GRAPH_EDGES_H
#define TUMEN_TESTS_TRUTH_GRAPH_EDGES_H

#include "tests/truth/graph.h"

/* A graph in the making: a sells transit to b, or the two are peers. */
struct graph_edge {
	uint32_t a, b, exchange;
	bool peers;
};

struct graph_edges {
	struct graph_edge *p;
	size_t n, room;
};

void graph_edge_add(struct graph_edges *e, const struct graph_edge *edge);

/*
 * Turns the edges into the arcs of g, each pair of ASes once: transit wins over
 * peering, the first peering over later ones. Frees the edges.
 */
void graph_edges_index(struct graph_edges *e, struct graph *g);

#endif
