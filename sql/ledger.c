/* SPDX-License-Identifier: ISC */
#include "sql/ledger.h"

#include "sql/dictionary.h"
#include "sql/store_db.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static bool
ask_int(struct store *s, const char *sql, int64_t *answer, struct fault *f)
{
	struct db_stmt *st = db_prepare(s->db, sql, f);
	if (st == NULL)
		return false;
	bool ok = db_step(st, f) == DB_ROW;
	*answer = ok ? db_int(st, 0) : 0;
	db_finish(st);
	return ok;
}

bool
ledger_count(struct store *s, int64_t *traces, int64_t *runs, struct fault *f)
{
	return ask_int(s, "SELECT count(*) FROM trace", traces, f) &&
	       ask_int(s, "SELECT count(*) FROM run", runs, f);
}

bool
ledger_is_empty(struct store *s, bool *empty, struct fault *f)
{
	int64_t any = 0;
	bool ok = ask_int(s,
	    "SELECT CASE WHEN EXISTS (SELECT 1 FROM trace) OR EXISTS (SELECT 1 "
	    "FROM run) OR EXISTS (SELECT 1 FROM health) THEN 1 ELSE 0 END",
	    &any, f);
	*empty = any == 0;
	return ok;
}

static bool
count_foreign(struct store *s, const char *sql, const struct ledger *line,
    int64_t *n, struct fault *f)
{
	struct db_stmt *st = db_prepare(s->db, sql, f);
	if (st == NULL)
		return false;
	db_bind_text(st, 1, line->vantage);
	db_bind_int(st, 2, (int64_t)line->epoch);
	bool ok = db_step(st, f) == DB_ROW;
	*n += ok ? db_int(st, 0) : 0;
	db_finish(st);
	return ok;
}

#define FOREIGN(table)                                                         \
	"SELECT count(*) FROM " table " t LEFT JOIN vantage v "                \
	"ON v.vantage_id = t.vantage_id "                                      \
	"WHERE v.name IS NULL OR v.name <> $1 OR t.epoch <> $2"

bool
ledger_foreign(struct store *s, const struct ledger *line, int64_t *foreign,
    struct fault *f)
{
	*foreign = 0;
	return count_foreign(s, FOREIGN("trace"), line, foreign, f) &&
	       count_foreign(s, FOREIGN("run"), line, foreign, f) &&
	       count_foreign(s, FOREIGN("health"), line, foreign, f);
}

static bool
insert(struct store *s, const struct ledger *line, struct fault *f)
{
	struct db_stmt *st = db_prepare(s->db,
	    "INSERT INTO segment (vantage_id, epoch, segment_no, sha256, "
	    "traces_n, runs_n, sealed_us, uploaded_us) VALUES ($1, $2, $3, $4, "
	    "$5, $6, $7, $8) ON CONFLICT DO NOTHING",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, row_text_id(line->vantage));
	db_bind_int(st, 2, (int64_t)line->epoch);
	db_bind_int(st, 3, line->segment_no);
	db_bind_blob(st, 4, line->sha256, line->hashed ? HASH_SHA256_LEN : 0);
	db_bind_int(st, 5, line->traces);
	db_bind_int(st, 6, line->runs);
	db_bind_int_or_null(st, 7, line->sealed_us);
	db_bind_int_or_null(st, 8, line->uploaded_us);
	bool ok = db_run(st, NULL, f);
	db_finish(st);
	return ok;
}

bool
ledger_add(struct store *s, const struct ledger *line, struct fault *f)
{
	bool own = false;
	if (!store_enter(s, &own, f))
		return false;
	bool known = !store_may_read(s) || store_vantage(s, line->vantage, f);
	bool ok = known && insert(s, line, f);
	return store_leave(s, own, ok, f);
}

bool
ledger_complete(struct store *s, const struct ledger *line, struct fault *f)
{
	bool own = false;
	if (!store_enter(s, &own, f))
		return false;
	struct db_stmt *st = db_prepare(s->db,
	    "UPDATE segment SET traces_n = $1, runs_n = $2, sealed_us = $3", f);
	bool ok = st != NULL;
	if (ok) {
		db_bind_int(st, 1, line->traces);
		db_bind_int(st, 2, line->runs);
		db_bind_int(st, 3, line->sealed_us);
		ok = db_run(st, NULL, f);
	}
	db_finish(st);
	return store_leave(s, own, ok, f);
}

bool
ledger_read(struct store *s, struct ledger *line, struct fault *f)
{
	*line = (struct ledger){.uploaded_us = -1};
	struct db_stmt *st = db_prepare(s->db,
	    "SELECT v.name, t.epoch, t.segment_no, t.traces_n, t.runs_n, "
	    "t.sealed_us, length(t.sha256) FROM segment t "
	    "JOIN vantage v ON v.vantage_id = t.vantage_id LIMIT 2",
	    f);
	if (st == NULL)
		return false;
	enum db_row row = db_step(st, f);
	bool one = row == DB_ROW;
	if (one) {
		snprintf(
		    line->vantage, sizeof(line->vantage), "%s", db_text(st, 0));
		line->epoch = (uint64_t)db_int(st, 1);
		line->segment_no = db_int(st, 2);
		line->traces = db_int(st, 3);
		line->runs = db_int(st, 4);
		line->sealed_us = db_int_or_none(st, 5);
		line->hashed = db_int(st, 6) > 0;
		row = db_step(st, f);
	}
	db_finish(st);
	if (row != DB_FAILED && (!one || row == DB_ROW))
		return fault_set(f, EX_DATAERR,
		    "no sealed segment: its table `segment` has not just one "
		    "line");
	return row != DB_FAILED;
}

bool
ledger_has(
    struct store *s, const struct ledger *line, bool *has, struct fault *f)
{
	*has = false;
	if (!store_may_read(s))
		return true;
	struct db_stmt *st = db_prepare(s->db,
	    "SELECT 1 FROM segment WHERE vantage_id = $1 AND epoch = $2 "
	    "AND segment_no = $3 AND sha256 = $4",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, row_text_id(line->vantage));
	db_bind_int(st, 2, (int64_t)line->epoch);
	db_bind_int(st, 3, line->segment_no);
	db_bind_blob(st, 4, line->sha256, HASH_SHA256_LEN);
	enum db_row row = db_step(st, f);
	*has = row == DB_ROW;
	db_finish(st);
	return row != DB_FAILED;
}

bool
ledger_last_seq(struct store *s, uint64_t epoch, uint64_t *seq, struct fault *f)
{
	struct db_stmt *st =
	    db_prepare(s->db, "SELECT max(seq) FROM trace WHERE epoch = $1", f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, (int64_t)epoch);
	bool ok = db_step(st, f) == DB_ROW;
	*seq = ok ? (uint64_t)db_int(st, 0) : 0;
	db_finish(st);
	return ok;
}
