/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_ADDRESS_H
#define TUMEN_TESTS_TRUTH_ADDRESS_H

#include "tests/truth/ground.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which address is whose: blocks that an AS holds and does not announce, the
 * LANs of exchanges, and every public address that was given to a router or
 * host of the world. No address is given twice.
 */

/* Held by an AS, announced by none; infrastructure is numbered from it. */
struct address_block {
	uint32_t as, first, last;
	uint32_t next;	 /* not given yet */
	bool registered; /* the registry knows the holder */
	bool sibling;	 /* ... who has another AS, too */
	bool covered;	 /* a provider announces an aggregate over it */
};

/* Where an AS goes on to number its links. */
struct address_cursor {
	uint32_t range, next;
};

/* An open-addressing map from addresses to routers. */
struct address_book {
	uint32_t *addr; /* 0: free */
	uint64_t *router;
	size_t room, n;
};

struct addresses {
	const struct ground *ground;
	struct address_block *block;
	size_t nblocks;
	uint32_t *block_of; /* of each AS, or GRAPH_NONE */
	struct address_cursor *cursor;
	struct space_range *lan; /* of each exchange */
	uint32_t *lan_next;
	struct address_book book;
};

void addresses_open(struct addresses *a, const struct ground *ground);
void addresses_close(struct addresses *a);

/*
 * Four addresses, aligned, of an AS: of its unannounced block, or of what it
 * announces. False when it has no more; those that the AS has and nobody uses.
 */
bool
address_quad(struct addresses *a, uint32_t as, bool unrouted, uint32_t *base);

/* The next address of an exchange's LAN; false when it is full. */
bool address_on_lan(struct addresses *a, uint32_t exchange, uint32_t *addr);

/* Gives an address to a router or host; false when another one has it. */
bool address_give(struct addresses *a, uint32_t addr, uint64_t router);

/* Whose it is; false when nobody's. */
bool address_owner(const struct addresses *a, uint32_t addr, uint64_t *router);

/* The unannounced block that holds an address, or NULL. */
const struct address_block *
address_unrouted(const struct addresses *a, uint32_t as, uint32_t addr);

#endif
