/* SPDX-License-Identifier: ISC */
#include "analysis/origin/pool.h"

#include "probe/base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool
same(const uint32_t *a, const uint32_t *b, size_t width)
{
	size_t i = 0;
	while (i < width && a[i] == b[i])
		i++;
	return i == width;
}

/* The slot of a record, or the free one where it belongs. */
static uint32_t *
slot(const struct pool *p, const uint32_t *record)
{
	uint64_t h = 0;
	for (size_t i = 0; i < p->width; i++)
		h = (h ^ record[i]) * UINT64_C(0x9e3779b97f4a7c15),
		h ^= h >> 32;
	size_t at = h & (p->nslots - 1);
	while (
	    p->slots[at] != 0 &&
	    !same(p->words + (p->slots[at] - 1) * p->width, record, p->width))
		at = (at + 1) & (p->nslots - 1);
	return &p->slots[at];
}

static void
grow(struct pool *p)
{
	p->room = p->room ? p->room * 2 : 256;
	p->nslots = p->room * 2;
	p->words =
	    xreallocarray(p->words, p->room, p->width * sizeof(*p->words));
	free(p->slots);
	p->slots = xcalloc(p->nslots, sizeof(*p->slots));
	for (size_t i = 0; i < p->n; i++)
		*slot(p, p->words + i * p->width) = (uint32_t)i + 1;
}

uint32_t
pool_put(struct pool *p, const uint32_t *record)
{
	if (p->n > 0 && same(p->words + p->last * p->width, record, p->width))
		return p->last; /* as it mostly is */
	if (p->n == p->room)
		grow(p);
	uint32_t *s = slot(p, record);
	if (*s == 0) {
		memcpy(p->words + p->n * p->width, record,
		    p->width * sizeof(*record));
		*s = (uint32_t)++p->n;
	}
	return p->last = *s - 1;
}

void
pool_clear(struct pool *p)
{
	free(p->words);
	free(p->slots);
	*p = (struct pool){.width = p->width};
}
