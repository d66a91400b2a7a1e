/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_MRT_PATH_H
#define TUMEN_ORIGIN_MRT_PATH_H

#include "probe/base/rd.h"

/* Who originates a route, by its path attributes (RFC 4271, section 4.3). */
struct mrt_origin {
	uint32_t asn; /* 0: no path, an empty one or one that is damaged */
	bool in_set;  /* the path ends in a set of several ASes (ambiguous) */
};

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
 * What mrt_path_origin() says of the first AS_PATH in attributes, without a
 * look at what comes behind it: the entries of table dumps, by the million.
 */
struct mrt_origin mrt_attrs_origin(struct rd attrs);

#endif
