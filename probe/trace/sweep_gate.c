/* SPDX-License-Identifier: ISC */
#include "probe/trace/sweep_gate.h"

#include "probe/base/mem.h"
#include "probe/base/record.h"
#include "probe/trace/pace.h"

#include <stdlib.h>

#define NOBODY UINT32_MAX
#define ROW    UINT32_C(3)
enum { FIRST_ROUTER = RECORD_TTL_MAX + 1, ROOM = 256 };

/*
 * A token bucket as the generic cell rate algorithm has it (ITU-T I.371): full
 * is the time at which the bucket is full again.
 */
struct gate {
	uint32_t addr;
	uint32_t head, tail; /* of the line; NOBODY */
	int64_t full_ns;
	int64_t key_ns; /* the time it is sorted by, never too late */
	uint16_t same;	/* the gate that stands for it; often itself */
	bool sorted;
};

struct place {
	struct sweep_want want;
	uint32_t next;
};

struct sweep_gates {
	int64_t interval_ns, burst_ns;
	struct gate *gate;
	uint32_t gates, gate_room;
	struct place *place;
	uint32_t places, place_room, spare; /* NOBODY: no spare one */
	uint16_t *heap; /* gates with a line, earliest first */
	uint32_t heaped;
	uint16_t *table; /* by address, open addressing; 0: free */
	uint32_t table_room;
};

static uint32_t
add_gate(struct sweep_gates *g, uint32_t addr)
{
	if (g->gates == g->gate_room) {
		g->gate_room += g->gate_room / 2;
		g->gate =
		    xreallocarray(g->gate, g->gate_room, sizeof(*g->gate));
		g->heap =
		    xreallocarray(g->heap, g->gate_room, sizeof(*g->heap));
	}
	g->gate[g->gates] = (struct gate){.addr = addr,
	    .head = NOBODY,
	    .tail = NOBODY,
	    .same = (uint16_t)g->gates};
	return g->gates++;
}

struct sweep_gates *
sweep_gates_open(uint32_t rate, uint32_t burst)
{
	struct sweep_gates *g = xcalloc(1, sizeof(*g));
	g->interval_ns = pace_interval_ns(rate);
	g->burst_ns = (burst - 1) * g->interval_ns;
	g->gate_room = g->place_room = ROOM;
	g->gate = xcalloc(g->gate_room, sizeof(*g->gate));
	g->heap = xcalloc(g->gate_room, sizeof(*g->heap));
	g->place = xcalloc(g->place_room, sizeof(*g->place));
	g->spare = NOBODY;
	g->table_room = 2 * ROOM;
	g->table = xcalloc(g->table_room, sizeof(*g->table));
	for (uint32_t i = 0; i < FIRST_ROUTER; i++)
		add_gate(g, 0);
	return g;
}

void
sweep_gates_close(struct sweep_gates *g)
{
	if (g == NULL)
		return;
	free(g->gate);
	free(g->heap);
	free(g->place);
	free(g->table);
	free(g);
}

static uint32_t
slot_of(const struct sweep_gates *g, uint32_t addr)
{
	uint32_t i = (addr * 0x9e3779b1U) >> 7;
	for (i &= g->table_room - 1; g->table[i] != 0;) {
		if (g->gate[g->table[i]].addr == addr)
			break;
		i = (i + 1) & (g->table_room - 1);
	}
	return i;
}

static void
widen(struct sweep_gates *g)
{
	free(g->table);
	g->table_room *= 2;
	g->table = xcalloc(g->table_room, sizeof(*g->table));
	for (uint32_t i = FIRST_ROUTER; i < g->gates; i++)
		g->table[slot_of(g, g->gate[i].addr)] = (uint16_t)i;
}

uint16_t
sweep_gate_of(struct sweep_gates *g, uint32_t addr)
{
	addr &= ~ROW;
	uint32_t i = slot_of(g, addr);
	if (g->table[i] != 0)
		return g->table[i];
	if (g->gates == SWEEP_GATES_MAX)
		return SWEEP_GATE_FREE;
	if (2 * g->gates >= g->table_room) {
		widen(g);
		i = slot_of(g, addr);
	}
	g->table[i] = (uint16_t)add_gate(g, addr);
	return g->table[i];
}

static int64_t
open_at(const struct sweep_gates *g, const struct gate *gate)
{
	return gate->full_ns - g->burst_ns;
}

static int64_t
key(const struct sweep_gates *g, uint32_t i)
{
	return g->gate[g->heap[i]].key_ns;
}

static void
swap(struct sweep_gates *g, uint32_t i, uint32_t j)
{
	uint16_t was = g->heap[i];
	g->heap[i] = g->heap[j];
	g->heap[j] = was;
}

static void
sink(struct sweep_gates *g, uint32_t i)
{
	for (;;) {
		uint32_t least = i;
		for (uint32_t c = 2 * i + 1; c <= 2 * i + 2; c++)
			if (c < g->heaped && key(g, c) < key(g, least))
				least = c;
		if (least == i)
			return;
		swap(g, i, least);
		i = least;
	}
}

