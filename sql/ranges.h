/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_RANGES_H
#define TUMEN_SQL_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A set of numbers as ascending ranges, so that numbers that come nearly in
 * order cost nothing but their gaps. Start from {0}, end with ranges_free().
 */
struct range {
	int64_t first, last;
};

struct ranges {
	struct range *v;
	size_t n, room;
	int64_t count; /* numbers in the set */
};

/*
 * More gaps than this are no accident of a few crashes (16 octets each); then
 * the lowest gaps are forgotten, that is, they count as if they were filled.
 */
enum { RANGES_MAX = 1 << 16 };

/* False when the number is there already. */
bool ranges_add(struct ranges *r, int64_t number);
bool ranges_has(const struct ranges *r, int64_t number);

/* The first and the last number; 0 and -1 when there is none. */
struct range ranges_span(const struct ranges *r);

/*
 * The first gap that begins at `from` or later and ends before `to`; false
 * when all numbers from `from` to `to` are there.
 */
bool
ranges_gap(const struct ranges *r, int64_t from, int64_t to, struct range *gap);

void ranges_free(struct ranges *r);

#endif
