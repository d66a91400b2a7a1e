/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_MRT_ROUTES_H
#define TUMEN_ORIGIN_MRT_ROUTES_H

#include "analysis/origin/mrt_peers.h"
#include "analysis/origin/mrt_upstreams.h"
#include "analysis/origin/mrt_votes.h"

/*
 * The routes that updates leave behind: of each peer, prefix and path id the
 * last state. What happened is written down in its order; what something later
 * replaced is dropped when the room is used up, so that memory follows the
 * number of routes and not that of updates. Start from {0}.
 */
struct mrt_route {
	struct prefix prefix;
	uint32_t path_id;  /* RFC 7911; 0 without */
	uint32_t upstream; /* 0: none, or not asked for */
	struct mrt_origin origin;
	uint16_t peer;
	bool withdrawn;
	uint64_t order; /* set by mrt_routes_add() */
};

struct mrt_routes {
	struct mrt_route *p;
	size_t n, room;
	uint64_t order;
	uint64_t lost[MRT_PEERS_MAX]; /* a peer's routes before it are gone */
};

void mrt_routes_add(struct mrt_routes *r, const struct mrt_route *route);

/* The session of a peer is down: all of its routes are gone (RFC 4271, 6). */
void mrt_routes_lose(struct mrt_routes *r, uint16_t peer);

/*
 * Adds each prefix that has a route, with the origins that its peers see and
 * their upstreams.
 */
void mrt_routes_close(struct mrt_routes *r, struct mrt_votes *votes,
    struct mrt_upstreams *upstreams, struct table *t);

void mrt_routes_clear(struct mrt_routes *r);

#endif
