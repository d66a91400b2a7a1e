/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_WIRE_REPLY_H
#define TUMEN_WIRE_REPLY_H

#include "probe/base/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A captured IPv4 packet that may be an answer: an ICMP error with the quoted
 * probe, an echo reply, a TCP segment, a UDP datagram.
 */
enum reply_kind {
	REPLY_ICMP_ERROR,
	REPLY_ECHO,
	REPLY_TCP,
	REPLY_UDP,
};

/* Why a packet is no usable reply; counted, never logged one by one. */
enum reply_bad {
	REPLY_GOOD = 0,
	REPLY_SHORT, /* truncated before the fields that decide */
	REPLY_NOT_IPV4,
	REPLY_FRAGMENT,	 /* not the first fragment, or more follow */
	REPLY_PROTOCOL,	 /* neither ICMP, TCP nor UDP */
	REPLY_CHECKSUM,	 /* the ICMP checksum is wrong */
	REPLY_ICMP_TYPE, /* an ICMP message that answers no probe */
	REPLY_QUOTE,	 /* the quoted header is no IPv4 or is too short */
	REPLY_BAD_KINDS
};

/* The quoted packet (RFC 792: header and at least 8 octets), as it came back.
 */
struct reply_quote {
	uint32_t src, dst;
	uint8_t protocol, ttl, tos;
	uint16_t ipid, total_len;
	uint16_t sport, dport; /* ICMP: type and code, and the id */
	uint16_t check;	       /* UDP checksum; ICMP: sequence number */
	uint16_t icmp_check;   /* ICMP checksum of a quoted echo request */
	uint32_t tcp_seq;
};

struct reply {
	enum reply_kind kind;
	uint32_t src, dst; /* of the outer header */
	uint8_t ttl, tos;
	uint16_t ipid;
	uint8_t icmp_type, icmp_code;
	struct reply_quote quote; /* REPLY_ICMP_ERROR */
	uint16_t sport, dport; /* REPLY_TCP, REPLY_UDP; REPLY_ECHO: id, seq */
	uint32_t tcp_seq, tcp_ack;
	uint8_t tcp_flags;
	const uint8_t *payload; /* REPLY_ECHO: what was echoed, borrowed */
	size_t payload_len;
	const uint8_t *ext; /* RFC 4884 objects, borrowed; NULL when none */
	size_t ext_len;
	const uint8_t *bytes; /* the whole packet, borrowed */
	size_t len;
};

/*
 * Parses foreign bytes that begin with an IPv4 header. Verifies the ICMP
 * checksum (RFC 792), steps over IP options with each header's own length, and
 * finds the extension objects by the length field (RFC 4884) or, in its
 * legacy form, behind 128 octets. Borrowed pointers live as long as bytes.
 * A transport checksum is not verified: with receive offload the kernel hands
 * up packets that never had one.
 */
enum reply_bad reply_parse(const void *bytes, size_t len, struct reply *r);

/* "short", "checksum", ...: for counters. */
const char *reply_bad_name(enum reply_bad bad);

#endif
