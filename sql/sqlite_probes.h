/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_SQLITE_PROBES_H
#define TUMEN_SQL_SQLITE_PROBES_H

struct sqlite3;
struct sqlite3_api_routines;

/*
 * The table-valued function record_probes(rec, started_us) of a connection:
 * every probe and reply of a packed record as a row, the columns of
 * sql/README.md. Bytes that are no packed record end the query with an error;
 * NULL has no probes. Returns a result code of SQLite.
 */
int sqlite_probes_register(struct sqlite3 *db);

/*
 * The entry of the loadable extension tumen_sql.so; its name is how SQLite
 * finds it (sqlite.org/loadext.html). Leaves *error alone.
 */
int sqlite3_tumensql_init(
    struct sqlite3 *db, char **error, const struct sqlite3_api_routines *api);

#endif
