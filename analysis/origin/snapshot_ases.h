/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_SNAPSHOT_ASES_H
#define TUMEN_ORIGIN_SNAPSHOT_ASES_H

#include "analysis/origin/snapshot.h"

/* What a snapshot says about ASes rather than about addresses. */

/*
 * What a snapshot holds, as bits 1 << n: n is a layer that has sources (enum
 * origin_layer), or one of these.
 */
enum {
	HOLDS_NOTHING = ORIGIN_NONE,
	HOLDS_RELATIONS = ORIGIN_CURATED + 1, /* who buys from whom */
	HOLDS_LINKS, /* who stands beside whom in AS paths */
	HOLDS_VRPS,
	HOLDS_UPSTREAMS,
	HOLDS_ORGS,
	HOLDS_KINDS,
};
unsigned snapshot_holds(const struct snapshot *s);

/* The entry of an AS in the section ASES, or NULL. */
const uint8_t *snapshot_as(const struct snapshot *s, uint32_t asn);

/* False when nothing is known of the AS; name may be NULL. */
bool
snapshot_org(const struct snapshot *s, uint32_t asn, struct origin_org *org);

/*
 * Validates a route by RFC 6811, section 2. Not found is also the answer where
 * the snapshot holds no VRPs: ask snapshot_holds() first.
 */
enum origin_rpki snapshot_rpki(
    const struct snapshot *s, const struct prefix *route, uint32_t asn);

/* As origin_neighbours(). */
int snapshot_neighbours(
    const struct snapshot *s, uint32_t asn, uint32_t *asns, size_t room);

/*
 * The upstreams of the longest prefix around addr that has any, ascending by
 * ASN, at most room of them; returns how many there are.
 */
size_t snapshot_upstreams(const struct snapshot *s, uint32_t addr,
    struct origin_upstream *upstreams, size_t room);

/* Record i of a section, for those who walk through all of them. */
struct table_relation snapshot_relation(const struct snapshot *s, size_t i);
struct table_vrp snapshot_vrp(const struct snapshot *s, size_t i);
struct table_upstream snapshot_upstream(const struct snapshot *s, size_t i);
uint32_t
snapshot_org_at(const struct snapshot *s, size_t i, struct origin_org *org);

#endif
