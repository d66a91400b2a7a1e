/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "sql/audit_part.h"
#include "sql/slots.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 5000 }; /* a page */

struct run_row {
	int64_t at_us, slot, epoch, planned_us, started_us;
	char state[16];
	int64_t health; /* it says that there is a row: 0, 1; -1 nothing */
	bool has_health;
};

/* The runs of one campaign and vantage. */
struct series {
	struct audit_work *w;
	int64_t vantage_id, campaign_id;
	struct slots slots;
	struct run_row *rows;
	size_t n;
};

/* A run by hand has no plan; it counts when it began. */
#define AT "COALESCE(t.planned_us, t.started_us, t.finished_us, 0)"

static const char query[] =
    "SELECT " AT ", t.slot, t.epoch, t.planned_us, t.started_us, t.state, "
    "t.health, h.at_us FROM run t LEFT JOIN health h "
    "ON h.vantage_id = t.vantage_id AND h.campaign_id = t.campaign_id "
    "AND h.slot = t.slot AND h.epoch = t.epoch WHERE t.vantage_id = $1 AND "
    "t.campaign_id = $2 "
    "AND (" AT ", t.slot, t.epoch) > ($3, $4, $5) AND " AT " < $6 "
    "ORDER BY " AT ", t.slot, t.epoch LIMIT $7";

static void
get_run(struct db_stmt *st, struct run_row *r)
{
	r->at_us = db_int(st, 0);
	r->slot = db_int(st, 1);
	r->epoch = db_int(st, 2);
	r->planned_us = db_int_or_none(st, 3);
	r->started_us = db_int_or_none(st, 4);
	snprintf(r->state, sizeof(r->state), "%s", db_text(st, 5));
	r->health = db_int_or_none(st, 6);
	r->has_health = db_int_or_none(st, 7) >= 0;
}

static bool
read_page(struct series *s, const struct run_row *last, struct fault *f)
{
	s->n = 0;
	struct db_stmt *st = db_prepare(s->w->db, query, f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, s->vantage_id);
	db_bind_int(st, 2, s->campaign_id);
	db_bind_int(st, 3, last->at_us);
	db_bind_int(st, 4, last->slot);
	db_bind_int(st, 5, last->epoch);
	db_bind_int(st, 6, s->w->until_us);
	db_bind_int(st, 7, RUNS);
	enum db_row row = db_step(st, f);
	for (; row == DB_ROW && s->n < RUNS; row = db_step(st, f))
		get_run(st, &s->rows[s->n++]);
	db_finish(st);
	return row != DB_FAILED;
}

static void
say_run(const struct series *s, struct finding *it, int64_t first, int64_t last)
{
	char buf[RECORD_NAME_MAX + 1];
	it->first = first;
	it->last = last;
	snprintf(it->campaign, sizeof(it->campaign), "%s",
	    audit_name(&s->w->campaigns, s->campaign_id, buf));
	audit_say(s->w, s->vantage_id, it);
}

static void
count_state(const struct series *s, const struct run_row *r)
{
	struct audit_vantage *v = audit_vantage(s->w, s->vantage_id);
	for (int i = 0; i < AUDIT_STATES; i++) {
		const char *name = audit_state_name((enum audit_state)i);
		if (strcmp(name, r->state) != 0)
			continue;
		v->runs[i]++;
		return;
	}
	struct finding it = finding_of(FINDING_RUN_STATE);
	it.epoch = r->epoch;
	snprintf(it.detail, sizeof(it.detail), "%s", r->state);
	say_run(s, &it, r->slot, r->slot);
}

static void
say_missing(const struct series *s, const struct slots_step *step)
{
	struct finding it = finding_of(FINDING_RUN_MISSING);
	if (step->planned_us >= 0)
		clock_format_us(step->planned_us, it.detail);
	say_run(s, &it, step->first, step->last);
}

