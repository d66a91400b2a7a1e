/* SPDX-License-Identifier: ISC */
#include "analysis/origin/flatten.h"

#include "probe/base/mem.h"

#include <stdlib.h>

/* Rows that hold the current address or ended before it, the best on top. */
struct heap {
	const struct table_row *rows;
	uint32_t *at;
	size_t n, room;
};

static bool
better(const struct heap *h, uint32_t a, uint32_t b)
{
	const struct table_row *x = &h->rows[a], *y = &h->rows[b];
	uint32_t x_size = x->last - x->first, y_size = y->last - y->first;
	if (x->layer != y->layer)
		return x->layer < y->layer;
	if (x_size != y_size)
		return x_size < y_size;
	return a < b;
}

static void
swap(uint32_t *a, uint32_t *b)
{
	uint32_t c = *a;
	*a = *b;
	*b = c;
}

static void
push(struct heap *h, uint32_t row)
{
	if (h->n == h->room) {
		h->room = h->room ? h->room * 2 : 64;
		h->at = xreallocarray(h->at, h->room, sizeof(*h->at));
	}
	size_t i = h->n++;
	h->at[i] = row;
	for (; i > 0 && better(h, h->at[i], h->at[(i - 1) / 2]);
	     i = (i - 1) / 2)
		swap(&h->at[i], &h->at[(i - 1) / 2]);
}

static void
pop(struct heap *h)
{
	h->at[0] = h->at[--h->n];
	for (size_t i = 0;;) {
		size_t best = i;
		for (size_t c = 2 * i + 1; c <= 2 * i + 2 && c < h->n; c++)
			if (better(h, h->at[c], h->at[best]))
				best = c;
		if (best == i)
			return;
		swap(&h->at[i], &h->at[best]);
		i = best;
	}
}

void
flat_add(struct flat *flat, uint32_t start, uint32_t row)
{
	if (flat->n == flat->room) {
		flat->room = flat->room ? flat->room * 2 : 1024;
		flat->start = xreallocarray(
		    flat->start, flat->room, sizeof(*flat->start));
		flat->row =
		    xreallocarray(flat->row, flat->room, sizeof(*flat->row));
	}
	flat->start[flat->n] = start;
	flat->row[flat->n++] = row;
}

static void
emit(struct flat *flat, uint32_t start, uint32_t row)
{
	if (flat->n == 0 || flat->row[flat->n - 1] != row)
		flat_add(flat, start, row);
}

void
flatten(const struct table *t, struct flat *flat)
{
	const uint64_t end = UINT64_C(1) << 32;
	struct heap h = {.rows = t->rows};
	*flat = (struct flat){0};
	uint32_t next = 0;
	for (uint64_t pos = 0; pos < end;) {
		while (next < t->nrows && t->rows[next].first <= pos)
			push(&h, next++);
		while (h.n > 0 && t->rows[h.at[0]].last < pos)
			pop(&h);
		emit(flat, (uint32_t)pos, h.n > 0 ? h.at[0] + 1 : 0);
		uint64_t begin = next < t->nrows ? t->rows[next].first : end;
		uint64_t past =
		    h.n > 0 ? (uint64_t)t->rows[h.at[0]].last + 1 : end;
		pos = begin < past ? begin : past;
	}
	free(h.at);
}

void
flat_clear(struct flat *flat)
{
	free(flat->start);
	free(flat->row);
	*flat = (struct flat){0};
}
