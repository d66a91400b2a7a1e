/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_ORIGIN_ASES_H
#define TUMEN_ORIGIN_ORIGIN_ASES_H

#include "analysis/origin/origin.h"

/*
 * What a set of tables says about ASes at a time. The same rule as for layers:
 * the newest table that has such data, not later and not too old.
 */

/* What one AS is to another. */
enum origin_relation {
	ORIGIN_UNRELATED, /* or not known */
	ORIGIN_PROVIDER,
	ORIGIN_CUSTOMER,
	ORIGIN_PEER,
	ORIGIN_ADJACENT, /* seen side by side in AS paths; no more is known */
};

/* The validation state of a route (RFC 6811). */
enum origin_rpki {
	ORIGIN_RPKI_UNKNOWN, /* there are no VRPs of that time */
	ORIGIN_RPKI_NOT_FOUND,
	ORIGIN_RPKI_VALID,
	ORIGIN_RPKI_INVALID,
};

/* Who runs an AS. */
struct origin_org {
	const char *id;	  /* equal for all ASes of one organisation */
	const char *name; /* NULL: not known */
};

/* An AS that hands over to the origin of a prefix, at so many peers. */
struct origin_upstream {
	uint32_t asn, peers;
	struct prefix prefix;
};

/*
 * What a is to b, by the newest table of relations; where that knows nothing,
 * whether the newest one with AS paths has them side by side.
 */
enum origin_relation origin_relate(
    const struct origin_set *set, uint32_t a, uint32_t b, int64_t at_us);

/*
 * The date of the newest table with relations or adjacencies that fits the
 * time, and its distance in days; false when there is none.
 */
bool origin_relations_asof(const struct origin_set *set, int64_t at_us,
    int64_t *asof_us, int64_t *days);

/*
 * The ASes that an AS has relations with or was seen beside, at most room of
 * them in asns; returns how many there are, or -1 when nothing of the kind is
 * known of that time. Those of the table of relations come first, ascending.
 */
int origin_neighbours(const struct origin_set *set, uint32_t asn, int64_t at_us,
    uint32_t *asns, size_t room);

/*
 * The upstreams that the AS paths of that time show of the longest prefix
 * around addr that they show any of, ascending by ASN, at most room of them;
 * returns how many there are: 0 when none are known of this address, -1 when no
 * table with upstreams fits the time. Tables have those of chosen origins only.
 */
int origin_upstreams(const struct origin_set *set, uint32_t addr, int64_t at_us,
    struct origin_upstream *upstreams, size_t room);

/* As origin_relations_asof(), of the table with upstreams. */
bool origin_upstreams_asof(const struct origin_set *set, int64_t at_us,
    int64_t *asof_us, int64_t *days);

/*
 * The state of a route to a prefix that asn originates. UNKNOWN when no table
 * with VRPs fits the time; it says nothing of who forwards.
 */
enum origin_rpki origin_rpki(const struct origin_set *set,
    const struct prefix *route, uint32_t asn, int64_t at_us);

/* False when nothing is known; id and name are then NULL. */
bool origin_org(const struct origin_set *set, uint32_t asn, int64_t at_us,
    struct origin_org *org);

/* Whether both are known to be run by one organisation. */
bool origin_same_org(
    const struct origin_set *set, uint32_t a, uint32_t b, int64_t at_us);

/* "unrelated", "provider", "customer", "peer", "adjacent". */
const char *origin_relation_name(enum origin_relation relation);

/* "unknown", "not-found", "valid", "invalid". */
const char *origin_rpki_name(enum origin_rpki state);

#endif
