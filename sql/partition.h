/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_PARTITION_H
#define TUMEN_SQL_PARTITION_H

#include "sql/db.h"

/*
 * The days of `trace` and `evidence` in an engine that keeps each UTC day in a
 * table of its own, trace_pYYYYMMDD and evidence_pYYYYMMDD. A day is counted
 * from 1970-01-01, which is 0. What belongs to no day that was made lies in
 * trace_default and evidence_default. All of it is the operator's work;
 * EX_NOPERM for others. Call it outside a transaction: every day is one.
 */
enum { PARTITION_DAYS_MAX = 10000 }; /* in one call; 27 years */

/*
 * Whether this database has such tables. Where it has not (SQLite), the
 * calls below fail with EX_USAGE, and old rows are deleted instead.
 */
bool partition_applies(const struct db *db);

/*
 * Makes the days first..last that are missing; *made counts them. Rows of
 * such a day that lie in the default tables move into it. Several may do it at
 * once.
 */
bool partition_make(
    struct db *db, int64_t first, int64_t last, int64_t *made, struct fault *f);

/* Calls each for every day that is there, oldest first; false stops. */
typedef bool partition_each(void *arg, int64_t day, struct fault *f);
bool
partition_list(struct db *db, partition_each *each, void *arg, struct fault *f);

/*
 * Until the transaction ends, nobody else writes to the table; readers do not
 * wait. Does nothing where writers exclude each other anyway (SQLite).
 */
bool partition_hold(struct db *db, const char *table, struct fault *f);

/*
 * Drops all days before that one, with their traces and evidence, and deletes
 * such rows from the default tables; dropped (may be NULL) counts the days
 * and the rows that were deleted one by one. Runs, segments, verdicts
 * and dictionaries stay.
 */
struct partition_dropped {
	/* In the transaction that drops a day, before it goes; -1: the rows in
	 * the default tables. NULL none. */
	partition_each *each;
	void *arg;
	int64_t days, rows;
};
bool partition_drop(struct db *db, int64_t before,
    struct partition_dropped *dropped, struct fault *f);

#endif
