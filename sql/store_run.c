/* SPDX-License-Identifier: ISC */
#include "sql/dictionary.h"
#include "sql/store_db.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

int64_t
store_health_column(enum store_run_health health)
{
	return health == RUN_HEALTH_NOT_DUE ? -1 : health == RUN_HEALTH_WRITTEN;
}

/* NULL, 0, 1. */
static enum store_run_health
get_health(struct db_stmt *st, int i)
{
	int64_t v = db_int_or_none(st, i);
	return v < 0	? RUN_HEALTH_NOT_DUE
	       : v == 0 ? RUN_HEALTH_OWED
			: RUN_HEALTH_WRITTEN;
}

static bool
insert_run(struct store *s, const struct store_run *run, int64_t *changes,
    struct fault *f)
{
	struct db_stmt *st = store_stmt(s, SQL_ADD_RUN,
	    "INSERT INTO run (vantage_id, campaign_id, slot, epoch, "
	    "planned_us, started_us, finished_us, state, reason, traces_n, "
	    "sent_n, received_n, drops_n, health) VALUES ($1, $2, $3, $4, $5, "
	    "$6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, row_text_id(run->vantage));
	db_bind_int(st, 2, row_text_id(run->campaign));
	db_bind_int(st, 3, run->slot);
	db_bind_int(st, 4, (int64_t)run->epoch);
	db_bind_int_or_null(st, 5, run->planned_us);
	db_bind_int_or_null(st, 6, run->started_us);
	db_bind_int_or_null(st, 7, run->finished_us);
	db_bind_text(st, 8, run->state);
	db_bind_text(st, 9, run->reason);
	db_bind_int(st, 10, run->traces);
	db_bind_int(st, 11, run->sent);
	db_bind_int(st, 12, run->received);
	db_bind_int(st, 13, run->drops);
	db_bind_int_or_null(st, 14, store_health_column(run->health));
	return db_run(st, changes, f);
}

static void
get_run(struct db_stmt *st, struct store_run *run)
{
	*run = (struct store_run){0};
	snprintf(run->vantage, sizeof(run->vantage), "%s", db_text(st, 0));
	snprintf(run->campaign, sizeof(run->campaign), "%s", db_text(st, 1));
	run->slot = db_int(st, 2);
	run->epoch = (uint64_t)db_int(st, 3);
	run->planned_us = db_int_or_none(st, 4);
	run->started_us = db_int_or_none(st, 5);
	run->finished_us = db_int_or_none(st, 6);
	run->state = db_text(st, 7);
	run->reason = db_text_or_null(st, 8);
	run->traces = db_int(st, 9);
	run->sent = db_int(st, 10);
	run->received = db_int(st, 11);
	run->drops = db_int(st, 12);
	run->health = get_health(st, 13);
}

#define RUN_COLUMNS                                                            \
	"SELECT v.name, c.name, t.slot, t.epoch, t.planned_us, t.started_us, " \
	"t.finished_us, t.state, t.reason, t.traces_n, t.sent_n, "             \
	"t.received_n, t.drops_n, t.health FROM run t "                        \
	"LEFT JOIN vantage v ON v.vantage_id = t.vantage_id "                  \
	"LEFT JOIN campaign c ON c.campaign_id = t.campaign_id "

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/*
 * The outcome. Not what it says about its health: a row that came through a
 * full disk twice may know it once only.
 */
static bool
equal(const struct store_run *a, const struct store_run *b)
{
	return a->planned_us == b->planned_us &&
	       a->started_us == b->started_us &&
	       a->finished_us == b->finished_us && a->traces == b->traces &&
	       a->sent == b->sent && a->received == b->received &&
	       a->drops == b->drops && same_text(a->state, b->state) &&
	       same_text(a->reason, b->reason);
}

/* A run with this key is there: it must say the same. */
bool
store_same_run(struct store *s, const struct store_run *run, struct fault *f)
{
	struct store_run old;
	struct db_stmt *st = store_stmt(s, SQL_RUN,
	    RUN_COLUMNS "WHERE t.vantage_id = $1 AND t.campaign_id = $2 "
			"AND t.slot = $3 AND t.epoch = $4",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, row_text_id(run->vantage));
	db_bind_int(st, 2, row_text_id(run->campaign));
	db_bind_int(st, 3, run->slot);
	db_bind_int(st, 4, (int64_t)run->epoch);
	enum db_row row = db_step(st, f);
	if (row == DB_ROW)
		get_run(st, &old);
	bool same = row == DB_ROW && equal(run, &old);
	db_reset(st);
	if (row != DB_FAILED && !same)
		fault_set(f, EX_DATAERR,
		    "run %s/%s/%" PRId64 ": stored already with another "
		    "outcome; the stored one is kept",
		    run->vantage, run->campaign, run->slot);
	return same;
}

static bool
insert_all(
    struct store *s, const struct store_run *run, bool *added, struct fault *f)
{
	int64_t changes = 0;
	if (run->vantage[0] == '\0' || run->campaign[0] == '\0')
		return fault_set(
		    f, EX_DATAERR, "run without vantage or campaign name");
	if (store_vantage(s, run->vantage, f) == 0 ||
	    store_campaign(s, run->campaign, f) == 0 ||
	    !insert_run(s, run, &changes, f))
		return false;
	*added = changes > 0;
	return *added || store_same_run(s, run, f);
}

bool
store_add_run(struct store *s, const struct store_run *run, struct fault *f)
{
	bool own = false, added = false;
	if (!store_enter(s, &own, f))
		return false;
	bool ok = insert_all(s, run, &added, f);
	return store_leave(s, own, ok, f);
}

bool
store_runs(struct store *s, store_each_run *each, void *arg, struct fault *f)
{
	struct store_run run;
	struct db_stmt *st = db_prepare(s->db,
	    RUN_COLUMNS "ORDER BY t.campaign_id, t.slot, t.vantage_id, t.epoch",
	    f);
	if (st == NULL)
		return false;
	enum db_row row = db_step(st, f);
	bool ok = row != DB_FAILED;
	while (ok && row == DB_ROW) {
		get_run(st, &run);
		ok = each(arg, &run, f);
		row = ok ? db_step(st, f) : row;
		ok = ok && row != DB_FAILED;
	}
	db_finish(st);
	return ok;
}
