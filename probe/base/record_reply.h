/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_RECORD_REPLY_H
#define TUMEN_BASE_RECORD_REPLY_H

#include "probe/base/record.h"

/* What a reply leaves in a record, and what stands there without one. */

/* icmp_type (RFC 792), and icmp_code of the unreachable (RFC 1812, 5.2.7.1). */
enum {
	ICMP_T_ECHO_REPLY = 0,
	ICMP_T_UNREACHABLE = 3,
	ICMP_T_TIME_EXCEEDED = 11,
	ICMP_T_PARAMETER = 12,
	ICMP_C_PORT = 3,
	ICMP_C_NET_PROHIBITED = 9,
	ICMP_C_HOST_PROHIBITED = 10,
	ICMP_C_ADMIN_PROHIBITED = 13,
};

/* Bits of tcp_flags (RFC 9293, section 3.1). */
enum { TCP_SYN = 0x02, TCP_RST = 0x04, TCP_ACK = 0x10 };

/* A probe of which nothing is known but that it was to leave. */
struct record_probe record_unanswered(uint8_t ttl, uint8_t attempt);

/* A copy for a record to own: at most RECORD_BYTES_MAX, none of NULL. */
struct record_bytes record_keep(const void *bytes, size_t len);

#endif
