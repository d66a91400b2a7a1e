/* SPDX-License-Identifier: ISC */
#include "analysis/origin/mrt_votes.h"

#include "probe/base/mem.h"

#include <stdlib.h>

static void
grow(struct mrt_votes *v)
{
	v->room = v->room ? v->room * 2 : 64;
	v->seen = xreallocarray(v->seen, v->room, sizeof(*v->seen));
	v->votes = xreallocarray(v->votes, v->room, sizeof(*v->votes));
}

void
mrt_votes_add(
    struct mrt_votes *v, uint16_t peer, const struct mrt_origin *origin)
{
	size_t n = origin->nset > 0 ? origin->nset : 1;
	while (v->n + n > v->room)
		grow(v);
	v->set |= origin->nset > 0;
	for (uint8_t i = 0; i < origin->nset; i++)
		v->seen[v->n++] =
		    (uint64_t)mrt_origin_member(origin, i) << 16 | peer;
	if (origin->nset == 0 && origin->asn != 0)
		v->seen[v->n++] = (uint64_t)origin->asn << 16 | peer;
}

static int
ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* Writes the origins, those of most peers first, and returns their number. */
static size_t
elect(struct mrt_votes *v, uint32_t asns[static ORIGIN_ASNS_MAX + 1])
{
	size_t n = 0, kept = 0;
	if (v->n > 0)
		qsort(v->seen, v->n, sizeof(*v->seen), ascending);
	for (size_t i = 0; i < v->n; i++) {
		uint64_t origin = v->seen[i] >> 16;
		if (i > 0 && v->seen[i] == v->seen[i - 1])
			continue; /* a peer counts once, with add-path too */
		if (n == 0 || (uint32_t)v->votes[n - 1] != origin)
			v->votes[n++] = UINT64_C(0xffffffff) << 32 | origin;
		v->votes[n - 1] -= UINT64_C(1) << 32; /* sorts before fewer */
	}
	if (n > 0)
		qsort(v->votes, n, sizeof(*v->votes), ascending);
	for (; kept < n && kept <= ORIGIN_ASNS_MAX; kept++)
		asns[kept] = (uint32_t)v->votes[kept];
	return kept;
}

static bool
one_origin(const struct mrt_votes *v)
{
	for (size_t i = 1; i < v->n; i++)
		if (v->seen[i] >> 16 != v->seen[0] >> 16)
			return false;
	return v->n > 0;
}

bool
mrt_votes_close(struct mrt_votes *v, struct table *t, const struct prefix *p)
{
	uint32_t asns[ORIGIN_ASNS_MAX + 1];
	size_t n = 1;
	if (one_origin(v))
		asns[0] = (uint32_t)(v->seen[0] >> 16);
	else
		n = elect(v, asns);
	bool kept = table_add_prefix(t, p, asns, n, NULL);
	if (kept && v->set)
		table_source(t)->counts[COUNT_AS_SET]++;
	v->n = 0;
	v->set = false;
	return kept;
}

void
mrt_votes_clear(struct mrt_votes *v)
{
	free(v->seen);
	free(v->votes);
	*v = (struct mrt_votes){0};
}
