/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_COPY_H
#define TUMEN_SQL_COPY_H

#include "probe/base/wr.h"
#include "sql/load.h"

/*
 * Copies what was observed (traces, evidence, runs and how the vantage was
 * during them; of a database that is no segment also what imports told about
 * vantages, and what of them was broken) from one database into another: the
 * stored bytes, checked, never packed again. What is there already stays. A row
 * that is damaged or contradicts a stored one is noted and passed over, so that
 * it holds up no other.
 */
enum { COPY_REASONS_MAX = 20 };

struct copy {
	struct store *from, *to;
	const struct ledger *line;   /* added with the last rows; NULL none */
	void (*progress)(void *arg); /* what is in part grew; NULL none */
	/* Before each transaction, to keep a pace; NULL: none. */
	bool (*wait)(void *arg, size_t rows, struct fault *f);
	int64_t rows_max; /* a transaction; 0: BATCH_ROWS */
	void *arg;
	struct load_part part; /* what was stored */
	int64_t refused;
	struct wr reasons;  /* why, a line each, the first few; wr_free() it */
	bool source_failed; /* the fault is of `from` */
};

/*
 * Set from, to and what else is wanted. True also when rows were refused; then
 * line is not added. False: some of it is stored, line is not added.
 */
bool copy_run(struct copy *c, struct fault *f);

/*
 * The first half of it: sends all but line, which is not looked at. All of it
 * is stored when part.open is 0; c must stay where it is until then.
 */
bool copy_send(struct copy *c, struct load *load, struct fault *f);

#endif
