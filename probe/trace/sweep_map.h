/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_SWEEP_MAP_H
#define TUMEN_TRACE_SWEEP_MAP_H

#include "probe/base/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a sweep has learnt of the network: its stop set, and its areas. */

/* A router at a TTL, with what leads there. Number 0 is none. */
struct sweep_node {
	uint32_t addr;
	uint32_t before; /* the answer before it; SWEEP_START: the first TTL */
	uint32_t trace;	 /* the one that knows most of the way there */
	uint32_t cost;	 /* probes of a plain trace up to the TTL before */
	uint8_t ttl;
	uint8_t holes;	/* silent TTLs on that way */
	uint8_t seen;	/* traces that came here the same way */
	uint8_t onward; /* traces that went from here to any other */
	uint8_t passed; /* traces that could have joined here */
	bool several;	/* there is more than one way here */
	bool branch;	/* others reach the same router another way */
};
enum { SWEEP_NONE = 0, SWEEP_START = 1 };

/* What most say; one vote against takes one vote away (Boyer, Moore 1981). */
struct sweep_vote {
	uint8_t ttl, weight;
};

/* The targets of a /24. */
struct sweep_area {
	uint32_t first, count; /* targets, in the order of their addresses */
	uint32_t drawn, begun; /* of the permutation; traces */
	uint32_t known;	       /* traces that have shown where they end */
	uint32_t next;	       /* in the line of areas that may begin a trace */
	bool lined;
	struct sweep_vote edge, reach; /* the last router, the target */
	uint32_t router;	       /* the last one of the latest trace */
	uint64_t silent;	       /* TTLs where some trace got no answer */
	uint16_t gate[RECORD_TTL_MAX + 1]; /* of who answered last; 0 nobody */
	struct {
		uint8_t edge;
		uint16_t gate;
	} block[16]; /* each /28, by its latest trace */
};

struct sweep_map {
	struct sweep_node *node;
	uint32_t nodes, node_room;
	uint32_t *table; /* by TTL and address, open addressing */
	uint32_t table_room;
	struct sweep_area *area;
	uint32_t areas;
	struct sweep_vote edge;		   /* of all areas */
	uint16_t gate[RECORD_TTL_MAX + 1]; /* of who answered last anywhere */
};

/* Areas of sorted targets. */
void sweep_map_open(struct sweep_map *m, const uint32_t *target, size_t n);
void sweep_map_close(struct sweep_map *m);

/* The router at the TTL; SWEEP_NONE. */
uint32_t sweep_map_find(const struct sweep_map *m, uint8_t ttl, uint32_t addr);
uint32_t sweep_map_add(struct sweep_map *m, uint8_t ttl, uint32_t addr);

/*
 * A trace came to the node from `before`, with what it knows of the way.
 * Returns a node before this one that others came from, SWEEP_NONE: none.
 */
uint32_t sweep_map_observe(struct sweep_map *m, uint32_t node, uint32_t before,
    const struct sweep_node *way);

/*
 * Whether a trace may join others at the node: so many traces came this way,
 * and there is one way only, down to the first TTL. One in eight is asked to
 * look for itself, and joins at the next router, so that a balancer with a
 * rare branch is seen sooner or later.
 */
bool sweep_map_join(
    struct sweep_map *m, uint32_t node, uint8_t verify, bool *looked);

/* The TTL of the nearest router on the way there to which one way leads. */
uint8_t sweep_map_low(const struct sweep_map *m, uint32_t node);

/* A trace ends behind a router at `edge`; reach: where its target is, 0. */
void sweep_map_learn(struct sweep_map *m, uint32_t area, uint32_t target,
    const uint8_t edge_and_reach[static 2], uint16_t gate);

/* Who answered at the TTL towards the target. */
void
sweep_map_saw(struct sweep_map *m, uint32_t area, uint8_t ttl, uint16_t gate);

/* The gate of who is expected to answer. */
uint16_t sweep_map_expect(
    const struct sweep_map *m, uint32_t area, uint32_t target, uint8_t ttl);

/* The TTL of the last router that is expected; 0 unknown. */
uint8_t
sweep_map_edge(const struct sweep_map *m, uint32_t area, uint32_t target);

/* The next target of an area, far from those before it; area->count: none. */
uint32_t sweep_map_draw(struct sweep_area *area);

#endif
