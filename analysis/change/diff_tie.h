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
	TIE_BALANCED, /* flows show both at one TTL, before and after */
	TIE_AMONG,    /* flows show each at several TTLs that are the same
			 before and after: branches differ in length */
	TIE_OTHER,
};

/* hop[i] of a and hop[j] of b. */
enum tie tie_of(const struct pairing *p, uint8_t i, uint8_t j);

/* Whether it is one place in the path: what a gap can be closed with. */
bool tie_closes(enum tie tie);

/* Makes the masks of what counts of c. */
void course_see(
    struct course *c, const struct flows *before, const struct flows *after);

/* Whether hop[i] is silence that leaves open how far a known end is. */
bool course_is_soft(const struct course *c, uint8_t i);

/*
 * Whether the distance of a place changes without a change: flows show it
 * where the other trace has it, or at several distances that are the same
 * before and after. Nothing is known: false.
 */
bool tie_moves(const struct pairing *p, uint8_t i, uint8_t j);

/*
 * Whether hop[i], beyond all of the other side, may be a router again that
 * refused there: who ends a path answers all that goes farther.
 */
bool tie_is_again_a(const struct pairing *p, uint8_t i);
bool tie_is_again_b(const struct pairing *p, uint8_t j);

#endif
