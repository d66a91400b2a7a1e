/* SPDX-License-Identifier: ISC */
#include "analysis/origin/snapshot_rows.h"

#include "analysis/origin/be.h"
#include "analysis/origin/flatten.h"
#include "analysis/origin/nodes.h"
#include "analysis/origin/pool.h"
#include "analysis/origin/snapshot_form.h"
#include "probe/base/mem.h"

#include <stdlib.h>

struct work {
	const struct table *t;
	struct snapshot_rows *out;
	struct asname *ases; /* ascending */
	struct flat cut;     /* with rows of the snapshot */
	struct pool rows, kinds, sets;
	uint32_t asn, as; /* asked for last; no row has ASN 0 */
	uint32_t *set_at; /* place of each set in the origins */
};

/* The one before is asked again more often than not. */
static uint32_t
as_of(struct work *w, uint32_t asn)
{
	if (w->asn != asn)
		w->as = asname_rank(&w->t->names, asn);
	w->asn = asn;
	return w->as;
}

static uint32_t
origin_of(struct work *w, const struct table_row *row)
{
	if (row->nasns == 1)
		return as_of(w, w->t->asns[row->asn_at]);
	uint32_t set[1 + ORIGIN_ASNS_MAX] = {row->nasns};
	struct wr *out = &w->out->origins;
	for (uint32_t i = 0; i < row->nasns; i++)
		set[1 + i] = as_of(w, w->t->asns[row->asn_at + i]);
	size_t before = w->sets.n;
	uint32_t i = pool_put(&w->sets, set);
	if (w->sets.n > before) {
		w->set_at =
		    xreallocarray(w->set_at, w->sets.n, sizeof(*w->set_at));
		w->set_at[i] = (uint32_t)(out->len / 4);
		for (uint32_t k = 0; k <= row->nasns; k++)
			wr_u32(out, set[k]);
	}
	return (uint32_t)w->t->names.n + w->set_at[i];
}

/* 1 + the index of what the snapshot says for a row and a prefix length. */
static uint32_t
row_of(struct work *w, const struct table_row *row, uint8_t len)
{
	uint32_t kind[2] = {
	    row->note, (uint32_t)row->source << 16 | row->layer << 8 | len};
	uint32_t pair[2] = {origin_of(w, row), pool_put(&w->kinds, kind)};
	return 1 + pool_put(&w->rows, pair);
}

/*
 * The segment first..last of a row. When it is not the whole range of the row,
 * it is cut at the prefixes of that range, each of one length.
 */
static void
cut(struct work *w, const struct table_row *row, uint32_t first, uint32_t last)
{
	if (row->first == first && row->last == last) {
		flat_add(&w->cut, first, row_of(w, row, FORM_WHOLE));
		return;
	}
	for (uint64_t at = first; at <= last;) {
		struct prefix p =
		    prefix_in_range((uint32_t)at, row->first, row->last);
		uint32_t is = row_of(w, row, p.len);
		if (w->cut.n == 0 || w->cut.row[w->cut.n - 1] != is)
			flat_add(&w->cut, (uint32_t)at, is);
		at = (uint64_t)(p.addr | ~prefix_mask(p.len)) + 1;
	}
}

static void
cut_all(struct work *w)
{
	struct flat flat;
	flatten(w->t, &flat);
	for (size_t i = 0; i < flat.n; i++) {
		uint32_t last =
		    i + 1 < flat.n ? flat.start[i + 1] - 1 : UINT32_MAX;
		if (flat.row[i] == 0)
			flat_add(&w->cut, flat.start[i], 0);
		else
			cut(w, &w->t->rows[flat.row[i] - 1], flat.start[i],
			    last);
	}
	flat_clear(&flat);
}

static void
put_all(const uint32_t *words, size_t n, struct wr *out)
{
	uint8_t *to = wr_room(out, n * 4);
	for (size_t i = 0; i < n; i++)
		be_put_u32(to + i * 4, words[i]);
	out->len += n * 4;
}

static void
put_pool(struct pool *p, struct wr *out)
{
	put_all(p->words, p->n * p->width, out);
	pool_clear(p);
}

void
snapshot_rows(struct table *t, struct snapshot_rows *out)
{
	struct work w = {.t = t,
	    .out = out,
	    .ases = asname_sorted(&t->names),
	    .rows = {.width = 2},
	    .kinds = {.width = 2},
	    .sets = {.width = 1 + ORIGIN_ASNS_MAX}};
	cut_all(&w);
	nodes_pack(w.cut.start, w.cut.n, &out->roots, &out->cells);
	put_all(w.cut.start, w.cut.n, &out->starts);
	put_all(w.cut.row, w.cut.n, &out->segments);
	for (size_t i = 0; i < t->names.n; i++) {
		wr_u32(&out->ases, w.ases[i].asn);
		wr_u32(&out->ases, w.ases[i].text);
	}
	put_pool(&w.rows, &out->rows);
	put_pool(&w.kinds, &out->kinds);
	pool_clear(&w.sets);
	flat_clear(&w.cut);
	free(w.set_at);
	free(w.ases);
}
