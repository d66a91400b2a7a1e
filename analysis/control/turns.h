/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_TURNS_H
#define TUMEN_CONTROL_TURNS_H

#include "sql/routes.h"

/*
 * Numbers the messages that one peer sent within one stamp: what came first is
 * known of them alone. It remembers the newest stamp of so many peers
 * (collectors have up to a few hundred each) and forgets the oldest first.
 */
enum { TURNS_PEERS = 1 << 13 };

struct turns_peer {
	uint8_t addr[16];
	uint32_t asn;
	uint16_t collector; /* a number of the caller's */
	uint8_t addr_len;   /* 0: a free place */
};

struct turns_place {
	struct turns_peer peer;
	int64_t at_us, next;
};

struct turns {
	struct turns_place place[TURNS_PEERS];
};

/* 0, 1, ... for the messages of a peer with the same stamp, one by one. */
int64_t
turns_next(struct turns *t, const struct turns_peer *peer, int64_t at_us);

#endif
