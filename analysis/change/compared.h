/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_COMPARED_H
#define TUMEN_CHANGE_COMPARED_H

#include "analysis/change/diff.h"
#include "analysis/change/naming.h"
#include "analysis/change/pairs.h"

/* A pair compared; 55 KiB. Of a flow of one side alone nothing is. */
struct compared {
	struct record a, b;
	struct trail trail_a, trail_b;
	struct flows before, after;
	struct diff diff;
	bool named; /* the next two are filled in */
	struct naming name_a, name_b;
};

/* Both flows must be there. Ends with compared_clear(). */
void compared_make(struct compared *c, const struct pair *pair);
void compared_name(struct compared *c, const struct basis *basis);
void compared_clear(struct compared *c);

/* Where it differs: the ASes before and after; how many of each. */
struct compared_stretch {
	size_t nfrom, nto;
	uint32_t from[RECORD_TTL_MAX], to[RECORD_TTL_MAX];
};
void compared_stretch(const struct compared *c, struct compared_stretch *s);

#endif
