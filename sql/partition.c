/* SPDX-License-Identifier: ISC */
#include "sql/partition.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "sql/engine.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

static const char *const tables[] = {"trace", "evidence"};
enum { TABLES = 2, SUFFIX_LEN = 16 };

bool
partition_applies(const struct db *db)
{
	return db->engine->partitions;
}

static bool
usable(const struct db *db, struct fault *f)
{
	return partition_applies(db) ||
	       fault_set(
		   f, EX_USAGE, "%s has no day partitions", db->engine->name);
}

/* "20261122"; years are of four digits up to day 2,932,896. */
static void
suffix(int64_t day, char out[static SUFFIX_LEN])
{
	const time_t at = (time_t)(day * 86400);
	struct tm tm;
	strftime(out, SUFFIX_LEN, "%Y%m%d", gmtime_r(&at, &tm));
}

static bool
run(struct db *db, char *sql, struct fault *f)
{
	bool ok = db_exec(db, sql, f);
	free(sql);
	return ok;
}

static bool
exists(struct db *db, const char *day, bool *is, struct fault *f)
{
	char *name = xasprintf("public.trace_p%s", day);
	struct db_stmt *st =
	    db_prepare(db, "SELECT to_regclass($1) IS NOT NULL", f);
	bool ok = st != NULL;
	if (ok) {
		db_bind_text(st, 1, name);
		ok = db_step(st, f) == DB_ROW;
		*is = ok && db_int(st, 0) != 0;
	}
	db_finish(st);
	free(name);
	return ok;
}

/*
 * A partition cannot be made while the default table has rows of its day, so
 * they move first. New rows wait meanwhile.
 */
static bool
make_table(struct db *db, const char *table, int64_t day, struct fault *f)
{
	char p[SUFFIX_LEN];
	int64_t from = day * US_PER_DAY, to = from + US_PER_DAY;
	suffix(day, p);
	return run(db,
	    xasprintf("CREATE TABLE %s_p%s (LIKE %s INCLUDING ALL); "
		      "WITH moved AS (DELETE FROM %s_default WHERE started_us "
		      ">= %" PRId64 " AND started_us < %" PRId64
		      " RETURNING *) INSERT INTO %s_p%s SELECT * FROM moved; "
		      "ALTER TABLE %s ATTACH PARTITION %s_p%s FOR VALUES FROM "
		      "(%" PRId64 ") TO (%" PRId64 ")",
		table, p, table, table, from, to, table, p, table, table, p,
		from, to),
	    f);
}

static bool
make_day(struct db *db, int64_t day, bool *made, struct fault *f)
{
	char p[SUFFIX_LEN];
	bool there = false;
	*made = false;
	suffix(day, p);
	if (!exists(db, p, &there, f))
		return false;
	if (there)
		return true;
	/* Of two who make the same day, the second finds it. */
	if (!db_exec(
		db, "LOCK TABLE trace, evidence IN ACCESS EXCLUSIVE MODE", f) ||
	    !exists(db, p, &there, f))
		return false;
	for (int i = 0; !there && i < TABLES; i++)
		if (!make_table(db, tables[i], day, f))
			return false;
	*made = !there;
	return true;
}

bool
partition_make(
    struct db *db, int64_t first, int64_t last, int64_t *made, struct fault *f)
{
	*made = 0;
	if (!usable(db, f))
		return false;
	if (first < 0 || last - first >= PARTITION_DAYS_MAX)
		return fault_set(f, EX_USAGE,
		    "days %" PRId64 "..%" PRId64
		    ": before 1970, or more than %d of them",
		    first, last, PARTITION_DAYS_MAX);
	for (int64_t day = first; day <= last; day++) {
		bool one = false;
		if (!db_begin(db, f))
			return false;
		if (!make_day(db, day, &one, f)) {
			db_rollback(db);
			return false;
		}
		if (!db_commit(db, f))
			return false;
		*made += one;
	}
	return true;
}

