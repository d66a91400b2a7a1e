/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_WIRE_BUILD_H
#define TUMEN_WIRE_BUILD_H

#include "probe/base/fault.h"
#include "probe/base/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stays constant in a flow: the fields a balancer may hash. */
struct flow_id {
	uint32_t src, dst;
	uint16_t sport, dport; /* ICMP: id and checksum of all probes, and 0 */
	enum record_method method;
};

/*
 * The keyed identity of one probe, inside the 28 octets that every router
 * quotes (RFC 792): ipid in the IP-ID (never 0: the kernel replaces 0), check
 * in the UDP checksum (never 0 or 0xffff: 0 means none and 0xffff is its wire
 * form), in the ICMP sequence number, or, with ipid's 16 bits above it, in
 * the TCP sequence number.
 */
struct probe_id {
	uint16_t ipid;
	uint16_t check;
};

enum { BUILD_MAX = 128, BUILD_CONTACT_MAX = 64 };

/*
 * Turns flow, identity and TTL into the bytes of a packet from the IP header
 * on. All probes of one flow have the same length and the same first four
 * octets behind the IP header. One builder serves one process: it owns the
 * libnet context.
 */
struct build;

/*
 * contact: printable ASCII of at most BUILD_CONTACT_MAX bytes, carried as the
 * payload of UDP and ICMP probes so that who receives them can ask (may be
 * ""); a SYN carries no data. NULL and a fault (EX_OSERR) when libnet cannot
 * start.
 */
struct build *build_open(const char *contact, struct fault *f);
void build_close(struct build *b);

/*
 * Writes the probe into packet and returns its length (always <= BUILD_MAX),
 * 0 for what is no method. The source port must be neither 0 nor 0xffff. The IP
 * checksum and total length are filled in; Linux rewrites both on a raw socket.
 */
size_t build_probe(struct build *b, const struct flow_id *flow,
    const struct probe_id *id, uint8_t ttl, uint8_t packet[static BUILD_MAX]);

#endif
