/* SPDX-License-Identifier: ISC */
#include "analysis/control/tables.h"

#include "analysis/origin/be.h"
#include "analysis/origin/mrt_peers.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

/*
 * Routes of far more prefixes than are looked for would be asked for by a short
 * --prefix alone; beyond so many nobody is said to have none.
 */
enum { FOUND_MAX = 4096 };
enum { PEERS_MAX = 1 << 16 }; /* as an index can number */

struct peer {
	uint8_t addr[16];
	uint8_t addr_len;
	bool tells; /* it has a route of IPv4 in this dump */
	uint32_t asn;
};

/* A prefix, and which peers have a route to it. */
struct found {
	struct prefix prefix;
	int64_t at_us; /* -1: it does not occur */
	uint8_t *has;  /* a bit a peer */
};

struct tables {
	struct intake *in;
	struct intake_source *source;
	uint16_t type;	     /* of the records before; 0 none */
	int64_t at_us;	     /* when it began */
	bool gap;	     /* something is missing */
	struct mrt_peers v1; /* numbers those of TABLE_DUMP */
	size_t npeers;
	struct peer *peers;
	size_t nfound;
	struct found found[FOUND_MAX];
};

/* One record on its way. */
struct entries {
	struct prefix prefix;
	struct rd list;
	uint16_t n;
	bool add_path;
};

struct entry {
	uint16_t peer;
	uint32_t path_id;
	struct rd attrs;
};

struct tables *
tables_open(struct intake *in)
{
	struct tables *t = xcalloc(1, sizeof(*t));
	t->in = in;
	t->peers = xcalloc(PEERS_MAX, sizeof(*t->peers));
	return t;
}

void
tables_of(struct tables *t, struct intake_source *source)
{
	t->source = source;
}

static void
forget(struct tables *t)
{
	for (size_t i = 0; i < t->nfound; i++)
		free(t->found[i].has);
	memset(t->peers, 0, t->npeers * sizeof(*t->peers));
	mrt_peers_clear(&t->v1);
	t->nfound = t->npeers = 0;
	t->type = 0;
	t->gap = false;
}

void
tables_close(struct tables *t)
{
	if (t == NULL)
		return;
	forget(t);
	free(t->peers);
	free(t);
}

void
tables_gap(struct tables *t)
{
	t->gap = true;
}

static struct found *
find(struct tables *t, const struct prefix *p)
{
	for (size_t i = 0; i < t->nfound; i++)
		if (t->found[i].prefix.addr == p->addr &&
		    t->found[i].prefix.len == p->len)
			return &t->found[i];
	if (t->nfound == FOUND_MAX)
		return NULL;
	struct found *new = &t->found[t->nfound++];
	*new = (struct found){.prefix = *p, .at_us = -1};
	new->has = xcalloc(1, PEERS_MAX / 8);
	return new;
}

/* A row of a peer, but for its kind. */
static struct store_route
row_of(const struct peer *peer, const struct prefix *p, int64_t at_us)
{
	struct store_route row = {.peer_asn = peer->asn,
	    .peer_addr_len = peer->addr_len,
	    .prefix = *p,
	    .at_us = at_us};
	memcpy(row.peer_addr, peer->addr, sizeof(row.peer_addr));
	return row;
}

static bool
say_absent(struct tables *t, const struct found *found, struct fault *f)
{
	bool ok = true;
	int64_t at_us = found->at_us < 0 ? t->at_us : found->at_us;
	for (size_t i = 0; ok && i < t->npeers; i++) {
		if (!t->peers[i].tells || found->has[i / 8] >> (i % 8) & 1)
			continue;
		struct store_route row =
		    row_of(&t->peers[i], &found->prefix, at_us);
		row.kind = ROUTE_ABSENT;
		ok = intake_keep(t->in, t->source, &row, NULL, f);
	}
	return ok;
}

bool
tables_end(struct tables *t, struct fault *f)
{
	bool ok = true;
	for (size_t i = 0; ok && !t->gap && i < t->nfound; i++)
		ok = say_absent(t, &t->found[i], f);
	forget(t);
	return ok;
}

/* A dump begins: what is expected of it is found, or absent at its end. */
static void
begin(struct tables *t, uint16_t type, int64_t at_us)
{
	const struct interest *interest = t->in->interest;
	t->type = type;
	t->at_us = at_us;
	for (size_t i = 0; i < interest->nexpected; i++)
		find(t, &interest->expected[i]);
}

