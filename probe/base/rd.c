/* SPDX-License-Identifier: ISC */
#include "probe/base/rd.h"

struct rd
rd_make(const void *bytes, size_t len)
{
	return (struct rd){.p = bytes, .left = len};
}

bool
rd_ok(const struct rd *r)
{
	return !r->failed;
}

const uint8_t *
rd_bytes(struct rd *r, size_t len)
{
	if (r->failed || len > r->left) {
		r->failed = true;
		return NULL;
	}
	const uint8_t *p = r->p;
	r->p += len;
	r->left -= len;
	return p;
}

void
rd_skip(struct rd *r, size_t len)
{
	rd_bytes(r, len);
}

struct rd
rd_sub(struct rd *r, size_t len)
{
	const uint8_t *p = rd_bytes(r, len);
	return (struct rd){
	    .p = p, .left = p == NULL ? 0 : len, .failed = p == NULL};
}

uint8_t
rd_u8(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 1);
	return p == NULL ? 0 : *p;
}

uint16_t
rd_u16(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 2);
	return p == NULL ? 0 : (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t
rd_u32(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 4);
	return p == NULL ? 0
			 : (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
			       (uint32_t)p[2] << 8 | p[3];
}

uint64_t
rd_u64(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 8);
	uint64_t v = 0;
	for (size_t i = 0; p != NULL && i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

uint64_t
rd_varint(struct rd *r)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t b = rd_u8(r);
		if (shift == 63 && b > 1)
			break;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80)
			return v;
	}
	r->failed = true;
	return 0;
}

int64_t
rd_svarint(struct rd *r)
{
	uint64_t v = rd_varint(r);
	return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}
