/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_WALK_H
#define TUMEN_TESTS_TRUTH_WALK_H

#include "tests/truth/routing.h"
#include "tests/truth/wire.h"

/*
 * The routers that a packet passes, from the vantage's gateway to the target
 * host, which is the last hop. In an AS: the border it comes in at, routers
 * between the two borders, the border it leaves by.
 */
enum { WALK_HOPS_MAX = 60, WALK_INNER_MAX = 4 };

struct walk_hop {
	uint64_t router;
	struct wire in; /* that the packet comes by; end 1 is here */
	bool balanced;	/* one of several parallel routers */
};

struct walk_order {
	uint32_t target;       /* address */
	uint32_t vantage;      /* number */
	uint64_t flow;	       /* what a balancer sees of the flow */
	uint64_t probe;	       /* ... and a per-packet balancer of the probe */
	uint32_t target_inner; /* routers of the target behind its border */
};

struct walk {
	size_t nas;
	uint32_t as_path[ROUTING_LENGTH_MAX];
	size_t n;
	struct walk_hop hop[WALK_HOPS_MAX];
	bool per_packet; /* another probe may go another way */
	bool balanced;	 /* another flow may */
};

/* Fills in the hops for w->as_path, which is set. */
void walk_go(struct wires *wires, const struct ground *g,
    const struct walk_order *o, struct walk *w);

/* Which of the links to a neighbour a router sends packets by. */
uint32_t walk_link(const struct wires *wires, const struct ground *g,
    uint64_t router, uint32_t next);

/* The hop of the first router of the last AS, from 0. */
size_t walk_border(const struct walk *w);

#endif
