/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_SNAPSHOT_FORM_H
#define TUMEN_ORIGIN_SNAPSHOT_FORM_H

/*
 * The form of *.origin files. All numbers are big-endian on every machine.
 * Version 2:
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
 *	VRPS	address u32, ASN u32, length u8, greatest length u8, 0 u16;
 *		ascending by address, length, ASN; may be missing
 *	UPST	address u32, ASN u32, length u8, 0 u8, peers u16: the AS hands
 *		over to the prefix's origin in the AS paths of so many peers
 *		of collectors (65535: or more); ascending by address, length,
 *		ASN; may be missing
 *	ORGS	ASN u32, id u32, name u32 (texts); ascending; may be missing
 *	TEXT	NUL-terminated strings; names and notes are offsets into it, 0
 *		for none
 *	SRCS	for each source: name, kind, title, licence, credits u32
 *		(texts), layer u32, as-of u64 (2^64 - 1: unknown), bytes u64,
 *		SHA-256, n u32, then n times: name of the count u32, count u64
 *
 * STRT and SEGM are the table; ROOT and CELL only find a place in them. A file
 * with a section BASE holds only what differs from another one: changes.h. A
 * reader skips sections with tags that it does not know: IPv6 would come as
 * STRT, SEGM and nodes with tags of their own (starts of 16 bytes) in front of
 * the same ROWS, whose prefix lengths have room for 128.
 */

#include <stdint.h>

#define FORM_MAGIC "TUMENORG"

enum {
	FORM_MAGIC_LEN = 8,
	FORM_CRC_AT = 12,
	FORM_HEAD_LEN = 32,
	FORM_ENTRY_LEN = 24,
	FORM_ROW_LEN = 8,
	FORM_KIND_LEN = 8,
	FORM_AS_LEN = 8,
	FORM_RELATION_LEN = 12,
	FORM_VRP_LEN = 12,
	FORM_UPSTREAM_LEN = 12,
	FORM_ORG_LEN = 12,
	FORM_WHOLE = 255,    /* instead of a prefix length */
	FORM_PARTS = 14,     /* of a whole file, as this version writes it */
	FORM_PARTS_MAX = 64, /* later versions may have more sections */
};

/* The tags of the sections, four letters each. */
enum {
	FORM_STRT = 0x53545254,
	FORM_SEGM = 0x5345474d,
	FORM_ROOT = 0x524f4f54,
	FORM_CELL = 0x43454c4c,
	FORM_KIND = 0x4b494e44,
	FORM_ROWS = 0x524f5753,
	FORM_ORIG = 0x4f524947,
	FORM_ASES = 0x41534553,
	FORM_RELS = 0x52454c53,
	FORM_VRPS = 0x56525053,
	FORM_UPST = 0x55505354,
	FORM_ORGS = 0x4f524753,
	FORM_SRCS = 0x53524353,
	FORM_TEXT = 0x54455854,
	FORM_BASE = 0x42415345,
	FORM_SMAP = 0x534d4150,
};

/* In SEGM and SMAP of a file of changes. */
#define FORM_AS_IN_BASE UINT32_C(0xffffffff) /* ask there */
#define FORM_NO_SOURCE	UINT32_C(0xffffffff) /* none of that kind */

#endif
