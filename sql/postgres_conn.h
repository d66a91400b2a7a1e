/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_POSTGRES_CONN_H
#define TUMEN_SQL_POSTGRES_CONN_H

#include "sql/engine.h"
#include "sql/postgres.h"
#include "sql/postgres_names.h"
#include "sql/postgres_parameters.h"

/*
 * A connection to a PostgreSQL server: postgres.c has what speaks to it,
 * postgres_engine.c what a connection is for the rest of the house.
 */
struct postgres_stmt;

/* An answer that is still to come to what was sent ahead. */
enum await_kind { AWAIT_NOTHING, AWAIT_NAME, AWAIT_CHANGES, AWAIT_COMMIT };

struct await {
	enum await_kind kind;
	char name[NAME_LEN]; /* that is being prepared */
};

struct postgres {
	struct db db;
	struct pg_conn *h; /* libpq's PGconn */
	char *where;	   /* for texts */
	char sqlstate[SQLSTATE_LEN];
	bool in_transaction, writes, warned;
	struct postgres_rights may; /* when it writes */
	struct postgres_names names;
	struct postgres_stmt *running; /* its rows are on the wire */
	bool ahead;		       /* libpq is in pipeline mode */
	int64_t
	    patience_ms; /* with it (postgres_wait.h); -1: it is at an end */
	struct await *awaits; /* the oldest first, from awaits_at on */
	size_t nawaits, awaits_at, awaits_room;
};

/* An answer is read a row at a time, so that it may be of any length. */
struct postgres_stmt {
	struct postgres_parameters parameters; /* and st */
	struct postgres *db;
	char *sql;
	char name[NAME_LEN];
	bool started;
	struct pg_result *row;
	int64_t changes;
	/* Rows read ahead, because another statement needed the connection. */
	struct pg_result **kept;
	size_t nkept, kept_at;
};

static inline struct postgres *
postgres_of(struct db *db)
{
	return (struct postgres *)db;
}

/* Fills in h and where; end with postgres_disconnect() in any case. */
bool postgres_connect(struct postgres *p, const char *url, struct fault *f);
void postgres_disconnect(struct postgres *p);

/*
 * Statements without parameters, and what the server calls the last of them
 * when it has done it ("COMMIT"); tag may be NULL.
 */
enum { TAG_LEN = 32 };
bool postgres_run(struct postgres *p, const char *sql, char tag[static TAG_LEN],
    struct fault *f);

/*
 * Sends a transaction's beginning, statements that were bound, and its end,
 * without waiting for answers (db.h says what follows). The server looks at
 * them in order, and skips all that follows a failure: it is never told where
 * a new start could be made (no Sync) before everything was answered.
 */
bool postgres_ahead_begin(struct db *db, struct fault *f);
bool postgres_ahead_commit(struct db *db, struct fault *f);
bool postgres_ahead_answer(
    struct db *db, int64_t *changes, size_t n, struct fault *f);
void postgres_ahead_push(struct db *db);
void postgres_ahead_end(struct db *db);

void postgres_await(struct postgres *p, enum await_kind kind, const char *name);

/* Sends a statement if its connection is ahead, else runs it. */
bool postgres_send(struct db_stmt *st, int64_t *changes, struct fault *f);

/* The engine's statements. */
bool postgres_exec(struct db *db, const char *sql, struct fault *f);
struct db_stmt *
postgres_prepare(struct db *db, const char *sql, struct fault *f);
void postgres_finish(struct db_stmt *st);
enum db_row postgres_step(struct db_stmt *st, struct fault *f);
void postgres_reset(struct db_stmt *st);
int64_t postgres_changes(struct db_stmt *st);
bool postgres_is_null(struct db_stmt *st, int i);
int64_t postgres_get_int(struct db_stmt *st, int i);
double postgres_get_real(struct db_stmt *st, int i);
const char *postgres_text(struct db_stmt *st, int i);
const void *postgres_blob(struct db_stmt *st, int i, size_t *len);

#endif
