/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_STALE_H
#define TUMEN_SQL_STALE_H

#include "probe/base/fault.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

/* A series (sql/states.h) whose verdicts from a time on are other ones. */
struct stale {
	int64_t prefix_id, vantage_id, from_us;
};

enum { STALE_SERIES = 64 }; /* that one transaction remembers */

/* Its states go with this transaction; at once when it remembers too many. */
bool store_stale(struct store *s, const struct stale *stale, struct fault *f);

/* Before the commit: drops the states of the series that became stale. */
bool store_forget_stale(struct store *s, struct fault *f);

#endif
