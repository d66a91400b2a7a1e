/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_LOAD_CHECK_H
#define TUMEN_SQL_LOAD_CHECK_H

#include "sql/load_item.h"

/*
 * In the transaction that inserted them, where the database may be read: rows
 * that were there must be the very same, and a dictionary's text the one with
 * that id; EX_DATAERR.
 */
bool load_check(struct store *to, const struct load_item *items, size_t n,
    bool all_new, struct fault *f);

/* Whether all their texts are surely there, without asking. */
bool load_knows(struct store *to, const struct load_item *items, size_t n);

#endif
