/* SPDX-License-Identifier: ISC */
#include "analysis/origin/reader.h"
#include "analysis/origin/snapshot.h"
#include "probe/base/mem.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Whatever the reader takes must make a snapshot that opens. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const uint32_t towards[] = {131279, 10099, 20485, 401111};
	struct table t = {.towards = towards, .ntowards = 4};
	struct wr out = {0};
	struct fault f;
	struct input in = {
	    .bytes = len ? xmemdup(bytes, len) : NULL, .len = len};
	struct source *source = table_begin(&t, ORIGIN_BGP);
	source->name = xstrdup("fuzz");
	source->kind = xstrdup("mrt");
	read_mrt(&in, &t);
	snapshot_pack(&t, 0, &out);
	struct snapshot *s = snapshot_borrow(out.p, out.len, "fuzz", &f);
	if (s == NULL)
		abort();
	snapshot_close(s);
	wr_free(&out);
	table_clear(&t);
	free(in.bytes);
	return 0;
}
