/* SPDX-License-Identifier: ISC */
#include "probe/base/rd.h"
#include "probe/wire/checksum.h"
#include "probe/wire/method.h"

#include <netinet/in.h>

enum {
	ECHO_REQUEST = 0x0800, /* type and code */
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
absorb(const struct flow_id *flow, const struct probe_id *id, uint8_t *payload,
    size_t len)
{
	uint32_t sum = (uint32_t)ECHO_REQUEST + flow->sport + id->check;
	payload[0] = payload[1] = 0;
	payload[2] = (uint8_t)(id->ipid >> 8);
	payload[3] = (uint8_t)id->ipid;
	sum = checksum_sum(sum, payload, len);
	uint16_t x = checksum_fold(sum + flow->sport);
	payload[0] = (uint8_t)(x >> 8);
	payload[1] = (uint8_t)x;
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
    .absorb = absorb,
    .answer = REPLY_ECHO,
    .quoted = quoted,
    .direct = direct};
