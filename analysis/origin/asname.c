/* SPDX-License-Identifier: ISC */
#include "analysis/origin/asname.h"

#include "probe/base/mem.h"

#include <stdlib.h>

/* The slot of asn, or the free one where it belongs (Fibonacci hashing). */
static struct asname *
slot(const struct asname_map *m, uint32_t asn)
{
	size_t i = (asn * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (m->room - 1);
	while (m->slots[i].asn != 0 && m->slots[i].asn != asn)
		i = (i + 1) & (m->room - 1);
	return &m->slots[i];
}

static void
grow(struct asname_map *m)
{
	struct asname_map bigger = {.room = m->room ? m->room * 2 : 1024};
	bigger.slots = xcalloc(bigger.room, sizeof(*bigger.slots));
	for (size_t i = 0; i < m->room; i++)
		if (m->slots[i].asn != 0)
			*slot(&bigger, m->slots[i].asn) = m->slots[i];
	bigger.n = m->n;
	free(m->slots);
	*m = bigger;
}

struct asname *
asname_get(struct asname_map *m, uint32_t asn)
{
	if (m->n * 2 >= m->room)
		grow(m);
	struct asname *s = slot(m, asn);
	if (s->asn == 0) {
		s->asn = asn;
		m->n++;
	}
	return s;
}

static int
by_asn(const void *a, const void *b)
{
	const struct asname *x = a, *y = b;
	return (x->asn > y->asn) - (x->asn < y->asn);
}

struct asname *
asname_sorted(const struct asname_map *m)
{
	struct asname *all = xcalloc(m->n ? m->n : 1, sizeof(*all));
	size_t n = 0;
	for (size_t i = 0; i < m->room; i++)
		if (m->slots[i].asn != 0)
			all[n++] = m->slots[i];
	qsort(all, n, sizeof(*all), by_asn);
	return all;
}

void
asname_clear(struct asname_map *m)
{
	free(m->slots);
	*m = (struct asname_map){0};
}
