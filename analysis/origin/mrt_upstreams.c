/* SPDX-License-Identifier: ISC */
#include "analysis/origin/mrt_upstreams.h"

#include "probe/base/mem.h"

#include <stdlib.h>

void
mrt_upstreams_init(struct mrt_upstreams *u, const struct table *t)
{
	*u = (struct mrt_upstreams){
	    .towards = t->towards, .ntowards = t->ntowards};
	for (size_t i = 0; i < u->ntowards; i++)
		u->some |= UINT64_C(1) << u->towards[i] % 64;
}

static bool
asked_for(const struct mrt_upstreams *u, uint32_t asn)
{
	size_t i = 0;
	while (i < u->ntowards && u->towards[i] != asn)
		i++;
	return i < u->ntowards;
}

uint32_t
mrt_upstreams_find(const struct mrt_upstreams *u, const struct mrt_attrs *attrs,
    size_t width, const struct mrt_origin *o)
{
	if (o->nset == 0)
		return asked_for(u, o->asn)
			   ? mrt_path_upstream(attrs, width, o->asn)
			   : 0;
	for (uint8_t i = 0; i < o->nset; i++) {
		uint32_t asn = mrt_origin_member(o, i);
		if (asked_for(u, asn))
			return mrt_path_upstream(attrs, width, asn);
	}
	return 0;
}

void
mrt_upstreams_add(struct mrt_upstreams *u, uint16_t peer, uint32_t upstream)
{
	if (upstream == 0)
		return;
	if (u->n == u->room) {
		u->room = u->room ? u->room * 2 : 64;
		u->seen = xreallocarray(u->seen, u->room, sizeof(*u->seen));
	}
	u->seen[u->n++] = (uint64_t)upstream << 16 | peer;
}

static int
ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

void
mrt_upstreams_close(
    struct mrt_upstreams *u, struct table *t, const struct prefix *p, bool kept)
{
	uint32_t peers = 0;
	if (u->n > 1)
		qsort(u->seen, u->n, sizeof(*u->seen), ascending);
	for (size_t i = 0; kept && i < u->n; i++) {
		uint64_t next = i + 1 < u->n ? u->seen[i + 1] : 0;
		peers += u->seen[i] != next; /* with add-path, too, once */
		if (u->seen[i] >> 16 == next >> 16)
			continue;
		table_upstream(t, p, (uint32_t)(u->seen[i] >> 16), peers);
		peers = 0;
	}
	u->n = 0;
}

void
mrt_upstreams_clear(struct mrt_upstreams *u)
{
	free(u->seen);
	*u = (struct mrt_upstreams){0};
}
