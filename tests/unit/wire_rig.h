/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_WIRE_RIG_H
#define TUMEN_TESTS_WIRE_RIG_H

#include "probe/wire/build.h"
#include "probe/wire/checksum.h"
#include "probe/wire/method.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Bytes of probes. */

enum { US = 0xc0000201, TARGET = 0xaf2db047, ROUTER = 0xc6336401 };

static inline uint16_t
u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static inline struct flow_id
flow_of(enum record_method method)
{
	return (struct flow_id){.src = US,
	    .dst = TARGET,
	    .sport = 0x6003,
	    .dport = method == METHOD_TCP ? 80 : 0,
	    .method = method};
}

static inline size_t
build_one(const struct flow_id *flow, struct probe_id id,
    uint8_t packet[static BUILD_MAX])
{
	struct build *b = build_open("x", NULL);
	size_t len = build_probe(b, flow, &id, 9, packet);
	build_close(b);
	return len;
}

/* Length, protocol, addresses and checksum of the IP header at packet. */
static inline void
ip_header(uint8_t *packet, size_t len, uint8_t protocol, uint32_t src)
{
	put16(packet + 2, (uint32_t)len);
	packet[9] = protocol;
	put32(packet + 12, src);
	put32(packet + 16, US);
	put16(packet + 10, 0);
	put16(packet + 10, checksum_fold(checksum_sum(0, packet, 20)));
}

#endif
