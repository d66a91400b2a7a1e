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
put(const struct flow_id *flow, const struct probe_id *id, uint8_t *l4,
    size_t len)
{
	uint8_t *payload = l4 + UDP_HEADER;
	uint32_t sum =
	    checksum_pseudo(flow->src, flow->dst, IPPROTO_UDP, (uint16_t)len);
	checksum_put(l4, flow->sport);
	checksum_put(l4 + 2, flow->dport);
	checksum_put(l4 + 6, 0);
	checksum_put(payload, 0);
	sum = checksum_sum(sum, l4, len);
	checksum_put(payload, checksum_fold(sum + id->check));
	checksum_put(l4 + 6, id->check);
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
    .put = put,
    .answer = REPLY_UDP,
    .quoted = quoted,
    .direct = direct};
