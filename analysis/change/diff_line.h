/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_DIFF_LINE_H
#define TUMEN_CHANGE_DIFF_LINE_H

#include "analysis/change/compared.h"

#include <stdio.h>

/* A list of pairs, one a line of at most width (60 or more) columns. */
void diff_line_head(size_t width, FILE *out);

/* A named pair; a flow of one side alone. */
void diff_line(const struct compared *c, size_t width, FILE *out);
void diff_line_alone(
    const struct side_flow *flow, bool only_a, size_t width, FILE *out);

#endif
