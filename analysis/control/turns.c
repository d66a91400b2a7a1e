/* SPDX-License-Identifier: ISC */
#include "analysis/control/turns.h"

#include <string.h>

/* How many places a peer may have. */
enum { NEAR = 8 };

static size_t
first_place(const struct turns_peer *peer)
{
	uint64_t half[2], h = peer->asn;
	memcpy(half, peer->addr, sizeof(half));
	h = (h << 16 | peer->collector) * UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ half[0]) * UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ h >> 29 ^ half[1]) * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(h >> 32) % (TURNS_PEERS - NEAR);
}

static bool
same(const struct turns_peer *a, const struct turns_peer *b)
{
	return a->asn == b->asn && a->collector == b->collector &&
	       a->addr_len == b->addr_len &&
	       memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

static struct turns_place *
place_of(struct turns *t, const struct turns_peer *peer)
{
	struct turns_place *first = &t->place[first_place(peer)];
	struct turns_place *oldest = first;
	for (struct turns_place *at = first; at < first + NEAR; at++) {
		if (same(&at->peer, peer))
			return at;
		if (at->peer.addr_len == 0 || at->at_us < oldest->at_us)
			oldest = at;
		if (at->peer.addr_len == 0)
			break;
	}
	*oldest = (struct turns_place){.peer = *peer, .at_us = -1};
	return oldest;
}

int64_t
turns_next(struct turns *t, const struct turns_peer *peer, int64_t at_us)
{
	struct turns_place *place = place_of(t, peer);
	if (place->at_us != at_us) {
		place->at_us = at_us;
		place->next = 0;
	}
	return place->next++;
}
