/* SPDX-License-Identifier: ISC */
#include "probe/base/log.h"
#include "sql/states_part.h"

#include <stdio.h>
#include <string.h>

/* The table state_run. */

void
states_get_text(struct db_stmt *st, int i, char *text, size_t room)
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
	states_get_text(st, 2, r->carrier, sizeof(r->carrier));
	r->entry_as = db_int_or_none(st, 3);
	states_get_text(st, 4, r->reach, sizeof(r->reach));
	r->p = db_real(st, 5);
	r->since_us = db_int(st, 6);
	r->decided_us = db_int(st, 7);
	r->last_us = db_int(st, 8);
	r->seen_us = db_int(st, 9);
	db_octets(st, 10, r->first_trace, UUID_LEN);
	db_octets(st, 11, r->last_trace, UUID_LEN);
	states_get_text(st, 12, r->pending.carrier, sizeof(r->pending.carrier));
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

bool
states_add(struct store *s, const struct store_series *series,
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
