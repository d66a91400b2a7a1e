/* SPDX-License-Identifier: ISC */
#include "sql/states_part.h"

#include "probe/base/log.h"
#include "probe/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What retention has dropped cannot be folded again: the days before its limit
 * stay as they are, whatever comes late.
 */
#define FORGET(table)                                                          \
	"DELETE FROM " table " WHERE prefix_id = $1 AND vantage_id = $2 "      \
	"AND next_us >= $3 AND day_us >= (SELECT coalesce(max(r.before_us),"   \
	" 0) FROM retention r WHERE r.vantage_id = $4)"

static bool
run_forget(const struct stale *stale, struct db_stmt *st, struct fault *f)
{
	if (st == NULL)
		return false;
	db_bind_int(st, 1, stale->prefix_id);
	db_bind_int(st, 2, stale->vantage_id);
	db_bind_int(st, 3, stale->from_us);
	db_bind_int(st, 4, stale->vantage_id);
	return db_run(st, NULL, f);
}

static bool
forget(struct store *s, const struct stale *stale, struct fault *f)
{
	return run_forget(stale,
		   store_stmt(s, SQL_FORGET_STATES, FORGET("state_run"), f),
		   f) &&
	       run_forget(stale,
		   store_stmt(s, SQL_FORGET_REACH, FORGET("reach_run"), f), f);
}

bool
store_forget_stale(struct store *s, struct fault *f)
{
	for (; s->nstale > 0; s->nstale--)
		if (!forget(s, &s->stale[s->nstale - 1], f))
			return false;
	return true;
}

bool
store_stale(struct store *s, const struct stale *stale, struct fault *f)
{
	for (size_t i = 0; i < s->nstale; i++) {
		struct stale *old = &s->stale[i];
		if (old->prefix_id != stale->prefix_id ||
		    old->vantage_id != stale->vantage_id)
			continue;
		if (stale->from_us < old->from_us)
			old->from_us = stale->from_us;
		return true;
	}
	if (s->nstale == STALE_SERIES && !store_forget_stale(s, f))
		return false;
	s->stale[s->nstale++] = *stale;
	return true;
}

/* By index alone: neither a subquery that becomes a join nor a table that was
 * never analysed may make a server read all verdicts. */
static const char series_query[] =
    "SELECT p.prefix_id, v.vantage_id, p.addr, p.len_bits, v.name "
    "FROM prefix p CROSS JOIN vantage v WHERE coalesce("
    "(SELECT 1 FROM state_run r WHERE r.prefix_id = p.prefix_id "
    "AND r.vantage_id = v.vantage_id LIMIT 1), "
    "(SELECT 1 FROM verdict d WHERE d.prefix_id = p.prefix_id "
    "AND d.vantage_id = v.vantage_id LIMIT 1)) IS NOT NULL "
    "ORDER BY p.addr, p.len_bits, v.name";

static void
get_series(struct db_stmt *st, struct store_series *series)
{
	*series = (struct store_series){
	    .prefix_id = db_int(st, 0), .vantage_id = db_int(st, 1)};
	series->prefix.addr = store_get_addr(st, 2);
	series->prefix.len = (uint8_t)db_int(st, 3);
	snprintf(
	    series->vantage, sizeof(series->vantage), "%s", db_text(st, 4));
	log_sanitize(series->vantage);
}

static bool
wanted(const struct store_series *series, const struct store_filter *filter)
{
	const struct prefix *a = &series->prefix, *b = filter->prefix;
	if (filter->vantage != NULL &&
	    strcmp(filter->vantage, series->vantage) != 0)
		return false;
	return b == NULL || ((a->addr ^ b->addr) & prefix_mask(a->len) &
				prefix_mask(b->len)) == 0;
}

struct series_list {
	size_t n;
	struct store_series *series;
};

static bool
list_series(struct store *s, const struct store_filter *filter,
    struct series_list *list, struct fault *f)
{
	struct db_stmt *st = db_prepare(s->db, series_query, f);
	if (st == NULL)
		return false;
	enum db_row row = db_step(st, f);
	for (; row == DB_ROW; row = db_step(st, f)) {
		struct store_series series;
		get_series(st, &series);
		if (!wanted(&series, filter))
			continue;
		list->series = xreallocarray(
		    list->series, list->n + 1, sizeof(*list->series));
		list->series[list->n++] = series;
	}
	db_finish(st);
	return row != DB_FAILED;
}

bool
store_series(struct store *s, const struct store_filter *filter,
    store_each_series *each, void *arg, struct fault *f)
{
	struct series_list list = {0};
	bool ok = list_series(s, filter, &list, f);
	for (size_t i = 0; ok && i < list.n; i++)
		ok = each(arg, &list.series[i], f);
	free(list.series);
	return ok;
}

#define DELETE_DAY(table)                                                      \
	"DELETE FROM " table " WHERE prefix_id = $1 AND vantage_id = $2 "      \
	"AND day_us = $3"

static bool
run_delete(const struct store_series *series, int64_t day_us,
    struct db_stmt *st, struct fault *f)
{
	if (st == NULL)
		return false;
	db_bind_int(st, 1, series->prefix_id);
	db_bind_int(st, 2, series->vantage_id);
	db_bind_int(st, 3, day_us);
	return db_run(st, NULL, f);
}

static bool
put_states(struct store *s, const struct store_series *series,
    const struct store_days *days, struct fault *f)
{
	int64_t day_us = -1;
	for (size_t i = 0; i < days->n; i++) {
		const struct store_state *state = &days->state[i];
		if (state->day_us != day_us &&
		    !run_delete(series, state->day_us,
			store_stmt(
			    s, SQL_DELETE_STATES, DELETE_DAY("state_run"), f),
			f))
			return false;
		day_us = state->day_us;
		if (!states_add(s, series, state, f))
			return false;
	}
	return true;
}

static bool
put_reach(struct store *s, const struct store_series *series,
    const struct store_days *days, struct fault *f)
{
	int64_t day_us = -1;
	for (size_t i = 0; i < days->nreach; i++) {
		const struct store_reach *state = &days->reach[i];
		if (state->day_us != day_us &&
		    !run_delete(series, state->day_us,
			store_stmt(
			    s, SQL_DELETE_REACH, DELETE_DAY("reach_run"), f),
			f))
			return false;
		day_us = state->day_us;
		if (!states_add_reach(s, series, state, f))
			return false;
	}
	return true;
}

bool
store_put_days(struct store *s, const struct store_series *series,
    const struct store_days *days, struct fault *f)
{
	bool own = false;
	if (!store_enter(s, &own, f))
		return false;
	bool ok =
	    put_states(s, series, days, f) && put_reach(s, series, days, f);
	return store_leave(s, own, ok, f);
}

bool
store_forget_from(struct store *s, const struct store_series *series,
    int64_t from_us, struct fault *f)
{
	const struct stale stale = {
	    series->prefix_id, series->vantage_id, from_us};
	bool own = false;
	if (from_us == INT64_MAX)
		return true;
	if (!store_enter(s, &own, f))
		return false;
	return store_leave(s, own, store_stale(s, &stale, f), f);
}
