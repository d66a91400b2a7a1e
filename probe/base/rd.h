/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_RD_H
#define TUMEN_BASE_RD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The one bounded reader for foreign bytes. A read past the end yields zero
 * and makes the failure stick: read straight down, ask rd_ok() once. Network
 * byte order unless the name says otherwise. Borrows the bytes.
 */
struct rd {
	const uint8_t *p;
	size_t left;
	bool failed;
};

struct rd rd_make(const void *bytes, size_t len);
bool rd_ok(const struct rd *r);
uint8_t rd_u8(struct rd *r);
uint16_t rd_u16(struct rd *r);
uint32_t rd_u32(struct rd *r);
uint64_t rd_u64(struct rd *r);

/* Unsigned LEB128; more than ten bytes or bits beyond 64 fail. */
uint64_t rd_varint(struct rd *r);

/* Zigzag LEB128 (as protobuf's sint64). */
int64_t rd_svarint(struct rd *r);
void rd_skip(struct rd *r, size_t len);

/* len bytes inside the buffer, or NULL when they are not there. */
const uint8_t *rd_bytes(struct rd *r, size_t len);

/* A reader over the next len bytes, which r steps over. */
struct rd rd_sub(struct rd *r, size_t len);

#endif
