/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_SLOTS_H
#define TUMEN_SQL_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether the slots of one campaign and vantage follow each other, as their
 * rows go by in the order of the plan. Start from {0}. Pure.
 *
 * A campaign whose interval was changed counts its slots anew: a jump that
 * does not fit the interval is such a change, and nothing is missing in it
 * that could be named.
 */
struct slots {
	bool begun;
	int64_t slot, epoch, planned_us; /* of the last row */
	int64_t interval_us;		 /* 0 not known yet */
};

enum slots_what { SLOTS_NEXT, SLOTS_MISSING, SLOTS_TWICE };

struct slots_row {
	int64_t slot, epoch, planned_us;
};

struct slots_step {
	enum slots_what what;
	int64_t first, last;  /* SLOTS_MISSING */
	int64_t planned_us;   /* of the first that is missing */
	int64_t epoch_before; /* SLOTS_TWICE: of the other row */
};

struct slots_step slots_step(struct slots *s, const struct slots_row *row);

#endif
