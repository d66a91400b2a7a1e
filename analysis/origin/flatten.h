/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_FLATTEN_H
#define TUMEN_ORIGIN_FLATTEN_H

#include "analysis/origin/table.h"

/*
 * The address space cut into segments: segment i begins at start[i] and ends
 * before start[i + 1] (the last one at the end of the space); row[i] is 1 + the
 * index of the row that answers for it, 0 when none does.
 */
struct flat {
	uint32_t *start;
	uint32_t *row;
	size_t n, room;
};

/*
 * Decides every address of a merged table: the first layer wins, in one layer
 * the smaller range, of two equal sizes the one that begins first. The first
 * segment begins at address 0. The caller clears the result.
 */
void flatten(const struct table *t, struct flat *flat);

/* Adds a segment behind the others. */
void flat_add(struct flat *flat, uint32_t start, uint32_t row);
void flat_clear(struct flat *flat);

#endif
