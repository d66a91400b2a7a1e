/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_SNAPSHOT_H
#define TUMEN_ORIGIN_SNAPSHOT_H

#include "analysis/origin/source.h"
#include "analysis/origin/table.h"
#include "probe/base/wr.h"

/* A dated table as a file, *.origin, ready to be mapped and asked. */

enum { SNAPSHOT_VERSION = 2 };

struct snapshot_source {
	const char *name, *kind, *title, *licence, *credits;
	enum origin_layer layer;
	int64_t asof_us; /* -1 */
	uint64_t bytes;
	uint8_t sha256[HASH_SHA256_LEN];
	size_t ncounts;
	const char *count_names[COUNT_KINDS];
	uint64_t counts[COUNT_KINDS];
};

struct snapshot_section {
	const uint8_t *p;
	size_t len;
	uint64_t at; /* in the file, for the text of faults */
};

/* Read-only; every index and offset in it has been checked. */
struct snapshot {
	char *name;
	int64_t asof_us;
	size_t len, nsegments, ncells, nrows, nkinds, nases, nrelations;
	size_t nvrps, nupstreams, norgs, nsources;
	size_t nindexed; /* ASes that ROWS can name: with those of the base */
	struct snapshot_section head, starts, segments, roots, cells, rows,
	    kinds, origins, ases, relations, vrps, upstreams, orgs, text, srcs,
	    base_ref, source_map;
	struct snapshot_source *sources;
	void *mapped; /* NULL: the bytes are borrowed */

	/* Of a file of changes (changes.h), which has base_ref.p. */
	const struct snapshot *base; /* NULL until changes_rest() */
	uint32_t *places;	     /* 4097: the segment of each first /12 */
	struct snapshot_section org_text;
};

/*
 * Maps a file and checks it whole. NULL with EX_IOERR or, naming the byte that
 * is wrong, EX_DATAERR. A file of changes answers nothing before
 * changes_rest().
 */
struct snapshot *snapshot_open(const char *path, struct fault *f);

/* The same for bytes that the caller keeps until the close. */
struct snapshot *snapshot_borrow(
    const void *bytes, size_t len, const char *name, struct fault *f);
void snapshot_close(struct snapshot *s);

/* What the head of a file tells. */
struct snapshot_glance {
	int64_t asof_us;
	unsigned holds;			   /* snapshot_ases.h: of its own */
	unsigned from_base;		   /* and these, if its base has them */
	uint8_t identity[HASH_SHA256_LEN]; /* changes.h */
	bool changes;			   /* has a base, with this identity: */
	uint8_t base[HASH_SHA256_LEN];
};

/* Looks only at the head; the rest is not checked, nor read. */
bool snapshot_glance(
    const char *path, struct snapshot_glance *glance, struct fault *f);

/* What stands in a file for one address. */
struct snapshot_hit {
	const struct snapshot *in; /* the file or its base: whose indices */
	uint32_t origin;	   /* as in ROWS */
	uint32_t note;		   /* a text; 0: the source as a whole */
	uint16_t source;
	uint8_t layer; /* enum origin_layer */
	struct prefix prefix;
};

/* False when no row answers. */
bool
snapshot_hit(const struct snapshot *s, uint32_t addr, struct snapshot_hit *hit);

/* The origins of what was hit; returns how many. */
size_t snapshot_origins(
    const struct snapshot_hit *hit, uint32_t asns[static ORIGIN_ASNS_MAX]);

/* Fills in layer, prefix, asns, names, source; false when no row answers. */
bool snapshot_find(
    const struct snapshot *s, uint32_t addr, struct origin_answer *answer);

/* The last address behind addr up to which the answer stays the same. */
uint32_t snapshot_until(const struct snapshot *s, uint32_t addr);

/*
 * The segment that holds addr: by the index, as fast as can be (a hostile file
 * can make it any segment, but one that is there), and by binary search. By
 * index only in a whole file, which has one.
 */
size_t snapshot_segment(const struct snapshot *s, uint32_t addr);
size_t snapshot_search(const struct snapshot *s, uint32_t addr);

/* By the index: 1 + the index of the row that answers for addr; 0 for none. */
uint32_t snapshot_row(const struct snapshot *s, uint32_t addr);

/* NULL when the AS is not there or has no name. */
const char *snapshot_as_name(const struct snapshot *s, uint32_t asn);

enum origin_relation
snapshot_relate(const struct snapshot *s, uint32_t a, uint32_t b);

/* Merges and flattens the table and appends the snapshot of it. */
void snapshot_pack(struct table *t, int64_t asof_us, struct wr *out);

#endif
