/* SPDX-License-Identifier: ISC */
#include "analysis/origin/mrt_path.h"

#include "analysis/origin/be.h"
#include "analysis/origin/reserved.h"

#include <stddef.h>

enum { ATTR_EXTENDED = 0x10 };

enum {
	AS_PATH = 2,
	AGGREGATOR = 7,
	MP_REACH_NLRI = 14,
	MP_UNREACH_NLRI = 15,
	AS4_PATH = 17,
};

enum { AS_SET = 1, AS_SEQUENCE = 2, CONFED_SEQUENCE = 3, CONFED_SET = 4 };

enum { AS_TRANS = 23456 };

/* What a walk over the segments of a path has seen. */
struct walk {
	uint32_t any, public; /* the last AS; the last that is not reserved */
	size_t hops;	      /* as RFC 4271 section 9.1.2.2 counts them */
	bool damaged;
	struct rd set; /* that the path ends in, of several ASes */
};

static struct rd
attribute(struct rd *attrs, uint8_t *type)
{
	const uint8_t *head = rd_bytes(attrs, 3);
	if (head == NULL)
		return (struct rd){0};
	*type = head[1];
	size_t len = head[2];
	if (head[0] & ATTR_EXTENDED)
		len = len << 8 | rd_u8(attrs);
	return rd_sub(attrs, len);
}

/* The first hops of a segment, from behind: mostly the last AS will do. */
static void
segment(struct walk *w, struct rd seg, size_t width, size_t hops)
{
	size_t n = seg.left / width;
	n = hops < n ? hops : n;
	for (size_t i = n; i-- > 0;) {
		struct rd at = rd_make(seg.p + i * width, width);
		uint32_t asn = width == 4 ? rd_u32(&at) : rd_u16(&at);
		if (i + 1 == n)
			w->any = asn;
		if (!reserved_asn(asn)) {
			w->public = asn;
			break;
		}
	}
}

/* Walks over at most as many hops as given, from the start of the path. */
static struct walk
walk(struct rd path, size_t width, size_t most)
{
	struct walk w = {0};
	while (path.left > 0 && w.hops < most) {
		uint8_t type = rd_u8(&path);
		uint8_t count = rd_u8(&path);
		struct rd seg = rd_sub(&path, count * width);
		w.damaged = !rd_ok(&path) || type < AS_SET || type > CONFED_SET;
		if (w.damaged)
			break;
		if (type == CONFED_SEQUENCE || type == CONFED_SET || count == 0)
			continue;
		w.set = type == AS_SET && count > 1 ? seg : (struct rd){0};
		segment(
		    &w, seg, width, type == AS_SET ? SIZE_MAX : most - w.hops);
		w.hops += type == AS_SET ? 1 : count;
	}
	return w;
}

static struct mrt_origin
settle(const struct walk *w, size_t width)
{
	if (w->damaged)
		return (struct mrt_origin){0};
	return (struct mrt_origin){
	    .asn = w->public != 0 ? w->public : w->any,
	    .stepped = w->public != 0 && w->public != w->any,
	    .nset = (uint8_t)(w->set.left / width),
	    .width = (uint8_t)width,
	    .set = w->set.p,
	};
}

static uint32_t
asn_at(const uint8_t *p, size_t width)
{
	return width == 4 ? be_u32(p) : be_u16(p);
}

uint32_t
mrt_origin_member(const struct mrt_origin *origin, uint8_t n)
{
	return asn_at(origin->set + (size_t)n * origin->width, origin->width);
}

void
mrt_path_pairs(struct rd path, size_t width, mrt_path_pair *each, void *arg)
{
	uint32_t last = 0;
	while (path.left > 0) {
		uint8_t type = rd_u8(&path), count = rd_u8(&path);
		struct rd seg = rd_sub(&path, count * width);
		if (!rd_ok(&path))
			return;
		last = type == AS_SEQUENCE ? last : 0;
		for (size_t i = 0; type == AS_SEQUENCE && i < count; i++) {
			uint32_t asn = asn_at(seg.p + i * width, width);
			asn = reserved_asn(asn) ? 0 : asn;
			if (last != 0 && asn != 0 && asn != last)
				each(arg, last, asn);
			last = asn;
		}
	}
}

/* The last AS of a path that is one sequence, as nearly all are; else 0. */
static uint32_t
plain_end(struct rd path)
{
	size_t len = path.left;
	const uint8_t *p = len > 2 ? rd_bytes(&path, len) : NULL;
	bool plain =
	    p != NULL && p[0] == AS_SEQUENCE && len == 2 + (size_t)p[1] * 4;
	return plain ? be_u32(p + len - 4) : 0;
}

