/* SPDX-License-Identifier: ISC */
#include "analysis/control/told.h"

#include "probe/base/mem.h"

#include <stdlib.h>

void
told_add(struct told *told, const struct told_change *change)
{
	if (told->n == told->room) {
		told->room = told->room > 0 ? 2 * told->room : 16;
		told->change = xreallocarray(
		    told->change, told->room, sizeof(*told->change));
	}
	told->change[told->n++] = *change;
}

static int
by_prefix(const struct told_change *a, const struct told_change *b)
{
	if (a->prefix.addr != b->prefix.addr)
		return a->prefix.addr < b->prefix.addr ? -1 : 1;
	if (a->prefix.len != b->prefix.len)
		return a->prefix.len - b->prefix.len;
	if (a->path_id != b->path_id)
		return a->path_id < b->path_id ? -1 : 1;
	return 0;
}

/* Of the same prefix and path id those that are announced first. */
static int
in_order(const void *a, const void *b)
{
	const struct told_change *x = a, *y = b;
	int order = by_prefix(x, y);
	return order != 0 ? order : (int)y->announced - (int)x->announced;
}

void
told_settle(struct told *told)
{
	size_t kept = 0;
	if (told->n > 1)
		qsort(told->change, told->n, sizeof(*told->change), in_order);
	for (size_t i = 0; i < told->n; i++)
		if (i == 0 ||
		    by_prefix(&told->change[i], &told->change[kept - 1]) != 0)
			told->change[kept++] = told->change[i];
	told->n = kept;
}

void
told_free(struct told *told)
{
	free(told->change);
	*told = (struct told){0};
}
