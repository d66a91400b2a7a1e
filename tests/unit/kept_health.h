/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_KEPT_HEALTH_H
#define TUMEN_TESTS_KEPT_HEALTH_H

#include "tests/unit/kept_world.h"

/*
 * How the world of kept_world.h comes in: traces when they ended, with their
 * verdicts; the row of a run, and its health, when that ended. Each vantage has
 * a campaign that measures every slot, and one of control destinations alone
 * whose runs are long.
 */
struct observed {
	const char *vantage, *campaign;
	int64_t no, began_us, ended_us;
	const char *uplink; /* NULL: drawn by its number */
};

/* Its row and its health. */
void add_run(struct store *s, const struct observed *o);

/* Traces on their way in: prepared once, they are many; db_finish() it. */
struct db_stmt *adding_traces(struct store *s);

/* The trace of a verdict, of a run; a control trace has no verdict. */
void add_trace(struct store *s, struct db_stmt *st, const struct observed *o,
    const struct store_verdict *v, int64_t seq);

struct window {
	int64_t from_us, to_us;
};

/* What was written in it comes in, verdicts drawn anew and some missing. */
void arrive(struct store *s, struct random *random, struct window w);

#endif