struct mrt_origin
mrt_path_origin(struct rd path)
{
	uint32_t end = plain_end(path);
	if (!reserved_asn(end))
		return (struct mrt_origin){.asn = end};
	struct walk w = walk(path, 4, SIZE_MAX);
	return settle(&w, 4);
}

/* Whether AS4_PATH is of use. */
static bool
repairs(const struct walk *tail, const struct walk *whole)
{
	return !whole->damaged && !tail->damaged && tail->hops > 0 &&
	       tail->hops <= whole->hops;
}

struct mrt_origin
mrt_path_origin2(struct rd path, struct rd path4)
{
	struct walk whole = walk(path, 2, SIZE_MAX);
	struct walk tail = walk(path4, 4, SIZE_MAX);
	if (!repairs(&tail, &whole))
		return settle(&whole, 2);
	struct walk head = walk(path, 2, whole.hops - tail.hops);
	if (tail.public == 0)
		tail.public = head.public;
	return settle(&tail, 4);
}

/* A walk towards an origin. */
struct approach {
	uint32_t origin;
	uint32_t last;	 /* the AS passed last; 0: none, or not known */
	uint32_t before; /* what last was when the origin came */
};

static void
pass(struct approach *a, uint32_t asn)
{
	if (asn == a->origin)
		a->before = a->last;
	else if (asn == AS_TRANS || !reserved_asn(asn))
		a->last = asn != AS_TRANS ? asn : 0;
}

/* Which member of a set comes next, nobody knows. */
static void
pass_set(struct approach *a, struct rd set, size_t width)
{
	for (; set.left >= width; rd_skip(&set, width))
		if (asn_at(set.p, width) == a->origin)
			a->before = a->last;
	a->last = 0;
}

/* Over at most as many hops as given, as walk() counts them. */
static void
approach(struct approach *a, struct rd path, size_t width, size_t most)
{
	for (size_t hops = 0; path.left > 0 && hops < most;) {
		uint8_t type = rd_u8(&path), count = rd_u8(&path);
		struct rd seg = rd_sub(&path, count * width);
		if (!rd_ok(&path))
			return;
		if (type == CONFED_SEQUENCE || type == CONFED_SET)
			continue;
		if (type == AS_SET && count > 1) {
			pass_set(a, seg, width);
			hops++;
			continue;
		}
		for (; seg.left > 0 && hops < most; hops++) {
			pass(a, asn_at(seg.p, width));
			rd_skip(&seg, width);
		}
	}
}

uint32_t
mrt_path_upstream(const struct mrt_attrs *attrs, size_t width, uint32_t origin)
{
	struct approach a = {.origin = origin};
	struct walk tail = {0}, whole = {0};
	if (width == 2 && attrs->path4.left > 0) {
		whole = walk(attrs->path, 2, SIZE_MAX);
		tail = walk(attrs->path4, 4, SIZE_MAX);
	}
	if (!repairs(&tail, &whole)) {
		approach(&a, attrs->path, width, SIZE_MAX);
		return a.before;
	}
	approach(&a, attrs->path, 2, whole.hops - tail.hops);
	approach(&a, attrs->path4, 4, SIZE_MAX);
	return a.before;
}

/* An aggregate that a speaker of 2 octets made anew outdates AS4_PATH. */
static bool
outdated(struct rd aggregator)
{
	return aggregator.left == 6 && rd_u16(&aggregator) != AS_TRANS;
}

bool
mrt_attrs_split(struct rd attrs, struct mrt_attrs *a)
{
	struct rd aggregator = {0};
	*a = (struct mrt_attrs){0};
	while (attrs.left > 0) {
		uint8_t type = 0;
		struct rd value = attribute(&attrs, &type);
		if (!rd_ok(&attrs))
			break;
		struct rd *to = type == AS_PATH		  ? &a->path
				: type == AGGREGATOR	  ? &aggregator
				: type == MP_REACH_NLRI	  ? &a->reach
				: type == MP_UNREACH_NLRI ? &a->unreach
				: type == AS4_PATH	  ? &a->path4
							  : NULL;
		if (to != NULL && to->p == NULL)
			*to = value; /* of several the first (RFC 7606) */
	}
	if (outdated(aggregator))
		a->path4 = (struct rd){0};
	return rd_ok(&attrs);
}

struct rd
mrt_attrs_path(struct rd attrs)
{
	while (attrs.left > 0) {
		uint8_t type = 0;
		struct rd value = attribute(&attrs, &type);
		if (!rd_ok(&attrs))
			break;
		if (type == AS_PATH)
			return value;
	}
	return (struct rd){0};
}

struct mrt_origin
mrt_attrs_origin(struct rd attrs)
{
	return mrt_path_origin(mrt_attrs_path(attrs));
}
