/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_SUMMARY_H
#define TUMEN_CHANGE_SUMMARY_H

#include "analysis/change/compared.h"
#include "probe/base/json.h"

#include <stdio.h>

/*
 * What became of many flows: how many of each class, and from which carrier to
 * which those that changed went; of all, and of each prefix and vantage.
 */

enum { DIFF_CLASSES = DIFF_INSUFFICIENT + 1 };

struct summary_count {
	size_t class[DIFF_CLASSES];
	size_t only_a, only_b; /* flows of one side alone */
};

/* Flows that changed; carriers are "" when not known or not asked for. */
struct summary_move {
	char from[VERDICT_CARRIER_MAX], to[VERDICT_CARRIER_MAX];
	bool control; /* to a control destination */
	size_t n;
};

struct summary_group {
	struct prefix prefix;
	char vantage[RECORD_NAME_MAX + 1];
	struct summary_count count;
	size_t nmoves;
	/* Once sorted: those to another carrier first, by flows. */
	struct summary_move *move;
};

/* Start from {0}, end with summary_close(). */
struct summary {
	void *tree; /* tsearch(3) of groups */
	size_t ngroups;
	struct summary_group **group; /* once sorted */
	struct summary_group all;     /* without prefix and vantage */
};

/* A pair compared, which must be named if it changed; one without its other. */
void summary_add(struct summary *s, const struct compared *c);
void
summary_alone(struct summary *s, const struct side_flow *flow, bool only_a);

/* After the last one. */
void summary_sort(struct summary *s);
void summary_close(struct summary *s);

/* How many were compared. */
size_t summary_pairs(const struct summary_count *n);

/* What the two sides were. */
struct summary_side {
	const char *name; /* as it was written */
	size_t traces, flows;
	int64_t since_us, until_us; /* of a selection by time; -1 */
};
struct summary_sides {
	struct summary_side a, b;
};

struct summary_look {
	size_t width; /* columns */
	bool all;     /* also prefixes and vantages where nothing changed */
};

/* A sentence or two, then the tables. */
void summary_text(const struct summary *s, const struct summary_sides *sides,
    const struct summary_look *look, FILE *out);

/* The diff-summary object (no newline). */
void summary_json(
    const struct summary *s, const struct summary_sides *sides, struct json *j);

#endif
