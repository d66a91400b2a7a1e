/* SPDX-License-Identifier: ISC */
#include "probe/wire/checksum.h"
#include "probe/wire/method.h"

#include <netinet/in.h>

enum { UDP_HEADER = 8, HEAD = 2 };

/*
 * Swaps checksum and data: with x in the payload the checksum of the rest S
 * becomes ~(S + x), so x = ~(S + check) makes it check. No other value than
 * check itself comes out, because 0 and 0xffff are no legal check.
 */
static void
absorb(const struct flow_id *flow, const struct probe_id *id, uint8_t *payload,
    size_t len)
{
	uint16_t l4_len = (uint16_t)(UDP_HEADER + len);
	uint32_t sum =
	    checksum_pseudo(flow->src, flow->dst, IPPROTO_UDP, l4_len);
	payload[0] = payload[1] = 0;
	sum += (uint32_t)flow->sport + flow->dport + l4_len;
	sum = checksum_sum(sum, payload, len);
	uint16_t x = checksum_fold(sum + id->check);
	payload[0] = (uint8_t)(x >> 8);
	payload[1] = (uint8_t)x;
}

static bool
quoted(const struct flow_id *flow, const struct reply_quote *q,
    struct method_witness *w)
{
	*w = (struct method_witness){.has_ipid = true,
	    .has_check = true,
	    .ipid = q->ipid,
	    .check = q->check};
	return q->protocol == IPPROTO_UDP && q->dst == flow->dst &&
	       q->sport == flow->sport && q->dport == flow->dport;
}

/* A datagram in return carries nothing of the identity. */
static bool
direct(
    const struct flow_id *flow, const struct reply *r, struct method_witness *w)
{
	*w = (struct method_witness){0};
	return r->src == flow->dst && r->dst == flow->src &&
	       r->sport == flow->dport && r->dport == flow->sport;
}

const struct method method_udp = {.protocol = IPPROTO_UDP,
    .head = HEAD,
    .absorb = absorb,
    .answer = REPLY_UDP,
    .quoted = quoted,
    .direct = direct};
