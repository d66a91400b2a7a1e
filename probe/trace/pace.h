/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_PACE_H
#define TUMEN_TRACE_PACE_H

#include "probe/base/clock.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A token bucket: at most burst packets at once and rate packets a second in
 * the long run. Pure: the caller gives the time. It is 32 octets and needs no
 * timer, so that one for each target is cheap. A packet that several buckets
 * must allow: pace_wait_ns() of all of them first, pace_take() when all are 0;
 * a token that was taken is not given back.
 */
struct pace {
	int64_t interval_ns; /* between two tokens */
	int64_t burst_ns;    /* burst * interval */
	int64_t credit_ns;
	struct mono last;
};

/* Between two packets at a rate; rounded up: never faster than asked for. */
int64_t pace_interval_ns(uint32_t rate);

/* rate 1..2000000 packets a second, burst >= 1; starts full. */
void pace_init(struct pace *p, uint32_t rate, uint32_t burst, struct mono now);

/* Takes one token; false when there is none, and nothing is taken. */
bool pace_take(struct pace *p, struct mono now);

/* Throws away what is there. */
void pace_empty(struct pace *p, struct mono now);

/* Nanoseconds until a token is there; 0 when there is one now. */
int64_t pace_wait_ns(struct pace *p, struct mono now);

/*
 * The guard: counts what was really sent, in a bucket that holds rate + burst
 * packets and drains at the rate. A paced sender never fills it, even when its
 * packets are delayed by a second and then leave at once; a flood does. So no
 * second ever sees more than 2 * rate + burst packets: guard_count() is then
 * false and the process ends, whatever the cause of the flood.
 */
struct guard {
	int64_t interval_ns; /* what one packet weighs */
	int64_t ceiling;     /* ns: (rate + burst) * interval */
	int64_t count;	     /* ns */
	struct mono since;
};
void guard_init(struct guard *g, uint32_t rate, uint32_t burst);
bool guard_count(struct guard *g, struct mono now);

#endif
