/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_DICTIONARY_H
#define TUMEN_SQL_DICTIONARY_H

#include "sql/store.h"

/* Adds a text to its dictionary and returns its id; 0 with f set. */
int64_t store_vantage(struct store *s, const char *name, struct fault *f);
int64_t store_campaign(struct store *s, const char *name, struct fault *f);
int64_t
store_prefix(struct store *s, const struct prefix *prefix, struct fault *f);
int64_t store_basis(
    struct store *s, const char *name, const char *json, struct fault *f);
int64_t store_collector(struct store *s, const char *name, struct fault *f);
bool store_address(struct store *s, uint32_t addr, struct fault *f);

/* Of 4 octets, or of 16: IPv6. */
bool
store_octets(struct store *s, const uint8_t *addr, size_t len, struct fault *f);

/*
 * Which texts of vantages, campaigns and prefixes are surely stored under their
 * ids, as far as this store has seen: added, or read by store_learn(). It may
 * forget; then they are looked for again. table: "vantage", ...
 */
bool store_knows(const struct store *s, const char *table, const char *text);
bool store_learn(struct store *s, struct fault *f);

#endif
