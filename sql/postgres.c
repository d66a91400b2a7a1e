/* SPDX-License-Identifier: ISC */
#include "sql/postgres_conn.h"

#include "probe/base/mem.h"
#include "sql/postgres_address.h"
#include "sql/postgres_value.h"
#include "sql/postgres_wait.h"

#include <postgresql/libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { REST_MAX = 1000 }; /* rows to the end of an answer: else cancelled */

static struct postgres_stmt *
of_stmt(struct db_stmt *st)
{
	return (struct postgres_stmt *)st;
}

static bool
fail(struct postgres *p, const PGresult *r, struct fault *f)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	snprintf(p->sqlstate, sizeof(p->sqlstate), "%s", state ? state : "");
	if (p->patience_ms < 0)
		text = "the server has not answered for minutes";
	return postgres_fault(
	    f, p->where, p->sqlstate, text ? text : PQerrorMessage(p->h));
}

/* Reads what is still to come, so that another statement can be sent. */
static void
park(struct postgres *p)
{
	struct postgres_stmt *st = p->running;
	PGresult *r = NULL;
	if (p->ahead)
		postgres_ahead_end(&p->db);
	if (st == NULL)
		return;
	while ((r = PQgetResult(p->h)) != NULL) {
		st->kept =
		    xreallocarray(st->kept, st->nkept + 1, sizeof(PGresult *));
		st->kept[st->nkept++] = r;
	}
	p->running = NULL;
}

bool
postgres_run(struct postgres *p, const char *sql, char tag[static TAG_LEN],
    struct fault *f)
{
	park(p);
	PGresult *r = PQexec(p->h, sql);
	ExecStatusType status = PQresultStatus(r);
	bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
		  fail(p, r, f);
	snprintf(tag, TAG_LEN, "%s", ok ? PQcmdStatus(r) : "");
	PQclear(r);
	return ok;
}

