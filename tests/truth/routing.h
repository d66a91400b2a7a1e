/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_ROUTING_H
#define TUMEN_TESTS_TRUTH_ROUTING_H

#include "tests/truth/graph.h"

/*
 * The routes of all ASes to one destination by Gao and Rexford (2001): of a
 * customer over those of a peer over those of a provider, then the shortest,
 * then one drawn for the AS; to providers and peers only those of customers are
 * told. Worked out only for the ASes that are asked for.
 */
enum { ROUTING_LENGTH_MAX = 40, ROUTING_WITHHELD = 255 };

/* How the destination tells its providers, in the order of their arcs. */
struct routing_export {
	uint8_t prepend[GRAPH_UPSTREAMS_MAX + 1]; /* or ROUTING_WITHHELD */
	uint64_t te_key; /* for whom ASes prefer one of their providers */
	double te;	 /* how often they do */
};

struct routing;

struct routing *routing_open(const struct graph *g, uint64_t seed);
void routing_close(struct routing *r);

/* Begins anew; e NULL: the destination tells all alike. */
void routing_to(
    struct routing *r, uint32_t destination, const struct routing_export *e);

/* The neighbour that an AS hands over to; GRAPH_NONE: no route, or itself. */
uint32_t routing_next(struct routing *r, uint32_t as);

/*
 * The ASes from one to the destination, both included; 0 when there is no
 * route, else at most ROUTING_LENGTH_MAX.
 */
size_t routing_path(
    struct routing *r, uint32_t from, uint32_t path[ROUTING_LENGTH_MAX]);

#endif
