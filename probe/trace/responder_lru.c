/* SPDX-License-Identifier: ISC */
#include "probe/trace/responder_lru.h"

#include "probe/base/mem.h"

#include <assert.h>
#include <stdlib.h>

/* A node is in the chain of its hash, and in the list by age. */
struct node {
	uint64_t key;
	uint32_t chain, older, newer;
};

struct lru {
	uint32_t capacity, used, mask;
	uint32_t oldest, newest;
	uint32_t *head;	    /* mask + 1 of them, behind the nodes */
	struct node node[]; /* capacity */
};

/* Heads: a power of two, at least one for each node. */
struct lru *
lru_open(size_t capacity)
{
	assert(capacity >= 1 && capacity <= UINT32_C(1) << 30);
	size_t heads = 1;
	while (heads < capacity)
		heads *= 2;
	struct lru *l = xcalloc(1, sizeof(*l) + capacity * sizeof(*l->node) +
				       heads * sizeof(*l->head));
	l->capacity = (uint32_t)capacity;
	l->mask = (uint32_t)heads - 1;
	l->oldest = l->newest = LRU_NONE;
	l->head = (uint32_t *)(l->node + capacity);
	for (size_t i = 0; i < heads; i++)
		l->head[i] = LRU_NONE;
	return l;
}

void
lru_close(struct lru *l)
{
	free(l);
}

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit counts. */
static uint32_t *
head(const struct lru *l, uint64_t key)
{
	key = (key ^ key >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	key = (key ^ key >> 27) * UINT64_C(0x94d049bb133111eb);
	return &l->head[(key ^ key >> 31) & l->mask];
}

uint32_t
lru_find(const struct lru *l, uint64_t key)
{
	uint32_t n = *head(l, key);
	while (n != LRU_NONE && l->node[n].key != key)
		n = l->node[n].chain;
	return n;
}

static void
unlink_age(struct lru *l, uint32_t n)
{
	const struct node *v = &l->node[n];
	*(v->older == LRU_NONE ? &l->oldest : &l->node[v->older].newer) =
	    v->newer;
	*(v->newer == LRU_NONE ? &l->newest : &l->node[v->newer].older) =
	    v->older;
}

static void
link_newest(struct lru *l, uint32_t n)
{
	struct node *v = &l->node[n];
	v->older = l->newest;
	v->newer = LRU_NONE;
	*(v->older == LRU_NONE ? &l->oldest : &l->node[v->older].newer) = n;
	l->newest = n;
}

static void
unlink_chain(struct lru *l, uint32_t n)
{
	uint32_t *at = head(l, l->node[n].key);
	while (*at != n)
		at = &l->node[*at].chain;
	*at = l->node[n].chain;
}

/* A number that nobody has had yet, or the oldest one's. */
static uint32_t
vacate(struct lru *l)
{
	if (l->used < l->capacity)
		return l->used++;
	uint32_t n = l->oldest;
	unlink_age(l, n);
	unlink_chain(l, n);
	return n;
}

uint32_t
lru_touch(struct lru *l, uint64_t key, bool *fresh)
{
	uint32_t n = lru_find(l, key);
	*fresh = n == LRU_NONE;
	if (*fresh) {
		n = vacate(l);
		uint32_t *h = head(l, key);
		l->node[n].key = key;
		l->node[n].chain = *h;
		*h = n;
	} else {
		unlink_age(l, n);
	}
	link_newest(l, n);
	return n;
}
