/* SPDX-License-Identifier: ISC */
#include "probe/base/rd.h"
#include "probe/wire/checksum.h"
#include "probe/wire/method.h"

#include <netinet/in.h>

enum {
	ECHO_REQUEST = 0x0800, /* type and code */
	ECHO_HEADER = 8,
	ABSORBER = 2,
	HEAD = ABSORBER + 2, /* then the IP-ID, which a reply carries back */
};

/*
 * The checksum of every probe of a flow is the id: a balancer that takes type,
 * code and checksum for ports sees one flow. With x in the payload the
 * checksum of the rest S becomes ~(S + x), so x = ~(S + id) makes it id. No
 * other value comes out, because the id is neither 0 nor 0xffff.
 */
static void
put(const struct flow_id *flow, const struct probe_id *id, uint8_t *l4,
    size_t len)
{
	uint8_t *payload = l4 + ECHO_HEADER;
	checksum_put(l4 + 2, 0);
	checksum_put(l4 + 4, flow->sport);
	checksum_put(l4 + 6, id->check);
	checksum_put(payload, 0);
	checksum_put(payload + ABSORBER, id->ipid);
	uint32_t sum = checksum_sum(0, l4, len);
	checksum_put(payload, checksum_fold(sum + flow->sport));
	checksum_put(l4 + 2, flow->sport);
}

/* The quoted checksum is no witness: a NAT may leave a stale one. */
static bool
quoted(const struct flow_id *flow, const struct reply_quote *q,
    struct method_witness *w)
{
	*w = (struct method_witness){.has_ipid = true,
	    .has_check = true,
	    .ipid = q->ipid,
	    .check = q->check};
	return q->protocol == IPPROTO_ICMP && q->dst == flow->dst &&
	       q->sport == ECHO_REQUEST && q->dport == flow->sport;
}

/* A reply that was cut has lost one witness. */
static bool
direct(
    const struct flow_id *flow, const struct reply *r, struct method_witness *w)
{
	struct rd payload = rd_make(r->payload, r->payload_len);
	rd_skip(&payload, ABSORBER);
	uint16_t ipid = rd_u16(&payload);
	*w = (struct method_witness){.has_ipid = rd_ok(&payload),
	    .has_check = true,
	    .ipid = ipid,
	    .check = r->dport};
	return r->src == flow->dst && r->dst == flow->src &&
	       r->sport == flow->sport;
}

const struct method method_icmp = {.protocol = IPPROTO_ICMP,
    .head = HEAD,
    .put = put,
    .answer = REPLY_ECHO,
    .quoted = quoted,
    .direct = direct};
