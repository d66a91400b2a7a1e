/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_RETENTION_H
#define TUMEN_SQL_RETENTION_H

#include "sql/ledger.h"
#include "sql/store.h"

/*
 * Drops what is older than a time from the shared database: traces with their
 * evidence and verdicts (by their start), runs with their health (by their
 * end), then paths that no trace takes any more. At most 1,000 rows a
 * transaction, with a pause after each, so that writers get their turn; readers
 * never wait. The ledger of segments, vantages, campaigns, prefixes and
 * addresses stay. What of each vantage and epoch was dropped is added to the
 * table `retention` in the same transaction: an audit balances whenever this
 * ends. Where days have tables of their own (sql/partition.h), these are
 * dropped, a day a transaction.
 */
enum retention_kind {
	RETENTION_TRACES,
	RETENTION_EVIDENCE,
	RETENTION_VERDICTS,
	RETENTION_RUNS,
	RETENTION_PATHS,
	RETENTION_KINDS,
};

struct retention {
	struct store *db;
	int64_t before_us, at_us; /* what is older; now */
	/* After each transaction; NULL none. */
	void (*progress)(const struct retention *r, enum retention_kind kind);
	int64_t n[RETENTION_KINDS]; /* rows that were dropped */
	int64_t made;		    /* days, by retention_ahead() */
};

/*
 * Makes the partitions of today and so many days to come that are missing;
 * EX_USAGE where there is no such thing.
 */
bool retention_ahead(struct retention *r, int64_t days, struct fault *f);

/* False: what the counts say is dropped, the rest is as it was. */
bool retention_run(struct retention *r, struct fault *f);

/*
 * After a segment was imported that had been taken in before: what of its
 * vantage and epoch is there although it was dropped counts as not dropped.
 * line: of the segment. at_us: now.
 */
bool retention_restored(struct store *db, const struct ledger *line,
    int64_t at_us, struct fault *f);

/* Only counts; writes nothing. */
bool retention_count(struct retention *r, struct fault *f);

/* "traces", ... */
const char *retention_name(enum retention_kind kind);

/* The start of the UTC day that is `days` before the day of now_us. */
int64_t retention_before_us(int64_t now_us, int64_t days);

#endif
