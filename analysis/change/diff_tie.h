/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_DIFF_TIE_H
#define TUMEN_CHANGE_DIFF_TIE_H

#include "analysis/change/diff_align.h"

/* What two hops are to each other, and one that has no counterpart. */

enum tie {
	TIE_EQUAL,
	TIE_SPREAD,   /* a balancer that one trace itself shows: they share a
			 responder, but not the first one */
	TIE_SILENT,   /* neither answered */
	TIE_ONE,      /* one did */
	TIE_BALANCED, /* other routers of one balancer, as flows show it */
	TIE_OTHER,
};

/* hop[i] of a and hop[j] of b. */
enum tie tie_of(const struct pairing *p, uint8_t i, uint8_t j);

/* Whether it is one hop: what a gap can be closed with. */
bool tie_is_common(enum tie tie);

/* Whether hop[i] of a stands for the uncertain distance of a known end. */
bool course_is_soft(const struct course *c, uint8_t i);

/* Whether `flows` show a router of that hop at its TTL. */
bool
course_is_shown(const struct course *c, uint8_t i, const struct flows *flows);

#endif
