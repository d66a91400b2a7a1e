/* SPDX-License-Identifier: ISC */
#include "analysis/origin/mrt_peers.h"

#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

static int
compare(const struct mrt_peer *p, const uint8_t *addr, uint32_t asn)
{
	int order = memcmp(p->addr, addr, sizeof(p->addr));
	return order != 0 ? order : (p->asn > asn) - (p->asn < asn);
}

static void
insert(struct mrt_peers *peers, size_t at, const struct mrt_peer *p)
{
	if (peers->n == peers->room) {
		peers->room = peers->room ? peers->room * 2 : 64;
		peers->p =
		    xreallocarray(peers->p, peers->room, sizeof(*peers->p));
	}
	memmove(&peers->p[at + 1], &peers->p[at],
	    (peers->n - at) * sizeof(*peers->p));
	peers->p[at] = *p;
	peers->n++;
}

const struct mrt_peer *
mrt_peers_find(
    struct mrt_peers *peers, const uint8_t addr[static 16], uint32_t asn)
{
	size_t lo = 0, hi = peers->n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int order = compare(&peers->p[mid], addr, asn);
		if (order == 0)
			return &peers->p[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (peers->n == MRT_PEERS_MAX)
		return NULL;
	struct mrt_peer p = {.asn = asn, .id = (uint16_t)peers->n};
	memcpy(p.addr, addr, sizeof(p.addr));
	insert(peers, lo, &p);
	return &peers->p[lo];
}

void
mrt_peers_clear(struct mrt_peers *peers)
{
	free(peers->p);
	*peers = (struct mrt_peers){0};
}
