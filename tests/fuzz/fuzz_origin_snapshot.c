/* SPDX-License-Identifier: ISC */
#include "analysis/origin/gzip.h"
#include "analysis/origin/snapshot.h"
#include "analysis/origin/snapshot_form.h"
#include "probe/base/mem.h"
#include "probe/base/rd.h"

#include <stdlib.h>

/* Makes all checksums right, so that the checks behind them are reached. */
static void
seal(uint8_t *p, size_t len)
{
	struct rd r = rd_make(p, len);
	rd_skip(&r, FORM_CRC_AT - 2);
	uint16_t n = rd_u16(&r);
	size_t head = FORM_HEAD_LEN + (size_t)n * FORM_ENTRY_LEN;
	if (!rd_ok(&r) || head > len)
		return;
	for (uint16_t i = 0; i < n; i++) {
		uint8_t *entry = p + FORM_HEAD_LEN + i * FORM_ENTRY_LEN;
		struct rd e = rd_make(entry + 8, 16);
		uint64_t at = rd_u64(&e), size = rd_u64(&e);
		if (at > len || size > len - at)
			continue;
		uint32_t crc = gzip_crc32(p + at, (size_t)size);
		for (int b = 0; b < 4; b++)
			entry[4 + b] = (uint8_t)(crc >> (24 - 8 * b));
	}
	for (int b = 0; b < 4; b++)
		p[FORM_CRC_AT + b] = 0;
	uint32_t crc = gzip_crc32(p, head);
	for (int b = 0; b < 4; b++)
		p[FORM_CRC_AT + b] = (uint8_t)(crc >> (24 - 8 * b));
}

static void
ask(const uint8_t *p, size_t len)
{
	struct fault f;
	struct origin_answer a;
	struct snapshot *s = snapshot_borrow(p, len, "fuzz", &f);
	if (s == NULL)
		return;
	for (uint32_t i = 0; i < 1024; i++)
		snapshot_find(s, i << 22 | i, &a);
	snapshot_as_name(s, 7);
	snapshot_relate(s, 7, 8);
	snapshot_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	ask(bytes, len);
	if (len == 0)
		return 0;
	uint8_t *copy = xmemdup(bytes, len);
	seal(copy, len);
	ask(copy, len);
	free(copy);
	return 0;
}
