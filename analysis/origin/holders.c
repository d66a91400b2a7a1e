/* SPDX-License-Identifier: ISC */
#include "analysis/origin/holders.h"

#include "probe/base/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum { NOTE_LEN = 256 };

static void
append(struct holdings *l, const struct holding *h)
{
	if (l->n == l->room) {
		l->room = l->room ? l->room * 2 : 256;
		l->p = xreallocarray(l->p, l->room, sizeof(*l->p));
	}
	l->p[l->n++] = *h;
}

void
holders_asns(
    struct holders *h, const char *holder, uint32_t first, uint32_t count)
{
	uint32_t name = intern_put(&h->known, &h->text, holder);
	if (name != 0)
		append(&h->asns, &(struct holding){name, first, count, 0});
}

void
holders_block(struct holders *h, const char *holder,
    const struct holding *block, const char *note)
{
	append(&h->blocks,
	    &(struct holding){intern_put(&h->known, &h->text, holder),
		block->first, block->count,
		intern_put(&h->known, &h->text, note)});
}

static int
by_holder(const void *a, const void *b)
{
	const struct holding *x = a, *y = b;
	if (x->holder != y->holder)
		return x->holder < y->holder ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

/* The holder's ASNs, at most ORIGIN_ASNS_MAX + 1: enough to see the cut. */
static size_t
asns_of(const struct holdings *l, uint32_t holder, uint32_t *asns)
{
	size_t lo = 0, hi = l->n, n = 0;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (l->p[mid].holder < holder)
			lo = mid + 1;
		else
			hi = mid;
	}
	uint32_t i = 0;
	while (n <= ORIGIN_ASNS_MAX && lo < l->n && l->p[lo].holder == holder) {
		asns[n++] = l->p[lo].first + i;
		if (++i == l->p[lo].count) {
			lo++;
			i = 0;
		}
	}
	return n;
}

void
holders_join(struct holders *h, struct table *t)
{
	char note[NOTE_LEN];
	uint32_t asns[ORIGIN_ASNS_MAX + 1];
	if (h->asns.n > 0)
		qsort(h->asns.p, h->asns.n, sizeof(*h->asns.p), by_holder);
	for (size_t i = 0; i < h->blocks.n; i++) {
		const struct holding *b = &h->blocks.p[i];
		size_t n = asns_of(&h->asns, b->holder, asns);
		if (n == 0) {
			table_source(t)->counts[COUNT_NO_HOLDER]++;
			continue;
		}
		snprintf(note, sizeof(note), "%s%sholder %s",
		    intern_at(&h->text, b->note), b->note ? ", " : "",
		    intern_at(&h->text, b->holder));
		table_add(t, &(struct table_seen){
				 .first = b->first,
				 .last = b->first + (b->count - 1),
				 .asns = asns,
				 .nasns = n,
				 .note = note,
			     });
	}
}

void
holders_clear(struct holders *h)
{
	wr_free(&h->text);
	intern_clear(&h->known);
	free(h->asns.p);
	free(h->blocks.p);
	*h = (struct holders){0};
}