static void
sort_in(struct sweep_gates *g, uint16_t id)
{
	uint32_t i = g->heaped++;
	g->heap[i] = id;
	g->gate[id].key_ns = open_at(g, &g->gate[id]);
	g->gate[id].sorted = true;
	for (; i > 0 && key(g, i) < key(g, (i - 1) / 2); i = (i - 1) / 2)
		swap(g, i, (i - 1) / 2);
}

static uint32_t
new_place(struct sweep_gates *g)
{
	uint32_t i = g->spare;
	if (i != NOBODY) {
		g->spare = g->place[i].next;
		return i;
	}
	if (g->places == g->place_room) {
		g->place_room += g->place_room / 2;
		g->place =
		    xreallocarray(g->place, g->place_room, sizeof(*g->place));
	}
	return g->places++;
}

/* A few steps at most: what is found is kept. */
static uint16_t
one_of(struct sweep_gates *g, uint16_t gate)
{
	while (g->gate[gate].same != gate) {
		uint16_t up = g->gate[gate].same;
		g->gate[gate].same = g->gate[up].same;
		gate = up;
	}
	return gate;
}

bool
sweep_gate_same(struct sweep_gates *g, uint16_t a, uint16_t b)
{
	return a == b || one_of(g, a) == one_of(g, b);
}

void
sweep_gate_put(
    struct sweep_gates *g, uint16_t gate, const struct sweep_want *want)
{
	gate = one_of(g, gate);
	struct gate *at = &g->gate[gate];
	uint32_t i = new_place(g);
	g->place[i] = (struct place){*want, NOBODY};
	if (at->head == NOBODY)
		at->head = i;
	else
		g->place[at->tail].next = i;
	at->tail = i;
	if (gate != SWEEP_GATE_FREE && !at->sorted)
		sort_in(g, gate);
}

void
sweep_gate_merge(struct sweep_gates *g, uint16_t a, uint16_t b)
{
	struct gate *to = &g->gate[a = one_of(g, a)];
	struct gate *from = &g->gate[b = one_of(g, b)];
	if (a == b || a == SWEEP_GATE_FREE || b == SWEEP_GATE_FREE)
		return;
	from->same = a;
	if (from->full_ns > to->full_ns)
		to->full_ns = from->full_ns;
	if (from->head == NOBODY)
		return;
	if (to->head == NOBODY)
		to->head = from->head;
	else
		g->place[to->tail].next = from->head;
	to->tail = from->tail;
	from->head = NOBODY;
	if (!to->sorted)
		sort_in(g, a);
}

static bool
first_in_line(struct sweep_gates *g, uint16_t gate, struct sweep_want *want)
{
	struct gate *at = &g->gate[gate];
	uint32_t i = at->head;
	if (i == NOBODY)
		return false;
	*want = g->place[i].want;
	at->head = g->place[i].next;
	g->place[i].next = g->spare;
	g->spare = i;
	return true;
}

static void
sort_out(struct sweep_gates *g)
{
	g->gate[g->heap[0]].sorted = false;
	g->heap[0] = g->heap[--g->heaped];
	sink(g, 0);
}

/*
 * Those with a ceiling go first: what is not used of their time is lost. A
 * key is corrected when its gate comes to the top, for it can only have grown.
 */
bool
sweep_gate_get(struct sweep_gates *g, struct mono now, struct sweep_want *want,
    uint16_t *gate)
{
	while (g->heaped > 0) {
		*gate = g->heap[0];
		struct gate *at = &g->gate[*gate];
		if (at->head == NOBODY) {
			sort_out(g);
		} else if (at->key_ns < open_at(g, at)) {
			at->key_ns = open_at(g, at);
			sink(g, 0);
		} else if (at->key_ns > now.ns) {
			break;
		} else {
			return first_in_line(g, *gate, want);
		}
	}
	*gate = SWEEP_GATE_FREE;
	return first_in_line(g, SWEEP_GATE_FREE, want);
}

void
sweep_gate_charge(struct sweep_gates *g, uint16_t gate, struct mono now)
{
	struct gate *at = &g->gate[one_of(g, gate)];
	if (gate == SWEEP_GATE_FREE)
		return;
	if (at->full_ns < now.ns)
		at->full_ns = now.ns;
	at->full_ns += g->interval_ns;
}

bool
sweep_gate_next(const struct sweep_gates *g, struct mono *at)
{
	bool some = g->heaped > 0, free_one = g->gate[0].head != NOBODY;
	at->ns = free_one || !some ? 0 : key(g, 0);
	return some || free_one;
}

size_t
sweep_gates_bytes(const struct sweep_gates *g)
{
	return sizeof(*g) +
	       g->gate_room * (sizeof(*g->gate) + sizeof(*g->heap)) +
	       g->place_room * sizeof(*g->place) +
	       g->table_room * sizeof(*g->table);
}
