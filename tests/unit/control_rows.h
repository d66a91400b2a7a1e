/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TEST_CONTROL_ROWS_H
#define TUMEN_TEST_CONTROL_ROWS_H

#include "analysis/control/fold.h"
#include "probe/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Routes as a test says them, in any order; folded as a store gives them. */
struct rows {
	size_t n;
	struct store_route *row;
};

static const struct prefix rows_176 = {0xaf2db000, 24};

static inline struct store_route *
rows_add(struct rows *r, int64_t at_s, uint32_t peer, enum route_kind kind)
{
	r->row = xreallocarray(r->row, r->n + 1, sizeof(*r->row));
	struct store_route *row = &r->row[r->n++];
	*row = (struct store_route){.collector = "rrc00",
	    .peer_addr = {192, 0, (uint8_t)(peer >> 8), (uint8_t)peer},
	    .peer_addr_len = 4,
	    .peer_asn = 64500 + peer,
	    .prefix = rows_176,
	    .at_us = at_s * 1000000,
	    .no = (int64_t)r->n,
	    .kind = kind,
	    .origin_as = -1,
	    .upstream_as = -1};
	if (kind == ROUTE_DOWN || kind == ROUTE_UP)
		row->prefix = (struct prefix){0, 0};
	return row;
}

/* AS131279 behind an upstream. */
static inline struct store_route *
rows_tell(struct rows *r, int64_t at_s, uint32_t peer, int64_t upstream)
{
	struct store_route *row = rows_add(r, at_s, peer, ROUTE_ANNOUNCED);
	row->origin_as = 131279;
	row->upstream_as = upstream;
	return row;
}

static inline struct store_route *
rows_drop(struct rows *r, int64_t at_s, uint32_t peer)
{
	return rows_add(r, at_s, peer, ROUTE_WITHDRAWN);
}

static inline bool
rows_session(const struct store_route *r)
{
	return r->kind == ROUTE_DOWN || r->kind == ROUTE_UP;
}

static inline int
rows_order(const void *va, const void *vb)
{
	const struct store_route *a = va, *b = vb;
	if (rows_session(a) != rows_session(b))
		return rows_session(a) ? -1 : 1;
	if (a->prefix.addr != b->prefix.addr)
		return a->prefix.addr < b->prefix.addr ? -1 : 1;
	if (a->prefix.len != b->prefix.len)
		return a->prefix.len - b->prefix.len;
	if (a->at_us != b->at_us)
		return a->at_us < b->at_us ? -1 : 1;
	int order = strcmp(a->collector, b->collector);
	order = order ? order : memcmp(a->peer_addr, b->peer_addr, 16);
	return order ? order : (a->no > b->no) - (a->no < b->no);
}

/* Folds them, with the cover given or none. */
static inline struct control
rows_fold(struct rows *r, const struct control_ask *ask, const struct cover *cv)
{
	static const struct control_ask all;
	const struct cover none = COVER_NONE;
	struct control c;
	struct fold_routes f;
	if (r->n > 0)
		qsort(r->row, r->n, sizeof(*r->row), rows_order);
	fold_routes_open(
	    &f, &c, ask != NULL ? ask : &all, cv != NULL ? cv : &none);
	for (size_t i = 0; i < r->n; i++)
		fold_routes_add(&f, &r->row[i]);
	fold_routes_close(&f);
	return c;
}

static inline void
rows_free(struct rows *r)
{
	free(r->row);
	*r = (struct rows){0};
}

#endif
