/* SPDX-License-Identifier: ISC */
#include "probe/base/wr.h"

#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

uint8_t *
wr_room(struct wr *w, size_t len)
{
	if (w->p == NULL || w->room - w->len < len) {
		size_t room = w->room ? w->room * 2 : 64;
		while (room - w->len < len)
			room *= 2;
		w->p = xreallocarray(w->p, room, 1);
		w->room = room;
	}
	return w->p + w->len;
}

void
wr_bytes(struct wr *w, const void *bytes, size_t len)
{
	uint8_t *to = wr_room(w, len);
	if (len > 0)
		memcpy(to, bytes, len);
	w->len += len;
}

static void
big_endian(struct wr *w, uint64_t v, size_t len)
{
	uint8_t b[8];
	for (size_t i = len; i-- > 0; v >>= 8)
		b[i] = (uint8_t)v;
	wr_bytes(w, b, len);
}

void
wr_u8(struct wr *w, uint8_t v)
{
	wr_bytes(w, &v, 1);
}

void
wr_u16(struct wr *w, uint16_t v)
{
	big_endian(w, v, 2);
}

void
wr_u32(struct wr *w, uint32_t v)
{
	big_endian(w, v, 4);
}

void
wr_u64(struct wr *w, uint64_t v)
{
	big_endian(w, v, 8);
}

void
wr_varint(struct wr *w, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		wr_u8(w, (uint8_t)(v | 0x80));
	wr_u8(w, (uint8_t)v);
}

void
wr_svarint(struct wr *w, int64_t v)
{
	wr_varint(w, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

void
wr_free(struct wr *w)
{
	free(w->p);
	*w = (struct wr){0};
}
