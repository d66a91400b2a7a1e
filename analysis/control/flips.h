/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_FLIPS_H
#define TUMEN_CONTROL_FLIPS_H

#include "analysis/control/chorus.h"

/* All turns of a prefix, in the order of time, those of one change together. */
struct flip {
	struct turn turn;
	enum track_kind kind;
	uint32_t asn, track, belief;
	int64_t next_us;  /* the next of the same belief; INT64_MAX */
	int64_t group_us; /* the first of those that are one change with it */
};

struct flips {
	size_t n;
	struct flip *flip; /* by group_us */
};

void flips_find(struct flips *f, const struct chorus *s);
void flips_free(struct flips *f);

#endif
