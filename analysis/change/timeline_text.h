/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_TIMELINE_TEXT_H
#define TUMEN_CHANGE_TIMELINE_TEXT_H

#include "analysis/change/folded.h"

#include <stdio.h>

/* What of a timeline is shown, and in how many columns (60..200). */
struct timeline_look {
	int64_t from_us, to_us; /* from <= t < to; 0: open */
	size_t width;
	bool vantages; /* what every vantage saw, too */
};

/* Whether any of since <= t <= until is in the window. */
bool timeline_shows(
    const struct timeline_look *look, int64_t since_us, int64_t until_us);

/* Whether any of it is in the window. */
bool timeline_any(const struct folded *f, const struct timeline_look *look);

/*
 * The answer in a few sentences: through whom each prefix came in the end, and
 * what changed last.
 */
void timeline_answer(const struct folded *f, const struct events *e,
    const struct timeline_look *look, FILE *out);

/*
 * Of each prefix, since when it came through whom, whether anything answered,
 * and which vantages said so. A vantage that only comes or goes begins no new
 * line.
 */
void timeline_print(const struct folded *f, const struct timeline *t,
    const struct timeline_look *look, FILE *out);

/* The same as objects, one a line: "folded-run", "run" and "reach-run". */
void timeline_runs_json(const struct folded *f, const struct timeline *t,
    const struct timeline_look *look, FILE *out);

#endif
