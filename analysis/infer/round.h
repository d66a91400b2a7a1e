/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_ROUND_H
#define TUMEN_INFER_ROUND_H

#include "analysis/infer/infer.h"

/*
 * Traces that are judged together (votes.h), in the order in which they come:
 * at most ROUND_MAX of them are kept at a time, so memory does not grow with
 * their number. Traces in the order of their start share a round with all of
 * their window, unless there are more than that.
 */
enum { ROUND_MAX = 2048 };

/* Handed every trace with its verdict; false with the fault set ends it. */
typedef bool round_each(void *arg, const struct record *r,
    const struct verdict *v, struct fault *f);

struct round;

/* Tables and classes are the caller's and outlive the round. */
struct round *round_new(const struct origin_set *tables,
    const struct carriers *classes, round_each *each, void *arg);

/* Copies the record; may hand out earlier ones. */
bool round_add(struct round *round, const struct record *r, struct fault *f);

/* Hands out the rest. */
bool round_end(struct round *round, struct fault *f);
void round_free(struct round *round); /* NULL is fine */

#endif
