/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "sql/engine.h"
#include "sql/lock.h"
#include "sql/migrations.h"
#include "sql/place.h"
#include "sql/sqlite_probes.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/*
 * SQLite up to 3.51.2 can corrupt a WAL file when one connection writes at the
 * instant another checkpoints (sqlite.org/wal.html, "WAL-reset bug"). So every
 * writer of tumen holds WHERE-lock from BEGIN to the end of COMMIT, in which
 * SQLite checkpoints; readers never checkpoint.
 */
enum {
	WAIT_MS = 300 * 1000,  /* tumen infer may hold it for a while */
	LENGTH_MAX = 16 << 20, /* the largest record is below 4 MB */
	NAP_US = 10 * 1000,
};

struct sqlite {
	struct db db;
	sqlite3 *h;
	char *where, *lock_path;
	int lock_fd; /* -1: no other writer is possible */
};

struct sqlite_stmt {
	struct db_stmt st;
	struct sqlite *db;
	sqlite3_stmt *h;
	int error; /* of a bind */
};

static struct sqlite *
of_db(struct db *db)
{
	return (struct sqlite *)db;
}

static struct sqlite_stmt *
of_stmt(struct db_stmt *st)
{
	return (struct sqlite_stmt *)st;
}

static int
status_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH:
	case SQLITE_CANTOPEN:
		return EX_NOPERM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return EX_UNAVAILABLE;
	case SQLITE_FULL:
	case SQLITE_IOERR:
		return EX_IOERR;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
		return EX_DATAERR;
	default:
		return EX_SOFTWARE;
	}
}

/* What an error means here, when SQLite's own text is terse. */
static const char *
hint_of(bool full, int kind)
{
	bool closed = kind == SQLITE_CANTOPEN || kind == SQLITE_READONLY;
	if (full)
		return "; the disk is full, what was stored before is kept";
	return closed ? "; its folder must be writable, the log lies there"
		      : "";
}

static bool
fail(const struct sqlite *db, int rc, struct fault *f)
{
	int status = status_of(rc), kind = rc & 0xff;
	/* It has a number of its own for a full disk, for a quota none. */
	int error = status == EX_IOERR ? sqlite3_system_errno(db->h) : 0;
	bool full = kind == SQLITE_FULL || error == ENOSPC || error == EDQUOT;
	/* A damaged segment is bad data; a damaged shared database is not the
	 * fault of what was to be added. */
	if (db->lock_fd >= 0 &&
	    (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB))
		status = EX_IOERR;
	fault_set(f, status, "%s: %s%s", db->where, sqlite3_errmsg(db->h),
	    hint_of(full, kind));
	if (f != NULL)
		f->full = full;
	return false;
}

