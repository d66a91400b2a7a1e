/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_DIFF_LINE_H
#define TUMEN_CHANGE_DIFF_LINE_H

#include "analysis/change/compared.h"

#include <stdio.h>

/* A list of pairs, one a line. */
struct diff_line_look {
	size_t width;	/* columns of a line at most, 60 or more */
	size_t vantage; /* octets of the longest name of a vantage in it */
};

void diff_line_head(const struct diff_line_look *look, FILE *out);

/* A named pair; a flow of one side alone. */
void diff_line(
    const struct compared *c, const struct diff_line_look *look, FILE *out);
void diff_line_alone(const struct side_flow *flow, bool only_a,
    const struct diff_line_look *look, FILE *out);

#endif
