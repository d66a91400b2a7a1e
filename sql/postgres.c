/* SPDX-License-Identifier: ISC */
#include "sql/postgres.h"

#include "probe/base/mem.h"
#include "sql/engine.h"
#include "sql/postgres_address.h"
#include "sql/postgres_names.h"
#include "sql/postgres_parameters.h"
#include "sql/postgres_value.h"

#include <postgresql/libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
	/* Rows that are read to the end of an answer before it is cancelled. */
	REST_MAX = 1000,
};

struct postgres {
	struct db db;
	PGconn *h;
	char *where; /* for texts */
	char sqlstate[SQLSTATE_LEN];
	bool in_transaction, writes, warned;
	struct postgres_rights may; /* when it writes */
	struct postgres_names names;
	struct postgres_stmt *running; /* its rows are on the wire */
};

/* An answer is read a row at a time, so that it may be of any length. */
struct postgres_stmt {
	struct postgres_parameters parameters; /* and st */
	struct postgres *db;
	char *sql;
	char name[NAME_LEN];
	bool started;
	PGresult *row;
	int64_t changes;
	/* Rows read ahead, because another statement needed the connection. */
	PGresult **kept;
	size_t nkept, kept_at;
};

static struct postgres *
of_db(struct db *db)
{
	return (struct postgres *)db;
}

static struct postgres_stmt *
of_stmt(struct db_stmt *st)
{
	return (struct postgres_stmt *)st;
}

const char *
postgres_sqlstate(const struct db *db)
{
	return ((const struct postgres *)db)->sqlstate;
}

static bool
fail(struct postgres *p, const PGresult *r, struct fault *f)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	snprintf(p->sqlstate, sizeof(p->sqlstate), "%s", state ? state : "");
	return postgres_fault(
	    f, p->where, p->sqlstate, text ? text : PQerrorMessage(p->h));
}

/* Reads what is still to come, so that another statement can be sent. */
static void
park(struct postgres *p)
{
	struct postgres_stmt *st = p->running;
	PGresult *r = NULL;
	if (st == NULL)
		return;
	while ((r = PQgetResult(p->h)) != NULL) {
		st->kept =
		    xreallocarray(st->kept, st->nkept + 1, sizeof(PGresult *));
		st->kept[st->nkept++] = r;
	}
	p->running = NULL;
}

/* Text without parameters; NULL with f set unless it went well. */
static PGresult *
run(struct postgres *p, const char *sql, struct fault *f)
{
	park(p);
	PGresult *r = PQexec(p->h, sql);
	ExecStatusType status = PQresultStatus(r);
	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return r;
	fail(p, r, f);
	PQclear(r);
	return NULL;
}

static bool
postgres_exec(struct db *db, const char *sql, struct fault *f)
{
	PGresult *r = run(of_db(db), sql, f);
	PQclear(r);
	return r != NULL;
}

static void
postgres_close(struct db *db)
{
	struct postgres *p = of_db(db);
	names_free(&p->names);
	PQfinish(p->h);
	free(p->where);
	free(p);
}

/* What the address says itself, or libpq would take from the environment. */
static const char *
said(const PQconninfoOption *options, const char *key, const char *variable)
{
	for (; options->keyword != NULL; options++)
		if (strcmp(options->keyword, key) == 0 && options->val != NULL)
			return options->val;
	return variable == NULL ? NULL : getenv(variable);
}

static bool
look_at(struct postgres *p, const char *url, bool *verify, struct fault *f)
{
	char *error = NULL;
	PQconninfoOption *o = PQconninfoParse(url, &error);
	if (o == NULL) {
		/* libpq would repeat it, with what is secret in it. */
		PQfreemem(error);
		return fault_set(f, EX_USAGE,
		    "postgresql://...: no address of a database, which is "
		    "postgresql://USER@HOST[:PORT][,HOST...]/"
		    "NAME[?OPTION=...]");
	}
	struct postgres_address a = {.host = said(o, "host", "PGHOST"),
	    .hostaddr = said(o, "hostaddr", "PGHOSTADDR"),
	    .sslmode = said(o, "sslmode", NULL),
	    .service = said(o, "service", "PGSERVICE"),
	    .password = said(o, "password", NULL),
	    .sslpassword = said(o, "sslpassword", NULL),
	    .dbname = said(o, "dbname", "PGDATABASE")};
	p->where = postgres_address_text(&a);
	bool ok = postgres_address_check(&a, verify, f);
	PQconninfoFree(o);
	return ok;
}

/* "relation exists, skipping" is nobody's business; a warning may be. */
static void
note(void *arg, const PGresult *r)
{
	struct postgres *p = arg;
	const char *of = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
	p->warned = p->warned || (of != NULL && strcmp(of, "WARNING") == 0);
}

/*
 * A connection that fails tells its SQLSTATE only when it is verbose, and only
 * a connection that has begun can be made so: it begins, and begins again.
 */
