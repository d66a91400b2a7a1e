/* SPDX-License-Identifier: ISC */
#include "sql/states.h"

#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "sql/store_db.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/*
 * What retention has dropped cannot be folded again: the days before its limit
 * stay as they are, whatever comes late.
 */
static bool
forget(struct store *s, const struct stale *stale, struct fault *f)
{
	struct db_stmt *st = store_stmt(s, SQL_FORGET_STATES,
	    "DELETE FROM state_run WHERE prefix_id = $1 AND vantage_id = $2 "
	    "AND next_us >= $3 AND day_us >= (SELECT coalesce(max(r.before_us),"
	    " 0) FROM retention r WHERE r.vantage_id = $4)",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, stale->prefix_id);
	db_bind_int(st, 2, stale->vantage_id);
	db_bind_int(st, 3, stale->from_us);
	db_bind_int(st, 4, stale->vantage_id);
	return db_run(st, NULL, f);
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

static void
get_text(struct db_stmt *st, int i, char *text, size_t room)
{
	snprintf(text, room, "%s", db_text(st, i));
	log_sanitize(text);
}

static const char states_query[] =
    "SELECT day_us, run_no, carrier, entry_as, reach, p, since_us, decided_us, "
    "last_us, seen_us, first_trace, last_trace, pending, pending_as, "
    "pending_us, pending_decided_us, pending_trace, next_us, next_trace "
    "FROM state_run WHERE prefix_id = $1 AND vantage_id = $2 AND next_us < $3 "
    "ORDER BY day_us, run_no";

static void
get_state(struct db_stmt *st, const struct store_series *series,
    struct store_state *state)
{
	struct run *r = &state->run;
	*state = (struct store_state){
	    .day_us = db_int(st, 0), .run_no = db_int(st, 1)};
	memcpy(r->vantage, series->vantage, sizeof(r->vantage));
	r->prefix = series->prefix;
	get_text(st, 2, r->carrier, sizeof(r->carrier));
	r->entry_as = db_int_or_none(st, 3);
	get_text(st, 4, r->reach, sizeof(r->reach));
	r->p = db_real(st, 5);
	r->since_us = db_int(st, 6);
	r->decided_us = db_int(st, 7);
	r->last_us = db_int(st, 8);
	r->seen_us = db_int(st, 9);
	db_octets(st, 10, r->first_trace, UUID_LEN);
	db_octets(st, 11, r->last_trace, UUID_LEN);
	get_text(st, 12, r->pending.carrier, sizeof(r->pending.carrier));
	r->pending.entry_as = db_int_or_none(st, 13);
	r->pending.since_us = db_int(st, 14);
	r->pending.decided_us = db_int(st, 15);
	db_octets(st, 16, r->pending.first_trace, UUID_LEN);
	state->next.start_us = db_int(st, 17);
	db_octets(st, 18, state->next.trace, UUID_LEN);
}

bool
store_states(struct store *s, const struct store_stretch *stretch,
    store_each_state *each, void *arg, struct fault *f)
{
	const struct store_series *of = stretch->of;
	struct db_stmt *st = store_stmt(s, SQL_SERIES_STATES, states_query, f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, of->prefix_id);
	db_bind_int(st, 2, of->vantage_id);
	db_bind_int(st, 3, stretch->until_us);
	bool ok = true;
	enum db_row row = DB_DONE;
	while (ok && (row = db_step(st, f)) == DB_ROW) {
		struct store_state state;
		get_state(st, of, &state);
		ok = each(arg, &state, f);
	}
	db_reset(st);
	return ok && row != DB_FAILED;
}

static bool
delete_day(struct store *s, const struct store_series *series, int64_t day_us,
    struct fault *f)
{
	struct db_stmt *st = store_stmt(s, SQL_DELETE_STATES,
	    "DELETE FROM state_run WHERE prefix_id = $1 AND vantage_id = $2 "
	    "AND day_us = $3",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, series->prefix_id);
	db_bind_int(st, 2, series->vantage_id);
	db_bind_int(st, 3, day_us);
	return db_run(st, NULL, f);
}

static void
bind_pending(struct db_stmt *st, int i, const struct run *r)
{
	if (r->pending.carrier[0] == '\0') {
		for (int k = 0; k < 5; k++)
			db_bind_null(st, i + k);
		return;
	}
	db_bind_text(st, i, r->pending.carrier);
	db_bind_int_or_null(st, i + 1, r->pending.entry_as);
	db_bind_int(st, i + 2, r->pending.since_us);
	db_bind_int(st, i + 3, r->pending.decided_us);
	db_bind_blob(st, i + 4, r->pending.first_trace, UUID_LEN);
}

static bool
add_state(struct store *s, const struct store_series *series,
    const struct store_state *state, struct fault *f)
{
	struct db_stmt *st = store_stmt(s, SQL_ADD_STATE,
	    "INSERT INTO state_run (prefix_id, vantage_id, day_us, run_no, "
	    "carrier, entry_as, reach, p, since_us, decided_us, last_us, "
	    "seen_us, first_trace, last_trace, pending, pending_as, "
	    "pending_us, pending_decided_us, pending_trace, next_us, "
	    "next_trace) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
	    "$12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
	    f);
	if (st == NULL)
		return false;
	const struct run *r = &state->run;
	db_bind_int(st, 1, series->prefix_id);
	db_bind_int(st, 2, series->vantage_id);
	db_bind_int(st, 3, state->day_us);
	db_bind_int(st, 4, state->run_no);
	db_bind_text(st, 5, r->carrier);
	db_bind_int_or_null(st, 6, r->entry_as);
	db_bind_text(st, 7, r->reach);
	db_bind_real(st, 8, r->p);
	db_bind_int(st, 9, r->since_us);
	db_bind_int(st, 10, r->decided_us);
	db_bind_int(st, 11, r->last_us);
	db_bind_int(st, 12, r->seen_us);
	db_bind_blob(st, 13, r->first_trace, UUID_LEN);
	db_bind_blob(st, 14, r->last_trace, UUID_LEN);
	bind_pending(st, 15, r);
	db_bind_int(st, 20, state->next.start_us);
	db_bind_blob(st, 21, state->next.trace, UUID_LEN);
	return db_run(st, NULL, f);
}

bool
store_put_states(struct store *s, const struct store_series *series,
    const struct store_state *state, size_t n, struct fault *f)
{
	bool own = false;
	if (!store_enter(s, &own, f))
		return false;
	bool ok = true;
	for (size_t i = 0; ok && i < n; i++) {
		bool new = i == 0 || state[i].day_us != state[i - 1].day_us;
		ok = (!new || delete_day(s, series, state[i].day_us, f)) &&
		     add_state(s, series, &state[i], f);
	}
	return store_leave(s, own, ok, f);
}
