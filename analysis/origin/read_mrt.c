/* SPDX-License-Identifier: ISC */
#include "analysis/origin/reader.h"
#include "analysis/origin/reserved.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"

#include <stdlib.h>

/*
 * MRT TABLE_DUMP_V2 (RFC 6396 section 4.3, RFC 8050): one record for a prefix,
 * one entry in it for each peer that has a route. Origin is the last AS of the
 * path; of several origins the one that most peers see comes first.
 */

enum {
	HEADER_LEN = 12,
	RECORD_LEN_MAX = 1 << 24, /* real ones stay below 1 MB */
};

enum { TABLE_DUMP = 12, TABLE_DUMP_V2 = 13, BGP4MP = 16, BGP4MP_ET = 17 };

/* Subtypes of TABLE_DUMP_V2. */
enum {
	PEER_INDEX_TABLE = 1,
	RIB_IPV4_UNICAST = 2,
	RIB_IPV6_UNICAST = 4,
	RIB_IPV4_UNICAST_ADDPATH = 8,
	RIB_IPV6_UNICAST_ADDPATH = 10,
	RIB_GENERIC_ADDPATH = 12,
};

enum { ATTR_EXTENDED = 0x10, ATTR_AS_PATH = 2 };
enum { AS_SET = 1, AS_SEQUENCE = 2, CONFED_SEQUENCE = 3, CONFED_SET = 4 };

struct header {
	uint32_t time;
	uint16_t type, subtype;
	uint32_t len;
};

struct dump {
	struct table *t;
	struct source *s;
	uint16_t npeers; /* 0: no index seen, any peer is taken */
	uint64_t *seen;	 /* origin << 16 | peer, of one record */
	uint64_t *votes; /* of each origin, inverted, << 32 | origin */
	size_t nseen, room;
	bool as_set; /* some path of the record ends in a set */
};

static struct header
header(struct rd *r)
{
	struct header h = {.time = rd_u32(r)};
	h.type = rd_u16(r);
	h.subtype = rd_u16(r);
	h.len = rd_u32(r);
	return h;
}

static bool
plausible(struct rd r)
{
	static const uint8_t highest[] = {[TABLE_DUMP] = 2,
	    [TABLE_DUMP_V2] = RIB_GENERIC_ADDPATH,
	    [BGP4MP] = 11,
	    [BGP4MP_ET] = 11};
	struct header h = header(&r);
	return rd_ok(&r) && h.type < sizeof(highest) &&
	       h.subtype <= highest[h.type] && highest[h.type] > 0 &&
	       h.len > 0 && h.len <= RECORD_LEN_MAX;
}

/* A header whose record ends where the file ends or the next one begins. */
static bool
chained(struct rd r)
{
	if (!plausible(r))
		return false;
	struct header h = header(&r);
	rd_skip(&r, h.len);
	return rd_ok(&r) && (r.left < HEADER_LEN || plausible(r));
}

/* The origin of a path: 0 for none. Reserved ASNs at its end are stepped over.
 */
static uint32_t
path_origin(struct rd path, bool *ends_in_set)
{
	uint32_t any = 0, public = 0;
	*ends_in_set = false;
	while (path.left > 0) {
		uint8_t type = rd_u8(&path);
		uint8_t count = rd_u8(&path);
		struct rd seg = rd_sub(&path, (size_t)count * 4);
		if (!rd_ok(&path) || type < AS_SET || type > CONFED_SET)
			return 0;
		if (type == CONFED_SEQUENCE || type == CONFED_SET || count == 0)
			continue;
		*ends_in_set = type == AS_SET && count > 1;
		while (seg.left > 0) {
			any = rd_u32(&seg);
			public = reserved_asn(any) ? public : any;
		}
	}
	return public != 0 ? public : any;
}

static uint32_t
attrs_origin(struct rd attrs, bool *ends_in_set)
{
	while (attrs.left > 0) {
		uint8_t flags = rd_u8(&attrs);
		uint8_t type = rd_u8(&attrs);
		size_t len =
		    flags & ATTR_EXTENDED ? rd_u16(&attrs) : rd_u8(&attrs);
		struct rd value = rd_sub(&attrs, len);
		if (!rd_ok(&attrs))
			return 0;
		if (type == ATTR_AS_PATH)
			return path_origin(value, ends_in_set);
	}
	return 0;
}

/* Reads one entry; false when the record ends before it does. */
static bool
entry(struct dump *d, struct rd *r, bool add_path)
{
	bool ends_in_set = false;
	uint16_t peer = rd_u16(r);
	rd_skip(r, add_path ? 8 : 4); /* time; path id (RFC 8050 section 4) */
	struct rd attrs = rd_sub(r, rd_u16(r));
	if (!rd_ok(r))
		return false;
	uint32_t origin = attrs_origin(attrs, &ends_in_set);
	if (d->npeers > 0 && peer >= d->npeers)
		d->s->counts[COUNT_SYNTAX]++;
	else if (ends_in_set)
		d->as_set = true;
	else if (origin != 0)
		d->seen[d->nseen++] = (uint64_t)origin << 16 | peer;
	return true;
}

