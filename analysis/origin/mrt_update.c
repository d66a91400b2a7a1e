/* SPDX-License-Identifier: ISC */
#include "analysis/origin/mrt_update.h"

#include "analysis/origin/mrt_message.h"

#include <string.h>

/* Gives every prefix of a list the state of route. */
static void
each(struct mrt_update *u, struct mrt_nlri *list, struct mrt_route *route)
{
	struct mrt_prefix p;
	while (mrt_nlri_next(list, &p)) {
		if (list->ipv6 || list->multicast) {
			u->s->counts[list->ipv6 ? COUNT_IPV6
						: COUNT_MULTICAST]++;
			continue;
		}
		route->prefix = p.prefix;
		route->path_id = p.path_id;
		mrt_routes_add(u->routes, route);
		u->s->counts[COUNT_WITHDRAWN] += route->withdrawn;
	}
	u->s->counts[COUNT_SYNTAX] += list->bad;
}

/* RFC 4760; prefixes of families that are laid out otherwise stay shut. */
static void
multiprotocol(struct mrt_update *u, struct rd attr, bool add_path,
    struct mrt_route *route)
{
	struct mrt_nlri list;
	if (attr.p == NULL)
		return;
	if (mrt_nlri_multiprotocol(attr, !route->withdrawn, add_path, &list))
		each(u, &list, route);
	else
		u->s->counts[list.bad ? COUNT_SYNTAX : COUNT_OTHER]++;
}

/* RFC 4271 section 4.3; what is withdrawn and announced is announced. */
static void
update(struct mrt_update *u, const struct mrt_message *m, uint16_t peer)
{
	struct mrt_route route = {.peer = peer, .withdrawn = true};
	struct mrt_nlri withdrawn = mrt_nlri_plain(m, m->withdrawn);
	struct mrt_nlri announced = mrt_nlri_plain(m, m->announced);
	struct mrt_attrs a;
	if (!mrt_attrs_split(m->attrs, &a))
		u->s->counts[COUNT_SYNTAX]++;
	each(u, &withdrawn, &route);
	multiprotocol(u, a.unreach, m->add_path, &route);
	route.withdrawn = false;
	route.origin = m->width == 4 ? mrt_path_origin(a.path)
				     : mrt_path_origin2(a.path, a.path4);
	if (mrt_upstreams_may(u->upstreams, &route.origin))
		route.upstream = mrt_upstreams_find(
		    u->upstreams, &a, m->width, &route.origin);
	u->s->counts[COUNT_PRIVATE] += route.origin.stepped;
	multiprotocol(u, a.reach, m->add_path, &route);
	each(u, &announced, &route);
}

static void
state_change(struct mrt_update *u, const struct mrt_message *m, uint16_t peer)
{
	u->s->counts[COUNT_SESSION]++;
	if (m->before == MRT_STATE_ESTABLISHED &&
	    m->after != MRT_STATE_ESTABLISHED)
		mrt_routes_lose(u->routes, peer);
}

/* What a peer told; false when there are too many of them. */
static bool
from_peer(struct mrt_update *u, const struct mrt_message *m, bool is_update)
{
	uint8_t addr[16] = {0};
	memcpy(addr, m->peer_addr, m->peer_addr_len);
	const struct mrt_peer *peer =
	    mrt_peers_find(u->peers, addr, m->peer_asn);
	if (peer == NULL)
		return false;
	if (is_update)
		update(u, m, peer->id);
	else
		state_change(u, m, peer->id);
	return true;
}

bool
mrt_update_read(struct mrt_update *u, uint16_t subtype, struct rd body)
{
	struct mrt_message m;
	uint64_t *counts = u->s->counts;
	switch (mrt_message_split(body, subtype, &m)) {
	case MRT_MESSAGE_UPDATE:
		counts[COUNT_FULL] += !from_peer(u, &m, true);
		return true;
	case MRT_MESSAGE_STATE:
		counts[COUNT_FULL] += !from_peer(u, &m, false);
		return true;
	case MRT_MESSAGE_OTHER:
		counts[COUNT_OTHER]++;
		return true;
	case MRT_MESSAGE_LOCAL:
		counts[COUNT_LOCAL]++;
		return true;
	case MRT_MESSAGE_SYNTAX:
		counts[COUNT_SYNTAX]++;
		return true;
	case MRT_MESSAGE_CUT:
		break;
	}
	return false;
}
