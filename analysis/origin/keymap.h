/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_KEYMAP_H
#define TUMEN_ORIGIN_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers by 64-bit keys; starts from {0}. */
struct keymap {
	struct keyslot *slot; /* open addressing */
	size_t room, n;
};

/* The number of a key: UINT32_MAX for one that is new. Until the next call. */
uint32_t *keymap_at(struct keymap *m, uint64_t key);
void keymap_clear(struct keymap *m);

#endif