static bool
skip(struct tables *t, enum intake_skip why)
{
	intake_skip(t->in, t->source, why);
	return true;
}

static bool
broken(struct tables *t, int64_t at)
{
	t->gap = true;
	intake_broken(t->in, t->source, at);
	return true;
}

/* RFC 6396 section 4.3.1: bit 0 of the type says IPv6, bit 1 ASNs of 4. */
static bool
read_peer(struct rd *r, struct peer *peer)
{
	uint8_t type = rd_u8(r);
	rd_skip(r, 4); /* its BGP id */
	*peer = (struct peer){.addr_len = type & 1 ? 16 : 4};
	const uint8_t *addr = rd_bytes(r, peer->addr_len);
	if (addr != NULL)
		memcpy(peer->addr, addr, peer->addr_len);
	peer->asn = type & 2 ? rd_u32(r) : rd_u16(r);
	return rd_ok(r);
}

/* Of an index that is broken nobody can be named. */
static bool
read_index(struct tables *t, struct rd r, int64_t at)
{
	rd_u32(&r); /* the collector's BGP id */
	rd_skip(&r, rd_u16(&r));
	uint16_t n = rd_u16(&r);
	bool ok = rd_ok(&r);
	for (uint16_t i = 0; ok && i < n; i++)
		ok = read_peer(&r, &t->peers[i]);
	t->npeers = ok ? n : 0;
	return ok ? skip(t, SKIP_OTHER) : broken(t, at);
}

/* peer, time, path id (RFC 8050 section 4), length, attributes */
static bool
next_entry(struct entries *all, struct entry *e)
{
	size_t len = all->add_path ? 12 : 8;
	const uint8_t *head = rd_bytes(&all->list, len);
	if (head == NULL)
		return false;
	e->peer = be_u16(head);
	e->path_id = all->add_path ? be_u32(head + 6) : 0;
	e->attrs = rd_sub(&all->list, be_u16(head + len - 2));
	return rd_ok(&all->list);
}

/* Whether a record is whole and its peers are known; who has routes at all. */
static bool
check(struct tables *t, struct entries all)
{
	struct entry e;
	for (uint16_t i = 0; i < all.n; i++) {
		if (!next_entry(&all, &e) || e.peer >= t->npeers)
			return false;
		t->peers[e.peer].tells = true;
	}
	return true;
}

/* Where a route goes: the prefix and its stamp. */
struct route {
	struct prefix prefix;
	int64_t at_us;
	struct found *found; /* NULL: too many */
};

static bool
keep(struct tables *t, const struct route *route, const struct entry *e,
    size_t width, struct fault *f)
{
	struct mrt_attrs a;
	struct as_path path;
	struct store_route row =
	    row_of(&t->peers[e->peer], &route->prefix, route->at_us);
	row.kind = ROUTE_TABLE;
	row.path_id = e->path_id;
	mrt_attrs_split(e->attrs, &a); /* the path of what there is */
	as_path_of(&a, width, &path);
	if (route->found != NULL)
		route->found->has[e->peer / 8] |= (uint8_t)(1 << e->peer % 8);
	return intake_keep(t->in, t->source, &row, &path, f);
}

static struct route
route_of(struct tables *t, const struct prefix *p, int64_t at_us)
{
	struct found *found = find(t, p);
	if (found != NULL && found->at_us < 0)
		found->at_us = at_us;
	return (struct route){*p, at_us, found};
}

static bool
keep_all(struct tables *t, struct entries *all, int64_t at_us, struct fault *f)
{
	struct entry e;
	const struct route route = route_of(t, &all->prefix, at_us);
	bool ok = true;
	for (uint16_t i = 0; ok && i < all->n; i++)
		ok = next_entry(all, &e) && keep(t, &route, &e, 4, f);
	return ok;
}

/* RFC 6396 section 4.3.2: one prefix, an entry for each peer and path. */
static bool
split_rib(struct rd r, bool add_path, struct entries *all)
{
	struct prefix *p = &all->prefix;
	rd_u32(&r); /* sequence number */
	*p = (struct prefix){.len = rd_u8(&r)};
	if (!rd_ok(&r) || p->len > 32)
		return false;
	for (size_t i = 0; i < ((size_t)p->len + 7) / 8; i++)
		p->addr |= (uint32_t)rd_u8(&r) << (24 - 8 * i);
	p->addr &= prefix_mask(p->len); /* trailing bits mean nothing */
	all->n = rd_u16(&r);
	all->add_path = add_path;
	all->list = r;
	return rd_ok(&r);
}

