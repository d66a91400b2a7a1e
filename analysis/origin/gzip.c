/* SPDX-License-Identifier: ISC */
#include "analysis/origin/gzip.h"

#include <limits.h>
#include <stddef.h>
#define ZLIB_CONST
#include <zlib.h>

enum { GZIP_ONLY = 16 + MAX_WBITS };

/* zlib counts in unsigned int: hands it the next part of a long input. */
static void
feed(z_stream *z, const uint8_t *end)
{
	size_t left = (size_t)(end - z->next_in);
	z->avail_in = left > UINT_MAX ? UINT_MAX : (uInt)left;
}

/* Reads one member; false when it is bad, cut off or too long. */
static bool
member(z_stream *z, const uint8_t *end, size_t max, struct wr *out)
{
	uint8_t chunk[1 << 16];
	int state = Z_OK;
	while (state == Z_OK) {
		z->next_out = chunk;
		z->avail_out = sizeof(chunk);
		feed(z, end);
		state = inflate(z, Z_NO_FLUSH);
		size_t n = sizeof(chunk) - z->avail_out;
		if (n > max - out->len)
			return false;
		wr_bytes(out, chunk, n);
	}
	return state == Z_STREAM_END;
}

bool
gzip_read(const void *bytes, size_t len, size_t max, struct wr *out)
{
	const uint8_t *end = (const uint8_t *)bytes + len;
	z_stream z = {.next_in = bytes};
	if (out->len > max || inflateInit2(&z, GZIP_ONLY) != Z_OK)
		return false;
	bool ok = len > 0;
	while (ok && z.next_in < end)
		ok = member(&z, end, max, out) && inflateReset(&z) == Z_OK;
	inflateEnd(&z);
	return ok;
}

uint32_t
gzip_crc32(const void *bytes, size_t len)
{
	return (uint32_t)crc32_z(0, bytes, len);
}
