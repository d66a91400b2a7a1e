/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_REPORT_DISAGREE_H
#define TUMEN_REPORT_DISAGREE_H

#include "analysis/change/timeline.h"
#include "analysis/control/control.h"

#include <stdio.h>

/*
 * Where traces and BGP contradict each other. Shown, not resolved: either may
 * be right, and often both are. Only while both say something: a run of traces
 * from its first observation to its last, against what the peers have after a
 * wave of messages and before the next. Pure.
 */
enum disagree_kind {
	DISAGREE_UPSTREAM,  /* traces go through a neighbour that is no upstream
			       by what peers have */
	DISAGREE_NO_ROUTE,  /* it answers, and no peer has a route, or too few
			       have (control.h) */
	DISAGREE_NO_ANSWER, /* peers have a route, and nothing answers */
};

enum { DISAGREE_VANTAGES_MAX = 8 };

struct disagreement {
	enum disagree_kind kind;
	struct prefix prefix;
	int64_t since_us, until_us;
	char carrier[RUN_CARRIER_MAX + 1]; /* of UPSTREAM; else "" */
	int64_t entry_as;		   /* -1 */
	size_t vantages; /* that see it so; as many names as there is room for,
			    borrowed from the timeline */
	const char *vantage[DISAGREE_VANTAGES_MAX];
	const struct control_run *run; /* borrowed; the first */
};

struct disagreements {
	size_t n;
	struct disagreement *item; /* by prefix, kind, carrier, time */
};

void disagree_find(struct disagreements *d, const struct timeline *t,
    const struct control *c, const struct carriers *classes);
void disagree_free(struct disagreements *d);

/* Those of from <= t < to (0: open): a heading and a line each, or nothing. */
void disagree_print(const struct disagreements *d, int64_t from_us,
    int64_t to_us, size_t width, FILE *out);

/* The same, as "disagreement" objects, one a line. */
void disagree_json(
    const struct disagreements *d, int64_t from_us, int64_t to_us, FILE *out);

#endif
