/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_ROUND_H
#define TUMEN_INFER_ROUND_H

#include "analysis/infer/infer.h"

/*
 * Traces that are judged together (votes.h), in the order in which they come:
 * those of one window of time, and at most ROUND_MAX, so memory does not grow
 * with their number. They should come in the order of their start.
 */
enum { ROUND_MAX = 2048 };

/* A trace that was judged, and the votes that were before it. */
struct round_result {
	const struct record *record;
	const struct verdict *verdict;
	const struct votes *votes;
	size_t ballot;
};

/* Handed every trace; false with the fault set ends it. */
typedef bool
round_each(void *arg, const struct round_result *result, struct fault *f);

struct round;

struct round *round_new(const struct basis *basis, round_each *each, void *arg);

/* Copies the record; may hand out earlier ones. */
bool round_add(struct round *round, const struct record *r, struct fault *f);

/* Hands out the rest. */
bool round_end(struct round *round, struct fault *f);
void round_free(struct round *round); /* NULL is fine */

#endif
