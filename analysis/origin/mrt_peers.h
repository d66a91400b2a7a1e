/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_MRT_PEERS_H
#define TUMEN_ORIGIN_MRT_PEERS_H

#include <stddef.h>
#include <stdint.h>

/* The collectors of RIPE and RouteViews together have about 2,000. */
enum { MRT_PEERS_MAX = 4096 };

/* A collector's neighbour, where records name it themselves. */
struct mrt_peer {
	uint8_t addr[16]; /* IPv4: its 4 octets, then zeros */
	uint32_t asn;
	uint16_t id; /* in the order of their appearance */
};

/* Those seen, ascending by address and AS. Start from {0}. */
struct mrt_peers {
	struct mrt_peer *p;
	size_t n, room;
};

/* The peer, or a new one; NULL when there would be too many. */
const struct mrt_peer *mrt_peers_find(
    struct mrt_peers *peers, const uint8_t addr[static 16], uint32_t asn);

void mrt_peers_clear(struct mrt_peers *peers);

#endif
