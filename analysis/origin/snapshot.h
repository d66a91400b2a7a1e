/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_SNAPSHOT_H
#define TUMEN_ORIGIN_SNAPSHOT_H

#include "analysis/origin/source.h"
#include "analysis/origin/table.h"
#include "probe/base/wr.h"

/*
 * A dated table as a file, *.origin, ready to be mapped and asked. All numbers
 * are big-endian on every machine. Version 2:
 *
 *	head	"TUMENORG", version u16, sections u16, CRC-32 u32 of the head
 *		and the directory with this field 0, as-of u64 (microseconds
 *		since 1970), length of the file u64
 *	directory	for each section: tag u32, CRC-32 u32, offset u64,
 *		length u64
 *	STRT	first address u32 of each segment, ascending from 0
 *	SEGM	for each segment 1 + index of its row u32, 0 for none
 *	ROOT, CELL	an index over STRT, the nodes of nodes.h
 *	ROWS	origin u32, index into KIND u32; each pair once. An origin
 *		below the number of ASES is one of them; what it has above
 *		that is a place in ORIG
 *	KIND	note u32, source u16, layer u8, prefix length u8 (255: the
 *		largest prefix around the address in its segment)
 *	ORIG	sets of origins: n u32, then n times an index into ASES u32
 *	ASES	ASN u32, name u32; ascending
 *	RELS	what an AS is to another: ASN u32, ASN u32, kind u32 (1
 *		provider, 2 customer, 3 peer, 4 adjacent); ascending; may be
 *		missing
 *	TEXT	NUL-terminated strings; names and notes are offsets into it, 0
 *		for none
 *	SRCS	for each source: name, kind, title, licence, credits u32
 *		(texts), layer u32, as-of u64 (2^64 - 1: unknown), bytes u64,
 *		SHA-256, n u32, then n times: name of the count u32, count u64
 *
 * STRT and SEGM are the table; ROOT and CELL only find a place in them. A
 * reader skips sections with tags that it does not know: IPv6 would come as
 * STRT, SEGM and nodes with tags of their own (starts of 16 bytes) in front of
 * the same ROWS, whose prefix lengths have room for 128.
 */
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
	size_t nsources;
	struct snapshot_section starts, segments, roots, cells, rows, kinds,
	    origins, ases, relations, text, srcs;
	struct snapshot_source *sources;
	void *mapped; /* NULL: the bytes are borrowed */
};

/*
 * Maps a file and checks it whole. NULL with EX_IOERR or, naming the byte that
 * is wrong, EX_DATAERR.
 */
struct snapshot *snapshot_open(const char *path, struct fault *f);

/* The same for bytes that the caller keeps until the close. */
struct snapshot *snapshot_borrow(
    const void *bytes, size_t len, const char *name, struct fault *f);
void snapshot_close(struct snapshot *s);

/* Fills in layer, prefix, asns, names, source; false when no row answers. */
bool snapshot_find(
    const struct snapshot *s, uint32_t addr, struct origin_answer *answer);

/*
 * The segment that holds addr: by the index, as fast as can be (a hostile file
 * can make it any segment, but one that is there), and by binary search.
 */
size_t snapshot_segment(const struct snapshot *s, uint32_t addr);
size_t snapshot_search(const struct snapshot *s, uint32_t addr);

/* By the index: 1 + the index of the row that answers for addr; 0 for none. */
uint32_t snapshot_row(const struct snapshot *s, uint32_t addr);

/* NULL when the AS is not there or has no name. */
const char *snapshot_as_name(const struct snapshot *s, uint32_t asn);

enum origin_relation
snapshot_relate(const struct snapshot *s, uint32_t a, uint32_t b);

/* As origin_neighbours(); -1 when the snapshot has no relations. */
int snapshot_neighbours(
    const struct snapshot *s, uint32_t asn, uint32_t *asns, size_t room);

/* Merges and flattens the table and appends the snapshot of it. */
void snapshot_pack(struct table *t, int64_t asof_us, struct wr *out);

#endif