/* A record with its stamp, and where it stands. */
struct place {
	int64_t at_us, at;
	struct fault *f;
};

static bool
rib(struct tables *t, struct rd body, bool add_path, const struct place *place)
{
	struct entries all;
	if (!split_rib(body, add_path, &all) || !check(t, all))
		return broken(t, place->at);
	if (!interest_holds(t->in->interest, &all.prefix))
		return skip(t, SKIP_ELSEWHERE);
	return keep_all(t, &all, place->at_us, place->f);
}

static bool
read_v2(struct tables *t, const struct mrt_record *r, const struct place *place)
{
	switch (r->subtype) {
	case MRT_PEER_INDEX_TABLE:
		if (!tables_end(t, place->f))
			return false;
		begin(t, r->type, place->at_us);
		return read_index(t, r->body, place->at);
	case MRT_RIB_IPV4_UNICAST:
		return rib(t, r->body, false, place);
	case MRT_RIB_IPV4_UNICAST_ADDPATH:
		return rib(t, r->body, true, place);
	case MRT_RIB_IPV4_MULTICAST:
	case MRT_RIB_IPV4_MULTICAST_ADDPATH:
	case MRT_RIB_IPV6_UNICAST:
	case MRT_RIB_IPV6_UNICAST_ADDPATH:
	case MRT_RIB_IPV6_MULTICAST:
	case MRT_RIB_IPV6_MULTICAST_ADDPATH:
		return skip(t, SKIP_FAMILY);
	}
	return skip(t, SKIP_OTHER); /* no collector writes RIB_GENERIC */
}

/* The number of a peer of TABLE_DUMP; false when there are too many. */
static bool
number_peer(struct tables *t, const uint8_t *addr, uint16_t asn, uint16_t *no)
{
	struct peer one = {.addr_len = 4, .asn = asn, .tells = true};
	memcpy(one.addr, addr, 4);
	const struct mrt_peer *peer = mrt_peers_find(&t->v1, one.addr, asn);
	if (peer == NULL)
		return false;
	*no = peer->id;
	t->peers[*no] = one;
	if (*no >= t->npeers)
		t->npeers = (size_t)*no + 1;
	return true;
}

/* RFC 6396 section 4.2: the route of one peer, ASNs of 2 octets. */
static bool
read_v1(struct tables *t, struct rd r, const struct place *place)
{
	struct entry e = {0};
	rd_skip(&r, 4); /* view and sequence numbers */
	struct prefix p = {.addr = rd_u32(&r), .len = rd_u8(&r)};
	rd_skip(&r, 5); /* status; time */
	const uint8_t *addr = rd_bytes(&r, 4);
	uint16_t asn = rd_u16(&r);
	e.attrs = rd_sub(&r, rd_u16(&r));
	if (!rd_ok(&r) || p.len > 32 || !number_peer(t, addr, asn, &e.peer))
		return broken(t, place->at);
	p.addr &= prefix_mask(p.len);
	if (!interest_holds(t->in->interest, &p))
		return skip(t, SKIP_ELSEWHERE);
	const struct route route = route_of(t, &p, place->at_us);
	return keep(t, &route, &e, 2, place->f);
}

bool
tables_read(struct tables *t, const struct mrt_record *record, int64_t at,
    struct fault *f)
{
	const struct place place = {(int64_t)record->time * US_PER_S, at, f};
	intake_count(t->in, t->source, place.at_us);
	if (t->type != record->type) {
		if (t->type != 0 && !tables_end(t, f))
			return false;
		begin(t, record->type, place.at_us);
	}
	if (record->cut)
		return broken(t, at);
	if (record->type == MRT_TABLE_DUMP_V2)
		return read_v2(t, record, &place);
	if (record->subtype == MRT_AFI_IPV4)
		return read_v1(t, record->body, &place);
	return skip(
	    t, record->subtype == MRT_AFI_IPV6 ? SKIP_FAMILY : SKIP_OTHER);
}
