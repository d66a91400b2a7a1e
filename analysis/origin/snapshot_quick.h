/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_SNAPSHOT_QUICK_H
#define TUMEN_ORIGIN_SNAPSHOT_QUICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Checks of whole sections of a snapshot by the widest instructions that the
 * machine has. They only say whether all is right; who gets a no looks at one
 * record after the other, which decides, and finds the place.
 */

/* How many octets there are before the first block with a control character. */
size_t quick_text(const uint8_t *p, size_t len);

/* Whether n numbers u32 ascend from 0. */
bool quick_starts(const uint8_t *p, size_t n);

/* Whether none of n numbers u32 is more than most. */
bool quick_numbers(const uint8_t *p, size_t n, uint32_t most);

/* Whether none of n pairs u32, u32 has more than most, most_second. */
bool
quick_pairs(const uint8_t *p, size_t n, uint32_t most, uint32_t most_second);

/* Whether the first numbers of n pairs u32, u32 ascend from above 0. */
bool quick_ascending(const uint8_t *p, size_t n);

/* Whether n cells (nodes.h) lead to segments in order, all below nsegments. */
bool quick_cells(const uint8_t *p, size_t n, size_t nsegments);

#endif