static void
say_twice(const struct series *s, const struct slots_step *step, int64_t epoch)
{
	struct finding it = finding_of(FINDING_RUN_TWICE);
	it.found = 2;
	snprintf(it.detail, sizeof(it.detail),
	    "epochs %" PRId64 " and %" PRId64, step->epoch_before, epoch);
	say_run(s, &it, s->slots.slot, s->slots.slot);
}

/* Runs of older agents, and those that died, do not say that there is one. */
static void
check_health(const struct series *s, const struct run_row *r)
{
	struct finding it = finding_of(FINDING_RUN_HEALTH);
	if (r->has_health || r->health < 0)
		return;
	it.epoch = r->epoch;
	snprintf(it.detail, sizeof(it.detail), "%s",
	    r->health > 0 ? "the agent wrote it, it is lost"
			  : "the agent wrote none");
	say_run(s, &it, r->slot, r->slot);
}

static void
take_run(struct series *s, const struct run_row *r)
{
	accounts_of(&s->w->accounts, s->vantage_id, r->epoch)->runs++;
	count_state(s, r);
	check_health(s, r);
	if (r->planned_us < 0)
		return;
	struct slots_row row = {r->slot, r->epoch, r->planned_us};
	struct slots_step step = slots_step(&s->slots, &row);
	if (step.what == SLOTS_MISSING)
		say_missing(s, &step);
	if (step.what == SLOTS_TWICE)
		say_twice(s, &step, r->epoch);
}

static bool
read_series(struct series *s, struct fault *f)
{
	struct run_row last = {
	    .at_us = s->w->since_us - 1, .slot = INT64_MAX, .epoch = INT64_MAX};
	bool ok = true;
	for (s->n = RUNS; ok && s->n == RUNS; last = s->rows[RUNS - 1]) {
		ok = read_page(s, &last, f);
		for (size_t i = 0; ok && i < s->n; i++)
			take_run(s, &s->rows[i]);
	}
	return ok;
}

/* The next campaign of the next vantage, by one step down the key. */
static bool
next_series(struct series *s, bool *is_one, struct fault *f)
{
	struct db_stmt *st = db_prepare(s->w->db,
	    "SELECT vantage_id, campaign_id FROM run "
	    "WHERE (vantage_id, campaign_id) > ($1, $2) "
	    "AND vantage_id BETWEEN $3 AND $4 "
	    "ORDER BY vantage_id, campaign_id LIMIT 1",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, s->vantage_id);
	db_bind_int(st, 2, s->campaign_id);
	db_bind_int(st, 3, s->w->vantage_lo);
	db_bind_int(st, 4, s->w->vantage_hi);
	enum db_row row = db_step(st, f);
	*is_one = row == DB_ROW;
	if (*is_one) {
		s->vantage_id = db_int(st, 0);
		s->campaign_id = db_int(st, 1);
	}
	db_finish(st);
	s->slots = (struct slots){0};
	return row != DB_FAILED;
}

bool
audit_runs(struct audit_work *w, struct fault *f)
{
	bool is_one = true, ok = true;
	struct series s = {.w = w, .vantage_id = -1, .campaign_id = -1};
	s.rows = xcalloc(RUNS, sizeof(*s.rows));
	for (int64_t n = 1; ok && is_one; n++) {
		ok = next_series(&s, &is_one, f) &&
		     (!is_one || read_series(&s, f));
		audit_progress(w, "campaigns and vantages", n);
	}
	free(s.rows);
	return ok;
}

/* What a run's row says, when there is one. */
struct odd_row {
	bool is_one, started;
	int64_t at_us, traces;
};

static bool
look_up(const struct audit_work *w, const struct tally_key *key,
    struct odd_row *row, struct fault *f)
{
	struct db_stmt *st = db_prepare(w->db,
	    "SELECT " AT ", t.traces_n, t.started_us FROM run t "
	    "WHERE t.vantage_id = $1 AND t.campaign_id = $2 AND t.slot = $3 "
	    "AND t.epoch = $4",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, key->vantage_id);
	db_bind_int(st, 2, key->campaign_id);
	db_bind_int(st, 3, key->slot);
	db_bind_int(st, 4, key->epoch);
	enum db_row got = db_step(st, f);
	*row = (struct odd_row){.is_one = got == DB_ROW};
	if (row->is_one) {
		row->at_us = db_int(st, 0);
		row->traces = db_int(st, 1);
		row->started = db_int_or_none(st, 2) >= 0;
	}
	db_finish(st);
	return got != DB_FAILED;
}

