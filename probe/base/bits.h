/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_BITS_H
#define TUMEN_BASE_BITS_H

#include "probe/base/rd.h"
#include "probe/base/wr.h"

/*
 * A string of bits, the most significant one of an octet first, and the codes
 * of numbers in it. Every number has one code alone.
 */

enum { BITS_MAX = 57 }; /* of one bits_put() or bits_get() */

/* Writes behind what is in wr, which it borrows; ends with bits_end(). */
struct bits_out {
	struct wr *wr;
	uint64_t waiting; /* the lowest n bits */
	unsigned n;
};

/* The whole octets that wait; some bits do. */
void bits_flush(struct bits_out *b);

static inline void
bits_put(struct bits_out *b, uint64_t v, unsigned n)
{
	if (b->n + n > 64)
		bits_flush(b);
	b->waiting = b->waiting << n | (v & ((UINT64_C(1) << n) - 1));
	b->n += n;
}

/*
 * Exponential Golomb code: (v >> order) + 1, which fits in BITS_MAX, with as
 * many zeros before it as it has bits behind its first one; then the lowest
 * `order` bits of v.
 */
void bits_golomb(struct bits_out *b, uint64_t v, unsigned order);

/* Zeros up to the next octet. */
void bits_end(struct bits_out *b);

/* Reads from rd, which it borrows; a failure is that of rd and sticks. */
struct bits_in {
	struct rd *rd;
	uint64_t waiting; /* the highest n bits; the others are 0 */
	unsigned n;
};

/* Reads on, as fewer than n bits wait; without those, zeros, and it failed. */
void bits_need(struct bits_in *b, unsigned n);

static inline uint64_t
bits_get(struct bits_in *b, unsigned n)
{
	if (b->n < n)
		bits_need(b, n);
	uint64_t v = b->waiting >> 1 >> (63 - n);
	b->waiting <<= n;
	b->n -= n;
	return v;
}
uint64_t bits_get_golomb(struct bits_in *b, unsigned order);

/* Fails unless nothing is left but the zeros of bits_end(). */
void bits_get_end(struct bits_in *b);

/* How many bits a number has up to its first 1; 0 of 0. */
unsigned bits_of(uint64_t v);

/* 0, -1, 1, -2, ... as 0, 1, 2, 3, ...; and back. */
uint64_t bits_zigzag(int64_t v);
int64_t bits_unzigzag(uint64_t v);

/*
 * Signed numbers of one sort, in Golomb codes whose order follows the size of
 * the last ones: both sides keep it, nothing is told. The mean of the sizes in
 * bits, times the scale, moves a fourth of the way to each new one (rounded
 * towards where it was); the order is that mean, in whole bits and in bounds.
 */
enum { BITS_SORT_SCALE = 16, BITS_SORT_LEAST = 8, BITS_SORT_MOST = 48 };
struct bits_sort {
	int mean; /* at first what the first one may be */
};
void bits_sorted(struct bits_out *b, struct bits_sort *s, int64_t v);
int64_t bits_get_sorted(struct bits_in *b, struct bits_sort *s);

#endif
