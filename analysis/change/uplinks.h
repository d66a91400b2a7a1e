/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_UPLINKS_H
#define TUMEN_CHANGE_UPLINKS_H

#include "sql/health.h"

#include <stddef.h>

/* How the uplink of a vantage was during a round. Pure. */

struct uplinks {
	size_t n;
	const struct store_uplink *run; /* by end; borrowed */
	int64_t *earliest;		/* when the first of run[i..] began */
};

void uplinks_open(struct uplinks *u, const struct store_uplink *run, size_t n);
void uplinks_close(struct uplinks *u);

/*
 * Whether it worked from from_us to to_us: of the runs that were under way at
 * some time of it, one at least had a working uplink and none had another.
 * *ended_us: when the last of them ended, -1 without any.
 */
bool uplinks_work(
    const struct uplinks *u, int64_t from_us, int64_t to_us, int64_t *ended_us);

#endif
