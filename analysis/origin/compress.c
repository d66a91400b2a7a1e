/* SPDX-License-Identifier: ISC */
#include "analysis/origin/compress.h"

#include "probe/base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <zstd.h>

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

static bool
stream(ZSTD_DStream *z, ZSTD_inBuffer *in, size_t max, struct wr *out)
{
	uint8_t chunk[1 << 16];
	size_t state = 1; /* 0 when a frame has just ended */
	while (in->pos < in->size || state != 0) {
		ZSTD_outBuffer to = {.dst = chunk, .size = sizeof(chunk)};
		size_t before = in->pos;
		state = ZSTD_decompressStream(z, &to, in);
		if (ZSTD_isError(state) || to.pos > max - out->len)
			return false;
		if (in->pos == before && to.pos == 0)
			return false; /* the last frame is cut off */
		wr_bytes(out, chunk, to.pos);
	}
	return true;
}

bool
decompress_zstd(const void *bytes, size_t len, size_t max, struct wr *out)
{
	ZSTD_inBuffer in = {.src = bytes, .size = len};
	ZSTD_DStream *z = ZSTD_createDStream();
	bool ok = z != NULL && out->len <= max && stream(z, &in, max, out);
	ZSTD_freeDStream(z);
	return ok;
}
