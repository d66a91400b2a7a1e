/* SPDX-License-Identifier: ISC */
#include "sql/retention_part.h"
#include "sql/store_db.h"

static bool
ask_of(struct store *db, const char *sql, const struct ledger *line,
    int64_t *answer, struct fault *f)
{
	struct db_stmt *st = db_prepare(db->db, sql, f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, row_text_id(line->vantage));
	db_bind_int(st, 2, (int64_t)line->epoch);
	bool ok = db_step(st, f) == DB_ROW;
	*answer = ok ? db_int(st, 0) : 0;
	db_finish(st);
	return ok;
}

/* How many that were dropped are there again: of those dropped, at most all. */
static int64_t
restored(int64_t sealed, int64_t dropped, int64_t stored)
{
	int64_t again = stored + dropped - sealed;
	if (again < 0)
		return 0;
	return again < dropped ? again : dropped;
}

#define SUM_OF(column, table)                                                  \
	"SELECT coalesce(sum(" column "), 0) FROM " table                      \
	" WHERE vantage_id = $1 AND epoch = $2"

static bool
take_back(struct retention *r, const struct ledger *line, struct fault *f)
{
	int64_t dropped[2], sealed[2], stored[2];
	static const char *const sql[2][3] = {
	    {SUM_OF("traces_n", "retention"), SUM_OF("traces_n", "segment"),
		SUM_OF("1", "trace")},
	    {SUM_OF("runs_n", "retention"), SUM_OF("runs_n", "segment"),
		SUM_OF("1", "run")}};
	for (int i = 0; i < 2; i++)
		if (!ask_of(r->db, sql[i][0], line, &dropped[i], f) ||
		    !ask_of(r->db, sql[i][1], line, &sealed[i], f) ||
		    !ask_of(r->db, sql[i][2], line, &stored[i], f))
			return false;
	struct retention_share s = {.vantage_id = row_text_id(line->vantage),
	    .epoch = (int64_t)line->epoch,
	    .traces = -restored(sealed[0], dropped[0], stored[0]),
	    .runs = -restored(sealed[1], dropped[1], stored[1])};
	return (s.traces == 0 && s.runs == 0) || retention_account(r, &s, f);
}

bool
retention_restored(
    struct store *db, const struct ledger *line, int64_t at_us, struct fault *f)
{
	struct retention r = {.db = db, .at_us = at_us};
	int64_t lines = 0;
	if (!store_may_read(db))
		return true;
	if (!ask_of(db,
		"SELECT count(*) FROM retention "
		"WHERE vantage_id = $1 AND epoch = $2",
		line, &lines, f))
		return false;
	if (lines == 0)
		return true;
	if (!store_begin(db, f))
		return false;
	if (take_back(&r, line, f))
		return store_commit(db, f);
	store_rollback(db);
	return false;
}
