/* SPDX-License-Identifier: ISC */
#include "probe/wire/method.h"

#include <netinet/in.h>

enum { TCP_RST = 0x04, TCP_ACK = 0x10 };

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
    .answer = REPLY_TCP,
    .quoted = quoted,
    .direct = direct};
