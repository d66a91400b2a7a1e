/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_CHANGES_H
#define TUMEN_CHANGE_CHANGES_H

#include "analysis/change/timeline.h"

#include <stdio.h>

/*
 * Prints the changes of a timeline that became visible in from <= t < to
 * (0: open), by prefix and time: what changed, for whom, between which
 * observations.
 * Returns how many.
 */
size_t changes_print(
    const struct timeline *t, int64_t from_us, int64_t to_us, FILE *out);
size_t changes_json(
    const struct timeline *t, int64_t from_us, int64_t to_us, FILE *out);

/*
 * Prints the runs that lie in from <= t < to, or partly: who carried which
 * prefix, seen from where, since when.
 */
void
runs_print(const struct timeline *t, int64_t from_us, int64_t to_us, FILE *out);

#endif
