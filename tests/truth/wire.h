/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_WIRE_H
#define TUMEN_TESTS_TRUTH_WIRE_H

#include "tests/truth/address.h"
#include "tests/truth/ground.h"

/*
 * Links between routers with an address at each end, made when the first path
 * crosses them and the same for every later one.
 */

/* What kind of space the ends of a link are numbered from. */
enum wire_space {
	WIRE_ROUTED,
	WIRE_UNROUTED, /* held by the AS that numbers, announced by none */
	WIRE_PRIVATE,  /* RFC 1918 */
	WIRE_EXCHANGE, /* the LAN of an exchange */
};

struct wire {
	uint64_t router[2]; /* end 0 is that of the AS asked for first */
	uint32_t addr[2];
	uint32_t holder; /* the AS whose space it is, or GRAPH_NONE */
	enum wire_space space;
};

struct wires;

struct wires *wires_open(const struct ground *ground);
void wires_close(struct wires *w);
struct addresses *wires_addresses(struct wires *w);

/* How many links two neighbours have. */
uint32_t wire_parallel(const struct wires *w, uint32_t a, uint32_t b);

/* One of them, seen from a: end 0 is a's. */
struct wire wire_between(struct wires *w, uint32_t a, uint32_t b, uint32_t nth);

/* Between two routers of one AS; of one router with itself: its loopback. */
struct wire wire_inside(struct wires *w, uint64_t from, uint64_t to);

/*
 * Makes all links that may lie on the LAN of an exchange, so that its members
 * are known before the first trace.
 */
void wires_join(struct wires *w);

/* How many border routers an AS has. */
uint32_t wire_borders(const struct wires *w, uint32_t as);

#endif
