/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_NODES_H
#define TUMEN_ORIGIN_NODES_H

#include "analysis/origin/clones.h"
#include "probe/base/wr.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The index over sorted starts: a trie, 64 ways a node, with a population count
 * instead of pointers (as poptrie: Asai, Ohara, SIGCOMM 2015), but its leaves
 * are ranks in the starts, so that it needs no leaves of its own. A node is
 *
 *	turns u64	bit 63 - k: slot k leads to another place than slot
 *			k - 1; never set for slot 0
 *	base u32	the place that slot 0 leads to
 *
 * and slot k leads to base + the number of turns of the slots 1..k. The first
 * 12 bits of an address choose a root, the next 6 a slot of it, which leads to
 * a cell; the next 6 choose a slot of the cell, which leads to a segment. The
 * cells are in the order of the addresses, and slots without starts share one.
 * A cell in which a start is no multiple of 256 has the bit of its slot 0 set:
 * its segment is then searched for from its base to that of the next cell.
 *
 * IPv6 needs no other node: 12 bits for the root, six levels of such nodes to
 * /48, each in a section of its own, and the search below it.
 */
enum { NODES_ROOTS = 1 << 12, NODES_LEN = 12 };

#define NODES_FINE (UINT64_C(1) << 63)

/* Appends the nodes of n >= 1 starts that ascend from 0. */
void
nodes_pack(const uint32_t *start, size_t n, struct wr *roots, struct wr *cells);

/*
 * How many bits of x are set; compilers know the pattern and take the
 * instruction for it where they may.
 */
CLONES_PART unsigned
nodes_count(uint64_t x)
{
	x -= x >> 1 & UINT64_C(0x5555555555555555);
	x = (x & UINT64_C(0x3333333333333333)) +
	    (x >> 2 & UINT64_C(0x3333333333333333));
	x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned)(x * UINT64_C(0x0101010101010101) >> 56);
}

#endif
