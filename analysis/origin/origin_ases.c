/* SPDX-License-Identifier: ISC */
#include "analysis/origin/origin_ases.h"

#include "analysis/origin/origin_set.h"

#include <string.h>

/* Neighbours of one AS that two tables may add up to; targets have few. */
enum { NEIGHBOURS_MAX = 256 };

const char *
origin_as_name(const struct origin_set *set, uint32_t asn)
{
	const char *name = NULL;
	for (size_t i = 0; name == NULL && i < set->n; i++)
		name = snapshot_as_name(set->tables[i], asn);
	return name;
}

enum origin_relation
origin_relate(
    const struct origin_set *set, uint32_t a, uint32_t b, int64_t at_us)
{
	const struct snapshot *s =
	    origin_set_holder(set, HOLDS_RELATIONS, at_us);
	const struct snapshot *links =
	    origin_set_holder(set, HOLDS_LINKS, at_us);
	enum origin_relation is =
	    s != NULL ? snapshot_relate(s, a, b) : ORIGIN_UNRELATED;
	if (is != ORIGIN_UNRELATED || links == NULL || links == s)
		return is;
	return snapshot_relate(links, a, b) != ORIGIN_UNRELATED
		   ? ORIGIN_ADJACENT
		   : ORIGIN_UNRELATED;
}

/* The date of a table and its distance; false when there is no table. */
static bool
dated(const struct snapshot *s, int64_t at_us, int64_t *asof_us, int64_t *days)
{
	if (s == NULL)
		return false;
	*asof_us = s->asof_us;
	*days = (at_us - s->asof_us) / (US_PER_S * 86400);
	return true;
}

bool
origin_relations_asof(const struct origin_set *set, int64_t at_us,
    int64_t *asof_us, int64_t *days)
{
	const struct snapshot *s =
	    origin_set_holder(set, HOLDS_RELATIONS, at_us);
	if (s == NULL)
		s = origin_set_holder(set, HOLDS_LINKS, at_us);
	return dated(s, at_us, asof_us, days);
}

bool
origin_upstreams_asof(const struct origin_set *set, int64_t at_us,
    int64_t *asof_us, int64_t *days)
{
	return dated(origin_set_holder(set, HOLDS_UPSTREAMS, at_us), at_us,
	    asof_us, days);
}

/* Whether an ASN is among the first n, which ascend. */
static bool
is_among(uint32_t asn, const uint32_t *asns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (asns[i] == asn)
			return true;
	return false;
}

int
origin_neighbours(const struct origin_set *set, uint32_t asn, int64_t at_us,
    uint32_t *asns, size_t room)
{
	const struct snapshot *s =
	    origin_set_holder(set, HOLDS_RELATIONS, at_us);
	const struct snapshot *links =
	    origin_set_holder(set, HOLDS_LINKS, at_us);
	if (s == NULL && links == NULL)
		return -1;
	int n = s != NULL ? snapshot_neighbours(s, asn, asns, room) : 0;
	if (links == NULL || links == s)
		return n;
	uint32_t more[NEIGHBOURS_MAX];
	int m = snapshot_neighbours(links, asn, more, NEIGHBOURS_MAX);
	for (int i = 0; i < m && i < NEIGHBOURS_MAX; i++) {
		size_t kept = (size_t)n < room ? (size_t)n : room;
		if (is_among(more[i], asns, kept))
			continue;
		if ((size_t)n < room)
			asns[n] = more[i];
		n++;
	}
	return n;
}

int
origin_upstreams(const struct origin_set *set, uint32_t addr, int64_t at_us,
    struct origin_upstream *upstreams, size_t room)
{
	const struct snapshot *s =
	    origin_set_holder(set, HOLDS_UPSTREAMS, at_us);
	return s != NULL ? (int)snapshot_upstreams(s, addr, upstreams, room)
			 : -1;
}

enum origin_rpki
origin_rpki(const struct origin_set *set, const struct prefix *route,
    uint32_t asn, int64_t at_us)
{
	const struct snapshot *s = origin_set_holder(set, HOLDS_VRPS, at_us);
	return s != NULL ? snapshot_rpki(s, route, asn) : ORIGIN_RPKI_UNKNOWN;
}

bool
origin_org(const struct origin_set *set, uint32_t asn, int64_t at_us,
    struct origin_org *org)
{
	const struct snapshot *s = origin_set_holder(set, HOLDS_ORGS, at_us);
	*org = (struct origin_org){0};
	return s != NULL && snapshot_org(s, asn, org);
}

bool
origin_same_org(
    const struct origin_set *set, uint32_t a, uint32_t b, int64_t at_us)
{
	struct origin_org x, y;
	return origin_org(set, a, at_us, &x) && origin_org(set, b, at_us, &y) &&
	       x.id != NULL && y.id != NULL && strcmp(x.id, y.id) == 0;
}

const char *
origin_relation_name(enum origin_relation relation)
{
	switch (relation) {
	case ORIGIN_UNRELATED:
		return "unrelated";
	case ORIGIN_PROVIDER:
		return "provider";
	case ORIGIN_CUSTOMER:
		return "customer";
	case ORIGIN_PEER:
		return "peer";
	case ORIGIN_ADJACENT:
		return "adjacent";
	}
	return "?";
}

const char *
origin_rpki_name(enum origin_rpki state)
{
	switch (state) {
	case ORIGIN_RPKI_UNKNOWN:
		return "unknown";
	case ORIGIN_RPKI_NOT_FOUND:
		return "not-found";
	case ORIGIN_RPKI_VALID:
		return "valid";
	case ORIGIN_RPKI_INVALID:
		return "invalid";
	}
	return "?";
}
