/* SPDX-License-Identifier: ISC */
#include "analysis/origin/asname.h"

#include "probe/base/mem.h"

#include <stdlib.h>

/*
 * ASNs below this are indices: in 2026 the registries are at 402,000, and a
 * table names an AS a million times. A hash keeps memory small for the others.
 */
enum { NEAR = 1 << 19 };

/* The slot of asn, or the free one where it belongs (Fibonacci hashing). */
static size_t
slot(const struct asname_map *m, uint32_t asn)
{
	size_t i = (asn * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (m->room - 1);
	while (m->slots[i].asn != 0 && m->slots[i].asn != asn)
		i = (i + 1) & (m->room - 1);
	return i;
}

static void
grow(struct asname_map *m)
{
	struct asname *old = m->slots;
	size_t n = m->room;
	m->room = n > 0 ? n * 2 : 64;
	m->slots = xcalloc(m->room, sizeof(*m->slots));
	for (size_t i = 0; i < n; i++)
		if (old[i].asn != 0)
			m->slots[slot(m, old[i].asn)] = old[i];
	free(old);
}

static struct asname *
get_near(struct asname_map *m, uint32_t asn)
{
	if (m->near == NULL)
		m->near = xcalloc(NEAR, sizeof(*m->near));
	struct asname *s = &m->near[asn];
	if (s->asn == 0) {
		s->asn = asn;
		m->n++;
		m->most_near = asn < m->most_near ? m->most_near : asn + 1;
	}
	return s;
}

struct asname *
asname_get(struct asname_map *m, uint32_t asn)
{
	if (asn < NEAR)
		return get_near(m, asn);
	if (m->nslots * 2 >= m->room)
		grow(m);
	struct asname *s = &m->slots[slot(m, asn)];
	if (s->asn == 0) {
		s->asn = asn;
		m->nslots++;
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

static size_t
rank_at(const struct asname_map *m, uint32_t asn)
{
	return asn < NEAR ? asn : NEAR + slot(m, asn);
}

struct asname *
asname_sorted(struct asname_map *m)
{
	struct asname *all = xcalloc(m->n ? m->n : 1, sizeof(*all));
	size_t n = 0;
	for (size_t i = 0; i < m->most_near; i++)
		if (m->near[i].asn != 0)
			all[n++] = m->near[i];
	size_t far = n;
	for (size_t i = 0; i < m->room; i++)
		if (m->slots[i].asn != 0)
			all[n++] = m->slots[i];
	qsort(all + far, n - far, sizeof(*all), by_asn);
	free(m->ranks);
	m->ranks = xcalloc(NEAR + m->room, sizeof(*m->ranks));
	for (size_t i = 0; i < n; i++)
		m->ranks[rank_at(m, all[i].asn)] = (uint32_t)i;
	return all;
}

uint32_t
asname_rank(const struct asname_map *m, uint32_t asn)
{
	return m->ranks[rank_at(m, asn)];
}

void
asname_clear(struct asname_map *m)
{
	free(m->near);
	free(m->slots);
	free(m->ranks);
	*m = (struct asname_map){0};
}
