/* SPDX-License-Identifier: ISC */
#include "tests/truth/draw.h"

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t
mix(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t
draw(uint64_t seed, enum draw_what what, uint64_t a, uint64_t b)
{
	static const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t z = mix(seed + golden * ((uint64_t)what + 1));
	z = mix(z ^ (a + golden));
	return mix(z ^ (b * golden + 1));
}

double
draw_real(uint64_t seed, enum draw_what what, uint64_t a, uint64_t b)
{
	return (double)(draw(seed, what, a, b) >> 11) * 0x1p-53;
}

uint32_t
draw_below(
    uint64_t seed, enum draw_what what, uint64_t a, uint64_t b, uint32_t n)
{
	return (uint32_t)(draw(seed, what, a, b) % n);
}

bool
draw_chance(
    uint64_t seed, enum draw_what what, uint64_t a, uint64_t b, double p)
{
	return draw_real(seed, what, a, b) < p;
}
