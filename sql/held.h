/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_HELD_H
#define TUMEN_SQL_HELD_H

#include "probe/base/fault.h"
#include "sql/store.h"

/*
 * Rows of runs that a spool owes, because its disk is full, in the file
 * DIR/held. The file is laid out while there is room and written in place, one
 * half after the other, so that it is durable without any room.
 */

enum {
	HELD_MAX = 88, /* two for each of 44 campaigns; others are counted */
	HELD_REASON_MAX = 96,
};

/*
 * Slots first..last of a campaign that ended alike: one run, or several that
 * were skipped. Slot n was planned interval_us after slot n - 1.
 */
struct held {
	int64_t first, last;
	int64_t interval_us;
	struct store_run run; /* of the first slot; its texts are these: */
	char state[16], reason[HELD_REASON_MAX + 1];
};

/* Start from {0} with a vantage and an epoch. */
struct held_runs {
	char vantage[RECORD_NAME_MAX + 1];
	uint64_t epoch;
	uint64_t generation; /* private: of the half that was written last */
	struct held v[HELD_MAX];
	size_t n;
	int64_t lost; /* rows beyond HELD_MAX */
};

/* The row of slot first + i; its texts are borrowed. */
struct store_run
held_row(const struct held_runs *runs, const struct held *h, int64_t i);

/*
 * Adds a row, to the slots before it where it ended like them. A skipped run
 * finishes when it was planned. False, and counted, when it is one too many.
 */
bool held_put(
    struct held_runs *runs, const struct store_run *run, int64_t interval_us);

/* The first n slots of v[0] have their rows. */
void held_took(struct held_runs *runs, int64_t n);

/*
 * What DIR/held says, if there is such a file and it is of runs->epoch (0: of
 * whichever, which is filled in together with the vantage). EX_DATAERR.
 */
bool held_read(const char *dir, struct held_runs *runs, struct fault *f);

/* Makes the file when it is missing. */
bool held_lay_out(const char *dir, struct fault *f);

/* In place and durable. EX_UNAVAILABLE when the file was never laid out. */
bool held_write(const char *dir, struct held_runs *runs, struct fault *f);

#endif
