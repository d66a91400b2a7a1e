/* SPDX-License-Identifier: ISC */
#include "probe/base/record_pack.h"
#include "probe/base/record_path.h"
#include "probe/base/wr.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static bool
same(const uint8_t *bytes, size_t len, const struct wr *w)
{
	return len == w->len && memcmp(bytes, w->p, len) == 0;
}

/*
 * What is taken is packed, taken and packed again the same; of the version that
 * is written, as it was.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct record r = {.start_us = 1795280000000000};
	struct record back = {.start_us = 1795280000000000};
	struct wr once = {0}, twice = {0}, path = {0};
	if (!record_unpack(bytes, len, &r)) {
		require(r.probes == NULL && r.nprobes == 0);
		return 0;
	}
	record_path(&r, &path);
	record_pack(&r, &once);
	if (bytes[0] == once.p[0])
		require(same(bytes, len, &once));
	require(record_unpack(once.p, once.len, &back));
	record_pack(&back, &twice);
	require(same(once.p, once.len, &twice));
	wr_free(&once);
	wr_free(&twice);
	wr_free(&path);
	record_clear(&r);
	record_clear(&back);
	return 0;
}
