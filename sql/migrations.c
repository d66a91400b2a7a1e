/* SPDX-License-Identifier: ISC */
#include "sql/migrations.h"

#include "probe/base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sysexits.h>

/* What a file says it is. */
struct identity {
	int64_t application, version, tables;
};

static bool
ask(struct db *db, const char *sql, int64_t *answer, struct fault *f)
{
	struct db_stmt *st = db_prepare(db, sql, f);
	if (st == NULL)
		return false;
	bool ok = db_step(st, f) == DB_ROW;
	*answer = ok ? db_int(st, 0) : 0;
	db_finish(st);
	return ok;
}

static bool
identify(struct db *db, struct identity *id, struct fault *f)
{
	return ask(db, "PRAGMA application_id", &id->application, f) &&
	       ask(db, "PRAGMA user_version", &id->version, f) &&
	       ask(db, "SELECT count(*) FROM sqlite_schema", &id->tables, f);
}

/* All of it at one instant, while others may be creating the file. */
static bool
identify_at_once(struct db *db, struct identity *id, struct fault *f)
{
	if (!db_exec(db, "BEGIN", f))
		return false;
	bool ok = identify(db, id, f);
	return db_exec(db, "COMMIT", ok ? f : NULL) && ok;
}

static int
newest(void)
{
	return sqlite_migrations[sqlite_migrations_n - 1].version;
}

static bool
is_empty(const struct identity *id)
{
	return id->application == 0 && id->version == 0 && id->tables == 0;
}

static bool
acceptable(const struct identity *id, const char *where, bool may_create,
    struct fault *f)
{
	if (may_create && is_empty(id))
		return true;
	if (id->application != MIGRATIONS_APPLICATION_ID)
		return fault_set(f, EX_DATAERR,
		    "%s: a SQLite file of another program (application id "
		    "%" PRId64 ", not %d); left as it is",
		    where, id->application, MIGRATIONS_APPLICATION_ID);
	if (id->version < 1 || id->version > newest())
		return fault_set(f, EX_DATAERR,
		    "%s: schema version %" PRId64 ", this program knows 1..%d; "
		    "use a newer tumen",
		    where, id->version, newest());
	return true;
}

/* Inside the transaction. */
static bool
bring_up(struct db *db, const char *where, bool may_create, struct fault *f)
{
	struct identity id;
	if (!identify(db, &id, f) || !acceptable(&id, where, may_create, f))
		return false;
	for (size_t i = 0; i < sqlite_migrations_n; i++)
		if (sqlite_migrations[i].version > id.version &&
		    !db_exec(db, sqlite_migrations[i].sql, f))
			return false;
	char *mark =
	    xasprintf("PRAGMA application_id = %d; PRAGMA user_version = %d",
		MIGRATIONS_APPLICATION_ID, newest());
	bool ok = db_exec(db, mark, f);
	free(mark);
	return ok;
}

bool
migrations_apply(
    struct db *db, const char *where, bool may_create, struct fault *f)
{
	struct identity id;
	if (!identify_at_once(db, &id, f) ||
	    !acceptable(&id, where, may_create, f))
		return false;
	if (id.version == newest())
		return true; /* versions only grow: no lock for the usual case
			      */
	if (!db_begin(db, f))
		return false;
	if (bring_up(db, where, may_create, f))
		return db_commit(db, f);
	db_rollback(db);
	return false;
}

/*
 * What a file sealed before version 7 has not, as views of this connection that
 * hide its tables of the same names: whoever reads need not know how old it is.
 */
enum { HEALTH_SINCE = 7 };
static const char before_health[] =
    "PRAGMA temp_store = MEMORY; "
    "CREATE TEMP VIEW trace AS SELECT *, 0 AS control FROM main.trace; "
    "CREATE TEMP VIEW run AS SELECT *, NULL AS health FROM main.run; "
    "CREATE TEMP TABLE health (vantage_id, campaign_id, slot, epoch, at_us, "
    "uplink, controls_n, reached_n, control_rtt_us, source, interface, "
    "gateway, targets_n, answered_n, quiet_n, late_us, jitter_us, "
    "clock_synced, clock_error_us, clock_step_us)";

bool
migrations_check(
    struct db *db, const char *where, bool older_too, struct fault *f)
{
	struct identity id;
	if (!identify_at_once(db, &id, f) || !acceptable(&id, where, false, f))
		return false;
	if (id.version != newest() && !older_too)
		return fault_set(f, EX_DATAERR,
		    "%s: schema version %" PRId64
		    ", this program reads %d; any "
		    "command that writes (tumen upload, tumen infer) brings "
		    "it up",
		    where, id.version, newest());
	return id.version >= HEALTH_SINCE || db_exec(db, before_health, f);
}
