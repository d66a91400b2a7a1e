/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_TABLE_H
#define TUMEN_ORIGIN_TABLE_H

#include "analysis/origin/asname.h"
#include "analysis/origin/intern.h"
#include "analysis/origin/origin_ases.h"
#include "analysis/origin/source.h"
#include "analysis/origin/table_side.h"
#include "probe/base/wr.h"

/*
 * A table in the making: what the readers found, in the order found. Start
 * from {0}. Rows of one table may nest and overlap; flatten.h resolves them.
 */

/* Text offsets and indices in a snapshot have 32 bits; 0 is "no text". */
enum { TABLE_ROWS_MAX = 1 << 26, TABLE_TEXT_MAX = 1 << 30 };

/* The addresses first..last belong to asns[asn_at ...]. */
struct table_row {
	uint32_t first, last;
	uint32_t asn_at;
	uint32_t note;	 /* text: what says so; 0: the source as a whole */
	uint16_t source; /* index */
	uint8_t nasns;
	uint8_t layer; /* enum origin_layer */
};

struct table {
	struct source *sources;
	size_t nsources;
	struct table_row *rows;
	size_t nrows, room;
	uint32_t *asns;
	size_t nasns, asn_room;
	struct table_relation *relations;
	size_t nrelations, relation_room;
	struct table_vrp *vrps;
	size_t nvrps, vrp_room;
	struct table_upstream *upstreams;
	size_t nupstreams, upstream_room;
	struct table_org *orgs;
	size_t norgs, org_room;
	struct asname_map names;
	struct wr text; /* NUL-terminated strings; the first is empty */
	uint32_t last_note;
	const uint32_t *towards; /* the caller's: origins whose upstreams are */
	size_t ntowards;	 /* taken from AS paths */
	struct intern notes;	 /* over the notes in text */
};

/* One observation, as a reader hands it over; the note may be NULL. */
struct table_seen {
	uint32_t first, last;
	const uint32_t *asns; /* best first */
	size_t nasns;
	const char *note;
};

/*
 * Begins the next source, whose rows all go to one layer. At most 65,535.
 * The table owns it; the pointer holds until the next begin.
 */
struct source *table_begin(struct table *t, enum origin_layer layer);

/* The source that was begun last. */
struct source *table_source(struct table *t);

/*
 * Adds a row. ASNs that stand for no network are left out when another one is
 * there, more than ORIGIN_ASNS_MAX are cut, AS 0 is none. False, with a count
 * of its reason, when the row is of no use: no ASN is left outside the IXP
 * layer, it is the default route or wholly in special-purpose space
 * (reserved.h), or the table is full.
 */
bool table_add(struct table *t, const struct table_seen *seen);

/* Adds a prefix that is no range. */
bool table_add_prefix(struct table *t, const struct prefix *p,
    const uint32_t *asns, size_t nasns, const char *note);

/* The first name that is given to an AS stays. */
void table_name(struct table *t, uint32_t asn, const char *name);

/* Adds a text (cut when the pool is full) and returns its offset. */
uint32_t table_text(struct table *t, const char *text);

/* The text at an offset that table_text gave; "" for 0. */
const char *table_text_at(const struct table *t, uint32_t offset);

/*
 * Orders the rows by range and layer, and makes one row of those that are equal
 * in both: the union of their origins. Orders the relations by their ASNs; of
 * several for one pair the first kind in the order of the enum stays. Orders
 * VRPs and upstreams by address, length, ASN, and organisations by ASN, each
 * once; of several organisations of one AS the first that was given stays, the
 * peers of an upstream add up.
 */
void table_merge(struct table *t);

void table_clear(struct table *t);

#endif
