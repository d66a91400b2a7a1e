/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_DIFF_OPERANDS_H
#define TUMEN_DIFF_OPERANDS_H

#include "analysis/change/side.h"
#include "analysis/query.h"

/*
 * The two sides that tumen diff was asked to compare: each a trace's id, a
 * file or, with --a-time and --b-time, a part of the database.
 */
struct operand {
	const char *name; /* as it was written; borrowed */
	bool is_id;
	uint8_t id[UUID_LEN];
	int64_t start_us;	    /* of that trace */
	int64_t since_us, until_us; /* what was selected by time; -1 */
	struct side side;
};

struct operands {
	struct operand a, b;
	bool selected;	     /* by --a-time and --b-time */
	int64_t broken;	     /* objects of files that cannot be read */
	struct store *store; /* NULL: the database is not needed */
};

/* The traces of an instant are not older than this, without --hours. */
enum { OPERANDS_HOURS = 24 };

/*
 * How far from a trace that was named by its id others may lie to show what its
 * flow is balanced over; never beyond the middle between the two.
 */
#define OPERANDS_BESIDE_US INT64_C(3600000000)

/* What is asked for, without looking. EX_USAGE. */
bool operands_take(struct operands *o, const struct query *q, struct fault *f);

/*
 * Reads both, sorted. EX_USAGE: no database was named; EX_DATAERR: a trace that
 * is not there, a side without traces, a file that is not there or is damaged.
 * Ends with operands_close(), also after a failure.
 */
bool operands_read(struct operands *o, const struct query *q, struct fault *f);
void operands_close(struct operands *o);

#endif
