/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_DEPENDENCE_TEXT_H
#define TUMEN_CHANGE_DEPENDENCE_TEXT_H

#include "analysis/change/dependence.h"
#include "analysis/change/folded.h"

/* Adds the pieces of a fold, as far as they lie in from <= t < to (0: open). */
void dependence_of_folded(struct dependence *d, const struct folded *f,
    int64_t from_us, int64_t to_us);

/* A line a prefix and month, in lines of at most width columns. */
void dependence_print(const struct dependence *d, size_t width, FILE *out);

#endif
