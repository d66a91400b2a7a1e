/* SPDX-License-Identifier: ISC */
#include "tests/truth/space.h"

#include "analysis/origin/reader.h"
#include "analysis/origin/reserved.h"
#include "probe/base/mem.h"
#include "tests/truth/draw.h"

#include <stdlib.h>
#include <string.h>

enum { GAP_MIN = 1024 }; /* room for a LAN of an exchange */

struct held {
	uint32_t asn;
	struct space_range range;
};

static int
by_range(const void *a, const void *b)
{
	const struct held *x = a, *y = b;
	return (x->range.first > y->range.first) -
	       (x->range.first < y->range.first);
}

static int
by_asn(const void *a, const void *b)
{
	const struct held *x = a, *y = b;
	if (x->asn != y->asn)
		return x->asn < y->asn ? -1 : 1;
	return by_range(a, b);
}

/* Rows with one holder, no two of them overlapping, ascending. */
static size_t
take_rows(const struct table *t, struct held *held)
{
	size_t n = 0;
	for (size_t i = 0; i < t->nrows; i++) {
		const struct table_row *row = &t->rows[i];
		uint32_t asn = row->nasns > 0 ? t->asns[row->asn_at] : 0;
		if (reserved_asn(asn) || reserved_find(row->first) != NULL ||
		    reserved_find(row->last) != NULL)
			continue;
		held[n++] = (struct held){asn, {row->first, row->last}};
	}
	qsort(held, n, sizeof(*held), by_range);
	size_t kept = n > 0;
	for (size_t i = 1; i < n; i++)
		if (held[i].range.first > held[kept - 1].range.last)
			held[kept++] = held[i];
	return kept;
}

static void
find_gaps(struct space *s, const struct held *held, size_t n)
{
	s->gap = xcalloc(n + 1, sizeof(*s->gap));
	for (size_t i = 1; i < n; i++) {
		uint32_t first = held[i - 1].range.last + 1;
		uint32_t last = held[i].range.first - 1;
		if (held[i].range.first - first < GAP_MIN ||
		    reserved_find(first) != NULL || reserved_find(last) != NULL)
			continue;
		s->gap[s->ngaps++] = (struct space_range){first, last};
	}
}

static size_t
distinct(const struct held *held, size_t n)
{
	size_t ases = 0;
	for (size_t i = 0; i < n; i++)
		ases += i == 0 || held[i].asn != held[i - 1].asn;
	return ases;
}

/* Keeps the rows of the ASes of the sample. */
static size_t
sample(struct held *held, size_t n, const struct space_want *want)
{
	size_t kept = 0, all = distinct(held, n);
	if (want->ases == 0 || want->ases >= all)
		return n;
	double share = (double)want->ases / (double)all;
	for (size_t i = 0; i < n; i++)
		if (draw_chance(want->seed, DRAW_SAMPLE, held[i].asn, 0, share))
			held[kept++] = held[i];
	return kept;
}

static void
index_by_as(struct space *s, const struct held *held, size_t n)
{
	size_t ases = distinct(held, n);
	s->asn = xcalloc(ases + 1, sizeof(*s->asn));
	s->at = xcalloc(ases + 1, sizeof(*s->at));
	s->range = xcalloc(n + 1, sizeof(*s->range));
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || held[i].asn != held[i - 1].asn) {
			s->at[s->n] = (uint32_t)i;
			s->asn[s->n++] = held[i].asn;
		}
		s->range[i] = held[i].range;
	}
	s->at[s->n] = (uint32_t)n;
}

bool
space_load(struct space *s, const struct space_want *want, struct fault *f)
{
	struct table t = {0};
	*s = (struct space){0};
	if (!reader_load(&t, ORIGIN_BGP, want->path, f)) {
		table_clear(&t);
		return false;
	}
	struct held *held = xcalloc(t.nrows + 1, sizeof(*held));
	size_t n = take_rows(&t, held);
	table_clear(&t);
	find_gaps(s, held, n);
	qsort(held, n, sizeof(*held), by_asn);
	n = sample(held, n, want);
	index_by_as(s, held, n);
	free(held);
	return true;
}

void
space_clear(struct space *s)
{
	free(s->asn);
	free(s->at);
	free(s->range);
	free(s->gap);
	*s = (struct space){0};
}

uint64_t
space_size(const struct space *s, uint32_t as)
{
	uint64_t size = 0;
	for (uint32_t i = s->at[as]; i < s->at[as + 1]; i++)
		size += (uint64_t)(s->range[i].last - s->range[i].first) + 1;
	return size;
}

uint32_t
space_find(const struct space *s, uint32_t asn)
{
	uint32_t lo = 0, hi = s->n;
	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		if (s->asn[mid] < asn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n && s->asn[lo] == asn ? lo : UINT32_MAX;
}
