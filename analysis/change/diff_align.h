/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_DIFF_ALIGN_H
#define TUMEN_CHANGE_DIFF_ALIGN_H

#include "analysis/change/diff.h"

/*
 * Puts the hops of two trails side by side: the edits of a difference. Of all
 * ways it takes the one with the fewest differences, then the most common hops,
 * then the fewest gaps. Between two common hops the others stand side by side
 * TTL by TTL, and the longer side's rest is a gap before the second one.
 */

/*
 * What counts of one trail. Its end is known when the target answered, or when
 * all that answered last said the same unreachable: whoever says so answers
 * what is sent farther, too, so that the end's place is known no better than
 * the silence before it allows. Otherwise the rest of the path is not known.
 */
struct course {
	const struct trail *t;
	uint8_t n;    /* hops, the end included; silence behind is left out */
	uint8_t soft; /* hop[soft..n - 2] are the silent ones before a known
			 end; n - 1 or more: there are none */
	bool ends;    /* the end is known */
	/* Where flows show hop[i], by course_see(): bit ttl - 1. */
	struct sighting {
		uint64_t shown, sure; /* sure: no nearer than there */
	} before[RECORD_TTL_MAX], after[RECORD_TTL_MAX];
};

void course_of(struct course *c, const struct trail *t);

struct pairing {
	struct course a, b;
	const struct flows *before, *after; /* of diff_sides */
	bool seen; /* both are known, and the courses' masks are made */
};

/* Fills d's edits; those of gaps are not judged yet, by what closes them. */
void diff_align(struct diff *d, struct pairing *p);

#endif
