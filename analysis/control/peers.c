/* SPDX-License-Identifier: ISC */
#include "analysis/control/peers.h"

#include "probe/base/mem.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a (Fowler, Noll, Vo) over what makes a peer. */
static uint64_t
mix(uint64_t h, const void *bytes, size_t len)
{
	const uint8_t *b = bytes;
	for (size_t i = 0; i < len; i++)
		h = (h ^ b[i]) * UINT64_C(0x100000001b3);
	return h;
}

static size_t
hash_of(const char *collector, const uint8_t addr[static 16], uint32_t asn)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	h = mix(h, collector, strlen(collector));
	h = mix(h, addr, 16);
	h = mix(h, &asn, sizeof(asn));
	return (size_t)(h ^ h >> 32);
}

static bool
same(const struct peer *p, const struct store_route *r)
{
	return p->asn == r->peer_asn && p->addr_len == r->peer_addr_len &&
	       memcmp(p->addr, r->peer_addr, 16) == 0 &&
	       strcmp(p->collector, r->collector) == 0;
}

static void
put(struct peers *p, uint32_t no)
{
	const struct peer *peer = &p->peer[no];
	size_t i = hash_of(peer->collector, peer->addr, peer->asn);
	while (p->slot[i & (p->nslots - 1)] != 0)
		i++;
	p->slot[i & (p->nslots - 1)] = no + 1;
}

static void
grow(struct peers *p)
{
	p->room = p->room == 0 ? 32 : 2 * p->room;
	p->peer = xreallocarray(p->peer, p->room, sizeof(*p->peer));
	free(p->slot);
	p->nslots = 2 * p->room;
	p->slot = xcalloc(p->nslots, sizeof(*p->slot));
	for (size_t i = 0; i < p->n; i++)
		put(p, (uint32_t)i);
}

uint32_t
peers_of(struct peers *p, const struct store_route *r)
{
	if (p->n == p->room)
		grow(p);
	size_t i = hash_of(r->collector, r->peer_addr, r->peer_asn);
	for (uint32_t no; (no = p->slot[i & (p->nslots - 1)]) != 0; i++)
		if (same(&p->peer[no - 1], r))
			return no - 1;
	struct peer *peer = &p->peer[p->n];
	*peer = (struct peer){.addr_len = r->peer_addr_len, .asn = r->peer_asn};
	memcpy(peer->collector, r->collector, sizeof(peer->collector));
	memcpy(peer->addr, r->peer_addr, sizeof(peer->addr));
	put(p, (uint32_t)p->n);
	return (uint32_t)p->n++;
}

void
peers_free(struct peers *p)
{
	free(p->peer);
	free(p->slot);
	*p = (struct peers){0};
}

char *
peer_format(const struct peer *p, char text[static PEER_STRLEN])
{
	int family = p->addr_len == 4 ? AF_INET : AF_INET6;
	if (inet_ntop(family, p->addr, text, PEER_STRLEN) == NULL)
		text[0] = '\0';
	return text;
}
