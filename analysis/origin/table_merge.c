/* SPDX-License-Identifier: ISC */
#include "analysis/origin/table.h"

#include "analysis/origin/asns.h"

#include <stdlib.h>

static int
by_range(const void *a, const void *b)
{
	const struct table_row *x = a, *y = b;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->last != y->last)
		return x->last < y->last ? -1 : 1;
	if (x->layer != y->layer)
		return x->layer < y->layer ? -1 : 1;
	return (x->asn_at > y->asn_at) - (x->asn_at < y->asn_at);
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

static bool
same_range(const struct table_row *a, const struct table_row *b)
{
	return a->first == b->first && a->last == b->last &&
	       a->layer == b->layer;
}

void
table_merge(struct table *t)
{
	struct table_row *rows = t->rows;
	size_t n = 0;
	merge_relations(t);
	merge_vrps(t);
	merge_orgs(t);
	if (t->nrows > 0)
		qsort(rows, t->nrows, sizeof(*rows), by_range);
	for (size_t i = 0; i < t->nrows; i++) {
		if (n > 0 && same_range(&rows[n - 1], &rows[i]))
			unite(t, &rows[n - 1], &rows[i]);
		else
			rows[n++] = rows[i];
	}
	t->nrows = n;
}
