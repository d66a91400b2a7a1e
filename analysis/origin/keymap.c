/* SPDX-License-Identifier: ISC */
#include "analysis/origin/keymap.h"

#include "probe/base/mem.h"

#include <stdlib.h>

struct keyslot {
	uint64_t key;
	uint32_t value;
	bool used;
};

/* The finalizer of SplitMix64 (Steele, Lea, Flood 2014). */
static size_t
scatter(uint64_t key)
{
	key = (key ^ key >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	key = (key ^ key >> 27) * UINT64_C(0x94d049bb133111eb);
	return (size_t)(key ^ key >> 31);
}

static struct keyslot *
place(const struct keymap *m, uint64_t key)
{
	size_t i = scatter(key) & (m->room - 1);
	while (m->slot[i].used && m->slot[i].key != key)
		i = (i + 1) & (m->room - 1);
	return &m->slot[i];
}

static void
grow(struct keymap *m)
{
	struct keymap old = *m;
	m->room = old.room == 0 ? 8 : 2 * old.room;
	m->slot = xcalloc(m->room, sizeof(*m->slot));
	for (size_t i = 0; i < old.room; i++)
		if (old.slot[i].used)
			*place(m, old.slot[i].key) = old.slot[i];
	free(old.slot);
}

uint32_t *
keymap_at(struct keymap *m, uint64_t key)
{
	if (2 * m->n >= m->room)
		grow(m);
	struct keyslot *slot = place(m, key);
	if (!slot->used) {
		*slot = (struct keyslot){key, UINT32_MAX, true};
		m->n++;
	}
	return &slot->value;
}

void
keymap_clear(struct keymap *m)
{
	free(m->slot);
	*m = (struct keymap){0};
}
