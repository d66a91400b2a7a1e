/* SPDX-License-Identifier: ISC */
#include "tests/truth/address.h"

#include "probe/base/mem.h"
#include "tests/truth/draw.h"

#include <stdlib.h>
#include <string.h>

enum {
	BLOCK_MIN = 256,
	BLOCK_MAX = 4096, /* enough for a thousand links */
	LAN_SIZE = 1024,
	QUAD_TRIES = 4096,
};

/* --- the book ------------------------------------------------------------- */

static size_t
slot_of(const struct address_book *b, uint32_t addr)
{
	size_t i = (size_t)(addr * UINT64_C(0x9e3779b97f4a7c15) >> 32);
	for (i &= b->room - 1; b->addr[i] != 0 && b->addr[i] != addr;)
		i = (i + 1) & (b->room - 1);
	return i;
}

static void
grow_book(struct address_book *b)
{
	struct address_book old = *b;
	b->room = old.room ? old.room * 2 : 1 << 16;
	b->addr = xcalloc(b->room, sizeof(*b->addr));
	b->router = xcalloc(b->room, sizeof(*b->router));
	for (size_t i = 0; i < old.room; i++) {
		if (old.addr[i] == 0)
			continue;
		size_t to = slot_of(b, old.addr[i]);
		b->addr[to] = old.addr[i];
		b->router[to] = old.router[i];
	}
	free(old.addr);
	free(old.router);
}

bool
address_give(struct addresses *a, uint32_t addr, uint64_t router)
{
	struct address_book *b = &a->book;
	if (2 * b->n >= b->room)
		grow_book(b);
	size_t i = slot_of(b, addr);
	if (b->addr[i] == addr)
		return b->router[i] == router;
	b->addr[i] = addr;
	b->router[i] = router;
	b->n++;
	return true;
}

bool
address_owner(const struct addresses *a, uint32_t addr, uint64_t *router)
{
	const struct address_book *b = &a->book;
	if (b->room == 0)
		return false;
	size_t i = slot_of(b, addr);
	*router = b->router[i];
	return b->addr[i] == addr && addr != 0;
}

/* --- blocks and LANs ------------------------------------------------------ */

static struct space_range
largest(const struct space *s, uint32_t as)
{
	struct space_range best = s->range[s->at[as]];
	for (uint32_t i = s->at[as]; i < s->at[as + 1]; i++)
		if (s->range[i].last - s->range[i].first >
		    best.last - best.first)
			best = s->range[i];
	return best;
}

static bool
wants_block(const struct ground *g, uint32_t as)
{
	double p = g->graph.kind[as] == GRAPH_STUB ? 0 : g->rates.unrouted;
	if (g->graph.use[as] == GRAPH_FRONT)
		p = g->rates.unrouted_front;
	if (g->graph.use[as] == GRAPH_TARGET)
		p = 0;
	return draw_chance(g->seed, DRAW_UNROUTED, as, 0, p);
}

/* The end of the largest range, whole /24s, at most half of the range. */
static bool
cut_block(const struct ground *g, uint32_t as, struct address_block *block)
{
	struct space_range r = largest(&g->space, as);
	uint64_t end = ((uint64_t)r.last + 1) & ~UINT64_C(255);
	uint64_t size = end > r.first ? (end - r.first) / 2 : 0;
	size = (size < BLOCK_MAX ? size : BLOCK_MAX) & ~UINT64_C(255);
	*block = (struct address_block){.as = as,
	    .first = (uint32_t)(end - size),
	    .last = (uint32_t)(end - 1)};
	block->next = block->first;
	block->registered = !draw_chance(
	    g->seed, DRAW_UNROUTED, as, 1, g->rates.registry_missing);
	block->sibling = draw_chance(
	    g->seed, DRAW_UNROUTED, as, 2, g->rates.registry_sibling);
	block->covered =
	    draw_chance(g->seed, DRAW_UNROUTED, as, 3, g->rates.covered);
	return size >= BLOCK_MIN;
}

static void
make_blocks(struct addresses *a)
{
	const struct ground *g = a->ground;
	a->block = xcalloc(g->space.n + 1, sizeof(*a->block));
	a->block_of = xcalloc(g->space.n + 1, sizeof(*a->block_of));
	for (uint32_t as = 0; as < g->space.n; as++) {
		a->block_of[as] = GRAPH_NONE;
		if (wants_block(g, as) &&
		    cut_block(g, as, &a->block[a->nblocks]))
			a->block_of[as] = (uint32_t)a->nblocks++;
	}
}

