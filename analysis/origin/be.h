/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_BE_H
#define TUMEN_ORIGIN_BE_H

#include "analysis/origin/clones.h"

#include <stdint.h>

/*
 * Big-endian numbers, unbounded: only for places that have been proved to be
 * there. Everything else reads with rd.h and writes with wr.h.
 */

CLONES_PART uint16_t
be_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

CLONES_PART uint32_t
be_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

CLONES_PART uint64_t
be_u64(const uint8_t *p)
{
	return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 |
	       (uint64_t)p[2] << 40 | (uint64_t)p[3] << 32 |
	       (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 |
	       (uint64_t)p[6] << 8 | p[7];
}

CLONES_PART void
be_put_u32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

#endif
