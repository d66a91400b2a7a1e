/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_INTERN_H
#define TUMEN_ORIGIN_INTERN_H

#include "probe/base/wr.h"

#include <stdint.h>

/*
 * An index over NUL-terminated texts in a pool that keeps each once: equal
 * texts have equal offsets, so that comparing them is comparing numbers. Start
 * from {0}; the pool is the caller's, and the first of it is empty.
 */
struct intern {
	uint32_t *slots; /* open addressing: an offset, 0 for a free one */
	size_t room, n;
};

/* A pool has 32-bit offsets. */
#define INTERN_POOL_MAX ((size_t)1 << 31)

/*
 * The offset of text, which is added unless it is there; 0 for "", and for what
 * the pool has no room for.
 */
uint32_t intern_put(struct intern *in, struct wr *pool, const char *text);

/*
 * The same for the last text of the pool, at an offset other than 0: it is
 * taken off when there is an equal one.
 */
uint32_t intern_last(struct intern *in, struct wr *pool, uint32_t at);

/* The text at an offset; it holds until the pool grows. */
const char *intern_at(const struct wr *pool, uint32_t offset);

void intern_clear(struct intern *in);

#endif
