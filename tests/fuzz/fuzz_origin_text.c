/* SPDX-License-Identifier: ISC */
#include "analysis/origin/reader.h"
#include "analysis/origin/snapshot.h"
#include "probe/base/mem.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { AND_PACK = 0x80 };

static void
pack(struct table *t)
{
	struct wr out = {0};
	struct fault f;
	snapshot_pack(t, 0, &out);
	struct snapshot *s = snapshot_borrow(out.p, out.len, "fuzz", &f);
	if (s == NULL)
		abort();
	snapshot_close(s);
	wr_free(&out);
}

/*
 * The first byte is the layer, the rest a file of whatever kind it looks like
 * (packed ones, too). With the high bit of the first byte, what was read must
 * make a snapshot that opens: that takes a hundred times as long as the
 * reading.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len < 2)
		return 0;
	static const enum origin_layer layers[] = {ORIGIN_NONE, ORIGIN_IXP,
	    ORIGIN_BGP, ORIGIN_REGISTRY, ORIGIN_CURATED};
	struct table t = {0};
	struct fault f;
	char name[] = "fuzz";
	struct input in = {
	    .name = name, .bytes = xmemdup(bytes + 1, len - 1), .len = len - 1};
	reader_take(&t, layers[(bytes[0] & ~AND_PACK) % 5], &in, &f);
	if (bytes[0] & AND_PACK)
		pack(&t);
	else
		table_merge(&t);
	table_clear(&t);
	free(in.bytes);
	return 0;
}
