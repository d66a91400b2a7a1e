/* SPDX-License-Identifier: ISC */
#include "probe/wire/checksum.h"
#include "probe/wire/reply.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const uint8_t *bytes, size_t len)
{
	struct reply r;
	enum reply_bad bad = reply_parse(bytes, len, &r);
	assert(bad >= REPLY_GOOD && bad < REPLY_BAD_KINDS);
	assert(r.bytes == bytes && r.len <= len);
	if (r.ext == NULL)
		return;
	assert(r.ext > bytes && r.ext_len > 0);
	assert((size_t)(r.ext - bytes) + r.ext_len <= r.len);
}

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Makes length and checksums right, so that what lies behind is reached. */
static void
repair(uint8_t *p, size_t len)
{
	size_t h = (size_t)(p[0] & 15) * 4;
	if (len > 0xffff || h < 20 || len < h + 4)
		return;
	put16(p + 2, (uint16_t)len);
	put16(p + 10, 0);
	put16(p + 10, checksum_fold(checksum_sum(0, p, h)));
	put16(p + h + 2, 0);
	put16(p + h + 2, checksum_fold(checksum_sum(0, p + h, len - h)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(data, size);
	if (size < 20)
		return 0;
	uint8_t *copy = malloc(size); /* its end is guarded */
	assert(copy != NULL);
	memcpy(copy, data, size);
	repair(copy, size);
	check(copy, size);
	free(copy);
	return 0;
}