void
postgres_disconnect(struct postgres *p)
{
	PQfinish(p->h);
	p->h = NULL;
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
bool
postgres_connect(struct postgres *p, const char *url, struct fault *f)
{
	bool verify = true;
	if (!look_at(p, url, &verify, f))
		return false;
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

/* Notes what the answer to something that was sent will be to. */
static bool
await(struct postgres *p, enum await_kind kind, const char *name, int sent,
    struct fault *f)
{
	if (!sent)
		return fail(p, NULL, f);
	postgres_await(p, kind, name);
	return true;
}

static bool
send_text(
    struct postgres *p, const char *sql, enum await_kind kind, struct fault *f)
{
	int sent = PQsendQueryParams(p->h, sql, 0, NULL, NULL, NULL, NULL, 1);
	return await(p, kind, "", sent, f);
}

bool
postgres_ahead_begin(struct db *db, struct fault *f)
{
	struct postgres *p = postgres_of(db);
	const char *const *part = postgres_begin_sql(&p->may);
	if (!p->ahead) {
		park(p);
		if (!PQenterPipelineMode(p->h))
			return fail(p, NULL, f);
		PQsetnonblocking(p->h, 1);
		p->ahead = true;
	}
	bool ok = true;
	for (; ok && *part != NULL; part++)
		ok = send_text(p, *part, AWAIT_NOTHING, f);
	return ok;
}

bool
postgres_ahead_commit(struct db *db, struct fault *f)
{
	struct postgres *p = postgres_of(db);
	if (!send_text(p, "COMMIT", AWAIT_COMMIT, f))
		return false;
	return (PQsendFlushRequest(p->h) && PQflush(p->h) >= 0) ||
	       fail(p, NULL, f);
}

void
postgres_ahead_push(struct db *db)
{
	PQflush(postgres_of(db)->h); /* a failure shows in the answer */
}

/* The next answer to what was sent ahead; an error when none comes. */
static PGresult *
take_answer(struct postgres *p)
{
	while (p->patience_ms > 0 && PQisBusy(p->h)) {
		bool sending = PQflush(p->h) == 1;
		if (!postgres_wait(PQsocket(p->h), sending, p->patience_ms))
			p->patience_ms = -1;
		if (!PQconsumeInput(p->h))
			break;
	}
	return PQgetResult(p->h);
}

/* What was skipped was not prepared; nor is a transaction left open. */
void
postgres_ahead_end(struct db *db)
{
	struct postgres *p = postgres_of(db);
	bool synced = !p->ahead || !PQpipelineSync(p->h);
	/* Between two answers there is one NULL; two of them are the end. */
	for (int n = 0; !synced && n < 2 && PQstatus(p->h) == CONNECTION_OK;) {
		PGresult *r = take_answer(p);
		synced = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
		n = r == NULL ? n + 1 : 0;
		PQclear(r);
	}
	for (; p->awaits_at < p->nawaits; p->awaits_at++)
		if (p->awaits[p->awaits_at].kind == AWAIT_NAME)
			names_forget(&p->names, p->awaits[p->awaits_at].name);
	p->nawaits = p->awaits_at = 0;
	if (!p->ahead)
		return;
	p->ahead = false;
	PQexitPipelineMode(p->h);
	PQsetnonblocking(p->h, 0);
	if (PQtransactionStatus(p->h) != PQTRANS_IDLE)
		postgres_exec(db, "ROLLBACK", NULL);
}

/* One answer; what comes behind it is libpq's mark that it was the last. */
static bool
answer(struct postgres *p, const struct await *a, int64_t *changes,
    struct fault *f)
{
	if (a->kind == AWAIT_COMMIT)
		p->warned = false;
	PGresult *r = take_answer(p);
	ExecStatusType status = PQresultStatus(r);
	bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
		  fail(p, r, f);
	if (ok && a->kind == AWAIT_COMMIT)
		ok = postgres_committed(f, p->where, PQcmdStatus(r), p->warned);
	if (ok && a->kind == AWAIT_CHANGES)
		*changes = strtoll(PQcmdTuples(r), NULL, 10);
	PQclear(r);
	if (ok)
		PQclear(take_answer(p));
	return ok;
}

bool
postgres_ahead_answer(
    struct db *db, int64_t *changes, size_t n, struct fault *f)
{
	struct postgres *p = postgres_of(db);
	enum await_kind kind = AWAIT_NOTHING;
	int64_t unused = 0;
	size_t got = 0;
	bool ok = true;
	while (ok && kind != AWAIT_COMMIT && p->awaits_at < p->nawaits) {
		const struct await *a = &p->awaits[p->awaits_at];
		kind = a->kind;
		ok = answer(p, a, got < n ? &changes[got] : &unused, f);
		got += kind == AWAIT_CHANGES;
		p->awaits_at += ok;
	}
	if (!ok)
		postgres_ahead_end(db);
	else if (p->awaits_at == p->nawaits)
		p->nawaits = p->awaits_at = 0;
	return ok;
}

struct db_stmt *
postgres_prepare(struct db *db, const char *sql, struct fault *f)
{
	struct postgres *p = postgres_of(db);
	struct postgres_stmt *st = xcalloc(1, sizeof(*st));
	st->parameters.st.engine = db->engine;
	st->db = p;
	parameters_clear(&st->parameters, sql);
	bool ok = names_take(&p->names, sql, st->name);
	if (!ok && p->ahead) {
		ok = await(p, AWAIT_NAME, st->name,
		    PQsendPrepare(p->h, st->name, sql, 0, NULL), f);
	} else if (!ok) {
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

void
postgres_reset(struct db_stmt *st)
{
	end(of_stmt(st));
	parameters_clear(&of_stmt(st)->parameters, of_stmt(st)->sql);
}

void
postgres_finish(struct db_stmt *st)
{
	struct postgres_stmt *s = of_stmt(st);
	char old[NAME_LEN];
	end(s);
	names_give(&s->db->names, s->sql, s->name, old);
	if (old[0] != '\0') {
		char *sql = xasprintf("DEALLOCATE %s", old);
		if (s->db->ahead)
			send_text(s->db, sql, AWAIT_NOTHING, NULL);
		else
			postgres_exec(&s->db->db, sql, NULL);
		free(sql);
	}
	free(s);
}

static bool
send_bound(struct postgres_stmt *st, struct fault *f)
{
	const struct postgres_parameters *v = &st->parameters;
	if (v->refused != NULL)
		return fault_set(
		    f, EX_DATAERR, "%s: %s", st->db->where, v->refused);
	return PQsendQueryPrepared(
		   st->db->h, st->name, v->n, v->value, v->len, v->format, 1) ||
	       fail(st->db, NULL, f);
}

static bool
start(struct postgres_stmt *st, struct fault *f)
{
	struct postgres *p = st->db;
	park(p);
	if (!send_bound(st, f))
		return false;
	PQsetSingleRowMode(p->h);
	st->started = true;
	p->running = st;
	return true;
}

bool
postgres_send(struct db_stmt *base, int64_t *changes, struct fault *f)
{
	struct postgres_stmt *st = of_stmt(base);
	if (!st->db->ahead)
		return db_run(base, changes, f);
	if (!send_bound(st, f))
		return false;
	postgres_await(st->db, AWAIT_CHANGES, "");
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

enum db_row
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

int64_t
postgres_changes(struct db_stmt *st)
{
	return of_stmt(st)->changes;
}

bool
postgres_is_null(struct db_stmt *st, int i)
{
	return PQgetisnull(of_stmt(st)->row, 0, i) != 0;
}

const void *
postgres_blob(struct db_stmt *st, int i, size_t *len)
{
	const PGresult *row = of_stmt(st)->row;
	*len = (size_t)PQgetlength(row, 0, i);
	return PQgetvalue(row, 0, i);
}

int64_t
postgres_get_int(struct db_stmt *st, int i)
{
	size_t len = 0;
	const void *p = postgres_blob(st, i, &len);
	return postgres_int(PQftype(of_stmt(st)->row, i), p, len);
}

double
postgres_get_real(struct db_stmt *st, int i)
{
	size_t len = 0;
	const void *p = postgres_blob(st, i, &len);
	return postgres_real(PQftype(of_stmt(st)->row, i), p, len);
}

/* libpq puts a NUL behind every value. */
const char *
postgres_text(struct db_stmt *st, int i)
{
	return PQgetvalue(of_stmt(st)->row, 0, i);
}
