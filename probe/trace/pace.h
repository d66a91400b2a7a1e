/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_PACE_H
#define TUMEN_TRACE_PACE_H

#include "probe/base/clock.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A token bucket: at most burst packets at once and rate packets a second in
 * the long run. Pure: the caller gives the time.
 */
struct pace {
	int64_t interval_ns; /* between two tokens */
	int64_t burst_ns;    /* burst * interval */
	int64_t credit_ns;
	struct mono last;
};

/* rate 1..100000 packets a second, burst >= 1; starts full. */
void pace_init(struct pace *p, uint32_t rate, uint32_t burst, struct mono now);

/* Takes one token; false when there is none. */
bool pace_take(struct pace *p, struct mono now);

/* Nanoseconds until a token is there; 0 when there is one now. */
int64_t pace_wait_ns(struct pace *p, struct mono now);

/*
 * The guard: counts what was really sent. False as soon as more packets left
 * in any window of one second than the ceiling allows; the process then ends,
 * whatever the cause of the flood.
 */
struct guard {
	int64_t ceiling;
	int64_t count;
	struct mono since;
};
void guard_init(struct guard *g, uint32_t rate, uint32_t burst);
bool guard_count(struct guard *g, struct mono now);

#endif
