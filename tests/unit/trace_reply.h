/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRACE_REPLY_H
#define TUMEN_TESTS_TRACE_REPLY_H

#include "tests/unit/trace_rig.h"

/* What the network says to the trace of a rig. A message: type, then code. */
enum {
	EXCEEDED = 0x0b00,
	NET_UNREACHABLE = 0x0300,
	HOST_UNREACHABLE = 0x0301,
	PORT_UNREACHABLE = 0x0303,
	PROHIBITED = 0x030d,
};

/* The probe, whatever its method, as an error quotes it. */
static inline struct reply_quote
quote_of(const struct rig *g, size_t i)
{
	static const uint8_t protocol[] = {
	    [METHOD_UDP] = 17, [METHOD_ICMP] = 1, [METHOD_TCP] = 6};
	struct probe_id id = trace_probe_id(&g->t, i);
	struct reply_quote q = {.src = US,
	    .dst = TARGET,
	    .protocol = protocol[g->t.flow.method],
	    .ttl = 1,
	    .ipid = id.ipid,
	    .sport = 33456,
	    .dport = 33434,
	    .check = id.check,
	    .tcp_seq = (uint32_t)id.ipid << 16 | id.check};
	if (g->t.flow.method == METHOD_ICMP) {
		q.sport = 0x0800;
		q.dport = 33456;
	}
	return q;
}

/* The ICMP error that addr sends about a probe. */
static inline struct reply
error_reply(const struct rig *g, size_t i, uint32_t addr, int message)
{
	return (struct reply){.kind = REPLY_ICMP_ERROR,
	    .src = addr,
	    .dst = US,
	    .ttl = 60,
	    .icmp_type = (uint8_t)(message >> 8),
	    .icmp_code = (uint8_t)message,
	    .quote = quote_of(g, i)};
}

/* The target answers the SYN of a probe; ack counts from its sequence. */
static inline struct reply
segment(const struct rig *g, size_t i, uint8_t flags, uint32_t ack)
{
	struct probe_id id = trace_probe_id(&g->t, i);
	uint32_t seq = (uint32_t)id.ipid << 16 | id.check;
	return (struct reply){.kind = REPLY_TCP,
	    .src = TARGET,
	    .dst = US,
	    .ttl = 60,
	    .sport = 33434,
	    .dport = 33456,
	    .tcp_flags = flags,
	    .tcp_ack = seq + ack};
}

#endif
