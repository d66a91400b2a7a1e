/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_MRT_PATH_H
#define TUMEN_ORIGIN_MRT_PATH_H

#include "probe/base/rd.h"

/* Who originates a route, by its path attributes (RFC 4271, section 4.3). */
struct mrt_origin {
	uint32_t asn; /* 0: no path, an empty one or one that is damaged */
	uint8_t
	    nset; /* the path ends in a set of so many ASes; 0: it does not */
	uint8_t width;	    /* octets of each */
	bool stepped;	    /* over a reserved ASN behind asn */
	const uint8_t *set; /* borrowed from the path */
};

/* The nth AS of the set at the end, n < nset. */
uint32_t mrt_origin_member(const struct mrt_origin *origin, uint8_t n);

/* The attributes that matter here; those that are missing have no octets. */
struct mrt_attrs {
	struct rd path;		  /* AS_PATH */
	struct rd path4;	  /* AS4_PATH, where it is valid (RFC 6793) */
	struct rd reach, unreach; /* MP_REACH_NLRI, MP_UNREACH_NLRI: RFC 4760 */
};

/*
 * Splits attributes. False when they end too early; those before that are
 * taken.
 */
bool mrt_attrs_split(struct rd attrs, struct mrt_attrs *a);

/*
 * The last AS of an AS_PATH of ASNs of 4 octets, confederations aside. Reserved
 * ASNs at its end are stepped over unless there is nothing else.
 */
struct mrt_origin mrt_path_origin(struct rd path);

/*
 * The same for ASNs of 2 octets, where AS4_PATH has the tail of the path with
 * the ASNs that AS_TRANS stands for (RFC 6793, section 4.2.3).
 */
struct mrt_origin mrt_path_origin2(struct rd path, struct rd path4);

/*
 * The AS that stands before an origin of a path (width: octets of an ASN;
 * AS4_PATH goes with 2) and hands over to it: the origin may be repeated or
 * stand in a set at the end, whose members all have the AS before the set.
 * Confederations and private ASNs are stepped over. 0 when there is no other
 * AS, and where one that nobody can name stands in that place: AS_TRANS or one
 * of a set.
 */
uint32_t
mrt_path_upstream(const struct mrt_attrs *attrs, size_t width, uint32_t origin);

/*
 * What mrt_path_origin() says of the first AS_PATH in attributes, without a
 * look at what comes behind it: the entries of table dumps, by the million.
 */
struct mrt_origin mrt_attrs_origin(struct rd attrs);

/*
 * Calls each for every two ASes that stand side by side in the sequences of an
 * AS_PATH (width: octets of an ASN), from the first to the origin. Repeated
 * ASNs are one; reserved ones, sets and confederations part what is around
 * them.
 */
typedef void mrt_path_pair(void *arg, uint32_t before, uint32_t behind);
void
mrt_path_pairs(struct rd path, size_t width, mrt_path_pair *each, void *arg);

/* The first AS_PATH in attributes; empty when there is none. */
struct rd mrt_attrs_path(struct rd attrs);

#endif
