/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_PLAY_TABLE_H
#define TUMEN_TESTS_PLAY_TABLE_H

#include "tests/sim/play_text.h"

/*
 * Turns all routes into one sorted array of spans per router, so that the
 * longest prefix is found by halving. The source gets a default route over its
 * only link, if it has no route. False, and why, when two routes of a router
 * are for one prefix.
 */
bool play_table_make(struct text *t);

/* The route of the longest prefix that holds addr; NULL none. */
const struct play_route *play_table_find(
    const struct play *p, const struct play_router *r, uint32_t addr);

#endif
