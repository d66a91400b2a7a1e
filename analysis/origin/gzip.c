/* SPDX-License-Identifier: ISC */
#include "analysis/origin/gzip.h"

#include "probe/base/mem.h"

#include <libdeflate.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

enum { GZIP_ONLY = 16 + MAX_WBITS, CHUNK_LEN = 1 << 18 };

/*
 * libdeflate is several times as fast as zlib, but wants room for a whole
 * member and does not say where in it something is wrong. Tables are 4 to 10
 * times as long as their members; beyond 64 times zlib may go step by step.
 */
enum { ROOM_LEAST = 1 << 16, RATIO_FIRST = 16, RATIO_LAST = 64 };

/* One step; zlib counts in unsigned int. */
static int
step(z_stream *z, struct rd *r, struct wr *out)
{
	uInt given = r->left > UINT_MAX ? UINT_MAX : (uInt)r->left;
	z->next_in = r->p;
	z->avail_in = given;
	z->next_out = wr_room(out, CHUNK_LEN);
	z->avail_out = CHUNK_LEN;
	int state = inflate(z, Z_NO_FLUSH);
	rd_skip(r, given - z->avail_in);
	out->len += CHUNK_LEN - z->avail_out;
	return state;
}

static enum unpack
member(z_stream *z, struct rd *r, size_t max, struct wr *out)
{
	int state = Z_OK;
	while (state == Z_OK) {
		state = step(z, r, out);
		if (out->len > max)
			return UNPACK_TOO_LONG;
	}
	if (state == Z_MEM_ERROR)
		abort();
	return state == Z_STREAM_END  ? UNPACK_WHOLE
	       : state == Z_BUF_ERROR ? UNPACK_CUT /* no more to read */
				      : UNPACK_DAMAGED;
}

static enum unpack
read_slowly(struct rd *r, size_t max, struct wr *out)
{
	enum unpack end = UNPACK_WHOLE;
	z_stream z = {0};
	if (inflateInit2(&z, GZIP_ONLY) != Z_OK)
		abort(); /* only memory can be short */
	do {
		end = member(&z, r, max, out);
		inflateReset(&z);
	} while (end == UNPACK_WHOLE && r->left > 0);
	inflateEnd(&z);
	return end;
}

/*
 * How long the member at the end of the file says that it is, modulo 2^32 (RFC
 * 1952, section 2.3.1): a claim, but mostly there is one member and it is true.
 */
static size_t
claimed_len(struct rd r)
{
	rd_skip(&r, r.left > 4 ? r.left - 4 : 0);
	return rd_u8(&r) | (size_t)rd_u8(&r) << 8 | (size_t)rd_u8(&r) << 16 |
	       (size_t)rd_u8(&r) << 24;
}

/* A member at once; false, and nothing done, when it needs a closer look. */
static bool
member_at_once(
    struct libdeflate_decompressor *d, struct rd *r, size_t max, struct wr *out)
{
	size_t most = r->left < max / RATIO_LAST ? r->left * RATIO_LAST : max;
	size_t room = r->left < max / RATIO_FIRST ? r->left * RATIO_FIRST : max;
	size_t claim = claimed_len(*r), used = 0, len = 0;
	room = claim > 0 && claim < room ? claim : room;
	room = room < ROOM_LEAST ? ROOM_LEAST : room;
	for (;; room *= 2) {
		room = room < max - out->len ? room : max - out->len;
		enum libdeflate_result end = libdeflate_gzip_decompress_ex(
		    d, r->p, r->left, wr_room(out, room), room, &used, &len);
		if (end == LIBDEFLATE_SUCCESS)
			break;
		if (end != LIBDEFLATE_INSUFFICIENT_SPACE || room >= most ||
		    room >= max - out->len)
			return false;
	}
	out->len += len;
	rd_skip(r, used);
	return true;
}

enum unpack
gzip_read(struct rd *r, size_t max, struct wr *out)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	if (d == NULL)
		abort(); /* only memory can be short */
	bool right = true;
	do
		right = member_at_once(d, r, max, out);
	while (right && r->left > 0);
	libdeflate_free_decompressor(d);
	return right ? UNPACK_WHOLE : read_slowly(r, max, out);
}

uint32_t
gzip_crc32(const void *bytes, size_t len)
{
	return libdeflate_crc32(0, bytes, len);
}

struct pieces {
	z_stream z;
	bool ended; /* a member has */
};

static enum unpack
pieces_step(void *state, struct rd *in, uint8_t *to, size_t *room)
{
	struct pieces *s = state;
	uInt given = in->left > UINT_MAX ? UINT_MAX : (uInt)in->left;
	uInt wanted = *room > UINT_MAX ? UINT_MAX : (uInt)*room;
	*room = 0;
	if (s->ended && given == 0)
		return UNPACK_WHOLE;
	if (s->ended)
		inflateReset(&s->z);
	s->z.next_in = in->p;
	s->z.avail_in = given;
	s->z.next_out = to;
	s->z.avail_out = wanted;
	int end = inflate(&s->z, Z_NO_FLUSH);
	if (end == Z_MEM_ERROR)
		abort();
	rd_skip(in, given - s->z.avail_in);
	*room = wanted - s->z.avail_out;
	s->ended = end == Z_STREAM_END;
	if (s->ended)
		return UNPACK_WHOLE;
	return end == Z_OK || end == Z_BUF_ERROR ? UNPACK_CUT : UNPACK_DAMAGED;
}

static void
pieces_close(void *state)
{
	struct pieces *s = state;
	inflateEnd(&s->z);
	free(s);
}

struct unpack_stream
gzip_stream(void)
{
	struct pieces *s = xcalloc(1, sizeof(*s));
	if (inflateInit2(&s->z, GZIP_ONLY) != Z_OK)
		abort(); /* only memory can be short */
	return (struct unpack_stream){.name = "gzip",
	    .state = s,
	    .step = pieces_step,
	    .close = pieces_close};
}
