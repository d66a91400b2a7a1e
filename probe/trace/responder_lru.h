/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_RESPONDER_LRU_H
#define TUMEN_TRACE_RESPONDER_LRU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers for keys, 0..capacity-1: where the owner keeps what belongs to a
 * key. Chained hashing in one allocation; all operations take O(1). When all
 * numbers are in use, the key that was touched longest ago loses its own.
 */
struct lru;
#define LRU_NONE UINT32_MAX

/* capacity 1..2^30. */
struct lru *lru_open(size_t capacity);
void lru_close(struct lru *l);

/* The number of the key, or LRU_NONE. Does not touch it. */
uint32_t lru_find(const struct lru *l, uint64_t key);

/*
 * The number of the key, which is now the last one to lose it. Fresh says that
 * the key had none: whatever lies at that number was another key's.
 */
uint32_t lru_touch(struct lru *l, uint64_t key, bool *fresh);

#endif
