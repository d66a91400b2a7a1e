/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_LOAD_H
#define TUMEN_SQL_LOAD_H

#include "sql/batch.h"
#include "sql/health.h"
#include "sql/ledger.h"
#include "sql/load_item.h"
#include "sql/row.h"

/*
 * Stored rows on their way into a database, table by table with as few
 * statements as can be (gather.h), in transactions of BATCH_ROWS rows and
 * BATCH_OCTETS octets, several of them at once where the database lets them be
 * sent ahead (db.h). A database whose user may insert but not read (a vantage
 * in PostgreSQL) is written blindly: a row whose key is taken counts as there
 * already, whatever it holds; audit compares the hashes.
 *
 * When a transaction fails for what a row holds, it and those behind it are
 * done again one by one, in halves until the row is found.
 */
struct load;

/* What is counted together, a segment: what became of its rows. */
struct load_part {
	/* Told of every row that the database cannot take; EX_DATAERR in f. */
	void (*refused)(
	    void *arg, const struct load_item *item, const struct fault *f);
	/* After each transaction that is stored; NULL none. */
	void (*stored)(void *arg);
	void *arg;
	int64_t added, present, runs, nrefused;
	size_t open; /* transactions that are not stored yet */
};

struct load *load_open(struct store *to);

/* Throws away what is not stored yet. NULL is fine. */
void load_free(struct load *l);

/* At most so many rows a transaction, 1..BATCH_ROWS. */
void load_limit(struct load *l, int64_t rows);

/* How many rows were taken and not yet sent. */
size_t load_waiting(const struct load *l);

/* Takes the row over: it is empty afterwards. */
void load_row(struct load *l, struct row *row);
void load_run(struct load *l, const struct store_run *run);
void load_health(struct load *l, const struct store_health *h);

/*
 * Whether row still goes into the next transaction; one that is larger than any
 * may be goes alone.
 */
bool load_fits(const struct load *l, const struct row *row);

/* Whether the next transaction is as large as it may be. */
bool load_is_full(const struct load *l);

/*
 * Sends what was taken as one transaction of this part; it is stored when
 * part->open is 0 again, at once where nothing is sent ahead. May wait for
 * others that were sent before. False when the database fails: then nothing
 * can be done but to free l and to begin anew, which finds out what is stored.
 */
bool load_send(struct load *l, struct load_part *part, struct fault *f);

/* Between two of them: lets others write where a transaction locks them out. */
void load_turn(const struct load *l);

/*
 * The same for the line of a part of which all is stored. It goes with the next
 * transaction of rows, or when there is nothing else to wait for.
 */
bool load_line(struct load *l, struct load_part *part,
    const struct ledger *line, struct fault *f);

/* Waits for the oldest transaction that was sent; *any: there was one. */
bool load_wait(struct load *l, bool *any, struct fault *f);

/* Waits until all that was sent is stored. */
bool load_drain(struct load *l, struct fault *f);

/* Waits until all of a part is stored. */
bool
load_wait_for(struct load *l, const struct load_part *part, struct fault *f);

#endif
