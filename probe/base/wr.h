/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_WR_H
#define TUMEN_BASE_WR_H

#include <stddef.h>
#include <stdint.h>

/*
 * A growing byte buffer, the counterpart of rd. Start from {0}; the owner ends
 * with wr_free(), or takes .p (free()) and forgets the struct.
 */
struct wr {
	uint8_t *p;
	size_t len, room;
};

/*
 * At least len octets behind what is written, for a writer that adds what it
 * used to w->len; good until the next call.
 */
uint8_t *wr_room(struct wr *w, size_t len);

void wr_bytes(struct wr *w, const void *bytes, size_t len);
void wr_u8(struct wr *w, uint8_t v);
void wr_u16(struct wr *w, uint16_t v);
void wr_u32(struct wr *w, uint32_t v);
void wr_u64(struct wr *w, uint64_t v);
void wr_varint(struct wr *w, uint64_t v);
void wr_svarint(struct wr *w, int64_t v);
void wr_free(struct wr *w);

#endif
