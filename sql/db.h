/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_DB_H
#define TUMEN_SQL_DB_H

#include "probe/base/fault.h"

#include <stddef.h>
#include <stdint.h>

/*
 * One connection to a database of any engine, and statements in the portable
 * subset of SQL (sql/README.md). Parameters are $1, $2, ... and first appear
 * in that order. Every database that opens has the schema of this version.
 */
struct db;
struct db_stmt;

enum db_mode {
	DB_READ,    /* must exist; never written */
	DB_WRITE,   /* must exist; migrated */
	DB_CREATE,  /* made when missing; migrated */
	DB_PRIVATE, /* as CREATE, for this connection alone until it closes */
	DB_SEALED,  /* as READ, a file that nobody will ever write again */
};

struct db *db_open(const char *where, enum db_mode mode, struct fault *f);
void db_close(struct db *db);

/*
 * A transaction that writes; others that write wait, readers do not. Keep it
 * under a few seconds. After a failed commit nothing of it remains.
 */
bool db_begin(struct db *db, struct fault *f);
bool db_commit(struct db *db, struct fault *f);
void db_rollback(struct db *db);

/*
 * Transactions that are sent ahead of the answers to others, where the database
 * is far away (db_ahead() says whether it can). Between db_ahead_begin() and
 * db_ahead_commit() bulk_insert() alone may be used; it only sends, and knows
 * no changes. db_ahead_answer() waits for the oldest transaction without an
 * answer and gives the changes of its first n inserts. Transactions are done in
 * order, and once one has failed, none that was sent after it is done: they are
 * forgotten, and the connection is as it was before. db_ahead_push() lets go
 * out what can without waiting. db_ahead_end(): what has no answer yet is
 * waited for and thrown away; then everything else may be used again.
 */
bool db_ahead(const struct db *db);
bool db_ahead_begin(struct db *db, struct fault *f);
bool db_ahead_commit(struct db *db, struct fault *f);
bool
db_ahead_answer(struct db *db, int64_t *changes, size_t n, struct fault *f);
void db_ahead_push(struct db *db);
void db_ahead_end(struct db *db);

/* Makes the file complete in itself, without side files; then only close. */
bool db_seal(struct db *db, struct fault *f);

/* Looks for damage; EX_DATAERR. */
bool db_check(struct db *db, struct fault *f);

/* Whether its user may read; an agent of a fleet may only insert. */
bool db_may_read(const struct db *db);

/* Statements without parameters or rows, separated by semicolons. */
bool db_exec(struct db *db, const char *sql, struct fault *f);

struct db_stmt *db_prepare(struct db *db, const char *sql, struct fault *f);
void db_finish(struct db_stmt *st);

/*
 * Values for $i. Texts and blobs are borrowed until the statement is reset or
 * finished; NULL and not-a-number are SQL's NULL. A failure comes out of the
 * next step.
 */
void db_bind_null(struct db_stmt *st, int i);
void db_bind_int(struct db_stmt *st, int i, int64_t v);
void db_bind_real(struct db_stmt *st, int i, double v);
void db_bind_text(struct db_stmt *st, int i, const char *v);
void db_bind_blob(struct db_stmt *st, int i, const void *v, size_t len);

/* NULL when v is negative. */
void db_bind_int_or_null(struct db_stmt *st, int i, int64_t v);

enum db_row { DB_FAILED, DB_DONE, DB_ROW };
enum db_row db_step(struct db_stmt *st, struct fault *f);

/* Ends the run of a statement and forgets its values, for the next run. */
void db_reset(struct db_stmt *st);

/* Steps to the end and resets; *changes (may be NULL): rows written. */
bool db_run(struct db_stmt *st, int64_t *changes, struct fault *f);

/*
 * Column i (from 0) of the current row; what is returned lives until the next
 * step or reset. NULL reads as 0, -1 (db_int_or_none), not-a-number, "" or, for
 * db_text_or_null and db_blob, NULL.
 */
int64_t db_int(struct db_stmt *st, int i);
int64_t db_int_or_none(struct db_stmt *st, int i);
double db_real(struct db_stmt *st, int i);
const char *db_text(struct db_stmt *st, int i);
const char *db_text_or_null(struct db_stmt *st, int i);
const void *db_blob(struct db_stmt *st, int i, size_t *len);

/* Copies a blob of just that length; false, and nothing, of any other. */
bool db_octets(struct db_stmt *st, int i, void *to, size_t len);

#endif
