/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_GRAPH_H
#define TUMEN_TESTS_TRUTH_GRAPH_H

#include "tests/truth/rates.h"
#include "tests/truth/space.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which AS has which as its provider, customer or peer. The arcs to providers
 * make no circle: an AS buys from one of a better rank only.
 */
enum { GRAPH_REGIONS = 6, GRAPH_UPSTREAMS_MAX = 4 };
#define GRAPH_NONE UINT32_MAX

enum graph_kind { GRAPH_STUB, GRAPH_TRANSIT, GRAPH_TIER1 };
enum graph_use { GRAPH_OTHER, GRAPH_TARGET, GRAPH_FRONT, GRAPH_VANTAGE };
enum graph_role { GRAPH_PROVIDER, GRAPH_CUSTOMER, GRAPH_PEER };

/* To a neighbour; over the LAN of an exchange, or GRAPH_NONE. */
struct graph_arc {
	uint32_t as, exchange;
};

/* arc[at[as] .. at[as + 1] - 1] are those of an AS, ascending. */
struct graph_arcs {
	uint32_t *at;
	struct graph_arc *arc;
};

struct graph {
	uint32_t n;
	uint8_t *region;	 /* of each AS */
	uint8_t *kind;		 /* enum graph_kind */
	uint8_t *use;		 /* enum graph_use */
	uint32_t *rank;		 /* place by size, 0 the best */
	struct graph_arcs to[3]; /* by enum graph_role */
	size_t ntargets, nvantages, nexchanges;
	uint32_t *target, *vantage;
	uint8_t *exchange_region;
};

/* The arcs of an AS to neighbours of a role, and their number. */
const struct graph_arc *graph_arcs(
    const struct graph *g, uint32_t as, enum graph_role role, uint32_t *n);

/* The arc between two neighbours and what b is to a; NULL when they are not. */
const struct graph_arc *graph_between(
    const struct graph *g, uint32_t a, uint32_t b, enum graph_role *role);

uint32_t graph_degree(const struct graph *g, uint32_t as);

/* The nth /24 that lies wholly in the space of an AS; false: it has fewer. */
bool
graph_slash24(const struct space *s, uint32_t as, uint32_t nth, uint32_t *addr);

/* Grows a graph over the ASes of a space; the caller clears it. */
void graph_grow(struct graph *g, const struct space *s,
    const struct truth_rates *rates, uint64_t seed);
void graph_clear(struct graph *g);

#endif
