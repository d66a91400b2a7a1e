/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_LOAD_H
#define TUMEN_SQL_LOAD_H

#include "sql/batch.h"
#include "sql/row.h"
#include "sql/store.h"

/*
 * Stored rows on their way into a database, table by table with as few
 * statements as can be (gather.h), in transactions of BATCH_ROWS rows and
 * BATCH_OCTETS octets. A database whose user may insert but not read (a vantage
 * in PostgreSQL) is written blindly: a row whose key is taken counts as there
 * already, whatever it holds; audit compares the hashes.
 */
struct load;

struct load_counts {
	int64_t added, present, runs, refused;
};

/* Told of every row that the database cannot take, EX_DATAERR in f. */
typedef void load_refused(void *arg, const struct fault *f);

struct load *load_open(struct store *to, load_refused *refused, void *arg);
void load_free(struct load *l); /* NULL is fine */

/* At most so many rows a transaction, 1..BATCH_ROWS. */
void load_limit(struct load *l, int64_t rows);

/* How many rows were taken and not yet stored. */
size_t load_waiting(const struct load *l);

/* Takes the row over: it is empty afterwards. */
void load_row(struct load *l, struct row *row);
void load_run(struct load *l, const struct store_run *run);

/* Whether the next transaction is as large as it may be. */
bool load_is_full(const struct load *l);

/*
 * Stores what was taken, in one transaction. When that fails for what a row
 * holds, halves of it are tried until the row is found; the others are stored.
 * False when the database fails: all of it is kept for another try.
 */
bool load_store(struct load *l, struct fault *f);

/* So far, stored or refused. */
struct load_counts load_counts(const struct load *l);

#endif
