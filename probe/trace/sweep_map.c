/* SPDX-License-Identifier: ISC */
#include "probe/trace/sweep_map.h"

#include "probe/base/mem.h"
#include "probe/trace/sweep_gate.h"

#include <stdlib.h>

enum {
	ROOM = 256,
	VOTES_MAX = 16,
	LOOK_AGAIN = 8,
	COUNT_MAX = UINT8_MAX,
	SEEN_LEAST = 2,
};

static uint32_t
count_areas(const uint32_t *target, size_t n)
{
	uint32_t areas = 0;
	for (size_t i = 0; i < n; i++)
		areas += i == 0 || target[i] >> 8 != target[i - 1] >> 8;
	return areas;
}

void
sweep_map_open(struct sweep_map *m, const uint32_t *target, size_t n)
{
	*m = (struct sweep_map){.nodes = SWEEP_START + 1,
	    .node_room = ROOM,
	    .table_room = 2 * ROOM,
	    .areas = count_areas(target, n)};
	m->node = xcalloc(m->node_room, sizeof(*m->node));
	m->table = xcalloc(m->table_room, sizeof(*m->table));
	m->area = xcalloc(m->areas, sizeof(*m->area));
	struct sweep_area *a = m->area;
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && target[i] >> 8 != target[i - 1] >> 8)
			a++;
		if (a->count++ == 0)
			a->first = (uint32_t)i;
	}
}

void
sweep_map_close(struct sweep_map *m)
{
	free(m->node);
	free(m->table);
	free(m->area);
}

static uint32_t
slot_of(const struct sweep_map *m, uint8_t ttl, uint32_t addr)
{
	uint32_t mask = m->table_room - 1;
	uint32_t i = ((addr + ttl * 0x85ebca6bU) * 0x9e3779b1U) >> 7 & mask;
	for (; m->table[i] != SWEEP_NONE; i = (i + 1) & mask) {
		const struct sweep_node *node = &m->node[m->table[i]];
		if (node->addr == addr && node->ttl == ttl)
			break;
	}
	return i;
}

uint32_t
sweep_map_find(const struct sweep_map *m, uint8_t ttl, uint32_t addr)
{
	return m->table[slot_of(m, ttl, addr)];
}

static void
widen(struct sweep_map *m)
{
	free(m->table);
	m->table_room *= 2;
	m->table = xcalloc(m->table_room, sizeof(*m->table));
	for (uint32_t i = SWEEP_START + 1; i < m->nodes; i++)
		m->table[slot_of(m, m->node[i].ttl, m->node[i].addr)] = i;
}

/* No more nodes than probes that this host has sent: no cap is needed. */
uint32_t
sweep_map_add(struct sweep_map *m, uint8_t ttl, uint32_t addr)
{
	uint32_t i = slot_of(m, ttl, addr);
	if (m->table[i] != SWEEP_NONE)
		return m->table[i];
	if (2 * m->nodes >= m->table_room) {
		widen(m);
		i = slot_of(m, ttl, addr);
	}
	if (m->nodes == m->node_room) {
		m->node_room += m->node_room / 2;
		m->node =
		    xreallocarray(m->node, m->node_room, sizeof(*m->node));
	}
	m->node[m->nodes] = (struct sweep_node){.addr = addr, .ttl = ttl};
	m->table[i] = m->nodes;
	return m->nodes++;
}

static void
count(uint8_t *n)
{
	if (*n < COUNT_MAX)
		++*n;
}

/*
 * Of the answers before a node the nearest one counts. Two at one TTL are the
 * branches of a balancer, or the interfaces of one router by which it was
 * entered: whoever comes after either may have come over both.
 */
static uint32_t
came_from(struct sweep_map *m, struct sweep_node *node, uint32_t before)
{
	uint32_t other = node->before;
	uint8_t was = m->node[other].ttl, is = m->node[before].ttl;
	if (other == before) {
		count(&node->seen);
	} else if (other == SWEEP_NONE || is > was) {
		node->before = before;
		node->seen = 1;
	} else if (is == was) {
		node->several = true;
		m->node[other].branch = m->node[before].branch = true;
		return other;
	}
	return SWEEP_NONE;
}

uint32_t
sweep_map_observe(struct sweep_map *m, uint32_t node, uint32_t before,
    const struct sweep_node *way)
{
	struct sweep_node *at = &m->node[node];
	if (at->before == SWEEP_NONE || way->holes < at->holes) {
		at->trace = way->trace;
		at->holes = way->holes;
		at->cost = way->cost;
	}
	count(&m->node[before].onward);
	return came_from(m, at, before);
}

