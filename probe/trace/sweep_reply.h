/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_SWEEP_REPLY_H
#define TUMEN_TRACE_SWEEP_REPLY_H

#include "probe/trace/sweep_state.h"

/* What a reply means to a sweep. */

/*
 * Whose probe the reply answers: the trace, the probe's number, and how much
 * of its identity came back, by the rules of match.c.
 */
bool sweep_match(const struct sweep *s, const struct reply *reply,
    uint32_t *trace, uint32_t *probe, enum record_proof *proof);

/*
 * Keeps the reply to a probe of a trace that has not ended, and draws the
 * conclusions but for what shall be asked next. False: enough of them.
 */
bool sweep_hear(struct sweep *s, uint32_t probe, enum record_proof proof,
    const struct reply *reply, int64_t stamp_ns);

/* The trace of a target; false: it is no target of this sweep. */
bool sweep_find(const struct sweep *s, uint32_t target, uint32_t *trace);

/* Whether it was answered by a router at which its time was up. */
bool sweep_by_router(const struct sweep *s, const struct sweep_probe *p);

/* A number for one more probe of the trace. */
uint32_t sweep_probe_new(struct sweep *s, uint32_t trace);

#endif
