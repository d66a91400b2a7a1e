/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_SWEEP_RTT_H
#define TUMEN_TRACE_SWEEP_RTT_H

#include "probe/base/record.h"

#include <stdint.h>

/*
 * How long to wait for a reply: half as long again as the slowest one of the
 * TTLs up to two beyond, and 50 ms. One slow reply is forgotten after some
 * hundred others.
 */
struct sweep_rtt {
	int64_t slow_ns[RECORD_TTL_MAX + 1];  /* of each TTL */
	int64_t cover_ns[RECORD_TTL_MAX + 1]; /* up to two beyond; 0 unknown */
	uint32_t replies;
};

/* A reply to a probe with this TTL came after so long. */
void sweep_rtt_saw(struct sweep_rtt *r, uint8_t ttl, int64_t rtt_ns);

/* Nanoseconds to wait; most_ns where nothing is known. */
int64_t sweep_rtt_wait(const struct sweep_rtt *r, uint8_t ttl, int64_t most_ns);

#endif
