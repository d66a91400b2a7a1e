/* SPDX-License-Identifier: ISC */
#include "analysis/origin/snapshot_quick.h"

#include "analysis/origin/be.h"
#include "analysis/origin/nodes.h"

/*
 * Numbers are taken into words of the machine a block at a time: loops of a
 * fixed length without a way out are what compilers make wide at -O2.
 */
enum { BLOCK = 64, PAIRS = BLOCK / 2 };

CLONES_PART void
take(uint32_t to[static BLOCK], const uint8_t *p)
{
	for (size_t k = 0; k < BLOCK; k++)
		to[k] = be_u32(p + k * 4);
}

CLONES_PART uint8_t
is_control(uint8_t c)
{
	return (
	    uint8_t)((uint8_t)((uint8_t)(c - 1) < 0x1f) | (uint8_t)(c == 0x7f));
}

CLONES_WIDE size_t
quick_text(const uint8_t *p, size_t len)
{
	size_t i = 0;
	for (; i + BLOCK <= len; i += BLOCK) {
		uint8_t any = 0;
		for (size_t k = 0; k < BLOCK; k++)
			any |= is_control(p[i + k]);
		if (any != 0)
			break;
	}
	return i;
}

CLONES_WIDE bool
quick_starts(const uint8_t *p, size_t n)
{
	uint32_t wrong = n > 0 ? be_u32(p) : 0, t[BLOCK], before[BLOCK];
	size_t i = 1;
	for (; i + BLOCK <= n; i += BLOCK) {
		const uint8_t *at = p + i * 4;
		take(t, at);
		take(before, at - 4);
		for (size_t k = 0; k < BLOCK; k++)
			wrong |= t[k] <= before[k];
	}
	for (; i < n; i++)
		wrong |= be_u32(p + i * 4) <= be_u32(p + (i - 1) * 4);
	return wrong == 0;
}

CLONES_WIDE bool
quick_numbers(const uint8_t *p, size_t n, uint32_t most)
{
	uint32_t wrong = 0, t[BLOCK];
	size_t i = 0;
	for (; i + BLOCK <= n; i += BLOCK) {
		take(t, p + i * 4);
		for (size_t k = 0; k < BLOCK; k++)
			wrong |= t[k] > most;
	}
	for (; i < n; i++)
		wrong |= be_u32(p + i * 4) > most;
	return wrong == 0;
}

CLONES_WIDE bool
quick_pairs(const uint8_t *p, size_t n, uint32_t most, uint32_t most_second)
{
	uint32_t wrong = 0, t[BLOCK];
	size_t i = 0;
	for (; i + PAIRS <= n; i += PAIRS) {
		take(t, p + i * 8);
		for (size_t k = 0; k < BLOCK; k += 2)
			wrong |= (uint32_t)(t[k] > most) |
				 (uint32_t)(t[k + 1] > most_second);
	}
	for (; i < n; i++)
		wrong |= be_u32(p + i * 8) > most ||
			 be_u32(p + i * 8 + 4) > most_second;
	return wrong == 0;
}

CLONES_WIDE bool
quick_ascending(const uint8_t *p, size_t n)
{
	uint32_t wrong = n > 0 && be_u32(p) == 0, t[BLOCK], next[BLOCK];
	size_t i = 0;
	for (; i + PAIRS < n; i += PAIRS) {
		take(t, p + i * 8);
		take(next, p + (i + 1) * 8);
		for (size_t k = 0; k < BLOCK; k += 2)
			wrong |= t[k] >= next[k];
	}
	for (i++; i < n; i++)
		wrong |= be_u32(p + (i - 1) * 8) >= be_u32(p + i * 8);
	return wrong == 0;
}

CLONES_POPCNT bool
quick_cells(const uint8_t *p, size_t n, size_t nsegments)
{
	uint64_t least = 0, wrong = 0;
	for (size_t i = 0; i < n; i++, p += NODES_LEN) {
		uint64_t turns = be_u64(p), base = be_u32(p + 8);
		unsigned many = nodes_count(turns);
		wrong |= base < least;
		least = base + (turns & NODES_FINE ? 0 : many);
	}
	return wrong == 0 && least < nsegments; /* the last is the highest */
}