static bool
sqlite_exec(struct db *db, const char *sql, struct fault *f)
{
	struct sqlite *s = of_db(db);
	int rc = sqlite3_exec(s->h, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK || fail(s, rc, f);
}

static void
sqlite_close(struct db *db)
{
	struct sqlite *s = of_db(db);
	sqlite3_close(s->h);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	free(s->lock_path);
	free(s->where);
	free(s);
}

/*
 * Reads the file's header through SQLite's own descriptor under a shared lock:
 * no journal is rolled back and no side file made, as a query would.
 */
static bool
read_header(
    struct sqlite *s, uint8_t header[static PLACE_HEADER_LEN], struct fault *f)
{
	sqlite3_file *file = NULL;
	sqlite3_file_control(s->h, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	int rc = SQLITE_BUSY;
	for (int us = 0; us < WAIT_MS * 1000; us += NAP_US) {
		rc = file->pMethods->xLock(file, SQLITE_LOCK_SHARED);
		if (rc != SQLITE_BUSY)
			break;
		usleep(NAP_US);
	}
	if (rc != SQLITE_OK)
		return fault_set(f, status_of(rc), "%s: %s", s->where,
		    "locked by another program");
	rc = file->pMethods->xRead(file, header, PLACE_HEADER_LEN, 0);
	file->pMethods->xUnlock(file, SQLITE_LOCK_NONE);
	if (rc == SQLITE_IOERR_SHORT_READ || rc == SQLITE_OK)
		return true; /* what is missing reads as zero */
	return fault_set(f, EX_IOERR, "%s: cannot read", s->where);
}

/* Refuses a foreign file before anything in it could be touched. */
static bool
is_ours(struct sqlite *s, bool may_create, struct fault *f)
{
	uint8_t header[PLACE_HEADER_LEN] = {0};
	return read_header(s, header, f) &&
	       place_is_ours(s->where, header, may_create, f);
}

static int
open_handle(struct sqlite *s, enum db_mode mode)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	if (mode == DB_SEALED) {
		char *uri = place_uri(s->where, "immutable=1");
		int rc = sqlite3_open_v2(uri, &s->h,
		    flags | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
		free(uri);
		return rc;
	}
	flags |= mode == DB_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	if (mode == DB_CREATE || mode == DB_PRIVATE)
		flags |= SQLITE_OPEN_CREATE;
	return sqlite3_open_v2(s->where, &s->h, flags, NULL);
}

/* Distrust of what a file's own schema might do; then how it is written. */
static bool
set_up(struct sqlite *s, enum db_mode mode, struct fault *f)
{
	sqlite3_busy_timeout(s->h, WAIT_MS);
	sqlite3_limit(s->h, SQLITE_LIMIT_LENGTH, LENGTH_MAX);
	sqlite3_db_config(s->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	int rc = sqlite_probes_register(s->h);
	if (rc != SQLITE_OK)
		return fail(s, rc, f);
	/* An agent has no /tmp, and perhaps little disk: the log took 4 MB. */
	static const char alone[] = "PRAGMA locking_mode=EXCLUSIVE; PRAGMA "
				    "temp_store=MEMORY; PRAGMA "
				    "wal_autocheckpoint=64";
	if (mode == DB_PRIVATE && !sqlite_exec(&s->db, alone, f))
		return false;
	return sqlite_exec(&s->db,
	    "PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON", f);
}

/* Runs a pragma that answers one word, and compares it. */
static bool
pragma_says(
    struct sqlite *s, const char *sql, const char *wanted, struct fault *f)
{
	struct db_stmt *st = db_prepare(&s->db, sql, f);
	if (st == NULL)
		return false;
	bool ok = db_step(st, f) == DB_ROW;
	const char *answer = ok ? db_text(st, 0) : "";
	if (ok && strcmp(answer, wanted) != 0)
		ok = fault_set(
		    f, EX_DATAERR, "%s: %s: %.200s", s->where, sql, answer);
	db_finish(st);
	return ok;
}

static bool
lock(const struct sqlite *s, struct fault *f)
{
	return s->lock_fd < 0 ||
	       lock_take(s->lock_fd, s->lock_path, WAIT_MS, f);
}

static void
unlock(const struct sqlite *s)
{
	if (s->lock_fd >= 0)
		lock_give(s->lock_fd);
}

static bool
use_wal(struct sqlite *s, struct fault *f)
{
	if (!lock(s, f))
		return false;
	bool ok = pragma_says(s, "PRAGMA journal_mode = WAL", "wal", f);
	unlock(s);
	return ok;
}

static bool
open_writer(struct sqlite *s, enum db_mode mode, struct fault *f)
{
	bool may_create = mode != DB_WRITE;
	if (sqlite3_db_readonly(s->h, "main") == 1)
		return fault_set(
		    f, EX_NOPERM, "%s: not writable by this user", s->where);
	if (!is_ours(s, may_create, f))
		return false;
	if (mode != DB_PRIVATE) {
		s->lock_path = xasprintf("%s-lock", s->where);
		s->lock_fd = lock_open(s->lock_path, f);
		if (s->lock_fd < 0)
			return false;
	}
	return set_up(s, mode, f) &&
	       migrations_apply(&s->db, s->where, may_create, f) &&
	       use_wal(s, f);
}

static bool
open_reader(struct sqlite *s, enum db_mode mode, struct fault *f)
{
	return is_ours(s, false, f) && set_up(s, mode, f) &&
	       migrations_check(&s->db, s->where, mode == DB_SEALED, f);
}

static struct db *
sqlite_open(const char *where, enum db_mode mode, struct fault *f)
{
	bool reads = mode == DB_READ || mode == DB_SEALED;
	bool creates = mode == DB_CREATE || mode == DB_PRIVATE;
	if (!place_check(where, !reads, creates, f))
		return NULL;
	struct sqlite *s = xcalloc(1, sizeof(*s));
	s->db.engine = &sqlite_engine;
	s->where = xstrdup(where);
	s->lock_fd = -1;
	int rc = open_handle(s, mode);
	bool ok = rc == SQLITE_OK;
	/* Gone since it was looked at, or what SQLite says. */
	if (!ok && place_check(where, !reads, creates, f))
		fail(s, rc, f);
	if (ok)
		ok = reads ? open_reader(s, mode, f) : open_writer(s, mode, f);
	if (ok)
		return &s->db;
	sqlite_close(&s->db);
	return NULL;
}

static bool
sqlite_begin(struct db *db, struct fault *f)
{
	if (!lock(of_db(db), f))
		return false;
	if (sqlite_exec(db, "BEGIN IMMEDIATE", f))
		return true;
	unlock(of_db(db));
	return false;
}

static void
sqlite_rollback(struct db *db)
{
	struct sqlite *s = of_db(db);
	if (!sqlite3_get_autocommit(s->h)) /* a full disk rolls back itself */
		sqlite3_exec(s->h, "ROLLBACK", NULL, NULL, NULL);
	unlock(s);
}

static bool
sqlite_commit(struct db *db, struct fault *f)
{
	bool ok = sqlite_exec(db, "COMMIT", f);
	if (ok)
		unlock(of_db(db));
	else
		sqlite_rollback(db);
	return ok;
}

static bool
sqlite_seal(struct db *db, struct fault *f)
{
	struct sqlite *s = of_db(db);
	int rc = sqlite3_wal_checkpoint_v2(
	    s->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (rc != SQLITE_OK)
		return fail(s, rc, f);
	return pragma_says(s, "PRAGMA journal_mode = DELETE", "delete", f);
}

static bool
sqlite_check(struct db *db, struct fault *f)
{
	return pragma_says(of_db(db), "PRAGMA quick_check(1)", "ok", f);
}

static bool
sqlite_may_read(const struct db *db)
{
	(void)db;
	return true;
}

static struct db_stmt *
sqlite_prepare(struct db *db, const char *sql, struct fault *f)
{
	struct sqlite *s = of_db(db);
	struct sqlite_stmt *st = xcalloc(1, sizeof(*st));
	st->st.engine = db->engine;
	st->db = s;
	int rc = sqlite3_prepare_v2(s->h, sql, -1, &st->h, NULL);
	if (rc == SQLITE_OK)
		return &st->st;
	fail(s, rc, f);
	free(st);
	return NULL;
}

static void
sqlite_finish(struct db_stmt *st)
{
	sqlite3_finalize(of_stmt(st)->h);
	free(st);
}

static void
bound(struct sqlite_stmt *st, int rc)
{
	if (st->error == SQLITE_OK)
		st->error = rc;
}

static void
sqlite_bind_null(struct db_stmt *st, int i)
{
	bound(of_stmt(st), sqlite3_bind_null(of_stmt(st)->h, i));
}

static void
sqlite_bind_int(struct db_stmt *st, int i, int64_t v)
{
	bound(of_stmt(st), sqlite3_bind_int64(of_stmt(st)->h, i, v));
}

static void
sqlite_bind_real(struct db_stmt *st, int i, double v)
{
	bound(of_stmt(st), sqlite3_bind_double(of_stmt(st)->h, i, v));
}

static void
sqlite_bind_text(struct db_stmt *st, int i, const char *v)
{
	bound(of_stmt(st),
	    sqlite3_bind_text(of_stmt(st)->h, i, v, -1, SQLITE_STATIC));
}

static void
sqlite_bind_blob(struct db_stmt *st, int i, const void *v, size_t len)
{
	bound(of_stmt(st),
	    sqlite3_bind_blob64(of_stmt(st)->h, i, v, len, SQLITE_STATIC));
}

static enum db_row
sqlite_step(struct db_stmt *st, struct fault *f)
{
	struct sqlite_stmt *s = of_stmt(st);
	int rc = s->error != SQLITE_OK ? s->error : sqlite3_step(s->h);
	if (rc == SQLITE_ROW)
		return DB_ROW;
	if (rc == SQLITE_DONE)
		return DB_DONE;
	fail(s->db, rc, f);
	return DB_FAILED;
}

static void
sqlite_reset(struct db_stmt *st)
{
	struct sqlite_stmt *s = of_stmt(st);
	sqlite3_reset(s->h);
	sqlite3_clear_bindings(s->h);
	s->error = SQLITE_OK;
}

static int64_t
sqlite_changes(struct db_stmt *st)
{
	return sqlite3_changes64(of_stmt(st)->db->h);
}

static bool
sqlite_is_null(struct db_stmt *st, int i)
{
	return sqlite3_column_type(of_stmt(st)->h, i) == SQLITE_NULL;
}

static int64_t
sqlite_int(struct db_stmt *st, int i)
{
	return sqlite3_column_int64(of_stmt(st)->h, i);
}

static double
sqlite_real(struct db_stmt *st, int i)
{
	return sqlite3_column_double(of_stmt(st)->h, i);
}

static const char *
sqlite_text(struct db_stmt *st, int i)
{
	return (const char *)sqlite3_column_text(of_stmt(st)->h, i);
}

static const void *
sqlite_blob(struct db_stmt *st, int i, size_t *len)
{
	/* SQLite has no pointer for an empty blob; here it is not NULL. */
	const void *p = sqlite3_column_blob(of_stmt(st)->h, i);
	*len = (size_t)sqlite3_column_bytes(of_stmt(st)->h, i);
	return p == NULL ? "" : p;
}

const struct db_engine sqlite_engine = {
    .name = "SQLite",
    .open = sqlite_open,
    .close = sqlite_close,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .seal = sqlite_seal,
    .check = sqlite_check,
    .may_read = sqlite_may_read,
    .exec = sqlite_exec,
    .insert_many = bulk_insert_rows,
    .prepare = sqlite_prepare,
    .finish = sqlite_finish,
    .bind_null = sqlite_bind_null,
    .bind_int = sqlite_bind_int,
    .bind_real = sqlite_bind_real,
    .bind_text = sqlite_bind_text,
    .bind_blob = sqlite_bind_blob,
    .step = sqlite_step,
    .reset = sqlite_reset,
    .changes = sqlite_changes,
    .is_null = sqlite_is_null,
    .get_int = sqlite_int,
    .get_real = sqlite_real,
    .get_text = sqlite_text,
    .get_blob = sqlite_blob,
};