/* The way goes on below a branch only through the branch itself. */
static bool
one_way(const struct sweep_map *m, uint32_t node)
{
	while (node > SWEEP_START) {
		const struct sweep_node *at = &m->node[node];
		if (at->several || m->node[at->before].branch)
			return false;
		node = at->before;
	}
	return node == SWEEP_START;
}

uint8_t
sweep_map_low(const struct sweep_map *m, uint32_t node)
{
	uint32_t low = node;
	for (; node > SWEEP_START; node = m->node[node].before) {
		const struct sweep_node *at = &m->node[node];
		if (at->several || m->node[at->before].branch)
			low = at->before;
	}
	return m->node[low].ttl;
}

bool
sweep_map_join(struct sweep_map *m, uint32_t node, uint8_t verify, bool *looked)
{
	struct sweep_node *at = &m->node[node];
	const struct sweep_node *before = &m->node[at->before];
	bool sure = at->seen >= verify ||
		    (at->seen >= SEEN_LEAST && before->onward >= verify);
	if (node == SWEEP_NONE || !sure || !one_way(m, node))
		return false;
	if (*looked || ++at->passed % LOOK_AGAIN != 0)
		return true;
	*looked = true;
	return false;
}

static void
vote(struct sweep_vote *v, uint8_t ttl)
{
	if (v->weight == 0)
		v->ttl = ttl;
	if (v->ttl != ttl)
		v->weight--;
	else if (v->weight < VOTES_MAX)
		v->weight++;
}

void
sweep_map_learn(struct sweep_map *m, uint32_t area, uint32_t target,
    const uint8_t edge_and_reach[static 2], uint16_t gate)
{
	struct sweep_area *a = &m->area[area];
	uint8_t edge = edge_and_reach[0], reach = edge_and_reach[1];
	if (reach != 0)
		vote(&a->reach, reach);
	if (edge == 0)
		return;
	vote(&a->edge, edge);
	vote(&m->edge, edge);
	a->block[target >> 4 & 15].edge = edge;
	a->block[target >> 4 & 15].gate = gate;
}

void
sweep_map_saw(struct sweep_map *m, uint32_t area, uint8_t ttl, uint16_t gate)
{
	m->area[area].gate[ttl] = gate;
	m->gate[ttl] = gate;
}

uint8_t
sweep_map_edge(const struct sweep_map *m, uint32_t area, uint32_t target)
{
	const struct sweep_area *a = &m->area[area];
	uint8_t edge = a->block[target >> 4 & 15].edge;
	if (edge == 0)
		edge = a->edge.ttl;
	return edge != 0 ? edge : m->edge.ttl;
}

/*
 * The nearest neighbour that was seen at the TTL speaks for it: one of the /28
 * for its last router, of the /24, then of any. Where nobody is known, all may
 * be one router. Nobody at all is expected where the area has been silent, and
 * behind its last router.
 */
uint16_t
sweep_map_expect(
    const struct sweep_map *m, uint32_t area, uint32_t target, uint8_t ttl)
{
	const struct sweep_area *a = &m->area[area];
	uint8_t edge = a->block[target >> 4 & 15].edge;
	uint16_t gate = a->block[target >> 4 & 15].gate;
	if (ttl == edge && gate != 0)
		return gate;
	if (a->gate[ttl] != 0)
		return a->gate[ttl];
	if (edge == 0)
		edge = a->edge.ttl;
	if ((a->silent >> (ttl - 1) & 1) != 0 || (edge != 0 && ttl > edge))
		return SWEEP_GATE_FREE;
	return m->gate[ttl] != 0 ? m->gate[ttl] : ttl;
}

static uint32_t
reversed(uint32_t v, uint32_t bits)
{
	uint32_t r = 0;
	for (uint32_t i = 0; i < bits; i++)
		r = r << 1 | (v >> i & 1);
	return r;
}

/* Counting with the bits in reverse order: van der Corput's sequence. */
uint32_t
sweep_map_draw(struct sweep_area *area)
{
	uint32_t bits = 0;
	while ((UINT32_C(1) << bits) < area->count)
		bits++;
	while (area->drawn < UINT32_C(1) << bits) {
		uint32_t i = reversed(area->drawn++, bits);
		if (i < area->count)
			return i;
	}
	return area->count;
}
