/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_SNAPSHOT_FORM_H
#define TUMEN_ORIGIN_SNAPSHOT_FORM_H

/* Numbers of the file format that snapshot.h describes. */

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
	FORM_WHOLE = 255, /* instead of a prefix length */
	FORM_PARTS = 11,
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
	FORM_SRCS = 0x53524353,
	FORM_TEXT = 0x54455854,
};

#endif
