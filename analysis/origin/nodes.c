/* SPDX-License-Identifier: ISC */
#include "analysis/origin/nodes.h"

#include <stdbool.h>

enum { CELLS = 1 << 18, CELL_BITS = 14, SLOT_BITS = 8, SLOTS = 64 };

struct node {
	uint64_t turns;
	uint32_t base;
};

static void
put(struct wr *w, const struct node *node)
{
	wr_u64(w, node->turns);
	wr_u32(w, node->base);
}

/* The cell whose first address lies in segment i. */
static struct node
cell(const uint32_t *start, size_t n, size_t i, uint32_t first)
{
	struct node node = {.base = (uint32_t)i};
	for (i++; i < n && start[i] >> CELL_BITS == first >> CELL_BITS; i++) {
		uint64_t bit =
		    NODES_FINE >> (start[i] >> SLOT_BITS & (SLOTS - 1));
		if ((start[i] & ((1u << SLOT_BITS) - 1)) != 0)
			node.turns |= NODES_FINE;
		node.turns |= bit;
	}
	return node;
}

void
nodes_pack(const uint32_t *start, size_t n, struct wr *roots, struct wr *cells)
{
	struct node before = {0}, root = {0};
	size_t segment = 0;
	uint32_t ncells = 0;
	for (uint32_t c = 0; c < CELLS; c++) {
		uint32_t first = c << CELL_BITS;
		while (segment + 1 < n && start[segment + 1] <= first)
			segment++;
		struct node node = cell(start, n, segment, first);
		bool other = c == 0 || before.turns != 0 || node.turns != 0 ||
			     node.base != before.base;
		if (other) {
			put(cells, &node);
			ncells++;
		}
		if (c % SLOTS == 0)
			root = (struct node){.base = ncells - 1};
		else if (other)
			root.turns |= NODES_FINE >> c % SLOTS;
		if (c % SLOTS == SLOTS - 1)
			put(roots, &root);
		before = node;
	}
}
