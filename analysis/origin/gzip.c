/* SPDX-License-Identifier: ISC */
#include "analysis/origin/gzip.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

enum { GZIP_ONLY = 16 + MAX_WBITS, CHUNK_LEN = 1 << 18 };

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

enum unpack
gzip_read(struct rd *r, size_t max, struct wr *out)
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

uint32_t
gzip_crc32(const void *bytes, size_t len)
{
	return (uint32_t)crc32_z(0, bytes, len);
}
