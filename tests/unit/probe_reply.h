/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_PROBE_REPLY_H
#define TUMEN_TESTS_PROBE_REPLY_H

#include "probe/wire/build.h"
#include "probe/wire/reply.h"

/*
 * What the network says to a probe that left with this flow and identity. A
 * message is type, then code.
 */
enum {
	EXCEEDED = 0x0b00,
	NET_UNREACHABLE = 0x0300,
	HOST_UNREACHABLE = 0x0301,
	PORT_UNREACHABLE = 0x0303,
	PROHIBITED = 0x030d,
};
enum { SYN = 0x02, RST = 0x04, ACK = 0x10 };

/* All 32 bits, as a SYN carries them. */
static inline uint32_t
sequence_of(struct probe_id id)
{
	return (uint32_t)id.ipid << 16 | id.check;
}

/* The ICMP error of addr, with a quote that fits each method. */
static inline struct reply
error_to(
    const struct flow_id *flow, struct probe_id id, uint32_t addr, int message)
{
	static const uint8_t protocol[] = {
	    [METHOD_UDP] = 17, [METHOD_ICMP] = 1, [METHOD_TCP] = 6};
	bool echo = flow->method == METHOD_ICMP;
	return (struct reply){.kind = REPLY_ICMP_ERROR,
	    .src = addr,
	    .dst = flow->src,
	    .ttl = 60,
	    .icmp_type = (uint8_t)(message >> 8),
	    .icmp_code = (uint8_t)message,
	    .quote = {.src = flow->src,
		.dst = flow->dst,
		.protocol = protocol[flow->method],
		.ttl = 1,
		.ipid = id.ipid,
		.sport = echo ? 0x0800 : flow->sport,
		.dport = echo ? flow->sport : flow->dport,
		.check = id.check,
		.tcp_seq = sequence_of(id)}};
}

/* The target answers with a datagram, which says nothing of a probe. */
static inline struct reply
datagram_to(const struct flow_id *flow)
{
	return (struct reply){.kind = REPLY_UDP,
	    .src = flow->dst,
	    .dst = flow->src,
	    .ttl = 60,
	    .sport = flow->dport,
	    .dport = flow->sport};
}

/* Or with a segment; ack counts from the sequence number of the probe. */
static inline struct reply
segment_to(
    const struct flow_id *flow, struct probe_id id, uint8_t flags, uint32_t ack)
{
	struct reply r = datagram_to(flow);
	r.kind = REPLY_TCP;
	r.tcp_flags = flags;
	r.tcp_ack = sequence_of(id) + ack;
	return r;
}

#endif
