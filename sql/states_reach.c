/* SPDX-License-Identifier: ISC */
#include "sql/states_part.h"

#include <string.h>

/* The table reach_run. */

static const char reach_query[] =
    "SELECT day_us, run_no, reach, since_us, decided_us, last_us, seen_us, "
    "first_trace, last_trace, witness, witness_method, witness_us, pending, "
    "pending_us, pending_decided_us, pending_trace, next_us, next_trace, "
    "uplink FROM reach_run WHERE prefix_id = $1 AND vantage_id = $2 AND "
    "next_us < $3 "
    "ORDER BY day_us, run_no";

static void
get_witness(struct db_stmt *st, int i, struct reach_run *r)
{
	int64_t method = db_int_or_none(st, i + 1);
	if (method < 0)
		return;
	r->witness = store_get_addr(st, i);
	r->witness_method = (enum record_method)method;
	r->witness_us = db_int(st, i + 2);
}

static void
get_reach(struct db_stmt *st, const struct store_series *series,
    struct store_reach *state)
{
	struct reach_run *r = &state->run;
	*state = (struct store_reach){
	    .day_us = db_int(st, 0), .run_no = db_int(st, 1)};
	memcpy(r->vantage, series->vantage, sizeof(r->vantage));
	r->prefix = series->prefix;
	states_get_text(st, 2, r->reach, sizeof(r->reach));
	r->since_us = db_int(st, 3);
	r->decided_us = db_int(st, 4);
	r->last_us = db_int(st, 5);
	r->seen_us = db_int(st, 6);
	db_octets(st, 7, r->first_trace, UUID_LEN);
	db_octets(st, 8, r->last_trace, UUID_LEN);
	get_witness(st, 9, r);
	states_get_text(st, 12, r->pending.reach, sizeof(r->pending.reach));
	r->pending.since_us = db_int(st, 13);
	r->pending.decided_us = db_int(st, 14);
	db_octets(st, 15, r->pending.first_trace, UUID_LEN);
	state->next.start_us = db_int(st, 16);
	db_octets(st, 17, state->next.trace, UUID_LEN);
	states_get_text(st, 18, r->uplink, sizeof(r->uplink));
}

bool
store_reaches(struct store *s, const struct store_stretch *stretch,
    store_each_reach *each, void *arg, struct fault *f)
{
	const struct store_series *of = stretch->of;
	struct db_stmt *st = store_stmt(s, SQL_SERIES_REACH, reach_query, f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, of->prefix_id);
	db_bind_int(st, 2, of->vantage_id);
	db_bind_int(st, 3, stretch->until_us);
	bool ok = true;
	enum db_row row = DB_DONE;
	while (ok && (row = db_step(st, f)) == DB_ROW) {
		struct store_reach state;
		get_reach(st, of, &state);
		ok = each(arg, &state, f);
	}
	db_reset(st);
	return ok && row != DB_FAILED;
}

static void
bind_witness(
    struct db_stmt *st, int i, const struct reach_run *r, uint8_t keep[4])
{
	if (r->witness_method == 0) {
		for (int k = 0; k < 3; k++)
			db_bind_null(st, i + k);
		return;
	}
	store_addr_bytes(r->witness, keep);
	db_bind_blob(st, i, keep, 4);
	db_bind_int(st, i + 1, r->witness_method);
	db_bind_int(st, i + 2, r->witness_us);
}

static void
bind_pending(struct db_stmt *st, int i, const struct reach_run *r)
{
	if (r->pending.reach[0] == '\0') {
		for (int k = 0; k < 4; k++)
			db_bind_null(st, i + k);
		return;
	}
	db_bind_text(st, i, r->pending.reach);
	db_bind_int(st, i + 1, r->pending.since_us);
	db_bind_int(st, i + 2, r->pending.decided_us);
	db_bind_blob(st, i + 3, r->pending.first_trace, UUID_LEN);
}

bool
states_add_reach(struct store *s, const struct store_series *series,
    const struct store_reach *state, struct fault *f)
{
	struct db_stmt *st = store_stmt(s, SQL_ADD_REACH,
	    "INSERT INTO reach_run (prefix_id, vantage_id, day_us, run_no, "
	    "reach, since_us, decided_us, last_us, seen_us, first_trace, "
	    "last_trace, witness, witness_method, witness_us, pending, "
	    "pending_us, pending_decided_us, pending_trace, next_us, "
	    "next_trace, uplink) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
	    "$10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
	    f);
	if (st == NULL)
		return false;
	const struct reach_run *r = &state->run;
	uint8_t witness[4];
	db_bind_int(st, 1, series->prefix_id);
	db_bind_int(st, 2, series->vantage_id);
	db_bind_int(st, 3, state->day_us);
	db_bind_int(st, 4, state->run_no);
	db_bind_text(st, 5, r->reach);
	db_bind_int(st, 6, r->since_us);
	db_bind_int(st, 7, r->decided_us);
	db_bind_int(st, 8, r->last_us);
	db_bind_int(st, 9, r->seen_us);
	db_bind_blob(st, 10, r->first_trace, UUID_LEN);
	db_bind_blob(st, 11, r->last_trace, UUID_LEN);
	bind_witness(st, 12, r, witness);
	bind_pending(st, 15, r);
	db_bind_int(st, 19, state->next.start_us);
	db_bind_blob(st, 20, state->next.trace, UUID_LEN);
	db_bind_text(st, 21, r->uplink);
	return db_run(st, NULL, f);
}
