/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_RANDOM_H
#define TUMEN_TESTS_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* SplitMix64 (Steele, Lea, Flood 2014): the same numbers for a seed, for ever.
 */
struct random {
	uint64_t state;
};

uint64_t random_next(struct random *r);

/* 0..n-1; n > 0. The bias of the modulus does not matter here. */
uint32_t random_below(struct random *r, uint32_t n);

/* lo..hi, both included. */
int64_t random_range(struct random *r, int64_t lo, int64_t hi);

/* True in so many of a million. */
bool random_chance(struct random *r, uint32_t per_million);

#endif
