/* SPDX-License-Identifier: ISC */
#include "analysis/origin/lans.h"

#include "probe/base/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum { NOTE_LEN = 256 };

/* A LAN among others, ordered by address, the larger first. */
struct lan {
	uint32_t first, last;
	uint32_t note;
	uint32_t around; /* 1 + index of the one that it lies in, or 0 */
};

struct list {
	struct lan *p;
	size_t n;
};

void
lans_member(struct lans *l, uint32_t addr, uint32_t asn)
{
	if (l->n == l->room) {
		l->room = l->room ? l->room * 2 : 256;
		l->p = xreallocarray(l->p, l->room, sizeof(*l->p));
	}
	l->p[l->n++] = (struct lan_member){addr, asn};
}

static int
by_range(const void *a, const void *b)
{
	const struct lan *x = a, *y = b;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return (x->last < y->last) - (x->last > y->last);
}

static struct list
lans_of(const struct table *t)
{
	struct list l = {xcalloc(t->nrows + 1, sizeof(*l.p)), 0};
	for (size_t i = 0; i < t->nrows; i++) {
		const struct table_row *r = &t->rows[i];
		if (r->layer == ORIGIN_IXP && r->nasns == 0)
			l.p[l.n++] =
			    (struct lan){r->first, r->last, r->note, 0};
	}
	if (l.n > 0)
		qsort(l.p, l.n, sizeof(*l.p), by_range);
	size_t n = 0;
	for (size_t i = 0; i < l.n; i++)
		if (n == 0 || by_range(&l.p[n - 1], &l.p[i]) != 0)
			l.p[n++] = l.p[i];
	l.n = n;
	for (size_t i = 1; i < l.n; i++) {
		uint32_t up = (uint32_t)i;
		while (up > 0 && l.p[up - 1].last < l.p[i].last)
			up = l.p[up - 1].around;
		l.p[i].around = up;
	}
	return l;
}

/* The smallest LAN that holds addr, or NULL. */
static const struct lan *
find(const struct list *l, uint32_t addr)
{
	size_t lo = 0, hi = l->n;
	while (lo < hi) { /* those before lo begin at or before addr */
		size_t mid = (lo + hi) / 2;
		if (l->p[mid].first <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo > 0 && l->p[lo - 1].last < addr)
		lo = l->p[lo - 1].around;
	return lo > 0 ? &l->p[lo - 1] : NULL;
}

void
lans_join(const struct lans *l, struct table *t)
{
	char note[NOTE_LEN];
	struct list lans = lans_of(t);
	for (size_t i = 0; i < l->n; i++) {
		const struct lan *lan = find(&lans, l->p[i].addr);
		if (lan == NULL || l->p[i].asn == 0) {
			table_source(t)
			    ->counts[lan == NULL ? COUNT_OUTSIDE
						 : COUNT_NO_ORIGIN]++;
			continue;
		}
		snprintf(note, sizeof(note), "member at %.200s",
		    lan->note ? table_text_at(t, lan->note)
			      : "an exchange point");
		table_add(t, &(struct table_seen){
				 .first = l->p[i].addr,
				 .last = l->p[i].addr,
				 .asns = &l->p[i].asn,
				 .nasns = 1,
				 .note = note,
			     });
	}
	free(lans.p);
}

void
lans_clear(struct lans *l)
{
	free(l->p);
	*l = (struct lans){0};
}
