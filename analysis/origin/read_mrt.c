/* SPDX-License-Identifier: ISC */
#include "analysis/origin/be.h"
#include "analysis/origin/mrt_links.h"
#include "analysis/origin/mrt_record.h"
#include "analysis/origin/mrt_update.h"
#include "analysis/origin/reader.h"
#include "probe/base/clock.h"

#include <string.h>

/*
 * MRT (RFC 6396, RFC 8050). TABLE_DUMP_V2 has one record for a prefix with one
 * entry in it for each peer that has a route, TABLE_DUMP one record for each of
 * those, BGP4MP what the peers told since the file before. Origin is the last
 * AS of the path; of several origins the one that most peers see comes first.
 * Of the origins that the table asks for, the AS before them is kept, too.
 */

struct dump {
	struct table *t;
	struct source *s;
	uint16_t npeers; /* 0: no index seen, any peer is taken */
	struct mrt_votes votes;
	uint16_t type;	      /* of the record before */
	bool pending;	      /* more of this prefix may follow */
	struct prefix prefix; /* of what is pending */
	struct mrt_peers peers;
	struct mrt_routes routes;
	struct mrt_links links;
	struct mrt_upstreams upstreams;
};

/* A route whose origin may be one of those that are asked for. */
static void
upstream(struct dump *d, uint16_t peer, const struct mrt_attrs *a, size_t width,
    const struct mrt_origin *origin)
{
	mrt_upstreams_add(&d->upstreams, peer,
	    mrt_upstreams_find(&d->upstreams, a, width, origin));
}

/* Reads one entry; false when the record ends before it does. */
static bool
entry(struct dump *d, struct rd *r, bool add_path)
{
	/* peer, time, path id (RFC 8050 section 4), length */
	size_t len = add_path ? 12 : 8;
	const uint8_t *head = rd_bytes(r, len);
	if (head == NULL)
		return false;
	uint16_t peer = be_u16(head);
	struct rd attrs = rd_sub(r, be_u16(head + len - 2));
	if (!rd_ok(r))
		return false;
	struct rd path = mrt_attrs_path(attrs);
	if (d->npeers > 0 && peer >= d->npeers) {
		d->s->counts[COUNT_SYNTAX]++;
		return true;
	}
	struct mrt_origin origin = mrt_path_origin(path);
	d->s->counts[COUNT_PRIVATE] += origin.stepped;
	mrt_votes_add(&d->votes, peer, &origin);
	if (mrt_upstreams_may(&d->upstreams, &origin))
		upstream(
		    d, peer, &(struct mrt_attrs){.path = path}, 4, &origin);
	mrt_links_add(&d->links, peer, path, 4);
	return true;
}

/* Closes the prefix whose records have come to an end. */
static void
settle(struct dump *d)
{
	if (d->pending) {
		bool kept = mrt_votes_close(&d->votes, d->t, &d->prefix);
		mrt_upstreams_close(&d->upstreams, d->t, &d->prefix, kept);
	}
	d->pending = false;
}

static bool
same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->addr == b->addr && a->len == b->len;
}

/* The routes that follow are of this prefix; one before it is closed. */
static void
begin(struct dump *d, const struct prefix *p)
{
	if (!same_prefix(p, &d->prefix))
		settle(d);
	d->prefix = *p;
}

/*
 * RFC 6396 section 4.3.2; false when the record ends too early. BIRD writes a
 * prefix twice: the routes without a path id, then those with one (RFC 8050).
 */
static bool
rib(struct dump *d, struct rd *r, bool add_path)
{
	struct prefix p = {0};
	rd_u32(r); /* sequence number */
	p.len = rd_u8(r);
	size_t octets = ((size_t)p.len + 7) / 8;
	for (size_t i = 0; i < octets && i < 4; i++)
		p.addr |= (uint32_t)rd_u8(r) << (24 - 8 * i);
	uint16_t count = rd_u16(r);
	if (p.len > 32) {
		d->s->counts[COUNT_SYNTAX]++;
		return true;
	}
	p.addr &= prefix_mask(p.len); /* trailing bits mean nothing */
	begin(d, &p);
	bool whole = rd_ok(r);
	for (uint16_t i = 0; whole && i < count; i++)
		whole = entry(d, r, add_path);
	d->pending |= whole || d->votes.n > 0;
	return whole;
}

/* RFC 6396 section 4.3.1: only the number of peers matters here. */
static bool
peers(struct dump *d, struct rd *r)
{
	rd_u32(r); /* the collector's BGP id */
	rd_skip(r, rd_u16(r));
	d->npeers = rd_u16(r);
	return rd_ok(r);
}

