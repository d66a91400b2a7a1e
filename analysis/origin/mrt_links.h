/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_MRT_LINKS_H
#define TUMEN_ORIGIN_MRT_LINKS_H

#include "analysis/origin/table.h"
#include "probe/base/rd.h"

/*
 * Which ASes stand side by side in the AS paths of a table: they hand traffic
 * to each other, whatever their relation. Start from {0}.
 */
struct mrt_links {
	uint64_t *slots; /* the lower ASN << 32 | the higher; 0: free */
	size_t room, n;
	struct rd *last; /* the path before, of each peer: often the same */
	size_t npeers;
};

/* Adds a path (ASNs of width octets, borrowed from the input) of a peer. */
void
mrt_links_add(struct mrt_links *l, uint16_t peer, struct rd path, size_t width);

/* Puts all into the table as ADJACENT and counts them. */
void mrt_links_close(const struct mrt_links *l, struct table *t);

void mrt_links_clear(struct mrt_links *l);

#endif
