/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_WIRE_METHOD_H
#define TUMEN_WIRE_METHOD_H

#include "probe/wire/build.h"
#include "probe/wire/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What came back of a probe's identity. Two witnesses, because a middlebox
 * that rewrites one of the fields usually leaves the other.
 */
struct method_witness {
	bool has_ipid, has_check;
	bool wide; /* check has ipid's bits above its own: a TCP sequence */
	uint16_t ipid;
	uint32_t check;
};

/*
 * All that differs between the probe methods, apart from the libnet call in
 * build.c: one file and one designated initialiser each.
 */
struct method {
	uint8_t protocol; /* of the IP header */
	size_t head; /* octets of payload before the contact; 0: no payload */

	/*
	 * Turns the transport header and payload of any probe of this method
	 * into those of the probe with this flow and identity: ports, the
	 * identity, and what keeps the checksum right (in UDP and ICMP the
	 * head of the payload, because the checksum itself is given).
	 */
	void (*put)(const struct flow_id *flow, const struct probe_id *id,
	    uint8_t *l4, size_t len);

	/* The kind of reply with which the target itself answers. */
	enum reply_kind answer;

	/*
	 * Whether a quoted packet, or an answer of the target without a quote,
	 * belongs to the flow: destination, protocol and ports are the flow's.
	 * The quoted source is left to the caller: a NAT rewrites it.
	 */
	bool (*quoted)(const struct flow_id *flow, const struct reply_quote *q,
	    struct method_witness *w);
	bool (*direct)(const struct flow_id *flow, const struct reply *reply,
	    struct method_witness *w);
};

extern const struct method method_udp, method_icmp, method_tcp;

/*
 * What the reply, of whichever kind, brought back of a probe's identity; false
 * when it does not belong to the flow.
 */
bool method_witness(const struct method *m, const struct flow_id *flow,
    const struct reply *reply, struct method_witness *w);

/* NULL for what is no method. */
const struct method *method_of(enum record_method m);

#endif
