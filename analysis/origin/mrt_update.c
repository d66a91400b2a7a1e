/* SPDX-License-Identifier: ISC */
#include "analysis/origin/mrt_update.h"

#include <string.h>

/* What a subtype of BGP4MP says about its record. */
enum {
	MESSAGE = 1,
	STATE = 2,
	AS4 = 4,      /* ASNs have 4 octets, also in AS_PATH */
	ADD_PATH = 8, /* a path id before each prefix */
	LOCAL = 16,   /* sent by the collector */
};

static const uint8_t forms[MRT_UPDATE_SUBTYPE_MAX + 1] = {
    [0] = STATE,
    [1] = MESSAGE, /* 2 and 3 were never in use */
    [4] = MESSAGE | AS4,
    [5] = STATE | AS4,
    [6] = MESSAGE | LOCAL,
    [7] = MESSAGE | AS4 | LOCAL,
    [8] = MESSAGE | ADD_PATH,
    [9] = MESSAGE | AS4 | ADD_PATH,
    [10] = MESSAGE | ADD_PATH | LOCAL,
    [11] = MESSAGE | AS4 | ADD_PATH | LOCAL,
};

enum { AFI_IPV4 = 1, AFI_IPV6 = 2, SAFI_UNICAST = 1 };
enum { BGP_HEADER_LEN = 19, BGP_MARKER_LEN = 16, BGP_UPDATE = 2 };
enum { ESTABLISHED = 6 };

/* What is the same for all prefixes of a list. */
struct family {
	uint16_t afi;
	uint8_t safi;
	bool add_path;
};

/* One prefix of NLRI (RFC 4271 section 4.3, RFC 7911 section 3). */
static bool
prefix(struct rd *r, const struct family *f, struct mrt_route *to)
{
	to->path_id = f->add_path ? rd_u32(r) : 0;
	uint8_t len = rd_u8(r);
	size_t octets = ((size_t)len + 7) / 8;
	to->prefix = (struct prefix){.len = len};
	for (size_t i = 0; i < octets; i++) {
		uint8_t octet = rd_u8(r);
		if (i < 4)
			to->prefix.addr |= (uint32_t)octet << (24 - 8 * i);
	}
	return rd_ok(r) && len <= (f->afi == AFI_IPV4 ? 32 : 128);
}

/* Gives every prefix of a list the state of route. */
static void
each(struct mrt_update *u, struct rd list, const struct family *f,
    struct mrt_route *route)
{
	while (list.left > 0) {
		if (!prefix(&list, f, route)) {
			u->s->counts[COUNT_SYNTAX]++;
			return; /* where the next begins is not known */
		}
		if (f->afi == AFI_IPV6 || f->safi != SAFI_UNICAST) {
			u->s->counts[f->afi == AFI_IPV6 ? COUNT_IPV6
							: COUNT_MULTICAST]++;
			continue;
		}
		route->prefix.addr &= prefix_mask(route->prefix.len);
		mrt_routes_add(u->routes, route);
		u->s->counts[COUNT_WITHDRAWN] += route->withdrawn;
	}
}

/* RFC 4760; prefixes of families that are laid out otherwise stay shut. */
static void
multiprotocol(
    struct mrt_update *u, struct rd r, bool add_path, struct mrt_route *route)
{
	if (r.p == NULL)
		return;
	struct family f = {.afi = rd_u16(&r), .safi = rd_u8(&r)};
	f.add_path = add_path;
	if (!route->withdrawn) {
		rd_skip(&r, rd_u8(&r)); /* next hop */
		rd_skip(&r, 1);
	}
	if (!rd_ok(&r))
		u->s->counts[COUNT_SYNTAX]++;
	else if ((f.afi != AFI_IPV4 && f.afi != AFI_IPV6) || f.safi > 2)
		u->s->counts[COUNT_OTHER]++;
	else
		each(u, r, &f, route);
}

/* RFC 4271 section 4.3; what is withdrawn and announced is announced. */
static bool
update(struct mrt_update *u, struct rd r, unsigned form, uint16_t peer)
{
	struct family ipv4 = {AFI_IPV4, SAFI_UNICAST, form & ADD_PATH};
	struct mrt_route route = {.peer = peer, .withdrawn = true};
	struct mrt_attrs a;
	struct rd withdrawn = rd_sub(&r, rd_u16(&r));
	struct rd attrs = rd_sub(&r, rd_u16(&r));
	if (!rd_ok(&r))
		return false;
	if (!mrt_attrs_split(attrs, &a))
		u->s->counts[COUNT_SYNTAX]++;
	each(u, withdrawn, &ipv4, &route);
	multiprotocol(u, a.unreach, ipv4.add_path, &route);
	route.withdrawn = false;
	route.origin = form & AS4 ? mrt_path_origin(a.path)
				  : mrt_path_origin2(a.path, a.path4);
	if (mrt_upstreams_may(u->upstreams, &route.origin))
		route.upstream = mrt_upstreams_find(
		    u->upstreams, &a, form & AS4 ? 4 : 2, &route.origin);
	u->s->counts[COUNT_PRIVATE] += route.origin.stepped;
	multiprotocol(u, a.reach, ipv4.add_path, &route);
	each(u, r, &ipv4, &route);
	return true;
}

static bool
message(struct mrt_update *u, struct rd r, unsigned form, uint16_t peer)
{
	rd_skip(&r, BGP_MARKER_LEN);
	uint16_t len = rd_u16(&r);
	uint8_t type = rd_u8(&r);
	if (!rd_ok(&r))
		return false;
	if (len < BGP_HEADER_LEN) {
		u->s->counts[COUNT_SYNTAX]++;
		return true;
	}
	if (type == BGP_UPDATE)
		return update(
		    u, rd_sub(&r, (size_t)len - BGP_HEADER_LEN), form, peer);
	u->s->counts[COUNT_OTHER]++;
	return true;
}

static bool
state_change(struct mrt_update *u, struct rd r, uint16_t peer)
{
	uint16_t before = rd_u16(&r);
	uint16_t after = rd_u16(&r);
	if (!rd_ok(&r))
		return false;
	u->s->counts[COUNT_SESSION]++;
	if (before == ESTABLISHED && after != ESTABLISHED)
		mrt_routes_lose(u->routes, peer);
	return true;
}

bool
mrt_update_read(struct mrt_update *u, uint16_t subtype, struct rd body)
{
	unsigned form = forms[subtype];
	uint8_t addr[16] = {0};
	if (form == 0 || form & LOCAL) {
		u->s->counts[form & LOCAL ? COUNT_LOCAL : COUNT_OTHER]++;
		return true;
	}
	uint32_t asn = form & AS4 ? rd_u32(&body) : rd_u16(&body);
	rd_skip(&body, form & AS4 ? 4 : 2); /* the collector's AS */
	rd_skip(&body, 2);		    /* interface */
	uint16_t afi = rd_u16(&body);
	size_t len = afi == AFI_IPV6 ? 16 : 4;
	const uint8_t *peer_addr = rd_bytes(&body, len);
	rd_skip(&body, len); /* the collector's address */
	if (!rd_ok(&body))
		return false;
	if (afi != AFI_IPV4 && afi != AFI_IPV6) {
		u->s->counts[COUNT_SYNTAX]++;
		return true;
	}
	memcpy(addr, peer_addr, len);
	const struct mrt_peer *peer = mrt_peers_find(u->peers, addr, asn);
	if (peer == NULL) {
		u->s->counts[COUNT_FULL]++;
		return true;
	}
	return form & STATE ? state_change(u, body, peer->id)
			    : message(u, body, form, peer->id);
}
