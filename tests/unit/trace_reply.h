/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRACE_REPLY_H
#define TUMEN_TESTS_TRACE_REPLY_H

#include "tests/unit/probe_reply.h"
#include "tests/unit/trace_rig.h"

/* What the network says to the trace of a rig, of the probe at i. */

static inline struct reply
error_reply(const struct rig *g, size_t i, uint32_t addr, int message)
{
	return error_to(&g->t.flow, trace_probe_id(&g->t, i), addr, message);
}

static inline struct reply
segment(const struct rig *g, size_t i, uint8_t flags, uint32_t ack)
{
	return segment_to(&g->t.flow, trace_probe_id(&g->t, i), flags, ack);
}

#endif
