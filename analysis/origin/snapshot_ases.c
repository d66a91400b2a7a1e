/* SPDX-License-Identifier: ISC */
#include "analysis/origin/snapshot_ases.h"

#include "analysis/origin/be.h"
#include "analysis/origin/snapshot_form.h"

unsigned
snapshot_holds(const struct snapshot *s)
{
	unsigned holds = 0;
	for (size_t i = 0; i < s->nsources; i++)
		if (s->sources[i].layer != ORIGIN_NONE)
			holds |= 1u << s->sources[i].layer;
	for (size_t i = 0; i < s->nrelations; i++)
		holds |= 1u << (snapshot_relation(s, i).kind == ORIGIN_ADJACENT
				    ? HOLDS_LINKS
				    : HOLDS_RELATIONS);
	if (s->nvrps > 0)
		holds |= 1u << HOLDS_VRPS;
	if (s->nupstreams > 0)
		holds |= 1u << HOLDS_UPSTREAMS;
	if (s->norgs > 0)
		holds |= 1u << HOLDS_ORGS;
	return holds;
}

static const char *
text(const struct snapshot_section *in, uint32_t offset)
{
	return offset == 0 ? NULL : (const char *)in->p + offset;
}

/*
 * The first of n sorted records of len bytes that does not begin with less
 * than key; n when there is none.
 */
static size_t
lower(const struct snapshot_section *in, size_t n, size_t len, uint64_t key)
{
	size_t lo = 0;
	while (n > 0) {
		size_t half = n / 2;
		bool less = be_u64(in->p + (lo + half) * len) < key;
		lo += less ? half + 1 : 0;
		n = less ? n - half - 1 : half;
	}
	return lo;
}

const uint8_t *
snapshot_as(const struct snapshot *s, uint32_t asn)
{
	size_t i = lower(&s->ases, s->nases, FORM_AS_LEN, (uint64_t)asn << 32);
	const uint8_t *p = s->ases.p + i * FORM_AS_LEN;
	return i < s->nases && be_u32(p) == asn ? p : NULL;
}

const char *
snapshot_as_name(const struct snapshot *s, uint32_t asn)
{
	const uint8_t *as = snapshot_as(s, asn);
	if (as != NULL)
		return text(&s->text, be_u32(as + 4));
	return s->base != NULL ? snapshot_as_name(s->base, asn) : NULL;
}

struct table_relation
snapshot_relation(const struct snapshot *s, size_t i)
{
	const uint8_t *p = s->relations.p + i * FORM_RELATION_LEN;
	return (struct table_relation){be_u32(p), be_u32(p + 4), be_u32(p + 8)};
}

enum origin_relation
snapshot_relate(const struct snapshot *s, uint32_t a, uint32_t b)
{
	size_t i = lower(&s->relations, s->nrelations, FORM_RELATION_LEN,
	    (uint64_t)a << 32 | b);
	if (i == s->nrelations)
		return ORIGIN_UNRELATED;
	struct table_relation r = snapshot_relation(s, i);
	bool found = r.a == a && r.b == b;
	return found ? (enum origin_relation)r.kind : ORIGIN_UNRELATED;
}

int
snapshot_neighbours(
    const struct snapshot *s, uint32_t asn, uint32_t *asns, size_t room)
{
	int n = 0;
	size_t i = lower(&s->relations, s->nrelations, FORM_RELATION_LEN,
	    (uint64_t)asn << 32);
	for (; i < s->nrelations; i++, n++) {
		struct table_relation r = snapshot_relation(s, i);
		if (r.a != asn)
			break;
		if ((size_t)n < room)
			asns[n] = r.b;
	}
	return n;
}

uint32_t
snapshot_org_at(const struct snapshot *s, size_t i, struct origin_org *org)
{
	const uint8_t *p = s->orgs.p + i * FORM_ORG_LEN;
	org->id = text(&s->org_text, be_u32(p + 4));
	org->name = text(&s->org_text, be_u32(p + 8));
	return be_u32(p);
}

bool
snapshot_org(const struct snapshot *s, uint32_t asn, struct origin_org *org)
{
	size_t i = lower(&s->orgs, s->norgs, FORM_ORG_LEN, (uint64_t)asn << 32);
	return i < s->norgs && snapshot_org_at(s, i, org) == asn;
}

struct table_vrp
snapshot_vrp(const struct snapshot *s, size_t i)
{
	const uint8_t *p = s->vrps.p + i * FORM_VRP_LEN;
	return (struct table_vrp){be_u32(p), be_u32(p + 4), p[8], p[9]};
}

/* What the VRPs that begin at addr say of a route; worst is not found. */
static enum origin_rpki
validate(const struct snapshot *s, const struct prefix *route, uint32_t asn,
    uint32_t addr)
{
	enum origin_rpki state = ORIGIN_RPKI_NOT_FOUND;
	size_t i =
	    lower(&s->vrps, s->nvrps, FORM_VRP_LEN, (uint64_t)addr << 32);
	for (; i < s->nvrps; i++) {
		struct table_vrp v = snapshot_vrp(s, i);
		struct prefix cover = {v.addr, v.len};
		if (v.addr != addr || v.len > route->len)
			break;
		if (!prefix_contains(&cover, route->addr))
			continue;
		if (v.asn == asn && asn != 0 && route->len <= v.max_len)
			return ORIGIN_RPKI_VALID;
		state = ORIGIN_RPKI_INVALID;
	}
	return state;
}

enum origin_rpki
snapshot_rpki(
    const struct snapshot *s, const struct prefix *route, uint32_t asn)
{
	enum origin_rpki state = ORIGIN_RPKI_NOT_FOUND;
	uint32_t asked = 0;
	for (int len = route->len; len >= 0; len--) {
		uint32_t addr = route->addr & prefix_mask((uint8_t)len);
		if (len < route->len && addr == asked)
			continue;
		enum origin_rpki found = validate(s, route, asn, addr);
		if (found == ORIGIN_RPKI_VALID)
			return found;
		if (found == ORIGIN_RPKI_INVALID)
			state = found;
		asked = addr;
	}
	return state;
}

struct table_upstream
snapshot_upstream(const struct snapshot *s, size_t i)
{
	const uint8_t *p = s->upstreams.p + i * FORM_UPSTREAM_LEN;
	return (struct table_upstream){
	    be_u32(p), be_u32(p + 4), be_u16(p + 10), p[8]};
}

/* Those of exactly one prefix. */
static size_t
upstreams_of(const struct snapshot *s, const struct prefix *of,
    struct origin_upstream *upstreams, size_t room)
{
	size_t n = 0;
	size_t i = lower(&s->upstreams, s->nupstreams, FORM_UPSTREAM_LEN,
	    (uint64_t)of->addr << 32);
	for (; i < s->nupstreams; i++) {
		struct table_upstream u = snapshot_upstream(s, i);
		if (u.addr != of->addr || u.len > of->len)
			break;
		if (u.len < of->len)
			continue;
		if (n < room)
			upstreams[n] =
			    (struct origin_upstream){u.asn, u.peers, *of};
		n++;
	}
	return n;
}

size_t
snapshot_upstreams(const struct snapshot *s, uint32_t addr,
    struct origin_upstream *upstreams, size_t room)
{
	size_t n = 0;
	for (int len = 32; n == 0 && s->nupstreams > 0 && len > 0; len--) {
		struct prefix p = {
		    addr & prefix_mask((uint8_t)len), (uint8_t)len};
		n = upstreams_of(s, &p, upstreams, room);
	}
	return n;
}
