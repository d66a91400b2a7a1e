/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_MRT_UPSTREAMS_H
#define TUMEN_ORIGIN_MRT_UPSTREAMS_H

#include "analysis/origin/mrt_path.h"
#include "analysis/origin/table.h"

/*
 * Who hands over to the origins that a table asks for, prefix by prefix, and at
 * how many peers of the collector.
 */
struct mrt_upstreams {
	const uint32_t *towards; /* the table's */
	size_t ntowards;
	uint64_t some;	/* a bit for asn % 64 of each of those */
	uint64_t *seen; /* of the prefix in hand: upstream << 16 | peer */
	size_t n, room;
};

/* Starts; the table has to outlive it. */
void mrt_upstreams_init(struct mrt_upstreams *u, const struct table *t);

/* Whether a route can be to one of those origins: most are not. */
static inline bool
mrt_upstreams_may(const struct mrt_upstreams *u, const struct mrt_origin *o)
{
	return u->ntowards > 0 &&
	       (o->nset > 0 || (u->some >> (o->asn % 64) & 1) != 0);
}

/*
 * The upstream in the path of a route with that origin; 0 when the origin was
 * not asked for or the path shows none. Of the members of a set at its end, the
 * first that was asked for is the origin.
 */
uint32_t mrt_upstreams_find(const struct mrt_upstreams *u,
    const struct mrt_attrs *attrs, size_t width, const struct mrt_origin *o);

/* One route to the prefix in hand; upstream 0 is none. */
void
mrt_upstreams_add(struct mrt_upstreams *u, uint16_t peer, uint32_t upstream);

/*
 * Puts those of the prefix into the table, where it is kept, and starts anew. A
 * peer counts once for each upstream.
 */
void mrt_upstreams_close(struct mrt_upstreams *u, struct table *t,
    const struct prefix *p, bool kept);

void mrt_upstreams_clear(struct mrt_upstreams *u);

#endif