static int
ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* Writes the origins, those of most peers first, and returns their number. */
static size_t
elect(struct dump *d, uint32_t asns[static ORIGIN_ASNS_MAX + 1])
{
	size_t n = 0, kept = 0;
	if (d->nseen > 0)
		qsort(d->seen, d->nseen, sizeof(*d->seen), ascending);
	for (size_t i = 0; i < d->nseen; i++) {
		uint64_t origin = d->seen[i] >> 16;
		if (i > 0 && d->seen[i] == d->seen[i - 1])
			continue; /* a peer counts once, with add-path too */
		if (n == 0 || (uint32_t)d->votes[n - 1] != origin)
			d->votes[n++] = UINT64_C(0xffffffff) << 32 | origin;
		d->votes[n - 1] -= UINT64_C(1) << 32; /* sorts before fewer */
	}
	if (n > 0)
		qsort(d->votes, n, sizeof(*d->votes), ascending);
	for (; kept < n && kept <= ORIGIN_ASNS_MAX; kept++)
		asns[kept] = (uint32_t)d->votes[kept];
	return kept;
}

static bool
one_origin(const struct dump *d)
{
	for (size_t i = 1; i < d->nseen; i++)
		if (d->seen[i] >> 16 != d->seen[0] >> 16)
			return false;
	return d->nseen > 0;
}

static void
close_record(struct dump *d, const struct prefix *p)
{
	uint32_t asns[ORIGIN_ASNS_MAX + 1];
	size_t n = 1;
	if (one_origin(d))
		asns[0] = (uint32_t)(d->seen[0] >> 16);
	else
		n = elect(d, asns);
	if (n == 0 && d->as_set && p->len > 0)
		d->s->counts[COUNT_AS_SET]++;
	else
		table_add_prefix(d->t, p, asns, n, NULL);
}

static void
make_room(struct dump *d, size_t entries)
{
	d->nseen = 0;
	if (entries <= d->room)
		return;
	d->room = entries;
	d->seen = xreallocarray(d->seen, d->room, sizeof(*d->seen));
	d->votes = xreallocarray(d->votes, d->room, sizeof(*d->votes));
}

/* RFC 6396 section 4.3.2; false when the record ends too early. */
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
	make_room(d, count);
	d->as_set = false;
	bool whole = rd_ok(r);
	for (uint16_t i = 0; whole && i < count; i++)
		whole = entry(d, r, add_path);
	if (whole || d->nseen > 0)
		close_record(d, &p);
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

/* Reads what there is of a record; cut: of its length, a part is missing. */
static void
record(struct dump *d, const struct header *h, struct rd body, bool cut)
{
	uint16_t sub = h->type == TABLE_DUMP_V2 ? h->subtype : 0;
	bool whole = true;
	if (d->s->asof_us < 0)
		d->s->asof_us = (int64_t)h->time * US_PER_S;
	switch (sub) {
	case PEER_INDEX_TABLE:
		whole = peers(d, &body);
		break;
	case RIB_IPV4_UNICAST:
	case RIB_IPV4_UNICAST_ADDPATH:
		whole = rib(d, &body, sub == RIB_IPV4_UNICAST_ADDPATH);
		break;
	case RIB_IPV6_UNICAST:
	case RIB_IPV6_UNICAST_ADDPATH:
		d->s->counts[COUNT_IPV6]++;
		break;
	default:
		d->s->counts[COUNT_OTHER]++;
	}
	d->s->counts[COUNT_TRUNCATED] += cut || !whole;
}

/* Steps to the next believable record, or to the end. */
static void
resynchronise(struct rd *r)
{
	do
		rd_skip(r, 1);
	while (r->left > 0 && !chained(*r));
}

/*
 * A record that is cut off, or no record at all: what stands before the next
 * believable one is read as far as it goes, the rest is skipped.
 */
static void
broken(struct dump *d, struct rd *r)
{
	struct rd at = *r;
	bool head = plausible(at);
	resynchronise(r);
	size_t len = at.left - r->left;
	if (head && len > HEADER_LEN) {
		struct header h = header(&at);
		size_t body = len - HEADER_LEN;
		body = h.len < body ? h.len : body;
		record(d, &h, rd_sub(&at, body), body < h.len);
		len -= HEADER_LEN + body;
	}
	d->s->counts[COUNT_SKIPPED] += len;
}

void
read_mrt(const struct input *in, struct table *t)
{
	struct dump d = {.t = t, .s = table_source(t)};
	struct rd r = input_rd(in);
	while (r.left > 0) {
		if (!chained(r)) {
			broken(&d, &r);
			continue;
		}
		struct header h = header(&r);
		record(&d, &h, rd_sub(&r, h.len), false);
	}
	free(d.seen);
	free(d.votes);
}

bool
read_mrt_is(struct rd r)
{
	return plausible(r);
}
