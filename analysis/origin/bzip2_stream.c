/* SPDX-License-Identifier: ISC */
#include "analysis/origin/bzip2_stream.h"

#include <bzlib.h>
#include <limits.h>
#include <stdlib.h>

enum { CHUNK_LEN = 1 << 18 };

/* libbz2 reads through a char pointer that is not const, but writes nothing. */
static char *
unconst(const uint8_t *p)
{
	union {
		const uint8_t *from;
		char *to;
	} u = {.from = p};
	return u.to;
}

/* One step; libbz2 counts in unsigned int. */
static int
step(bz_stream *z, struct rd *r, struct wr *out)
{
	unsigned given = r->left > UINT_MAX ? UINT_MAX : (unsigned)r->left;
	z->next_in = unconst(r->p);
	z->avail_in = given;
	z->next_out = (char *)wr_room(out, CHUNK_LEN);
	z->avail_out = CHUNK_LEN;
	int state = BZ2_bzDecompress(z);
	rd_skip(r, given - z->avail_in);
	out->len += CHUNK_LEN - z->avail_out;
	return state;
}

static enum unpack
steps(bz_stream *z, struct rd *r, size_t max, struct wr *out)
{
	int state = BZ_OK;
	while (state == BZ_OK) {
		size_t before = out->len;
		state = step(z, r, out);
		if (out->len > max)
			return UNPACK_TOO_LONG;
		if (state == BZ_OK && r->left == 0 && out->len == before)
			return UNPACK_CUT;
	}
	if (state == BZ_MEM_ERROR)
		abort();
	return state == BZ_STREAM_END ? UNPACK_WHOLE : UNPACK_DAMAGED;
}

enum unpack
bzip2_stream(struct rd *r, size_t max, struct wr *out)
{
	bz_stream z = {0};
	if (BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK)
		abort(); /* only memory can be short */
	enum unpack end = steps(&z, r, max, out);
	BZ2_bzDecompressEnd(&z);
	return end;
}
