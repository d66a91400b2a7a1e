/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_SWEEP_TIMER_H
#define TUMEN_TRACE_SWEEP_TIMER_H

#include "probe/base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One timer for each of n things, all operations in constant time: a wheel of
 * 1,024 ticks of 2 ms (Varghese, Lauck 1987). A timer goes off up to one tick
 * late and, when it was set for more than two seconds ahead, early: whoever
 * set it looks at the clock and sets it again.
 */
struct sweep_timer;

struct sweep_timer *sweep_timer_open(size_t n);
void sweep_timer_close(struct sweep_timer *t);

/* At the next tick at the earliest; takes the place of an earlier setting. */
void sweep_timer_set(struct sweep_timer *t, uint32_t id, struct mono at);
bool sweep_timer_runs(const struct sweep_timer *t, uint32_t id);
void sweep_timer_clear(struct sweep_timer *t, uint32_t id);

/* Takes one timer off the wheel that has gone off by now. */
bool sweep_timer_due(struct sweep_timer *t, struct mono now, uint32_t *id);

/* When the next one goes off; false: none is set. */
bool sweep_timer_next(const struct sweep_timer *t, struct mono *at);

#endif
