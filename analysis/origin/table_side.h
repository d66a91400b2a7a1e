/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_TABLE_SIDE_H
#define TUMEN_ORIGIN_TABLE_SIDE_H

#include "analysis/origin/origin_ases.h"

#include <stdint.h>

/* What a table (table.h) knows beside who has an address. */

struct table;

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

/* Adds a relation and its mirror image. */
void table_relate(
    struct table *t, uint32_t a, uint32_t b, enum origin_relation kind);

/* Adds that two ASes stand side by side in an AS path, and counts that. */
void table_adjacent(struct table *t, uint32_t a, uint32_t b);

/* Adds a VRP; the prefix has no bits behind its length. */
void table_vrp(
    struct table *t, const struct prefix *p, uint8_t max_len, uint32_t asn);

/*
 * Adds that an AS is the upstream of a prefix at so many peers; the prefix has
 * no bits behind its length.
 */
void table_upstream(
    struct table *t, const struct prefix *p, uint32_t asn, uint32_t peers);

/* Says which organisation runs an AS other than 0; the name may be NULL. */
void table_org(struct table *t, uint32_t asn, const char *id, const char *name);

#endif
