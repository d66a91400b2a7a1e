/* SPDX-License-Identifier: ISC */
#include "tests/sim/random.h"

uint64_t
random_next(struct random *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t
random_below(struct random *r, uint32_t n)
{
	return (uint32_t)(random_next(r) % n);
}

int64_t
random_range(struct random *r, int64_t lo, int64_t hi)
{
	return lo + (int64_t)(random_next(r) % (uint64_t)(hi - lo + 1));
}

bool
random_chance(struct random *r, uint32_t per_million)
{
	return random_below(r, 1000000) < per_million;
}