/* Whether no later slot has a row, so that its own may still come. */
static bool
is_newest(const struct audit_work *w, const struct tally_key *key, bool *newest,
    struct fault *f)
{
	struct db_stmt *st = db_prepare(w->db,
	    "SELECT 1 FROM run WHERE vantage_id = $1 AND campaign_id = $2 "
	    "AND slot > $3 AND planned_us IS NOT NULL LIMIT 1",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, key->vantage_id);
	db_bind_int(st, 2, key->campaign_id);
	db_bind_int(st, 3, key->slot);
	enum db_row row = db_step(st, f);
	*newest = row == DB_DONE;
	db_finish(st);
	return row != DB_FAILED;
}

/* A run whose row says another number than there are traces of it. */
static void
say_odd(
    struct audit_work *w, const struct tally_run *odd, enum finding_kind kind)
{
	struct account *a =
	    accounts_of(&w->accounts, odd->key.vantage_id, odd->key.epoch);
	struct series s = {.w = w,
	    .vantage_id = odd->key.vantage_id,
	    .campaign_id = odd->key.campaign_id};
	struct finding it = finding_of(kind);
	if (odd->expected < 0 && !account_has_segments(a))
		return; /* NDJSON brings no rows of runs */
	if (odd->expected > odd->stored)
		a->short_traces += odd->expected - odd->stored;
	it.epoch = odd->key.epoch;
	it.expected = odd->expected;
	it.found = odd->stored;
	say_run(&s, &it, odd->key.slot, odd->key.slot);
}

/* Traces at a time when their run, by its row, was not under way. */
static bool
settle_orphan(struct audit_work *w, struct tally_run *odd, struct fault *f)
{
	struct odd_row row;
	bool newest = false;
	if (!look_up(w, &odd->key, &row, f) ||
	    (!row.is_one && !is_newest(w, &odd->key, &newest, f)))
		return false;
	if (!row.is_one) {
		say_odd(
		    w, odd, newest ? FINDING_RUN_OPEN : FINDING_RUN_UNFINISHED);
		return true;
	}
	if (row.at_us < w->since_us || row.at_us >= w->until_us)
		return true; /* planned at another time */
	odd->expected = row.traces;
	if (row.started) /* its other traces came out even */
		odd->stored += row.traces;
	say_odd(w, odd, FINDING_RUN_TRACES);
	return true;
}

/* A run that began before the limit of retention has lost traces to it. */
static bool
is_dropped(const struct audit_work *w, const struct tally_key *key,
    bool *dropped, struct fault *f)
{
	struct odd_row row = {0};
	*dropped = false;
	if (w->dropped_us > 0 && !look_up(w, key, &row, f))
		return false;
	*dropped = row.is_one && row.at_us < w->dropped_us;
	return true;
}

bool
audit_odd_runs(struct audit_work *w, struct fault *f)
{
	for (size_t i = 0; i < w->tally.nodd; i++) {
		struct tally_run *odd = &w->tally.odd[i];
		bool dropped = false;
		if (!is_dropped(w, &odd->key, &dropped, f))
			return false;
		if (dropped)
			continue;
		if (odd->expected >= 0)
			say_odd(w, odd, FINDING_RUN_TRACES);
		else if (!settle_orphan(w, odd, f))
			return false;
	}
	if (w->tally.forgotten > 0) {
		struct finding it = finding_of(FINDING_RUN_TRACES);
		it.found = w->tally.forgotten;
		snprintf(it.detail, sizeof(it.detail), "and further runs");
		audit_say(w, -1, &it);
	}
	return true;
}