/* Each a place of its own in the gaps between what is announced. */
static void
make_lans(struct addresses *a)
{
	const struct space *s = &a->ground->space;
	size_t n = a->ground->graph.nexchanges;
	uint32_t *used = xcalloc(s->ngaps + 1, sizeof(*used));
	a->lan = xcalloc(n + 1, sizeof(*a->lan));
	a->lan_next = xcalloc(n + 1, sizeof(*a->lan_next));
	for (size_t i = 0, gap = 0; i < n && s->ngaps > 0; gap++) {
		const struct space_range *r = &s->gap[gap % s->ngaps];
		uint64_t first =
		    ((uint64_t)r->first + LAN_SIZE - 1) / LAN_SIZE * LAN_SIZE;
		first += (uint64_t)used[gap % s->ngaps]++ * LAN_SIZE;
		if (first + LAN_SIZE - 1 > r->last) {
			if (gap > 64 * s->ngaps)
				break;
			continue;
		}
		a->lan[i].first = (uint32_t)first;
		a->lan[i].last = (uint32_t)(first + LAN_SIZE - 1);
		a->lan_next[i++] = (uint32_t)first + 1;
	}
	free(used);
}

static void
make_cursors(struct addresses *a)
{
	const struct ground *g = a->ground;
	const struct space *s = &g->space;
	a->cursor = xcalloc(s->n + 1, sizeof(*a->cursor));
	for (uint32_t as = 0; as < s->n; as++) {
		uint32_t n = s->at[as + 1] - s->at[as];
		uint32_t i =
		    s->at[as] + draw_below(g->seed, DRAW_POOL, as, 0, n);
		uint64_t size =
		    (uint64_t)(s->range[i].last - s->range[i].first) + 1;
		uint64_t at = draw(g->seed, DRAW_POOL, as, 1) % size;
		a->cursor[as] = (struct address_cursor){
		    i, (uint32_t)((s->range[i].first + at) & ~UINT64_C(255))};
		if (a->cursor[as].next < s->range[i].first)
			a->cursor[as].next = s->range[i].first;
	}
}

void
addresses_open(struct addresses *a, const struct ground *ground)
{
	*a = (struct addresses){.ground = ground};
	make_blocks(a);
	make_lans(a);
	make_cursors(a);
}

void
addresses_close(struct addresses *a)
{
	free(a->block);
	free(a->block_of);
	free(a->cursor);
	free(a->lan);
	free(a->lan_next);
	free(a->book.addr);
	free(a->book.router);
	*a = (struct addresses){0};
}

/* --- giving --------------------------------------------------------------- */

const struct address_block *
address_unrouted(const struct addresses *a, uint32_t as, uint32_t addr)
{
	if (a->block_of[as] == GRAPH_NONE)
		return NULL;
	const struct address_block *b = &a->block[a->block_of[as]];
	return addr >= b->first && addr <= b->last ? b : NULL;
}

static bool
all_free(const struct addresses *a, uint32_t base)
{
	uint64_t router;
	for (uint32_t i = 0; i < 4; i++)
		if (address_owner(a, base + i, &router))
			return false;
	return true;
}

static bool
quad_of_block(struct address_block *b, uint32_t *base)
{
	if (b->next + 3 > b->last)
		return false;
	*base = b->next;
	b->next += 4;
	return true;
}

/* The next aligned four of the cursor's range, or of the range after it. */
static bool
advance(struct addresses *a, uint32_t as, uint32_t *base)
{
	const struct space *s = &a->ground->space;
	struct address_cursor *c = &a->cursor[as];
	uint64_t at = ((uint64_t)c->next + 3) & ~UINT64_C(3);
	if (at + 3 <= s->range[c->range].last) {
		*base = (uint32_t)at;
		c->next = (uint32_t)at + 4;
		return true;
	}
	c->range = c->range + 1 < s->at[as + 1] ? c->range + 1 : s->at[as];
	c->next = s->range[c->range].first;
	return false;
}

bool
address_quad(struct addresses *a, uint32_t as, bool unrouted, uint32_t *base)
{
	if (unrouted && a->block_of[as] != GRAPH_NONE &&
	    quad_of_block(&a->block[a->block_of[as]], base))
		return true;
	for (int i = 0; i < QUAD_TRIES; i++)
		if (advance(a, as, base) && all_free(a, *base) &&
		    address_unrouted(a, as, *base) == NULL)
			return true;
	return false;
}

bool
address_on_lan(struct addresses *a, uint32_t exchange, uint32_t *addr)
{
	if (a->lan_next[exchange] == 0 ||
	    a->lan_next[exchange] >= a->lan[exchange].last)
		return false;
	*addr = a->lan_next[exchange]++;
	return true;
}
