/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_LINE_H
#define TUMEN_ORIGIN_LINE_H

#include "analysis/origin/input.h"
#include "analysis/origin/table.h"

/* Lines and fields of text sources. */

/* Longer lines are counted as not understood: no source has any. */
enum { LINE_MAX_LEN = 2048 };

/*
 * Copies the next line without its line end into buf and steps over it. A line
 * that is too long or holds a NUL becomes "?". False at the end.
 */
bool line_next(struct rd *r, char buf[static LINE_MAX_LEN]);

/* Whether a line is empty or a comment ("#" or ";" first). */
bool line_is_comment(const char *line);

/*
 * Splits a line in place at every sep, at most into max fields (the last keeps
 * the rest), strips blanks around each, and returns their number.
 */
size_t line_split(char *line, char sep, char **fields, size_t max);

/* An ASN in decimal, "AS" before it allowed. */
bool line_asn(const char *text, uint32_t *asn);

/*
 * Takes the next line: calls row unless it is a comment, and counts the line as
 * not understood when row returns false; remarks in comments go to the source.
 */
void line_take(
    struct rd *r, struct table *t, bool (*row)(struct table *t, char *line));

/* Takes every line. */
void line_each(const struct input *in, struct table *t,
    bool (*row)(struct table *t, char *line));

#endif
