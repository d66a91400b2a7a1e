/* SPDX-License-Identifier: ISC */
#include "analysis/origin/compress.h"

#include "probe/base/mem.h"

#include <stdlib.h>
#include <zstd.h>

enum { CHUNK_LEN = 1 << 18 };

void
compress_zstd(const void *bytes, size_t len, struct wr *out)
{
	size_t room = ZSTD_compressBound(len);
	void *frame = xcalloc(1, room);
	size_t n = ZSTD_compress(frame, room, bytes, len, ZSTD_maxCLevel());
	if (ZSTD_isError(n))
		abort(); /* the room suffices: only memory can be short */
	wr_bytes(out, frame, n);
	free(frame);
}

static enum unpack
frames(ZSTD_DStream *z, struct rd *r, size_t max, struct wr *out)
{
	size_t state = 1; /* 0 when a frame has just ended */
	while (r->left > 0 || state != 0) {
		ZSTD_inBuffer in = {.src = r->p, .size = r->left};
		ZSTD_outBuffer to = {
		    .dst = wr_room(out, CHUNK_LEN), .size = CHUNK_LEN};
		state = ZSTD_decompressStream(z, &to, &in);
		rd_skip(r, in.pos);
		out->len += to.pos;
		if (ZSTD_isError(state))
			return UNPACK_DAMAGED;
		if (out->len > max)
			return UNPACK_TOO_LONG;
		if (r->left == 0 && to.pos == 0 && state != 0)
			return UNPACK_CUT;
	}
	return UNPACK_WHOLE;
}

enum unpack
decompress_zstd(struct rd *r, size_t max, struct wr *out)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	if (z == NULL)
		abort(); /* only memory can be short */
	enum unpack end = frames(z, r, max, out);
	ZSTD_freeDStream(z);
	return end;
}
