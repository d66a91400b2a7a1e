/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_MRT_VOTES_H
#define TUMEN_ORIGIN_MRT_VOTES_H

#include "analysis/origin/mrt_path.h"
#include "analysis/origin/table.h"

/*
 * The origins of one prefix as the peers of a collector see them: of several,
 * the one that most peers see comes first. Start from {0}.
 */
struct mrt_votes {
	uint64_t *seen;	 /* origin << 16 | peer */
	uint64_t *votes; /* of each origin, inverted, << 32 | origin */
	size_t n, room;
	bool set; /* some path ends in a set, all of whose ASes are origins */
};

/* One route, through a peer; a peer counts once for each origin. */
void mrt_votes_add(
    struct mrt_votes *v, uint16_t peer, const struct mrt_origin *origin);

/*
 * Adds the prefix with what was voted for it, and starts anew. False when the
 * table does not keep it.
 */
bool
mrt_votes_close(struct mrt_votes *v, struct table *t, const struct prefix *p);

void mrt_votes_clear(struct mrt_votes *v);

#endif
