/* SPDX-License-Identifier: ISC */
#include "analysis/origin/mrt_routes.h"

#include "probe/base/mem.h"

#include <stdlib.h>

/* Where the state is kept: prefix, peer, path id, in this order. */
static int
by_place(const struct mrt_route *x, const struct mrt_route *y)
{
	if (x->prefix.addr != y->prefix.addr)
		return x->prefix.addr < y->prefix.addr ? -1 : 1;
	if (x->prefix.len != y->prefix.len)
		return x->prefix.len < y->prefix.len ? -1 : 1;
	if (x->peer != y->peer)
		return x->peer < y->peer ? -1 : 1;
	return (x->path_id > y->path_id) - (x->path_id < y->path_id);
}

static int
by_place_and_order(const void *a, const void *b)
{
	const struct mrt_route *x = a, *y = b;
	int order = by_place(x, y);
	return order != 0 ? order : x->order < y->order ? -1 : 1;
}

/* Leaves the routes that stand, ascending by place. */
static void
compact(struct mrt_routes *r)
{
	size_t kept = 0;
	if (r->n > 0)
		qsort(r->p, r->n, sizeof(*r->p), by_place_and_order);
	for (size_t i = 0; i < r->n; i++) {
		const struct mrt_route *route = &r->p[i];
		bool last = i + 1 == r->n || by_place(route, route + 1) != 0;
		if (last && !route->withdrawn &&
		    route->order >= r->lost[route->peer])
			r->p[kept++] = *route;
	}
	r->n = kept;
}

void
mrt_routes_add(struct mrt_routes *r, const struct mrt_route *route)
{
	if (r->n == r->room) {
		compact(r);
		if (r->n > r->room / 2 || r->room == 0) {
			r->room = r->room ? r->room * 2 : 1024;
			r->p = xreallocarray(r->p, r->room, sizeof(*r->p));
		}
	}
	r->p[r->n] = *route;
	r->p[r->n++].order = r->order++;
}

void
mrt_routes_lose(struct mrt_routes *r, uint16_t peer)
{
	r->lost[peer] = r->order;
}

static bool
same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->addr == b->addr && a->len == b->len;
}

void
mrt_routes_close(struct mrt_routes *r, struct mrt_votes *votes,
    struct mrt_upstreams *upstreams, struct table *t)
{
	compact(r);
	for (size_t i = 0; i < r->n; i++) {
		const struct mrt_route *route = &r->p[i];
		mrt_votes_add(votes, route->peer, &route->origin);
		mrt_upstreams_add(upstreams, route->peer, route->upstream);
		if (i + 1 < r->n &&
		    same_prefix(&route->prefix, &route[1].prefix))
			continue;
		bool kept = mrt_votes_close(votes, t, &route->prefix);
		mrt_upstreams_close(upstreams, t, &route->prefix, kept);
	}
	r->n = 0;
}

void
mrt_routes_clear(struct mrt_routes *r)
{
	free(r->p);
	*r = (struct mrt_routes){0};
}
