/* SPDX-License-Identifier: ISC */
#include "analysis/control/peer_runs.h"

#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* What a peer tells under one path id, and the next of its others. */
struct peer_path {
	size_t run; /* the newest */
	uint32_t next;
};

void
peer_runs_open(struct peer_runs *p, const struct cover *cover, int64_t until_us)
{
	*p = (struct peer_runs){
	    .silences = {.cover = cover}, .until_us = until_us};
}

static void
begin(struct peer_runs *p, const struct peer_run *run, struct peer_path *path)
{
	if (p->n == p->room) {
		p->room = p->room == 0 ? 16 : 2 * p->room;
		p->run = xreallocarray(p->run, p->room, sizeof(*p->run));
	}
	path->run = p->n;
	p->run[p->n++] = *run;
}

static void
fall_silent(void *arg, uint32_t peer, int64_t at_us)
{
	struct peer_runs *p = arg;
	uint32_t i = *keymap_at(&p->heads, peer);
	for (; i != UINT32_MAX; i = p->path[i].next) {
		struct peer_run *old = &p->run[p->path[i].run];
		if (!old->known)
			continue;
		old->until_us = at_us;
		struct peer_run run = {.prefix = old->prefix,
		    .peer = peer,
		    .path_id = old->path_id,
		    .since_us = at_us,
		    .until_us = -1,
		    .upstream_as = -1,
		    .origin_as = -1};
		begin(p, &run, &p->path[i]);
	}
}

static void
end_prefix(struct peer_runs *p)
{
	if (!p->open)
		return;
	silences_until(&p->silences, p->until_us > 0 ? p->until_us : INT64_MAX,
	    fall_silent, p);
	keymap_clear(&p->heads);
	keymap_clear(&p->index);
	p->npaths = 0;
	p->open = false;
}

static void
begin_prefix(struct peer_runs *p, const struct prefix *prefix)
{
	if (p->open && p->prefix.addr == prefix->addr &&
	    p->prefix.len == prefix->len)
		return;
	end_prefix(p);
	silences_rewind(&p->silences);
	p->prefix = *prefix;
	p->open = true;
}

/* The path of a row; false when it is new. */
static bool
path_of(struct peer_runs *p, uint32_t peer, uint32_t id, uint32_t *no)
{
	uint32_t *at = keymap_at(&p->index, (uint64_t)peer << 32 | id);
	bool known = *at != UINT32_MAX;
	if (!known) {
		if (p->npaths == p->paths_room) {
			p->paths_room =
			    p->paths_room == 0 ? 16 : 2 * p->paths_room;
			p->path = xreallocarray(
			    p->path, p->paths_room, sizeof(*p->path));
		}
		*at = (uint32_t)p->npaths++;
		uint32_t *head = keymap_at(&p->heads, peer);
		p->path[*at].next = *head;
		*head = *at;
	}
	*no = *at;
	return known;
}

static bool
goes_on(const struct peer_run *run, const struct peer_run *row)
{
	return run->known && run->routed == row->routed &&
	       run->upstream_as == row->upstream_as &&
	       run->origin_as == row->origin_as;
}

static void
tell(struct peer_runs *p, const struct peer_run *row, const char *as_path)
{
	uint32_t no = 0;
	struct peer_run run = *row;
	if (path_of(p, row->peer, row->path_id, &no)) {
		struct peer_run *old = &p->run[p->path[no].run];
		if (goes_on(old, row))
			return;
		old->until_us = row->since_us;
	}
	run.as_path = as_path != NULL ? xstrdup(as_path) : NULL;
	begin(p, &run, &p->path[no]);
}

/* A table that has none of the peer: no path is left. */
static void
tell_absent(struct peer_runs *p, struct peer_run *row)
{
	uint32_t i = *keymap_at(&p->heads, row->peer);
	if (i == UINT32_MAX)
		tell(p, row, NULL);
	for (; i != UINT32_MAX; i = p->path[i].next) {
		row->path_id = p->run[p->path[i].run].path_id;
		tell(p, row, NULL);
	}
}

void
peer_runs_add(struct peer_runs *p, const struct store_route *r)
{
	if (silences_is_one(r)) {
		silences_add(&p->silences, r);
		return;
	}
	begin_prefix(p, &r->prefix);
	uint32_t peer = peers_of(&p->silences.peers, r);
	silences_before(&p->silences, peer, r, fall_silent, p);
	bool routed = r->kind == ROUTE_ANNOUNCED || r->kind == ROUTE_TABLE;
	struct peer_run run = {.prefix = r->prefix,
	    .peer = peer,
	    .path_id = r->path_id,
	    .since_us = r->at_us,
	    .until_us = -1,
	    .known = true,
	    .routed = routed,
	    .upstream_as = routed ? r->upstream_as : -1,
	    .origin_as = routed ? r->origin_as : -1};
	if (r->kind == ROUTE_ABSENT)
		tell_absent(p, &run);
	else
		tell(p, &run, routed ? r->as_path : NULL);
}

/* Peers in the order of their names, not of their numbers. */
static const struct peer *
peer_at(const void *peers, uint32_t no)
{
	return &((const struct peers *)peers)->peer[no];
}

static int
compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
by_peer(const struct peer *a, const struct peer *b)
{
	int order = strcmp(a->collector, b->collector);
	order = order ? order : compare(a->asn, b->asn);
	order = order ? order : compare(a->addr_len, b->addr_len);
	return order ? order : memcmp(a->addr, b->addr, sizeof(a->addr));
}

static int
in_order(const void *va, const void *vb, void *peers)
{
	const struct peer_run *a = va, *b = vb;
	int order = compare(a->prefix.addr, b->prefix.addr);
	order = order ? order : compare(a->prefix.len, b->prefix.len);
	order = order
		    ? order
		    : by_peer(peer_at(peers, a->peer), peer_at(peers, b->peer));
	order = order ? order : compare(a->path_id, b->path_id);
	order = order ? order : compare(a->since_us, b->since_us);
	return order ? order : compare(a->until_us, b->until_us);
}

void
peer_runs_end(struct peer_runs *p)
{
	end_prefix(p);
	if (p->n > 0)
		qsort_r(p->run, p->n, sizeof(*p->run), in_order,
		    &p->silences.peers);
}

void
peer_runs_free(struct peer_runs *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->run[i].as_path);
	silences_free(&p->silences);
	keymap_clear(&p->heads);
	keymap_clear(&p->index);
	free(p->path);
	free(p->run);
	*p = (struct peer_runs){0};
}
