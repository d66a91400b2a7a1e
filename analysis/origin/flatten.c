/* SPDX-License-Identifier: ISC */
#include "analysis/origin/flatten.h"

#include "probe/base/mem.h"

#include <stdlib.h>

/* A row and what decides between rows: the layer and, below it, the size. */
struct rank {
	uint64_t order;
	uint32_t row, last;
};

struct ranks {
	struct rank *p;
	size_t n, room;
};

/* Rows that hold the current address or ended before it. */
struct open {
	struct ranks nest; /* each better than all before it: prefixes in one
			      another, as nearly all rows are */
	struct ranks heap; /* the others, the best on top */
};

static bool
better(const struct rank *x, const struct rank *y)
{
	return x->order != y->order ? x->order < y->order : x->row < y->row;
}

static void
append(struct ranks *r, const struct rank *new)
{
	if (r->n == r->room) {
		r->room = r->room ? r->room * 2 : 64;
		r->p = xreallocarray(r->p, r->room, sizeof(*r->p));
	}
	r->p[r->n++] = *new;
}

static void
push_heap(struct ranks *h, const struct rank *new)
{
	append(h, new);
	size_t i = h->n - 1;
	for (; i > 0 && better(new, &h->p[(i - 1) / 2]); i = (i - 1) / 2)
		h->p[i] = h->p[(i - 1) / 2];
	h->p[i] = *new;
}

static void
pop_heap(struct ranks *h)
{
	struct rank moved = h->p[--h->n];
	size_t i = 0;
	for (size_t c = 1; c < h->n; c = 2 * i + 1) {
		if (c + 1 < h->n && better(&h->p[c + 1], &h->p[c]))
			c++;
		if (!better(&h->p[c], &moved))
			break;
		h->p[i] = h->p[c];
		i = c;
	}
	h->p[i] = moved;
}

static void
push(struct open *o, const struct table_row *row, uint32_t index)
{
	struct rank new = {
	    .order = (uint64_t)row->layer << 32 | (row->last - row->first),
	    .row = index,
	    .last = row->last,
	};
	if (o->nest.n == 0 || better(&new, &o->nest.p[o->nest.n - 1]))
		append(&o->nest, &new);
	else
		push_heap(&o->heap, &new);
}

/* The best row that holds pos; NULL when none does. */
static const struct rank *
best(struct open *o, uint64_t pos)
{
	while (o->nest.n > 0 && o->nest.p[o->nest.n - 1].last < pos)
		o->nest.n--;
	while (o->heap.n > 0 && o->heap.p[0].last < pos)
		pop_heap(&o->heap);
	if (o->heap.n == 0)
		return o->nest.n > 0 ? &o->nest.p[o->nest.n - 1] : NULL;
	if (o->nest.n == 0 || better(&o->heap.p[0], &o->nest.p[o->nest.n - 1]))
		return &o->heap.p[0];
	return &o->nest.p[o->nest.n - 1];
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
	struct open open = {0};
	*flat = (struct flat){0};
	uint32_t next = 0;
	for (uint64_t pos = 0; pos < end;) {
		for (; next < t->nrows && t->rows[next].first <= pos; next++)
			push(&open, &t->rows[next], next);
		const struct rank *top = best(&open, pos);
		emit(flat, (uint32_t)pos, top != NULL ? top->row + 1 : 0);
		uint64_t begin = next < t->nrows ? t->rows[next].first : end;
		uint64_t past = top != NULL ? (uint64_t)top->last + 1 : end;
		pos = begin < past ? begin : past;
	}
	free(open.nest.p);
	free(open.heap.p);
}

void
flat_clear(struct flat *flat)
{
	free(flat->start);
	free(flat->row);
	*flat = (struct flat){0};
}
