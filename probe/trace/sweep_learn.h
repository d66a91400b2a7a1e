/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_SWEEP_LEARN_H
#define TUMEN_TRACE_SWEEP_LEARN_H

#include "probe/trace/sweep_state.h"

/* What the traces of a sweep teach each other. */

/* Whether the trace has shown where it ends, although it may still run. */
bool sweep_shows_end(const struct sweep *s, const struct sweep_trace *t);

/* Adds the trace to the map, once; it then helps others to begin. */
void sweep_learn(struct sweep *s, uint32_t i);

/* Probes that a plain trace by default sends with this TTL. */
uint32_t
sweep_plain(const struct sweep *s, const struct sweep_trace *t, uint8_t ttl);

/* Beyond the first scouts, when they have shown something or have ended. */
void sweep_spread(struct sweep *s);

#endif