static bool
connect_to(struct postgres *p, const char *url, bool verify, struct fault *f)
{
	/* What stands before the address is what it may change. */
	const char *keys[] = {"connect_timeout", "keepalives_idle",
	    "keepalives_interval", "keepalives_count", "tcp_user_timeout",
	    "application_name", "gssencmode", "target_session_attrs", "dbname",
	    "client_encoding", verify ? "sslmode" : NULL, NULL};
	const char *values[] = {"10", "30", "10", "3", "60000", "tumen",
	    "disable", p->writes ? "read-write" : "any", url, "UTF8",
	    "verify-full", NULL};
	p->h = PQconnectStartParams(keys, values, 1);
	PQsetNoticeReceiver(p->h, note, p);
	PQsetErrorVerbosity(p->h, PQERRORS_VERBOSE);
	PQreset(p->h);
	if (PQstatus(p->h) == CONNECTION_OK) {
		PQsetErrorVerbosity(p->h, PQERRORS_DEFAULT);
		return true;
	}
	postgres_sqlstate_in(PQerrorMessage(p->h), p->sqlstate);
	return postgres_fault(f, p->where, p->sqlstate, PQerrorMessage(p->h));
}

static bool
open_all(
    struct postgres *p, const char *url, enum db_mode mode, struct fault *f)
{
	bool verify = true;
	if (!look_at(p, url, &verify, f) || !connect_to(p, url, verify, f) ||
	    !postgres_session(&p->db, p->where, p->writes, f))
		return false;
	if (!p->writes)
		return postgres_schema_check(&p->db, p->where, f);
	return postgres_schema_apply(&p->db, p->where, mode == DB_CREATE, f) &&
	       postgres_rights(&p->db, &p->may, f);
}

static bool
postgres_may_read(const struct db *db)
{
	const struct postgres *p = (const struct postgres *)db;
	return !p->writes || p->may.read;
}

static struct db *
postgres_open(const char *where, enum db_mode mode, struct fault *f)
{
	if (mode == DB_PRIVATE || mode == DB_SEALED) {
		fault_set(f, EX_USAGE, "postgresql://...: a file is needed");
		return NULL;
	}
	struct postgres *p = xcalloc(1, sizeof(*p));
	p->db.engine = &postgres_engine;
	p->writes = mode != DB_READ;
	if (open_all(p, where, mode, f))
		return &p->db;
	postgres_close(&p->db);
	return NULL;
}

static void
postgres_rollback(struct db *db)
{
	struct postgres *p = of_db(db);
	if (p->in_transaction)
		postgres_exec(db, "ROLLBACK", NULL);
	p->in_transaction = false;
}

static bool
postgres_begin(struct db *db, struct fault *f)
{
	struct postgres *p = of_db(db);
	p->in_transaction = true;
	if (postgres_exec(db, postgres_begin_sql(&p->may), f))
		return true;
	postgres_rollback(db);
	return false;
}

static bool
postgres_commit(struct db *db, struct fault *f)
{
	struct postgres *p = of_db(db);
	p->warned = false;
	PGresult *r = run(p, "COMMIT", f);
	bool ok = r != NULL &&
		  postgres_committed(f, p->where, PQcmdStatus(r), p->warned);
	if (r != NULL)
		p->in_transaction = false;
	PQclear(r);
	postgres_rollback(db);
	return ok;
}

static bool
postgres_seal(struct db *db, struct fault *f)
{
	return fault_set(
	    f, EX_USAGE, "%s: no file to be sealed", of_db(db)->where);
}

/* A damaged page is an error of the statement that reads it (XX001). */
static bool
postgres_check(struct db *db, struct fault *f)
{
	return postgres_exec(db, "SELECT 1", f);
}

static struct db_stmt *
postgres_prepare(struct db *db, const char *sql, struct fault *f)
{
	struct postgres *p = of_db(db);
	struct postgres_stmt *st = xcalloc(1, sizeof(*st));
	st->parameters.st.engine = db->engine;
	st->db = p;
	parameters_clear(&st->parameters, sql);
	bool ok = names_take(&p->names, sql, st->name);
	if (!ok) {
		park(p);
		PGresult *r = PQprepare(p->h, st->name, sql, 0, NULL);
		ok = PQresultStatus(r) == PGRES_COMMAND_OK || fail(p, r, f);
		PQclear(r);
	}
	if (ok) {
		st->sql = xstrdup(sql);
		return &st->parameters.st;
	}
	free(st);
	return NULL;
}

/* A long answer is cancelled, unless that would end a transaction. */
static void
skip_rest(struct postgres *p)
{
	PGresult *r = NULL;
	int n = 0;
	while ((r = PQgetResult(p->h)) != NULL) {
		PQclear(r);
		if (++n != REST_MAX || p->in_transaction)
			continue;
		char text[256];
		PGcancel *cancel = PQgetCancel(p->h);
		PQcancel(cancel, text, sizeof(text));
		PQfreeCancel(cancel);
	}
	p->running = NULL;
}

