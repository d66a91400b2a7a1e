/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_PACKED_H
#define TUMEN_ORIGIN_PACKED_H

#include "analysis/origin/table.h"
#include "probe/base/wr.h"

/*
 * The table that ships: one source of ranges as columns, inside a zstd frame.
 *
 *	"TUMEN TABLE 1\n"
 *	lines "key: value\n": title, as-of, licence, credits, input,
 *	    input-sha-256, rows, overlaps, asns; then an empty line
 *	five columns, each a varint of its length and its bytes:
 *	    gap     signed varint for each row: from the end of the row before
 *	    length  varint for each row: addresses in the range, less one
 *	    as      varint for each row: index into the ASes
 *	    asn     varint for each AS, ascending: from the ASN before
 *	    name    NUL-terminated text for each AS
 *
 * The head is text, so that `zstd -dc FILE | head` shows source, date, licence.
 */
#define PACKED_MAGIC "TUMEN TABLE 1\n"

/* Appends the columns of the table's rows, which are in file order. */
void packed_columns(struct table *t, struct wr *out);

#endif
