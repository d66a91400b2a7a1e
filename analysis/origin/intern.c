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
find(const struct intern *in, const char *text)
{
	size_t i = hash(text) & (in->room - 1);
	while (
	    in->slots[i] != 0 && strcmp(intern_at(in, in->slots[i]), text) != 0)
		i = (i + 1) & (in->room - 1);
	return &in->slots[i];
}

static void
grow(struct intern *in)
{
	uint32_t *old = in->slots;
	size_t n = in->room;
	in->room = n > 0 ? n * 2 : 1024;
	in->slots = xcalloc(in->room, sizeof(*in->slots));
	for (size_t i = 0; i < n; i++)
		if (old[i] != 0)
			*find(in, intern_at(in, old[i])) = old[i];
	free(old);
}

uint32_t
intern_put(struct intern *in, const char *text)
{
	size_t len = strlen(text) + 1;
	if (len == 1)
		return 0;
	if (in->text.len == 0)
		wr_u8(&in->text, 0);
	if (in->n >= in->room / 2)
		grow(in);
	uint32_t *slot = find(in, text);
	if (*slot != 0 || len > INTERN_TEXT_MAX - in->text.len)
		return *slot;
	*slot = (uint32_t)in->text.len;
	wr_bytes(&in->text, text, len);
	in->n++;
	return *slot;
}

const char *
intern_at(const struct intern *in, uint32_t offset)
{
	return offset > 0 ? (const char *)in->text.p + offset : "";
}

void
intern_clear(struct intern *in)
{
	wr_free(&in->text);
	free(in->slots);
	*in = (struct intern){0};
}
