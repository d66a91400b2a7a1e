/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_TABLE_SIDE_H
#define TUMEN_ORIGIN_TABLE_SIDE_H

#include <stdint.h>

/* What a table knows beside who has an address: rows of table.h. */

/* a is kind (enum origin_relation) to b; each pair stands in both directions.
 */
struct table_relation {
	uint32_t a, b, kind;
};

/*
 * A validated ROA payload (RFC 6811): asn may originate the prefix and what is
 * in it up to a length of max_len. AS 0 (RFC 6483): nobody may.
 */
struct table_vrp {
	uint32_t addr, asn;
	uint8_t len, max_len;
};

/*
 * So many peers of collectors had a route to the prefix in which the AS hands
 * over to its origin.
 */
struct table_upstream {
	uint32_t addr, asn;
	uint16_t peers;
	uint8_t len;
};

/* The organisation that runs an AS; offsets of texts. */
struct table_org {
	uint32_t asn;
	uint32_t id;   /* "LPL-141-ARIN": equal for the ASes of one holder */
	uint32_t name; /* 0: not known */
};

#endif
