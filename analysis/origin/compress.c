/* SPDX-License-Identifier: ISC */
#include "analysis/origin/compress.h"

#include "probe/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
	CHUNK_LEN = 1 << 18,
	FILE_LEVEL = 9, /* 19 gains a tenth and takes 20 times as long */
};

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

static int
write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);
		if (n < 0 && errno != EINTR)
			return errno;
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Feeds one piece, the last one with `end`; 0 or an errno. */
static int
feed(ZSTD_CCtx *z, ZSTD_inBuffer in, ZSTD_EndDirective end, int to)
{
	uint8_t out[1 << 16];
	size_t left = 1;
	while (left > 0) {
		ZSTD_outBuffer o = {.dst = out, .size = sizeof(out)};
		left = ZSTD_compressStream2(z, &o, &in, end);
		if (ZSTD_isError(left))
			abort(); /* only memory can be short */
		int error = write_all(to, out, o.pos);
		if (error != 0)
			return error;
		if (end == ZSTD_e_continue)
			left = in.size - in.pos;
	}
	return 0;
}

int
compress_file(int from, int to, struct hash *h)
{
	uint8_t buf[1 << 16];
	ZSTD_CCtx *z = ZSTD_createCCtx();
	if (z == NULL)
		abort(); /* only memory can be short */
	ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, FILE_LEVEL);
	ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
	ssize_t n = 0;
	int error = 0;
	while (error == 0 && (n = read(from, buf, sizeof(buf))) > 0) {
		ZSTD_inBuffer in = {.src = buf, .size = (size_t)n};
		hash_add(h, buf, (size_t)n);
		error = feed(z, in, ZSTD_e_continue, to);
	}
	if (n < 0)
		error = errno;
	if (error == 0)
		error = feed(z, (ZSTD_inBuffer){0}, ZSTD_e_end, to);
	ZSTD_freeCCtx(z);
	return error;
}

/* Where the plain octets of a file go. */
struct plain {
	int to;
	int64_t left;
	struct hash *h;
	int error;
};

/* What one piece of input holds; *state is 0 when a frame has just ended. */
static enum unpack
expand(ZSTD_DStream *z, ZSTD_inBuffer in, struct plain *p, size_t *state)
{
	uint8_t out[1 << 16];
	bool full = false;
	/* Behind the end of a frame nothing is waiting, full or not. */
	while (in.pos < in.size || (full && *state != 0)) {
		ZSTD_outBuffer o = {.dst = out, .size = sizeof(out)};
		*state = ZSTD_decompressStream(z, &o, &in);
		if (ZSTD_isError(*state))
			return UNPACK_DAMAGED;
		full = o.pos == o.size;
		p->left -= (int64_t)o.pos;
		if (p->left < 0)
			return UNPACK_TOO_LONG;
		hash_add(p->h, out, o.pos);
		if (p->to >= 0)
			p->error = write_all(p->to, out, o.pos);
		if (p->error != 0)
			break;
	}
	return UNPACK_WHOLE;
}

enum unpack
decompress_file(int from, int to, int64_t max, struct hash *h, int *error)
{
	uint8_t buf[1 << 16];
	struct plain p = {.to = to, .left = max, .h = h};
	enum unpack end = UNPACK_WHOLE;
	ZSTD_DStream *z = ZSTD_createDStream();
	if (z == NULL)
		abort(); /* only memory can be short */
	size_t state = 1;
	ssize_t n = 0;
	while (end == UNPACK_WHOLE && p.error == 0 &&
	       (n = read(from, buf, sizeof(buf))) > 0) {
		ZSTD_inBuffer in = {.src = buf, .size = (size_t)n};
		end = expand(z, in, &p, &state);
	}
	if (n < 0)
		p.error = errno;
	ZSTD_freeDStream(z);
	*error = p.error;
	return end == UNPACK_WHOLE && state != 0 ? UNPACK_CUT : end;
}

static enum unpack
pieces_step(void *state, struct rd *in, uint8_t *to, size_t *room)
{
	ZSTD_inBuffer from = {.src = in->p, .size = in->left};
	ZSTD_outBuffer out = {.dst = to, .size = *room};
	size_t end = ZSTD_decompressStream(state, &out, &from);
	rd_skip(in, from.pos);
	*room = out.pos;
	if (!ZSTD_isError(end))
		return end == 0 ? UNPACK_WHOLE : UNPACK_CUT;
	return ZSTD_getErrorCode(end) ==
		       ZSTD_error_frameParameter_windowTooLarge
		   ? UNPACK_TOO_LONG
		   : UNPACK_DAMAGED;
}

static void
pieces_close(void *state)
{
	ZSTD_freeDStream(state);
}

struct unpack_stream
zstd_stream(void)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	if (z == NULL)
		abort(); /* only memory can be short */
	ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, UNPACK_WINDOW_LOG);
	return (struct unpack_stream){.name = "zstd",
	    .state = z,
	    .step = pieces_step,
	    .close = pieces_close};
}
