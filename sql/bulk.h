/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_BULK_H
#define TUMEN_SQL_BULK_H

#include "sql/db.h"

/*
 * Many rows into one table at once, as columns: in PostgreSQL one statement,
 * INSERT ... SELECT FROM unnest($1, ...) ON CONFLICT DO NOTHING, which is one
 * round trip and needs no right but INSERT; in SQLite a row at a time. Rows
 * whose key is there already are passed over. Keep to BATCH_ROWS rows and
 * BATCH_OCTETS octets (sql/batch.h) a transaction, and the rows of a
 * dictionary in the order of their keys, so that writers do not deadlock.
 */
enum bulk_type { BULK_INT, BULK_REAL, BULK_TEXT, BULK_BLOB };

enum { BULK_COLUMNS_MAX = 32 };

/* In a column of BULK_INT: SQL's NULL. */
#define BULK_NULL INT64_MIN

/* A blob; p NULL is SQL's NULL. */
struct bulk_bytes {
	const void *p;
	size_t len;
};

/* Its n values are borrowed; only the array that its type names is looked at.
 */
struct bulk_column {
	const char *name;
	enum bulk_type type;
	const int64_t *ints;
	const double *reals;		/* not-a-number is NULL */
	const char *const *texts;	/* UTF-8; a NULL is NULL */
	const struct bulk_bytes *bytes; /* of blobs */
};

struct bulk {
	const char *table;
	const struct bulk_column *columns;
	size_t ncolumns; /* 1..BULK_COLUMNS_MAX */
	size_t n;	 /* rows; 0 is fine */
	bool only_new;	 /* EX_DATAERR when a key is there already */
};

/*
 * *changes: rows that were not there before. Belongs into a transaction, which
 * has to be rolled back when it fails.
 */
bool bulk_insert(
    struct db *db, const struct bulk *b, int64_t *changes, struct fault *f);

/* The same a row at a time, for an engine that has nothing better. */
bool bulk_insert_rows(
    struct db *db, const struct bulk *b, int64_t *changes, struct fault *f);

/* An engine's statement: "INSERT INTO table (columns)", the rows, the end. */
struct wr;
void bulk_into(struct wr *w, const struct bulk *b);
void bulk_end(struct wr *w, const struct bulk *b);

#endif
