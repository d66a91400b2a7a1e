/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_PATIENCE_H
#define TUMEN_TRACE_PATIENCE_H

#include "probe/trace/trace.h"

/*
 * How long an attempt is waited for, from the round trips of its own trace. To
 * lose patience is cheap: it only sends the next attempt, or ends the trace
 * when there is none; an answer to any attempt counts as long as the trace is
 * open. config.wait_ns is never exceeded.
 */

/* Nanoseconds from the time the probe at index left (or failed to). */
int64_t patience_ns(const struct trace *t, size_t index);

/* Whether the probe at index left so long ago; false when it has not yet. */
bool patience_over(const struct trace *t, size_t index, struct mono now);

#endif
