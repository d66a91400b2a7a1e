/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_MRT_UPDATE_H
#define TUMEN_ORIGIN_MRT_UPDATE_H

#include "analysis/origin/mrt_routes.h"

/*
 * Records of BGP4MP (RFC 6396 section 4.4, RFC 8050 section 3): what a
 * collector's neighbours told it. An update changes the routes; one of another
 * address family, sent by the collector itself or not about routes is counted.
 */

struct mrt_update {
	struct mrt_peers *peers;
	struct mrt_routes *routes;
	const struct mrt_upstreams *upstreams; /* whose are asked for */
	struct source *s;		       /* the counts */
};

/* Reads one record's body. False when it ends before what it announces. */
bool mrt_update_read(struct mrt_update *u, uint16_t subtype, struct rd body);

#endif