/* The day of a partition's name; -1 when it is none of ours. */
static int64_t
day_of(const char *name)
{
	char again[SUFFIX_LEN];
	struct tm tm = {0};
	const char *p = name + strlen("trace_p");
	const char *end = strptime(p, "%Y%m%d", &tm);
	if (end == NULL || *end != '\0')
		return -1;
	int64_t day = timegm(&tm) / 86400;
	suffix(day, again);
	return strcmp(again, p) == 0 ? day : -1;
}

static struct db_stmt *
select_days(struct db *db, struct fault *f)
{
	return db_prepare(db,
	    "SELECT c.relname FROM pg_inherits i "
	    "JOIN pg_class c ON c.oid = i.inhrelid "
	    "WHERE i.inhparent = to_regclass('public.trace') "
	    "AND c.relname LIKE 'trace\\_p%' ORDER BY c.relname",
	    f);
}

bool
partition_list(struct db *db, partition_each *each, void *arg, struct fault *f)
{
	if (!usable(db, f))
		return false;
	struct db_stmt *st = select_days(db, f);
	if (st == NULL)
		return false;
	enum db_row row = db_step(st, f);
	bool ok = row != DB_FAILED;
	while (ok && row == DB_ROW) {
		int64_t day = day_of(db_text(st, 0));
		ok = day < 0 || each(arg, day, f);
		row = ok ? db_step(st, f) : row;
		ok = ok && row != DB_FAILED;
	}
	db_finish(st);
	return ok;
}

bool
partition_hold(struct db *db, const char *table, struct fault *f)
{
	return !partition_applies(db) ||
	       run(db,
		   xasprintf(
		       "LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", table),
		   f);
}

/* Days to be dropped, with a limit on what one transaction locks. */
enum { DROP_MAX = 64 };
struct old {
	int64_t before, days[DROP_MAX];
	size_t n;
};

static bool
collect(void *arg, int64_t day, struct fault *f)
{
	struct old *old = arg;
	(void)f;
	if (day < old->before && old->n < DROP_MAX)
		old->days[old->n++] = day;
	return true;
}

static bool
tell(const struct partition_dropped *n, int64_t day, struct fault *f)
{
	return n->each == NULL || n->each(n->arg, day, f);
}

/* Both tables of a day go together. */
static bool
drop_day(struct db *db, int64_t day, const struct partition_dropped *n,
    struct fault *f)
{
	char p[SUFFIX_LEN];
	suffix(day, p);
	if (!db_begin(db, f))
		return false;
	if (tell(n, day, f) &&
	    run(db, xasprintf("DROP TABLE trace_p%s, evidence_p%s", p, p), f))
		return db_commit(db, f);
	db_rollback(db);
	return false;
}

static bool
delete_strays(struct db *db, int64_t before, struct partition_dropped *dropped,
    struct fault *f)
{
	if (!db_begin(db, f))
		return false;
	bool ok = tell(dropped, -1, f);
	for (int i = 0; ok && i < TABLES; i++) {
		int64_t n = 0;
		char *sql = xasprintf(
		    "DELETE FROM %s_default WHERE started_us < $1", tables[i]);
		struct db_stmt *st = db_prepare(db, sql, f);
		free(sql);
		if (st != NULL)
			db_bind_int(st, 1, before * US_PER_DAY);
		ok = st != NULL && db_run(st, &n, f);
		db_finish(st);
		dropped->rows += n;
	}
	if (ok)
		return db_commit(db, f);
	db_rollback(db);
	return false;
}

bool
partition_drop(struct db *db, int64_t before, struct partition_dropped *dropped,
    struct fault *f)
{
	struct partition_dropped unused = {0};
	struct partition_dropped *n = dropped == NULL ? &unused : dropped;
	struct old old = {.before = before, .n = DROP_MAX};
	n->days = n->rows = 0;
	while (old.n == DROP_MAX) {
		old.n = 0;
		if (!partition_list(db, collect, &old, f))
			return false;
		for (size_t i = 0; i < old.n; i++, n->days++)
			if (!drop_day(db, old.days[i], n, f))
				return false;
	}
	return delete_strays(db, before, n, f);
}
