/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_POOL_H
#define TUMEN_ORIGIN_POOL_H

#include <stddef.h>
#include <stdint.h>

/*
 * Records of width words, each kept once, in the order of their first coming.
 * Start from {.width = n}.
 */
struct pool {
	size_t width, n, room, nslots;
	uint32_t *words;
	uint32_t *slots; /* open addressing: 1 + index, 0 for a free one */
	uint32_t last;	 /* what pool_put() gave */
};

/* The index of the record of width words, which is added unless it is there. */
uint32_t pool_put(struct pool *p, const uint32_t *record);

void pool_clear(struct pool *p);

#endif
