/* SPDX-License-Identifier: ISC */
#include "analysis/origin/intern.h"

#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a. */
static uint32_t
hash(const char *text)
{
	uint32_t h = UINT32_C(2166136261);
	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * UINT32_C(16777619);
	return h ^ h >> 15;
}

/* The slot of text, or the free one where it belongs. */
static uint32_t *
find(const struct intern *in, const struct wr *pool, const char *text)
{
	size_t i = hash(text) & (in->room - 1);
	while (in->slots[i] != 0 &&
	       strcmp(intern_at(pool, in->slots[i]), text) != 0)
		i = (i + 1) & (in->room - 1);
	return &in->slots[i];
}

static void
grow(struct intern *in, const struct wr *pool)
{
	uint32_t *old = in->slots;
	size_t n = in->room;
	in->room = n > 0 ? n * 2 : 1024;
	in->slots = xcalloc(in->room, sizeof(*in->slots));
	for (size_t i = 0; i < n; i++)
		if (old[i] != 0)
			*find(in, pool, intern_at(pool, old[i])) = old[i];
	free(old);
}

uint32_t
intern_last(struct intern *in, struct wr *pool, uint32_t at)
{
	if (in->n >= in->room / 2)
		grow(in, pool);
	uint32_t *slot = find(in, pool, intern_at(pool, at));
	if (*slot != 0) {
		pool->len = at;
		return *slot;
	}
	in->n++;
	return *slot = at;
}

uint32_t
intern_put(struct intern *in, struct wr *pool, const char *text)
{
	size_t len = strlen(text) + 1;
	if (pool->len == 0)
		wr_u8(pool, 0);
	if (len == 1 || len > INTERN_POOL_MAX - pool->len)
		return 0;
	uint32_t at = (uint32_t)pool->len;
	wr_bytes(pool, text, len);
	return intern_last(in, pool, at);
}

const char *
intern_at(const struct wr *pool, uint32_t offset)
{
	return offset > 0 ? (const char *)pool->p + offset : "";
}

void
intern_clear(struct intern *in)
{
	free(in->slots);
	*in = (struct intern){0};
}
