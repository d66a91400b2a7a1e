/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_PLAY_WALK_H
#define TUMEN_TESTS_PLAY_WALK_H

#include "tests/sim/play_graph.h"

/* Where a probe ends, and why there. */
enum play_end {
	WALK_NOWHERE, /* no route, no such host, or in circles for ever */
	WALK_EXPIRED, /* at a router, or at a host that is one */
	WALK_REFUSED, /* a router says so, with .code */
	WALK_DENIED,  /* a firewall says nothing */
	WALK_SELF,    /* the destination is an address of the router itself */
	WALK_HOST,
};

/* A probe on its way: what routers have changed, and what it has met. */
struct play_walk {
	const uint8_t *probe;
	size_t len;
	bool ideal; /* nothing is lost or delayed, no state changes */
	struct random *random;
	uint32_t dst;
	uint8_t ttl, tos;
	uint16_t ipid; /* of the probe: what a NAT may have changed is not */
	uint32_t node, link;
	uint8_t passed, detour; /* routers; more of them on the way back */
	uint32_t nat; /* the last router with a NAT that it passed; 0 none */
	int64_t out_ns, back_ns;
	bool lost, lost_back, denied_back;
	enum play_end end;
	const struct play_hosts *hosts;
	uint8_t code;
};

/* Walks to the end; the probe has a whole IP header and 8 octets behind. */
void play_walk(struct play *p, struct play_walk *w);

/* The address under which the router at the end of the walk shows itself. */
uint32_t play_walk_addr(const struct play *p, const struct play_walk *w);

/* A hash of both, equally distributed. */
uint64_t play_mix(uint64_t h, uint64_t v);

#endif
