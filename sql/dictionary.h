/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_DICTIONARY_H
#define TUMEN_SQL_DICTIONARY_H

#include "sql/store.h"

/*
 * Which texts of vantages, campaigns and prefixes are surely stored under their
 * ids, as far as this store has seen: added, or read by store_learn(). It may
 * forget; then they are looked for again. table: "vantage", ...
 */
bool store_knows(const struct store *s, const char *table, const char *text);
bool store_learn(struct store *s, struct fault *f);

#endif
