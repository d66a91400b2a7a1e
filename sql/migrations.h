/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_MIGRATIONS_H
#define TUMEN_SQL_MIGRATIONS_H

#include "sql/db.h"

/*
 * The numbered files of sql/sqlite and sql/postgres, embedded by sql/embed.sh,
 * oldest first. A file that was ever released is never changed: another is
 * appended.
 */
struct migration {
	int version;
	const char *name;
	const char *sql;
};
extern const struct migration sqlite_migrations[];
extern const size_t sqlite_migrations_n;
extern const struct migration postgres_migrations[];
extern const size_t postgres_migrations_n;

/* PRAGMA application_id of every tumen database: "TUMN". */
enum { MIGRATIONS_APPLICATION_ID = 0x54554d4e };

/*
 * Brings an open SQLite database to the newest schema. The version is read
 * inside the transaction that changes it, so that two processes cannot both
 * do it. What is neither empty (only when may_create) nor tumen's, or is newer
 * than this program, is refused unchanged: EX_DATAERR.
 */
bool migrations_apply(
    struct db *db, const char *where, bool may_create, struct fault *f);

/*
 * For a reader: refuses any schema but the newest; or also accepts older ones,
 * for sealed segments, which stay as they are (copying must read them all):
 * what such a file lacks reads as what it would have by its defaults.
 */
bool migrations_check(
    struct db *db, const char *where, bool older_too, struct fault *f);

#endif
