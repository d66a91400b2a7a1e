/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_POSTGRES_H
#define TUMEN_SQL_POSTGRES_H

#include "sql/db.h"
#include "sql/postgres_fault.h"

/*
 * What the files of the PostgreSQL engine share; postgres.c alone knows libpq.
 */

/* The SQLSTATE of the last statement that failed; "" none, or no server. */
const char *postgres_sqlstate(const struct db *db);

/*
 * Makes a new connection one of ours: names are looked up in schema public
 * alone, times are UTC, what is said to be stored is. Refuses servers older
 * than 15 (EX_UNAVAILABLE) and databases that are not UTF8 (EX_DATAERR).
 */
bool postgres_session(
    struct db *db, const char *where, bool writes, struct fault *f);

/* Who this user is: an operator may lock tables, a vantage not even read. */
struct postgres_rights {
	bool lock, read;
};
bool
postgres_rights(struct db *db, struct postgres_rights *may, struct fault *f);

/*
 * How a transaction begins: statements, then NULL. The operator's writers take
 * turns, as in SQLite: what they write would else be written by two at once, in
 * different orders. Agents only add rows, by bulk_insert(), in one order; they
 * may not lock and do not wait. With a transaction id the commit waits for the
 * standby even when all rows were there already: an upload before may have died
 * while it waited.
 */
const char *const *postgres_begin_sql(const struct postgres_rights *may);

/*
 * Brings an open database to the newest schema in one transaction, whoever
 * else tries the same. What is neither empty (only when may_create) nor
 * tumen's, or newer or otherwise than this program knows it, is refused
 * unchanged: EX_DATAERR. where: for texts.
 */
bool postgres_schema_apply(
    struct db *db, const char *where, bool may_create, struct fault *f);

/* For a reader: refuses any schema but the newest. */
bool postgres_schema_check(struct db *db, const char *where, struct fault *f);

/* bulk_insert() by unnest(). */
struct bulk;
bool postgres_bulk_insert(
    struct db *db, const struct bulk *b, int64_t *changes, struct fault *f);

#endif
