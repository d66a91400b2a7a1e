/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_STORE_DB_H
#define TUMEN_SQL_STORE_DB_H

#include "sql/db.h"
#include "sql/row.h"
#include "sql/stale.h"
#include "sql/store.h"
#include "sql/store_sql.h"

/* What the files of the store share among themselves. */

enum { KNOWN_TEXTS = 1 << 14 };

struct store {
	struct db *db;
	bool in_transaction, broken;
	struct db_stmt *stmt[SQL_N];
	/* Hashes of dictionary texts that are surely there; 0 none. */
	uint64_t known[KNOWN_TEXTS];
	/* Whose states go before the transaction ends. */
	struct stale stale[STALE_SERIES];
	size_t nstale;
};

/* Takes the connection over, also when it fails. */
struct store *store_on(struct db *db);

/* Whether its user may read what is stored; a vantage may only add. */
bool store_may_read(const struct store *s);

/* db_seal and db_check of its connection. */
bool store_seal(struct store *s, struct fault *f);
bool store_check(struct store *s, struct fault *f);

/* The statement, ready for its parameters; NULL with f set. */
struct db_stmt *store_stmt(
    struct store *s, enum store_sql which, const char *sql, struct fault *f);

/*
 * Brackets for a write: leave with what enter said and whether all went well.
 * Outside a transaction they make one; inside, a failure other than bad data
 * makes the whole transaction fail.
 */
bool store_enter(struct store *s, bool *own, struct fault *f);
bool store_leave(struct store *s, bool own, bool ok, struct fault *f);

/* An address as its column holds it. */
void store_addr_bytes(uint32_t addr, uint8_t out[static 4]);
uint32_t store_addr_of(const uint8_t *bytes, size_t len);
uint32_t store_get_addr(struct db_stmt *st, int i); /* 0 for no IPv4 */

/* Whether a row is stored just so; EX_DATAERR when another has its key. */
bool store_same_trace(struct store *s, const struct row *row, struct fault *f);
bool
store_same_run(struct store *s, const struct store_run *run, struct fault *f);
struct store_health;
bool store_same_health(
    struct store *s, const struct store_health *h, struct fault *f);

/* What the column `health` of a run holds: 0, 1, or -1 for NULL. */
int64_t store_health_column(enum store_run_health health);

/* store_add and store_traces for whoever copies stored bytes. */
bool store_add_row(
    struct store *s, const struct row *row, bool *added, struct fault *f);

/*
 * Damage of a single row (EX_DATAERR) is handed to each as f->status with row
 * not unpacked; each decides whether to go on. Otherwise f->status is 0.
 */
typedef bool store_each_row(void *arg, struct row *row, struct fault *f);
bool store_rows(struct store *s, const struct store_filter *filter,
    store_each_row *each, void *arg, struct fault *f);

/*
 * The conditions of a filter on the columns of a table with the alias t, as
 * " AND ..." with parameters from $first on; the second binds them. What the
 * campaign's id is of a row, the caller says: a column or a query.
 */
enum { STORE_WHERE_LEN = 600 };
void store_where(const struct store_filter *filter, const char *campaign_id,
    int first, char where[static STORE_WHERE_LEN]);
struct store_bounds {
	uint8_t first[4], last[4];
};
void store_bind_where(const struct store_filter *filter, struct db_stmt *st,
    int first, struct store_bounds *keep);

#endif
