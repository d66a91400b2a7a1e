/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_SHOW_COMPARE_H
#define TUMEN_ORIGIN_SHOW_COMPARE_H

#include "analysis/origin/compare.h"

/*
 * Changes on standard output: for people, or a JSON object a line. Both are
 * sinks for struct compare, whose arg they do not use.
 */
void show_change(void *arg, const struct compare_change *change);
void show_change_json(void *arg, const struct compare_change *change);

/* The line below, with the two dates. */
void show_sum(const struct compare *c);
void show_sum_json(const struct compare *c);

#endif
