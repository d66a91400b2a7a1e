/* SPDX-License-Identifier: ISC */
#include "probe/base/record_reply.h"
#include "probe/wire/checksum.h"
#include "probe/wire/method.h"

#include <netinet/in.h>

/* The sequence number is the identity; the checksum an ordinary one. */
static void
put(const struct flow_id *flow, const struct probe_id *id, uint8_t *l4,
    size_t len)
{
	uint32_t sum =
	    checksum_pseudo(flow->src, flow->dst, IPPROTO_TCP, (uint16_t)len);
	checksum_put(l4, flow->sport);
	checksum_put(l4 + 2, flow->dport);
	checksum_put(l4 + 4, id->ipid);
	checksum_put(l4 + 6, id->check);
	checksum_put(l4 + 16, 0);
	checksum_put(l4 + 16, checksum_fold(checksum_sum(sum, l4, len)));
}

static bool
quoted(const struct flow_id *flow, const struct reply_quote *q,
    struct method_witness *w)
{
	*w = (struct method_witness){.has_ipid = true,
	    .has_check = true,
	    .wide = true,
	    .ipid = q->ipid,
	    .check = q->tcp_seq};
	return q->protocol == IPPROTO_TCP && q->dst == flow->dst &&
	       q->sport == flow->sport && q->dport == flow->dport;
}

/*
 * Whoever refuses or accepts a SYN acknowledges its sequence number plus one
 * (RFC 9293, section 3.10.7). An RST without ACK names no probe; a segment
 * that is neither RST nor ACK answers none.
 */
static bool
direct(
    const struct flow_id *flow, const struct reply *r, struct method_witness *w)
{
	*w = (struct method_witness){.has_check = (r->tcp_flags & TCP_ACK) != 0,
	    .wide = true,
	    .check = r->tcp_ack - 1};
	return (r->tcp_flags & (TCP_RST | TCP_ACK)) != 0 &&
	       r->src == flow->dst && r->dst == flow->src &&
	       r->sport == flow->dport && r->dport == flow->sport;
}

const struct method method_tcp = {.protocol = IPPROTO_TCP,
    .put = put,
    .answer = REPLY_TCP,
    .quoted = quoted,
    .direct = direct};
