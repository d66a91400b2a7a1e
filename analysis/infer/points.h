/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_POINTS_H
#define TUMEN_INFER_POINTS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Sums by pairs of numbers, in the order in which the pairs came first. Few are
 * searched one by one, many by an index: one vantage that traces a whole prefix
 * within a window sees some thousand addresses.
 */

struct point {
	uint32_t a, b;
	double sum;
};

/* Zeros are none. */
struct points {
	struct point *p;
	size_t n, room;
	uint32_t *place; /* open addressing: 1 + the index of a pair; 0 free */
	size_t places;	 /* a power of two, or 0: no index yet */
};

void points_add(struct points *c, uint32_t a, uint32_t b, double x);

/* The sum of a pair; 0 when it never came. */
double points_sum(const struct points *c, uint32_t a, uint32_t b);

/* None again. */
void points_clear(struct points *c);

#endif
