/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_SWEEP_PLAN_H
#define TUMEN_TRACE_SWEEP_PLAN_H

#include "probe/trace/sweep_state.h"

/* What each trace of a sweep asks next, and when it ends. */

/* The next target of the area begins. */
void sweep_begin(struct sweep *s, uint32_t area);

/* Whether one of the area's targets may begin now. */
bool sweep_may_begin(const struct sweep *s, const struct sweep_area *a);

/* Puts the area in the line of those that may begin a trace, if it may. */
void sweep_line(struct sweep *s, uint32_t area);

/* Whatever follows from what has happened to the trace. */
void sweep_step(struct sweep *s, uint32_t i);

/* Its timer went off. */
void sweep_tick(struct sweep *s, uint32_t i);

/* The highest TTL that may be probed by what is known now. */
uint8_t sweep_limit(const struct sweep *s, const struct sweep_trace *t);

/* The lowest TTL of its own: where it joins another one, or began. */
uint8_t sweep_first(const struct sweep_trace *t);

/* Attempts on the TTL that were given to the driver. */
uint8_t
sweep_tries(const struct sweep *s, const struct sweep_trace *t, uint8_t ttl);

/* The end that says most is kept, see stop.h: rank 3 reached, 2 refused, 1. */
void sweep_end_at(struct sweep_trace *t, uint8_t rank, uint8_t ttl);

/* The target's ceiling: nanoseconds until it may be probed. */
int64_t sweep_hold_ns(const struct sweep *s, const struct sweep_trace *t);

/* Sets the trace's timer; at most so far ahead. */
void sweep_arm(struct sweep *s, uint32_t i, int64_t most_ns);

#endif
