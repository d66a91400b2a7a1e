/* SPDX-License-Identifier: ISC */
#include "analysis/origin/line.h"
#include "analysis/origin/packed.h"
#include "analysis/origin/reader.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

bool
read_packed_is(struct rd r)
{
	size_t len = strlen(PACKED_MAGIC);
	const uint8_t *p = rd_bytes(&r, len);
	return p != NULL && memcmp(p, PACKED_MAGIC, len) == 0;
}

static void
head(struct rd *r, struct table *t)
{
	char line[LINE_MAX_LEN];
	while (line_next(r, line) && *line != '\0')
		source_remark(table_source(t), line);
}

static struct rd
column(struct rd *r)
{
	uint64_t len = rd_varint(r);
	return rd_sub(r, len > r->left ? SIZE_MAX : (size_t)len);
}

/* The ASNs of the columns, with their names given to the table. */
static uint32_t *
ases(struct rd asn, struct rd name, struct table *t, size_t *n)
{
	uint32_t *all = xcalloc(asn.left + 1, sizeof(*all));
	uint64_t at = 0;
	for (*n = 0; asn.left > 0; (*n)++) {
		at += rd_varint(&asn) & UINT32_MAX;
		const void *end =
		    name.left ? memchr(name.p, '\0', name.left) : NULL;
		if (!rd_ok(&asn) || at > UINT32_MAX || end == NULL)
			break;
		all[*n] = (uint32_t)at;
		table_name(t, (uint32_t)at, (const char *)name.p);
		rd_skip(&name, (size_t)((const uint8_t *)end - name.p) + 1);
	}
	return all;
}

void
read_packed(const struct input *in, struct table *t)
{
	struct rd r = input_rd(in);
	head(&r, t);
	struct rd gap = column(&r), length = column(&r), as = column(&r);
	struct rd asn = column(&r), name = column(&r);
	struct source *s = table_source(t);
	if (!rd_ok(&r)) {
		s->counts[COUNT_TRUNCATED]++;
		return;
	}
	size_t nases = 0;
	uint32_t *all = ases(asn, name, t, &nases);
	int64_t next = 0;
	while (gap.left > 0) {
		int64_t step = rd_svarint(&gap);
		uint64_t last = rd_varint(&length), i = rd_varint(&as);
		bool ok = rd_ok(&gap) && rd_ok(&length) && rd_ok(&as);
		if (!ok || step < -next || step > UINT32_MAX - next ||
		    last > (uint64_t)(UINT32_MAX - next - step) || i >= nases) {
			s->counts[COUNT_SYNTAX]++;
			break; /* each row leans on the one before */
		}
		last += (uint64_t)(next + step);
		table_add(
		    t, &(struct table_seen){.first = (uint32_t)(next + step),
			   .last = (uint32_t)last,
			   .asns = &all[i],
			   .nasns = 1});
		next = (int64_t)last + 1;
	}
	free(all);
}
