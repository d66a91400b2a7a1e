/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_SNAPSHOT_ROWS_H
#define TUMEN_ORIGIN_SNAPSHOT_ROWS_H

#include "analysis/origin/table.h"

/* The parts of a snapshot that say which origins each address has. */
struct snapshot_rows {
	struct wr starts, segments, roots, cells, rows, kinds, origins, ases;
};

/*
 * Flattens a merged table and fills in the parts; start from {0}. The parts
 * are the caller's.
 */
void snapshot_rows(struct table *t, struct snapshot_rows *out);

#endif
