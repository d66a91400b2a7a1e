/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_PEERS_H
#define TUMEN_CONTROL_PEERS_H

#include "sql/routes.h"

/* Who speaks: the peers of all collectors, each with a number. */

struct peer {
	char collector[COLLECTOR_NAME_MAX + 1];
	uint8_t addr[16]; /* IPv4: 4 octets, then zeros */
	uint8_t addr_len; /* 4 or 16 */
	uint32_t asn;
};

struct peers {
	size_t n, room, nslots;
	struct peer *peer;
	uint32_t *slot; /* open addressing: a number + 1, 0 free */
};

enum { PEER_STRLEN = 46 };

/* The number of a row's peer, which is added when it is new. */
uint32_t peers_of(struct peers *p, const struct store_route *r);
void peers_free(struct peers *p);

/* "192.0.2.1", "2001:db8::1". */
char *peer_format(const struct peer *p, char text[static PEER_STRLEN]);

#endif
