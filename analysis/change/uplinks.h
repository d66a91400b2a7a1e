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
 * How it was from from_us to to_us, of the runs that were under way at some
 * time of it: "up" when one at least had a working uplink and none had another,
 * "down" when one had none or an unstable one, or "unknown". *ended_us: when
 * the last of them ended, -1 without any.
 */
const char *uplinks_between(
    const struct uplinks *u, int64_t from_us, int64_t to_us, int64_t *ended_us);

#endif
