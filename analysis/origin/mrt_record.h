/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_MRT_RECORD_H
#define TUMEN_ORIGIN_MRT_RECORD_H

#include "probe/base/rd.h"

/* The records of MRT (RFC 6396, RFC 8050), whatever is in them. */

enum {
	MRT_TABLE_DUMP = 12,
	MRT_TABLE_DUMP_V2 = 13,
	MRT_BGP4MP = 16,
	MRT_BGP4MP_ET = 17
};

/* Subtypes of TABLE_DUMP, and address families everywhere else. */
enum { MRT_AFI_IPV4 = 1, MRT_AFI_IPV6 = 2 };

/* Subtypes of TABLE_DUMP_V2. */
enum {
	MRT_PEER_INDEX_TABLE = 1,
	MRT_RIB_IPV4_UNICAST = 2,
	MRT_RIB_IPV4_MULTICAST = 3,
	MRT_RIB_IPV6_UNICAST = 4,
	MRT_RIB_IPV6_MULTICAST = 5,
	MRT_RIB_IPV4_UNICAST_ADDPATH = 8,
	MRT_RIB_IPV4_MULTICAST_ADDPATH = 9,
	MRT_RIB_IPV6_UNICAST_ADDPATH = 10,
	MRT_RIB_IPV6_MULTICAST_ADDPATH = 11,
	MRT_RIB_GENERIC_ADDPATH = 12
};

struct mrt_record {
	uint32_t time; /* seconds since 1970 */
	uint16_t type, subtype;
	struct rd body;
	bool cut; /* a part of its length is missing */
};

/* What is read, and what is not: start with r alone. */
struct mrt_records {
	struct rd r;
	size_t skipped;	 /* octets stepped over to find the next record */
	size_t nbroken;	 /* places where that, or a cut record, was */
	size_t bad_left; /* octets from the last of them to the end */
};

/*
 * The next record; false at the end. A record is believed when the file ends
 * with it or the next header looks like one; anything else is stepped over up
 * to the next believable one, but for a record that it begins with.
 */
bool mrt_records_next(struct mrt_records *m, struct mrt_record *record);

/* Whether a believable header stands here. */
bool mrt_record_is(struct rd r);

#endif
