/* SPDX-License-Identifier: ISC */
#include "analysis/origin/mrt_links.h"

#include "analysis/origin/mrt_path.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The Internet has about 500,000 links that are seen; a file may lie. */
enum { LINKS_MAX = 1 << 22, ROOM_FIRST = 1 << 12 };

/* The slot of a link, free or its own. */
static uint64_t *
slot(const struct mrt_links *l, uint64_t link)
{
	size_t i = (link * UINT64_C(0x9e3779b97f4a7c15)) >> 32;
	for (i &= l->room - 1; l->slots[i] != 0 && l->slots[i] != link;)
		i = (i + 1) & (l->room - 1);
	return &l->slots[i];
}

static void
grow(struct mrt_links *l)
{
	struct mrt_links bigger = *l;
	bigger.room = l->room ? l->room * 2 : ROOM_FIRST;
	bigger.slots = xcalloc(bigger.room, sizeof(*bigger.slots));
	for (size_t i = 0; i < l->room; i++)
		if (l->slots[i] != 0)
			*slot(&bigger, l->slots[i]) = l->slots[i];
	free(l->slots);
	*l = bigger;
}

static void
add(void *arg, uint32_t a, uint32_t b)
{
	struct mrt_links *l = arg;
	uint64_t link = a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
	if (l->n * 2 >= l->room && l->n < LINKS_MAX)
		grow(l);
	uint64_t *to = slot(l, link);
	if (*to == 0 && l->n < LINKS_MAX) {
		*to = link;
		l->n++;
	}
}

/* The same path as the one before of that peer has nothing new. */
static bool
again(struct mrt_links *l, uint16_t peer, struct rd path)
{
	if (peer >= l->npeers) {
		size_t n = (size_t)peer + 1;
		l->last = xreallocarray(l->last, n, sizeof(*l->last));
		while (l->npeers < n)
			l->last[l->npeers++] = (struct rd){0};
	}
	struct rd last = l->last[peer];
	l->last[peer] = path;
	return last.left == path.left &&
	       (path.left == 0 || memcmp(last.p, path.p, path.left) == 0);
}

void
mrt_links_add(struct mrt_links *l, uint16_t peer, struct rd path, size_t width)
{
	if (!again(l, peer, path))
		mrt_path_pairs(path, width, add, l);
}

void
mrt_links_close(const struct mrt_links *l, struct table *t)
{
	for (size_t i = 0; i < l->room; i++)
		if (l->slots[i] != 0)
			table_adjacent(t, (uint32_t)(l->slots[i] >> 32),
			    (uint32_t)l->slots[i]);
}

void
mrt_links_clear(struct mrt_links *l)
{
	free(l->slots);
	free(l->last);
	*l = (struct mrt_links){0};
}
