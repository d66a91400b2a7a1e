/* SPDX-License-Identifier: ISC */
#include "sql/postgres.h"

#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

enum { VERSION_MIN = 150000 };

static bool
acceptable(struct db_stmt *st, const char *where, struct fault *f)
{
	int64_t version = db_int(st, 0);
	if (version < VERSION_MIN)
		return fault_set(f, EX_UNAVAILABLE,
		    "%s: PostgreSQL %" PRId64 "; 15 or newer is needed", where,
		    version / 10000);
	if (strcmp(db_text(st, 1), "UTF8") != 0)
		return fault_set(f, EX_DATAERR,
		    "%s: its encoding is %.40s; UTF8 is needed", where,
		    db_text(st, 1));
	return true;
}

/*
 * Compiling our statements would cost more than it saves (jit). They join in
 * the order in which they are written, small tables first, and come in the
 * order of an index where there is one: to sort a year of verdicts at the end
 * takes five times as long, and nothing is seen before it is over.
 */
bool
postgres_session(struct db *db, const char *where, bool writes, struct fault *f)
{
	struct db_stmt *st = db_prepare(db,
	    "SELECT CAST(current_setting('server_version_num') AS int), "
	    "current_setting('server_encoding'), "
	    "set_config('search_path', 'public, pg_temp', false), "
	    "set_config('TimeZone', 'UTC', false), "
	    "set_config('jit', 'off', false), "
	    "set_config('join_collapse_limit', '1', false), "
	    "set_config('enable_sort', 'off', false), "
	    "set_config('lock_timeout', '300s', false), "
	    "set_config('default_transaction_read_only', $1, false), "
	    "CASE current_setting('synchronous_commit') WHEN 'off' THEN "
	    "set_config('synchronous_commit', 'on', false) END",
	    f);
	if (st == NULL)
		return false;
	db_bind_text(st, 1, writes ? "off" : "on");
	bool ok = db_step(st, f) == DB_ROW && acceptable(st, where, f);
	db_finish(st);
	return ok;
}

const char *const *
postgres_begin_sql(const struct postgres_rights *may)
{
	static const char *const agent[] = {
	    "BEGIN", "SELECT pg_current_xact_id()", NULL};
	static const char *const operator[] = {"BEGIN",
	    "LOCK TABLE schema_migration IN SHARE ROW EXCLUSIVE MODE",
	    "SELECT pg_current_xact_id()", NULL};
	return may->lock ? operator: agent;
}

bool
postgres_rights(struct db *db, struct postgres_rights *may, struct fault *f)
{
	struct db_stmt *st = db_prepare(db,
	    "SELECT has_table_privilege('schema_migration', 'UPDATE'), "
	    "has_table_privilege('trace', 'SELECT')",
	    f);
	if (st == NULL)
		return false;
	bool ok = db_step(st, f) == DB_ROW;
	*may = (struct postgres_rights){
	    .lock = ok && db_int(st, 0) != 0, .read = ok && db_int(st, 1) != 0};
	db_finish(st);
	return ok;
}
