/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_BATCH_H
#define TUMEN_SQL_BATCH_H

#include "sql/store.h"

/*
 * Many small writes in transactions of at most 1,000 rows and about 1 MiB, so
 * that others get their turn and a shared server is not asked for more.
 */
enum { BATCH_ROWS = 1000, BATCH_OCTETS = 1 << 20 };

struct batch {
	struct store *store;
	int64_t rows, octets;
};

bool batch_open(struct batch *b, struct store *s, struct fault *f);

/* Counts one row more and commits when the batch is full. */
bool
batch_count(struct batch *b, size_t octets, bool *committed, struct fault *f);

/* Between two transactions: others that wait for the lock get it now. */
void batch_turn(void);

/* Commits the rest, or drops it when not ok; returns whether all is stored. */
bool batch_close(struct batch *b, bool ok, struct fault *f);

#endif
