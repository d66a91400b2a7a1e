/* SPDX-License-Identifier: ISC */
#include "analysis/infer/points.h"

#include "probe/base/mem.h"

#include <stdlib.h>

enum { INDEXED = 16 }; /* from so many on an index pays */

/* The place of a pair in the index, free or its own. */
static uint32_t *
place(const struct points *c, uint32_t a, uint32_t b)
{
	uint64_t hash = ((uint64_t)a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15);
	size_t i = (size_t)(hash >> 32) & (c->places - 1);
	while (c->place[i] != 0) {
		const struct point *p = &c->p[c->place[i] - 1];
		if (p->a == a && p->b == b)
			break;
		i = (i + 1) & (c->places - 1);
	}
	return &c->place[i];
}

static struct point *
find(const struct points *c, uint32_t a, uint32_t b)
{
	if (c->places > 0) {
		uint32_t at = *place(c, a, b);
		return at > 0 ? &c->p[at - 1] : NULL;
	}
	for (size_t i = 0; i < c->n; i++)
		if (c->p[i].a == a && c->p[i].b == b)
			return &c->p[i];
	return NULL;
}

/* At most half of the places are taken. */
static void
reindex(struct points *c)
{
	free(c->place);
	c->places = c->places > 0 ? c->places * 2 : INDEXED * (size_t)4;
	c->place = xcalloc(c->places, sizeof(*c->place));
	for (size_t i = 0; i < c->n; i++)
		*place(c, c->p[i].a, c->p[i].b) = (uint32_t)i + 1;
}

void
points_add(struct points *c, uint32_t a, uint32_t b, double x)
{
	struct point *p = find(c, a, b);
	if (p != NULL) {
		p->sum += x;
		return;
	}
	if (c->n == c->room) {
		c->room = c->room ? c->room * 2 : 8;
		c->p = xreallocarray(c->p, c->room, sizeof(*c->p));
	}
	c->p[c->n++] = (struct point){a, b, x};
	if (c->n >= INDEXED && c->n * 2 > c->places)
		reindex(c);
	else if (c->places > 0)
		*place(c, a, b) = (uint32_t)c->n;
}

double
points_sum(const struct points *c, uint32_t a, uint32_t b)
{
	const struct point *p = find(c, a, b);
	return p != NULL ? p->sum : 0;
}

void
points_clear(struct points *c)
{
	free(c->p);
	free(c->place);
	*c = (struct points){0};
}