/* The answer, not the values. */
static void
end(struct postgres_stmt *st)
{
	if (st->db->running == st)
		skip_rest(st->db);
	PQclear(st->row);
	st->row = NULL;
	for (; st->kept_at < st->nkept; st->kept_at++)
		PQclear(st->kept[st->kept_at]);
	free(st->kept);
	st->kept = NULL;
	st->nkept = st->kept_at = 0;
	st->started = false;
}

static void
postgres_reset(struct db_stmt *st)
{
	end(of_stmt(st));
	parameters_clear(&of_stmt(st)->parameters, of_stmt(st)->sql);
}

static void
postgres_finish(struct db_stmt *st)
{
	struct postgres_stmt *s = of_stmt(st);
	char old[NAME_LEN], *sql = NULL;
	end(s);
	names_give(&s->db->names, s->sql, s->name, old);
	if (old[0] != '\0') {
		sql = xasprintf("DEALLOCATE %s", old);
		postgres_exec(&s->db->db, sql, NULL);
	}
	free(sql);
	free(s);
}

static bool
start(struct postgres_stmt *st, struct fault *f)
{
	struct postgres *p = st->db;
	const struct postgres_parameters *v = &st->parameters;
	if (v->refused != NULL)
		return fault_set(f, EX_DATAERR, "%s: %s", p->where, v->refused);
	park(p);
	if (!PQsendQueryPrepared(
		p->h, st->name, v->n, v->value, v->len, v->format, 1) ||
	    !PQsetSingleRowMode(p->h))
		return fail(p, NULL, f);
	st->started = true;
	p->running = st;
	return true;
}

static PGresult *
next(struct postgres_stmt *st)
{
	if (st->kept_at < st->nkept)
		return st->kept[st->kept_at++];
	return st->db->running == st ? PQgetResult(st->db->h) : NULL;
}

/* Other types have no meaning in SQLite. */
static bool
readable(struct postgres_stmt *st, struct fault *f)
{
	for (int i = 0; i < PQnfields(st->row); i++)
		if (!postgres_readable(PQftype(st->row, i)))
			return fault_set(f, EX_SOFTWARE,
			    "%s: column %s: type %u is not portable, cast it",
			    st->db->where, PQfname(st->row, i),
			    PQftype(st->row, i));
	return true;
}

static enum db_row
postgres_step(struct db_stmt *base, struct fault *f)
{
	struct postgres_stmt *st = of_stmt(base);
	if (!st->started && !start(st, f))
		return DB_FAILED;
	PQclear(st->row);
	st->row = next(st);
	switch (PQresultStatus(st->row)) {
	case PGRES_SINGLE_TUPLE:
		return readable(st, f) ? DB_ROW : DB_FAILED;
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		st->changes = strtoll(PQcmdTuples(st->row), NULL, 10);
		return DB_DONE;
	default:
		if (st->row == NULL && st->started) /* stepped past the end */
			return DB_DONE;
		fail(st->db, st->row, f);
		return DB_FAILED;
	}
}

static int64_t
postgres_changes(struct db_stmt *st)
{
	return of_stmt(st)->changes;
}

static bool
postgres_is_null(struct db_stmt *st, int i)
{
	return PQgetisnull(of_stmt(st)->row, 0, i) != 0;
}

static const void *
postgres_blob(struct db_stmt *st, int i, size_t *len)
{
	const PGresult *row = of_stmt(st)->row;
	*len = (size_t)PQgetlength(row, 0, i);
	return PQgetvalue(row, 0, i);
}

static int64_t
postgres_get_int(struct db_stmt *st, int i)
{
	size_t len = 0;
	const void *p = postgres_blob(st, i, &len);
	return postgres_int(PQftype(of_stmt(st)->row, i), p, len);
}

static double
postgres_get_real(struct db_stmt *st, int i)
{
	size_t len = 0;
	const void *p = postgres_blob(st, i, &len);
	return postgres_real(PQftype(of_stmt(st)->row, i), p, len);
}

/* libpq puts a NUL behind every value. */
static const char *
postgres_text(struct db_stmt *st, int i)
{
	return PQgetvalue(of_stmt(st)->row, 0, i);
}

const struct db_engine postgres_engine = {
    .name = "PostgreSQL",
    .partitions = true,
    .open = postgres_open,
    .close = postgres_close,
    .begin = postgres_begin,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
    .seal = postgres_seal,
    .check = postgres_check,
    .may_read = postgres_may_read,
    .exec = postgres_exec,
    .insert_many = postgres_bulk_insert,
    .prepare = postgres_prepare,
    .finish = postgres_finish,
    .bind_null = postgres_bind_null,
    .bind_int = postgres_bind_int,
    .bind_real = postgres_bind_real,
    .bind_text = postgres_bind_text,
    .bind_blob = postgres_bind_blob,
    .step = postgres_step,
    .reset = postgres_reset,
    .changes = postgres_changes,
    .is_null = postgres_is_null,
    .get_int = postgres_get_int,
    .get_real = postgres_get_real,
    .get_text = postgres_text,
    .get_blob = postgres_blob,
};
