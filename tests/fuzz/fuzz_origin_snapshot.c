/* SPDX-License-Identifier: ISC */
#include "analysis/origin/changes.h"
#include "analysis/origin/gzip.h"
#include "analysis/origin/snapshot_ases.h"
#include "analysis/origin/snapshot_check.h"
#include "analysis/origin/snapshot_form.h"
#include "probe/base/mem.h"
#include "probe/base/rd.h"

#include <stdlib.h>
#include <string.h>

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
		uint8_t *entry = p + FORM_HEAD_LEN + (size_t)i * FORM_ENTRY_LEN;
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

/* The base of the changes among the seeds; fixed, so that its identity is. */
static struct snapshot *
make_base(void)
{
	struct fault f;
	static struct wr bytes; /* borrowed as long as the process lives */
	static const uint32_t origins[] = {7, 401111};
	struct table t = {0};
	struct prefix wide = {0x01000000, 8}, narrow = {0x01020000, 16};
	table_begin(&t, ORIGIN_BGP)->name = xstrdup("base");
	table_source(&t)->kind = xstrdup("test");
	table_add_prefix(&t, &wide, origins, 1, NULL);
	table_add_prefix(&t, &narrow, origins, 2, "a note");
	table_name(&t, 7, "a name");
	table_relate(&t, 7, 8, ORIGIN_PROVIDER);
	table_vrp(&t, &wide, 24, 7);
	table_org(&t, 7, "ORG-7", "an organisation");
	table_upstream(&t, &wide, 8, 3);
	snapshot_pack(&t, 1000000, &bytes);
	table_clear(&t);
	return snapshot_borrow(bytes.p, bytes.len, "base", &f);
}

static void
ask_all(const struct snapshot *s)
{
	struct origin_answer a;
	struct origin_org org;
	struct origin_upstream all[2];
	struct prefix route = {0x01020300, 24};
	for (uint32_t i = 0; i < 1024; i++) {
		snapshot_find(s, i << 22 | i, &a);
		snapshot_until(s, i << 22 | i);
	}
	snapshot_as_name(s, 7);
	snapshot_relate(s, 7, 8);
	snapshot_org(s, 7, &org);
	snapshot_rpki(s, &route, 7);
	snapshot_holds(s);
	for (uint32_t i = 0; i < 256; i++)
		snapshot_upstreams(s, i << 24 | 0x020304, all, 2);
}

/*
 * A file of changes is made to name the base whatever identity it claims: the
 * checks behind that are what a hostile file would aim at.
 */
static void
ask_changes(uint8_t *p, struct snapshot *s, const struct snapshot *base)
{
	struct fault f;
	changes_identity(base, p + s->base_ref.at + 8);
	if (changes_rest(s, base, &f))
		ask_all(s);
}

/* What is done with files that are not needed. */
static void
glance(const uint8_t *p, size_t len)
{
	struct fault f;
	char name[] = "fuzz";
	struct snapshot s = {.name = name, .len = len};
	if (snapshot_check_head(&s, p, &f) && s.base_ref.p != NULL)
		changes_holds(&s);
	free(s.sources);
}

/* Changes p, which is a copy, where it is a file of changes. */
static void
ask(uint8_t *p, size_t len, const struct snapshot *base)
{
	struct fault f;
	glance(p, len);
	struct snapshot *s = snapshot_borrow(p, len, "fuzz", &f);
	if (s == NULL)
		return;
	ask_all(s);
	if (s->base_ref.p != NULL)
		ask_changes(p, s, base);
	snapshot_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len == 0)
		return 0;
	static struct snapshot *base;
	if (base == NULL)
		base = make_base();
	uint8_t *copy = xmemdup(bytes, len);
	ask(copy, len, base);
	memcpy(copy, bytes, len);
	seal(copy, len);
	ask(copy, len, base);
	free(copy);
	return 0;
}
