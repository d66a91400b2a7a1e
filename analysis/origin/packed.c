/* SPDX-License-Identifier: ISC */
#include "analysis/origin/packed.h"

#include <stdlib.h>
#include <string.h>

struct columns {
	struct wr gap, length, as, asn, name;
};

static uint32_t
index_of(const struct asname *all, size_t n, uint32_t asn)
{
	size_t lo = 0;
	while (n > 1) {
		size_t half = n / 2;
		if (all[lo + half].asn <= asn)
			lo += half;
		n -= half;
	}
	return (uint32_t)lo;
}

static void
put_rows(const struct table *t, const struct asname *all, struct columns *c)
{
	int64_t next = 0;
	for (size_t i = 0; i < t->nrows; i++) {
		const struct table_row *row = &t->rows[i];
		wr_svarint(&c->gap, (int64_t)row->first - next);
		wr_varint(&c->length, row->last - row->first);
		wr_varint(
		    &c->as, index_of(all, t->names.n, t->asns[row->asn_at]));
		next = (int64_t)row->last + 1;
	}
}

static void
put_names(const struct table *t, const struct asname *all, struct columns *c)
{
	uint32_t before = 0;
	for (size_t i = 0; i < t->names.n; i++) {
		const char *name = table_text_at(t, all[i].text);
		wr_varint(&c->asn, all[i].asn - before);
		wr_bytes(&c->name, name, strlen(name) + 1);
		before = all[i].asn;
	}
}

static void
put_column(struct wr *out, struct wr *column)
{
	wr_varint(out, column->len);
	wr_bytes(out, column->p, column->len);
	wr_free(column);
}

void
packed_columns(struct table *t, struct wr *out)
{
	struct columns c = {0};
	struct asname *all = asname_sorted(&t->names);
	put_rows(t, all, &c);
	put_names(t, all, &c);
	put_column(out, &c.gap);
	put_column(out, &c.length);
	put_column(out, &c.as);
	put_column(out, &c.asn);
	put_column(out, &c.name);
	free(all);
}
