/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_SEAT_H
#define TUMEN_CHANGE_SEAT_H

#include "analysis/change/timeline.h"

/*
 * The vantages of one prefix at a table: what each says at a moment that only
 * moves forward. Pure.
 */
struct seat {
	const struct run *run; /* all borrowed from the timeline, in time */
	const struct reach_run *reach;
	size_t nruns, nreach;
	size_t runs_begun, reach_begun; /* that began until now */
};

/* Of one prefix, by vantage. */
struct table {
	struct prefix prefix;
	size_t n;
	struct seat *seat;
};

/* All prefixes of a timeline, in order. */
struct tables {
	size_t n;
	struct table *table;
	struct seat *seats; /* of all tables */
	int64_t newest_us;  /* observation of all */
};
void tables_lay(struct tables *t, const struct timeline *timeline);
void tables_free(struct tables *t);

/* Who has not begun its next run until then begins it. */
void table_forward(struct table *t, int64_t at_us);

/*
 * What a seat says at a moment: its run that began last, unless that is stale
 * then (folded.h); NULL: nothing.
 */
const struct run *seat_run(const struct seat *s, int64_t at_us);
const struct reach_run *seat_reach(const struct seat *s, int64_t at_us);

/* The last of all its runs that began until then, or NULL. */
const struct run *seat_run_at(const struct seat *s, int64_t at_us);

#endif
