/* SPDX-License-Identifier: ISC */
#include "analysis/origin/table.h"

#include "analysis/origin/asns.h"
#include "probe/base/mem.h"

#include <stdlib.h>

/* As tables are mostly written: at one place the widest range comes first. */
static int
by_range(const struct table_row *x, const struct table_row *y)
{
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->last != y->last)
		return x->last > y->last ? -1 : 1;
	return (x->layer > y->layer) - (x->layer < y->layer);
}

/* What decides the order of a row, and where the row is. */
struct place {
	uint64_t range; /* first << 32 | ~last */
	uint32_t layer, row;
};

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, RANGE_BITS = 64 };

/* The digit of a key at a bit of it; the layer counts least. */
static size_t
digit(const struct place *p, unsigned bit)
{
	return bit < RANGE_BITS ? p->range >> bit & (DIGITS - 1) : p->layer;
}

/* One pass of a radix sort: those of equal digits stay in their order. */
static void
pass(const struct place *from, struct place *to, size_t n, unsigned bit)
{
	size_t at[DIGITS] = {0}, sum = 0;
	for (size_t i = 0; i < n; i++)
		at[digit(&from[i], bit)]++;
	for (size_t d = 0; d < DIGITS; d++) {
		size_t many = at[d];
		at[d] = sum;
		sum += many;
	}
	for (size_t i = 0; i < n; i++)
		to[at[digit(&from[i], bit)]++] = from[i];
}

static bool
in_order(const struct table *t)
{
	for (size_t i = 1; i < t->nrows; i++)
		if (by_range(&t->rows[i - 1], &t->rows[i]) > 0)
			return false;
	return true;
}

/* Equal rows stay in the order in which they came. */
static void
sort_rows(struct table *t)
{
	size_t n = t->nrows;
	if (in_order(t))
		return;
	struct place *from = xcalloc(n, sizeof(*from));
	struct place *to = xcalloc(n, sizeof(*to));
	for (size_t i = 0; i < n; i++) {
		const struct table_row *row = &t->rows[i];
		from[i] = (struct place){
		    .range =
			(uint64_t)row->first << 32 | (row->last ^ UINT32_MAX),
		    .layer = row->layer,
		    .row = (uint32_t)i,
		};
	}
	for (int i = 0; i <= RANGE_BITS / DIGIT_BITS + 1; i++) {
		pass(from, to, n,
		    i == 0 ? RANGE_BITS : (unsigned)(i - 1) * DIGIT_BITS);
		struct place *sorted = to;
		to = from;
		from = sorted;
	}
	struct table_row *rows = xcalloc(n, sizeof(*rows));
	for (size_t i = 0; i < n; i++)
		rows[i] = t->rows[from[i].row];
	free(t->rows);
	free(from);
	free(to);
	t->rows = rows;
	t->room = n;
}

/* Adds the origins of a later row of the same range and layer to row. */
static void
unite(struct table *t, struct table_row *row, const struct table_row *later)
{
	uint32_t set[ORIGIN_ASNS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < row->nasns; i++)
		asns_add(set, &n, t->asns[row->asn_at + i]);
	for (size_t i = 0; i < later->nasns; i++)
		asns_add(set, &n, t->asns[later->asn_at + i]);
	if (row->note == 0)
		row->note = later->note;
	if (n == row->nasns)
		return;
	row->asn_at = (uint32_t)t->nasns;
	row->nasns = (uint8_t)n;
	asns_append(t, set, n);
}

static int
by_pair(const void *a, const void *b)
{
	const struct table_relation *x = a, *y = b;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	if (x->b != y->b)
		return x->b < y->b ? -1 : 1;
	return (x->kind > y->kind) - (x->kind < y->kind);
}

static void
merge_relations(struct table *t)
{
	size_t n = 0;
	if (t->nrelations > 0)
		qsort(t->relations, t->nrelations, sizeof(*t->relations),
		    by_pair);
	for (size_t i = 0; i < t->nrelations; i++) {
		const struct table_relation *r = &t->relations[i];
		const struct table_relation *last =
		    &t->relations[n ? n - 1 : 0];
		if (n == 0 || last->a != r->a || last->b != r->b)
			t->relations[n++] = *r;
	}
	t->nrelations = n;
}

static int
by_vrp(const void *a, const void *b)
{
	const struct table_vrp *x = a, *y = b;
	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	if (x->asn != y->asn)
		return x->asn < y->asn ? -1 : 1;
	return (x->max_len < y->max_len) - (x->max_len > y->max_len);
}

/* Of several for one prefix and AS the one with the greatest length stays. */
static void
merge_vrps(struct table *t)
{
	size_t n = 0;
	if (t->nvrps > 0)
		qsort(t->vrps, t->nvrps, sizeof(*t->vrps), by_vrp);
	for (size_t i = 0; i < t->nvrps; i++) {
		const struct table_vrp *v = &t->vrps[i];
		const struct table_vrp *last = &t->vrps[n ? n - 1 : 0];
		if (n == 0 || last->addr != v->addr || last->len != v->len ||
		    last->asn != v->asn)
			t->vrps[n++] = *v;
	}
	t->nvrps = n;
}

static int
by_upstream(const void *a, const void *b)
{
	const struct table_upstream *x = a, *y = b;
	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return (x->asn > y->asn) - (x->asn < y->asn);
}

static void
merge_upstreams(struct table *t)
{
	size_t n = 0;
	if (t->nupstreams > 0)
		qsort(t->upstreams, t->nupstreams, sizeof(*t->upstreams),
		    by_upstream);
	for (size_t i = 0; i < t->nupstreams; i++) {
		const struct table_upstream *u = &t->upstreams[i];
		if (n == 0 || by_upstream(&t->upstreams[n - 1], u) != 0) {
			t->upstreams[n++] = *u;
			continue;
		}
		uint32_t peers = (uint32_t)t->upstreams[n - 1].peers + u->peers;
		t->upstreams[n - 1].peers =
		    peers < UINT16_MAX ? (uint16_t)peers : UINT16_MAX;
	}
	t->nupstreams = n;
}

static int
by_org(const void *a, const void *b)
{
	const struct table_org *x = a, *y = b;
	if (x->asn != y->asn)
		return x->asn < y->asn ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static void
merge_orgs(struct table *t)
{
	size_t n = 0;
	if (t->norgs > 0)
		qsort(t->orgs, t->norgs, sizeof(*t->orgs), by_org);
	for (size_t i = 0; i < t->norgs; i++)
		if (n == 0 || t->orgs[n - 1].asn != t->orgs[i].asn)
			t->orgs[n++] = t->orgs[i];
	t->norgs = n;
}

void
table_merge(struct table *t)
{
	size_t n = 0;
	merge_relations(t);
	merge_vrps(t);
	merge_upstreams(t);
	merge_orgs(t);
	sort_rows(t);
	struct table_row *rows = t->rows;
	for (size_t i = 0; i < t->nrows; i++) {
		if (n > 0 && by_range(&rows[n - 1], &rows[i]) == 0)
			unite(t, &rows[n - 1], &rows[i]);
		else
			rows[n++] = rows[i];
	}
	t->nrows = n;
}
