/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_PLAY_BYTES_H
#define TUMEN_TESTS_PLAY_BYTES_H

#include <stdint.h>

/* Numbers in network byte order, and where they stand in a packet. */
enum {
	IP = 20, /* octets of a header without options */
	ICMP_HEAD = 8,
	TCP_HEAD = 20,
	QUOTE = IP + 8, /* what every error quotes (RFC 792) */
	ICMP = 1,
	TCP = 6,
	UDP = 17,
};

static inline uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
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

#endif
