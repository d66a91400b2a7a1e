/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_SWEEP_END_H
#define TUMEN_TRACE_SWEEP_END_H

#include "probe/trace/sweep_state.h"

/* Ends the trace as it stands, and lines it up to be handed over. */
void sweep_end(struct sweep *s, uint32_t i);

/* What it has observed, as sweep_ops.take() gives it. */
void sweep_record(const struct sweep *s, uint32_t i, struct record *into);

#endif
