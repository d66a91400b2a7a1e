/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "probe/base/hash.h"
#include "sql/migrations.h"
#include "sql/postgres.h"

#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

/* Racers that lose look again; the winner needs well below a second. */
enum { TRIES = 20 };

/* What a database says it is. */
struct identity {
	bool marked;	 /* it has a table schema_migration */
	int64_t objects; /* of schema public, extensions apart */
	int64_t version; /* 0: no migration that we know */
	bool altered;	 /* a migration has our number but not our text */
};

static int
newest(void)
{
	return postgres_migrations[postgres_migrations_n - 1].version;
}

static bool
look(struct db *db, struct identity *id, struct fault *f)
{
	struct db_stmt *st = db_prepare(db,
	    "SELECT to_regclass('public.schema_migration') IS NOT NULL, "
	    "(SELECT count(*) FROM pg_class c "
	    "JOIN pg_namespace n ON n.oid = c.relnamespace "
	    "WHERE n.nspname = 'public' AND NOT EXISTS (SELECT 1 FROM "
	    "pg_depend d WHERE d.classid = 'pg_class'::regclass AND "
	    "d.objid = c.oid AND d.deptype = 'e'))",
	    f);
	if (st == NULL)
		return false;
	bool ok = db_step(st, f) == DB_ROW;
	if (ok) {
		id->marked = db_int(st, 0) != 0;
		id->objects = db_int(st, 1);
	}
	db_finish(st);
	return ok;
}

static bool
is_ours(const struct migration *m, const void *sha256, size_t len)
{
	uint8_t wanted[HASH_SHA256_LEN];
	hash_sha256(m->sql, strlen(m->sql), wanted);
	return len == sizeof(wanted) &&
	       memcmp(sha256, wanted, sizeof(wanted)) == 0;
}

/* Versions without a gap, each with the text that we have. */
static void
count_row(struct db_stmt *st, struct identity *id)
{
	size_t len = 0, i = (size_t)id->version;
	const void *sha256 = db_blob(st, 1, &len);
	if (db_int(st, 0) != ++id->version)
		id->altered = true;
	if (i < postgres_migrations_n &&
	    !is_ours(&postgres_migrations[i], sha256, len))
		id->altered = true;
}

/* The table of another program may have the same name: 42703, no column. */
static bool
read_versions(struct db *db, struct identity *id, struct fault *f)
{
	struct db_stmt *st = db_prepare(db,
	    "SELECT version, sha256 FROM schema_migration ORDER BY version", f);
	if (st == NULL) {
		id->altered = true;
		return strcmp(postgres_sqlstate(db), "42703") == 0;
	}
	enum db_row row = db_step(st, f);
	for (; row == DB_ROW; row = db_step(st, f))
		count_row(st, id);
	db_finish(st);
	return row == DB_DONE;
}

static bool
identify(struct db *db, struct identity *id, struct fault *f)
{
	*id = (struct identity){0};
	return look(db, id, f) && (!id->marked || read_versions(db, id, f));
}

static bool
acceptable(const struct identity *id, const char *where, bool may_create,
    struct fault *f)
{
	if (!id->marked && id->objects == 0)
		return may_create ||
		       fault_set(f, EX_DATAERR,
			   "%s: empty, not a tumen database", where);
	if (!id->altered && id->version > newest())
		return fault_set(f, EX_DATAERR,
		    "%s: schema version %" PRId64 ", this program knows 1..%d; "
		    "use a newer tumen",
		    where, id->version, newest());
	if (id->altered || id->version < 1)
		return fault_set(f, EX_DATAERR,
		    "%s: not a tumen database: schema public has tables of "
		    "another program, or its table schema_migration was "
		    "altered; left as it is",
		    where);
	return true;
}

static bool
note(struct db *db, const struct migration *m, struct fault *f)
{
	uint8_t sha256[HASH_SHA256_LEN];
	hash_sha256(m->sql, strlen(m->sql), sha256);
	struct db_stmt *st = db_prepare(db,
	    "INSERT INTO schema_migration (version, name, sha256, applied_us) "
	    "VALUES ($1, $2, $3, $4)",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, m->version);
	db_bind_text(st, 2, m->name);
	db_bind_blob(st, 3, sha256, sizeof(sha256));
	db_bind_int(st, 4, wall_now().ns / 1000);
	bool ok = db_run(st, NULL, f);
	db_finish(st);
	return ok;
}

/* Inside the transaction, from the state that is found there. */
static bool
bring_up(struct db *db, const char *where, bool may_create, struct fault *f)
{
	struct identity id;
	if (!identify(db, &id, f) || !acceptable(&id, where, may_create, f))
		return false;
	if (id.version > 0 &&
	    !db_exec(db,
		"LOCK TABLE schema_migration IN SHARE ROW EXCLUSIVE MODE", f))
		return false;
	if (id.version > 0 && !identify(db, &id, f))
		return false;
	for (size_t i = (size_t)id.version; i < postgres_migrations_n; i++)
		if (!db_exec(db, postgres_migrations[i].sql, f) ||
		    !note(db, &postgres_migrations[i], f))
			return false;
	return true;
}

/* Another made the same table at the same instant. */
static bool
lost_the_race(const struct db *db)
{
	static const char *const states[] = {
	    "23505", "42P07", "42710", "42723", "40P01", "40001", "XX000"};
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(postgres_sqlstate(db), states[i]) == 0)
			return true;
	return false;
}

static bool
migrate(struct db *db, const char *where, bool may_create, struct fault *f)
{
	if (!db_begin(db, f))
		return false;
	if (bring_up(db, where, may_create, f))
		return db_commit(db, f);
	db_rollback(db);
	return false;
}

bool
postgres_schema_apply(
    struct db *db, const char *where, bool may_create, struct fault *f)
{
	struct identity id;
	for (int i = 0; i < TRIES; i++) {
		if (!identify(db, &id, f) ||
		    !acceptable(&id, where, may_create, f))
			return false;
		if (id.version == newest() || migrate(db, where, may_create, f))
			return true;
		if (!lost_the_race(db))
			break;
	}
	return false;
}

bool
postgres_schema_check(struct db *db, const char *where, struct fault *f)
{
	struct identity id;
	if (!identify(db, &id, f) || !acceptable(&id, where, false, f))
		return false;
	if (id.version != newest())
		return fault_set(f, EX_DATAERR,
		    "%s: schema version %" PRId64 ", this program reads %d; "
		    "any command of the operator's that writes (tumen infer) "
		    "brings it up",
		    where, id.version, newest());
	return true;
}
