/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_PAIRS_H
#define TUMEN_CHANGE_PAIRS_H

#include "analysis/change/side.h"

/* Same flow against same flow. */

/* A flow of both sides, or (NULL) of one alone. */
struct pair {
	const struct side_flow *a, *b;
};

/* False, with the fault set, ends it. */
typedef bool pairs_each(void *arg, const struct pair *pair, struct fault *f);

/* All flows of two sorted sides, in their order. */
bool pairs(const struct side *a, const struct side *b, pairs_each *each,
    void *arg, struct fault *f);

#endif
