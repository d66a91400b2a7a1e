/* SPDX-License-Identifier: ISC */
#include "analysis/origin/origin_ases.h"

#include "analysis/origin/origin_set.h"

#include <string.h>

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
	return s != NULL ? snapshot_relate(s, a, b) : ORIGIN_UNRELATED;
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
