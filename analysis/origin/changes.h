/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_CHANGES_H
#define TUMEN_ORIGIN_CHANGES_H

#include "analysis/origin/snapshot.h"

/*
 * A file of changes: the table of one day as what differs from that of another,
 * its base, which is a whole file. The same container, without ROOT and CELL
 * (its segments are few) and with
 *
 *	BASE	as-of u64 of the base, its identity (32 octets), flags u32 (1:
 *		relations as in the base, 2: VRPs, 4: organisations, 8:
 *		upstreams), number
 *		of its ASES u32, of its sources u32, its file name u32 (text)
 *	SMAP	for each source of the base the index of the own one that
 *		stands for it u32; 2^32 - 1: none
 *
 * A segment that is 2^32 - 1 in SEGM is as in the base, but for its source, and
 * for the names of ASES. An origin in ROWS and ORIG below the number of the
 * base's ASES is one of those, then come the own ones. ASES has the ASes that
 * the base lacks and those with another name there.
 */
enum {
	CHANGES_LEN = 8 + HASH_SHA256_LEN + 16,
	CHANGES_SAME_RELATIONS = 1,
	CHANGES_SAME_VRPS = 2,
	CHANGES_SAME_ORGS = 4,
	CHANGES_SAME_UPSTREAMS = 8,
	CHANGES_FLAGS = 15,
};

struct changes_base {
	int64_t asof_us;
	uint8_t identity[HASH_SHA256_LEN];
	uint32_t flags, nases, nsources;
	const char *name; /* of the file, without folder; may be NULL */
};

/*
 * What a file is known by: the SHA-256 of its head and directory, where the
 * checksums of all its sections stand.
 */
void changes_identity(
    const struct snapshot *s, uint8_t identity[static HASH_SHA256_LEN]);

/* Reads the section BASE of a file that has one. */
void changes_base(const struct snapshot *s, struct changes_base *base);

/* The bits of snapshot_holds() that it has from its base, if that has them. */
unsigned changes_holds(const struct snapshot *s);

/* Part of snapshot_check(): the sections BASE, SMAP, STRT and SEGM. */
bool changes_check(struct snapshot *s, struct fault *f);

/*
 * Lets a file of changes rest on its base, which has to outlive it. False with
 * EX_DATAERR when that is another file, or is one of changes itself.
 */
bool
changes_rest(struct snapshot *s, const struct snapshot *base, struct fault *f);

/* How many of the segments are not as in the base. */
size_t changes_count(const struct snapshot *s);

/* Appends the file of changes that turns base into day; both are whole. */
void changes_pack(
    const struct snapshot *base, const struct snapshot *day, struct wr *out);

#endif
