/* SPDX-License-Identifier: ISC */
#include "analysis/infer/scenes.h"

#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

/*
 * A scene is its head and its tail, and then its spots, each front, back and
 * sights. Between head and tail, and behind the back, is what only votes set.
 */
enum {
	HEAD = offsetof(struct scene, habit),
	REST = offsetof(struct scene, rtt),
	TAIL = offsetof(struct scene, spot) - REST,
	FRONT = offsetof(struct spot, sight),
	REPUTES = offsetof(struct spot, reputes),
	BACK = sizeof(struct spot) - REPUTES,
};

_Static_assert(
    offsetof(struct scene, habits) + sizeof(((struct scene *)NULL)->habits) >
	REST - _Alignof(struct rtt_pair),
    "nothing else stands between head and tail");
_Static_assert(REPUTES == FRONT + sizeof(((struct spot *)NULL)->sight) +
			      sizeof(((struct spot *)NULL)->repute),
    "nothing else stands between sights and back");

struct scenes {
	uint8_t *p;
	size_t len, room;
	size_t n, places;
	size_t *at; /* where each begins */
};

struct scenes *
scenes_new(void)
{
	return xcalloc(1, sizeof(struct scenes));
}

void
scenes_free(struct scenes *k)
{
	if (k == NULL)
		return;
	free(k->p);
	free(k->at);
	free(k);
}

void
scenes_clear(struct scenes *k)
{
	k->len = k->n = 0;
}

static size_t
packed_len(const struct scene *s)
{
	size_t len = HEAD + TAIL;
	for (size_t t = 0; t < s->nspots; t++)
		len += FRONT + BACK + s->spot[t].n * sizeof(struct sight);
	return len;
}

static bool
make_room(struct scenes *k, size_t len)
{
	if (len > SCENES_BYTES_MAX - k->len)
		return false;
	while (k->room < k->len + len) {
		k->room = k->room ? k->room * 2 : 1 << 16;
		k->p = xreallocarray(k->p, k->room, 1);
	}
	if (k->n == k->places) {
		k->places = k->places ? k->places * 2 : 256;
		k->at = xreallocarray(k->at, k->places, sizeof(*k->at));
	}
	return true;
}

static uint8_t *
put(uint8_t *to, const void *from, size_t len)
{
	memcpy(to, from, len);
	return to + len;
}

bool
scenes_keep(struct scenes *k, const struct scene *s)
{
	size_t len = packed_len(s);
	if (!make_room(k, len))
		return false;
	uint8_t *p = put(k->p + k->len, s, HEAD);
	p = put(p, (const uint8_t *)s + REST, TAIL);
	for (size_t t = 0; t < s->nspots; t++) {
		const struct spot *spot = &s->spot[t];
		p = put(p, spot, FRONT);
		p = put(p, (const uint8_t *)spot + REPUTES, BACK);
		p = put(p, spot->sight, spot->n * sizeof(*spot->sight));
	}
	k->at[k->n++] = k->len;
	k->len += len;
	return true;
}

static const uint8_t *
get(const uint8_t *from, void *to, size_t len)
{
	memcpy(to, from, len);
	return from + len;
}

bool
scenes_get(const struct scenes *k, size_t i, struct scene *s)
{
	if (i >= k->n)
		return false;
	const uint8_t *p = get(k->p + k->at[i], s, HEAD);
	p = get(p, (uint8_t *)s + REST, TAIL);
	for (size_t t = 0; t < s->nspots; t++) {
		struct spot *spot = &s->spot[t];
		p = get(p, spot, FRONT);
		p = get(p, (uint8_t *)spot + REPUTES, BACK);
		p = get(p, spot->sight, spot->n * sizeof(*spot->sight));
	}
	return true;
}