/* RFC 6396 section 4.2: the route of one peer, ASNs of 2 octets. */
static bool
table_dump(struct dump *d, struct rd *r)
{
	uint8_t addr[16] = {0};
	struct mrt_attrs a;
	rd_skip(r, 4); /* view and sequence numbers */
	struct prefix p = {.addr = rd_u32(r), .len = rd_u8(r)};
	rd_skip(r, 5); /* status; time */
	const uint8_t *peer_addr = rd_bytes(r, 4);
	uint16_t asn = rd_u16(r);
	struct rd attrs = rd_sub(r, rd_u16(r));
	if (!rd_ok(r))
		return false;
	memcpy(addr, peer_addr, 4);
	const struct mrt_peer *peer = mrt_peers_find(&d->peers, addr, asn);
	if (p.len > 32 || peer == NULL) {
		d->s->counts[p.len > 32 ? COUNT_SYNTAX : COUNT_FULL]++;
		return true;
	}
	p.addr &= prefix_mask(p.len);
	begin(d, &p);
	if (!mrt_attrs_split(attrs, &a))
		d->s->counts[COUNT_SYNTAX]++;
	struct mrt_origin origin = mrt_path_origin2(a.path, a.path4);
	d->s->counts[COUNT_PRIVATE] += origin.stepped;
	mrt_votes_add(&d->votes, peer->id, &origin);
	if (mrt_upstreams_may(&d->upstreams, &origin))
		upstream(d, peer->id, &a, 2, &origin);
	mrt_links_add(&d->links, peer->id, a.path, 2);
	return d->pending = true;
}

static bool
count(struct dump *d, enum source_count what)
{
	d->s->counts[what]++;
	return true;
}

static bool
table_dump_v2(struct dump *d, uint16_t subtype, struct rd *body)
{
	switch (subtype) {
	case MRT_PEER_INDEX_TABLE:
		settle(d);
		return peers(d, body);
	case MRT_RIB_IPV4_UNICAST:
	case MRT_RIB_IPV4_UNICAST_ADDPATH:
		return rib(d, body, subtype == MRT_RIB_IPV4_UNICAST_ADDPATH);
	case MRT_RIB_IPV4_MULTICAST:
	case MRT_RIB_IPV4_MULTICAST_ADDPATH:
		return count(d, COUNT_MULTICAST);
	case MRT_RIB_IPV6_UNICAST:
	case MRT_RIB_IPV6_UNICAST_ADDPATH:
	case MRT_RIB_IPV6_MULTICAST:
	case MRT_RIB_IPV6_MULTICAST_ADDPATH:
		return count(d, COUNT_IPV6);
	}
	return count(d, COUNT_OTHER); /* no collector writes RIB_GENERIC */
}

static bool
bgp4mp(struct dump *d, const struct mrt_record *record, struct rd body)
{
	struct mrt_update u = {&d->peers, &d->routes, &d->upstreams, d->s};
	if (record->type == MRT_BGP4MP_ET)
		rd_skip(&body, 4); /* microseconds */
	return rd_ok(&body) && mrt_update_read(&u, record->subtype, body);
}

/* A dump has the date of its begin, updates that of their end. */
static void
date(struct dump *d, const struct mrt_record *record)
{
	int64_t us = (int64_t)record->time * US_PER_S;
	bool updates =
	    record->type == MRT_BGP4MP || record->type == MRT_BGP4MP_ET;
	if (d->s->asof_us < 0 || (updates && us > d->s->asof_us))
		d->s->asof_us = us;
}

/* Reads what there is of a record. */
static void
read_record(struct dump *d, const struct mrt_record *record)
{
	bool whole = true;
	struct rd body = record->body;
	uint16_t subtype = record->subtype;
	date(d, record);
	if (record->type != d->type)
		settle(d); /* its peers have other numbers */
	d->type = record->type;
	switch (record->type) {
	case MRT_TABLE_DUMP:
		whole = subtype == MRT_AFI_IPV4	  ? table_dump(d, &body)
			: subtype == MRT_AFI_IPV6 ? count(d, COUNT_IPV6)
						  : count(d, COUNT_OTHER);
		break;
	case MRT_TABLE_DUMP_V2:
		whole = table_dump_v2(d, subtype, &body);
		break;
	default:
		whole = bgp4mp(d, record, body);
	}
	d->s->counts[COUNT_TRUNCATED] += record->cut || !whole;
}

void
read_mrt(const struct input *in, struct table *t)
{
	struct dump d = {.t = t, .s = table_source(t)};
	struct mrt_records records = {.r = input_rd(in)};
	struct mrt_record record;
	mrt_upstreams_init(&d.upstreams, t);
	while (mrt_records_next(&records, &record))
		read_record(&d, &record);
	d.s->counts[COUNT_SKIPPED] += records.skipped;
	settle(&d);
	mrt_routes_close(&d.routes, &d.votes, &d.upstreams, t);
	mrt_links_close(&d.links, t);
	mrt_links_clear(&d.links);
	mrt_upstreams_clear(&d.upstreams);
	mrt_votes_clear(&d.votes);
	mrt_routes_clear(&d.routes);
	mrt_peers_clear(&d.peers);
}

bool
read_mrt_is(struct rd r)
{
	return mrt_record_is(r);
}
