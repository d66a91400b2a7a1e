/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_STATES_H
#define TUMEN_SQL_STATES_H

#include "sql/runs.h"
#include "sql/store.h"

/*
 * The tables state_run and reach_run: what the verdicts of a series fold into
 * (analysis/change/timeline.h), kept for each day, so that a year is answered
 * without reading its verdicts. Derived: a verdict that is replaced or added
 * takes the days from its own on away, in the same transaction
 * (store_put_verdicts), and analysis/change/kept.h makes them again.
 */

/* The verdicts of one vantage about one prefix. */
struct store_series {
	int64_t prefix_id, vantage_id;
	struct prefix prefix;
	char vantage[RECORD_NAME_MAX + 1];
};

/* A place between two verdicts of a series: before this one. */
struct store_place {
	int64_t start_us;
	uint8_t trace[UUID_LEN];
};

/* How a run stood after the rounds that began before the end of a day. */
struct store_state {
	int64_t day_us;		 /* the day began, UTC */
	int64_t run_no;		 /* 0, 1, ... in its series */
	struct store_place next; /* the first round behind them begins here */
	struct run run;
};

/* The same of a run of reach; those of a day have the next of its states. */
struct store_reach {
	int64_t day_us, run_no;
	struct store_place next;
	struct reach_run run;
};

/*
 * Calls each for every series that has a verdict or a state and that the
 * filter's vantage and prefix let through, by prefix, vantage. each may write.
 */
typedef bool
store_each_series(void *arg, const struct store_series *series, struct fault *);
bool store_series(struct store *s, const struct store_filter *filter,
    store_each_series *each, void *arg, struct fault *f);

/*
 * Verdicts of a series from a place on: those that started before until_us and
 * whose target lies in within (NULL: all), at most max.
 */
struct store_stretch {
	const struct store_series *of;
	struct store_place from;
	int64_t until_us, max;
	const struct prefix *within;
};

/* By start and trace, without their details. each may not use the store. */
bool store_series_verdicts(struct store *s, const struct store_stretch *stretch,
    store_each_verdict *each, void *arg, struct fault *f);

/*
 * The states of a series whose rounds all began and ended before until_us, by
 * day, run_no; no more of the stretch counts. each may not use the store.
 */
typedef bool
store_each_state(void *arg, const struct store_state *state, struct fault *);
bool store_states(struct store *s, const struct store_stretch *stretch,
    store_each_state *each, void *arg, struct fault *f);

/* Likewise those of reach. */
typedef bool
store_each_reach(void *arg, const struct store_reach *reach, struct fault *);
bool store_reaches(struct store *s, const struct store_stretch *stretch,
    store_each_reach *each, void *arg, struct fault *f);

/* Whole days of both, each by day, run_no; every day is in both. */
struct store_days {
	size_t n, nreach;
	const struct store_state *state;
	const struct store_reach *reach;
};

/* Drops what is kept behind from_us, but what retention has made final. */
bool store_forget_from(struct store *s, const struct store_series *series,
    int64_t from_us, struct fault *f);

/* Replaces what is kept of these days. */
bool store_put_days(struct store *s, const struct store_series *series,
    const struct store_days *days, struct fault *f);

#endif
