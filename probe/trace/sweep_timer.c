/* SPDX-License-Identifier: ISC */
#include "probe/trace/sweep_timer.h"

#include "probe/base/mem.h"

#include <stdlib.h>

enum { TICK_SHIFT = 21, SLOTS = 1024, WORDS = SLOTS / 64 };
#define NOBODY UINT32_MAX

/* A thing in the list of its slot; slot NOBODY: in none. */
struct link {
	uint32_t next, previous, slot;
};

struct sweep_timer {
	struct link *link;
	int64_t tick; /* all slots before this one are empty */
	uint32_t head[SLOTS];
	uint64_t filled[WORDS];
};

struct sweep_timer *
sweep_timer_open(size_t n)
{
	struct sweep_timer *t = xcalloc(1, sizeof(*t));
	t->link = xcalloc(n, sizeof(*t->link));
	for (size_t i = 0; i < n; i++)
		t->link[i].slot = NOBODY;
	for (size_t i = 0; i < SLOTS; i++)
		t->head[i] = NOBODY;
	return t;
}

void
sweep_timer_close(struct sweep_timer *t)
{
	if (t == NULL)
		return;
	free(t->link);
	free(t);
}

bool
sweep_timer_runs(const struct sweep_timer *t, uint32_t id)
{
	return t->link[id].slot != NOBODY;
}

void
sweep_timer_clear(struct sweep_timer *t, uint32_t id)
{
	struct link *l = &t->link[id];
	if (l->slot == NOBODY)
		return;
	if (l->next != NOBODY)
		t->link[l->next].previous = l->previous;
	if (l->previous != NOBODY)
		t->link[l->previous].next = l->next;
	else
		t->head[l->slot] = l->next;
	if (t->head[l->slot] == NOBODY)
		t->filled[l->slot / 64] &= ~(UINT64_C(1) << l->slot % 64);
	l->slot = NOBODY;
}

static void
insert(struct sweep_timer *t, uint32_t id, uint32_t slot)
{
	struct link *l = &t->link[id];
	*l = (struct link){t->head[slot], NOBODY, slot};
	if (l->next != NOBODY)
		t->link[l->next].previous = id;
	t->head[slot] = id;
	t->filled[slot / 64] |= UINT64_C(1) << slot % 64;
}

void
sweep_timer_set(struct sweep_timer *t, uint32_t id, struct mono at)
{
	int64_t tick = (at.ns >> TICK_SHIFT) + 1;
	if (tick <= t->tick)
		tick = t->tick + 1;
	if (tick >= t->tick + SLOTS)
		tick = t->tick + SLOTS - 1;
	uint32_t slot = (uint32_t)tick % SLOTS;
	if (t->link[id].slot == slot)
		return;
	sweep_timer_clear(t, id);
	insert(t, id, slot);
}

/* Ticks from t->tick to the first slot with a timer; SLOTS: none. */
static int64_t
distance(const struct sweep_timer *t)
{
	uint32_t first = (uint32_t)t->tick % SLOTS;
	uint64_t word = t->filled[first / 64] >> first % 64;
	if (word != 0)
		return __builtin_ctzll(word);
	for (uint32_t i = 1; i <= WORDS; i++) {
		uint32_t w = (first / 64 + i) % WORDS;
		if (t->filled[w] == 0)
			continue;
		uint32_t slot = w * 64 + __builtin_ctzll(t->filled[w]);
		return (slot + SLOTS - first) % SLOTS;
	}
	return SLOTS;
}

bool
sweep_timer_due(struct sweep_timer *t, struct mono now, uint32_t *id)
{
	int64_t last = now.ns >> TICK_SHIFT, ahead = distance(t);
	if (ahead == SLOTS || t->tick + ahead > last) {
		t->tick = last > t->tick ? last : t->tick;
		return false;
	}
	t->tick += ahead;
	*id = t->head[(uint32_t)t->tick % SLOTS];
	sweep_timer_clear(t, *id);
	return true;
}

bool
sweep_timer_next(const struct sweep_timer *t, struct mono *at)
{
	int64_t ahead = distance(t);
	if (ahead == SLOTS)
		return false;
	at->ns = (t->tick + ahead) * (INT64_C(1) << TICK_SHIFT);
	return true;
}
