/* SPDX-License-Identifier: ISC */
#include "analysis/origin/pages.h"

#include <stdint.h>
#include <sys/mman.h>

enum { PAGE_LEN = 1 << 12, LARGE_LEN = 1 << 21 };

uint8_t *
pages_room(struct wr *w, size_t len)
{
	size_t before = w->room;
	uint8_t *to = wr_room(w, len);
	size_t skip = (PAGE_LEN - (uintptr_t)w->p % PAGE_LEN) % PAGE_LEN;
	size_t whole = (w->room - skip) / PAGE_LEN * PAGE_LEN;
	if (w->room != before && w->room >= 2 * LARGE_LEN)
		madvise(w->p + skip, whole, MADV_HUGEPAGE); /* or does not */
	return to;
}
