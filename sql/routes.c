/* SPDX-License-Identifier: ISC */
#include "sql/routes.h"

#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "probe/base/rd.h"
#include "sql/dictionary.h"
#include "sql/gather.h"
#include "sql/store_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/*
 * A row's key is prefix, stamp, collector, peer, number of the message, and a
 * hash of what was told: kind, path id, AS path. So the same message out of
 * another file is the same row, and one that says something else (of a file
 * that begins within a second, where numbers begin anew) is a row beside it:
 * nothing is ever replaced. Origin and upstream follow from the path by this
 * version's rules and have no part in the key.
 */

static const struct gather_column columns[] = {{"prefix_id", BULK_INT},
    {"at_us", BULK_INT}, {"collector_id", BULK_INT}, {"peer_as", BULK_INT},
    {"peer_addr", BULK_BLOB}, {"message_no", BULK_INT}, {"told_hash", BULK_INT},
    {"kind", BULK_INT}, {"path_no", BULK_INT}, {"as_path", BULK_TEXT},
    {"origin_as", BULK_INT}, {"upstream_as", BULK_INT}};
enum { KEYS = 7 };

static int64_t
told_hash(const struct store_route *r)
{
	uint8_t out[HASH_SHA256_LEN];
	struct wr w = {0};
	wr_u8(&w, (uint8_t)r->kind);
	wr_u32(&w, r->path_id);
	wr_u8(&w, r->as_path != NULL);
	if (r->as_path != NULL)
		wr_bytes(&w, r->as_path, strlen(r->as_path));
	hash_sha256(w.p, w.len, out);
	wr_free(&w);
	struct rd rd = rd_make(out, sizeof(out));
	return (int64_t)(rd_u64(&rd) >> 1);
}

static bool
sensible(const struct store_route *r, struct fault *f)
{
	bool session = r->kind == ROUTE_DOWN || r->kind == ROUTE_UP;
	if (r->collector[0] == '\0')
		return fault_set(f, EX_DATAERR, "route without a collector");
	if (r->peer_addr_len != 4 && r->peer_addr_len != 16)
		return fault_set(f, EX_DATAERR,
		    "route of %s: peer's address of %d octets, not 4 or 16",
		    r->collector, r->peer_addr_len);
	if (r->kind < ROUTE_ANNOUNCED || r->kind > ROUTE_UP)
		return fault_set(f, EX_DATAERR,
		    "route of %s: kind %d, not in %d..%d", r->collector,
		    (int)r->kind, ROUTE_ANNOUNCED, ROUTE_UP);
	if (session && r->prefix.len != 0)
		return fault_set(f, EX_DATAERR,
		    "route of %s: a session has prefix 0.0.0.0/0, not a /%d",
		    r->collector, r->prefix.len);
	return true;
}

static bool
take(struct store *s, struct gather *g, const struct store_route *r,
    struct fault *f)
{
	if (!sensible(r, f))
		return false;
	int64_t prefix_id = store_prefix(s, &r->prefix, f);
	int64_t collector_id =
	    prefix_id == 0 ? 0 : store_collector(s, r->collector, f);
	if (collector_id == 0 ||
	    !store_octets(s, r->peer_addr, r->peer_addr_len, f))
		return false;
	gather_int(g, prefix_id);
	gather_int(g, r->at_us);
	gather_int(g, collector_id);
	gather_int(g, r->peer_asn);
	gather_octets(g, r->peer_addr, r->peer_addr_len);
	gather_int(g, r->no);
	gather_int(g, told_hash(r));
	gather_int(g, r->kind);
	gather_int(g, r->path_id);
	gather_text(g, r->as_path);
	gather_int_or_null(g, r->origin_as);
	gather_int_or_null(g, r->upstream_as);
	return true;
}

bool
store_add_routes(struct store *s, const struct store_route *routes, size_t n,
    int64_t *added, struct fault *f)
{
	bool own = false;
	struct gather g = GATHER("route", columns, KEYS);
	if (added != NULL)
		*added = 0;
	if (!store_enter(s, &own, f))
		return false;
	bool ok = true;
	for (size_t i = 0; ok && i < n; i++)
		ok = take(s, &g, &routes[i], f);
	ok = ok && gather_insert(&g, s->db, added, f);
	gather_free(&g);
	return store_leave(s, own, ok, f);
}

static bool
add_source(struct store *s, const struct store_route_source *source,
    int64_t collector_id, struct fault *f)
{
	struct db_stmt *st = db_prepare(s->db,
	    "INSERT INTO route_source (collector_id, sha256, kind, prefixes, "
	    "name, first_us, last_us, messages_n, kept_n, skipped_n) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
	    "ON CONFLICT DO NOTHING",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, collector_id);
	db_bind_blob(st, 2, source->sha256, sizeof(source->sha256));
	db_bind_text(st, 3, source->kind);
	db_bind_text(st, 4, source->prefixes);
	db_bind_text(st, 5, source->name);
	db_bind_int(st, 6, source->first_us);
	db_bind_int(st, 7, source->last_us);
	db_bind_int(st, 8, source->messages);
	db_bind_int(st, 9, source->kept);
	db_bind_int(st, 10, source->skipped);
	bool ok = db_run(st, NULL, f);
	db_finish(st);
	return ok;
}

bool
store_add_route_source(
    struct store *s, const struct store_route_source *source, struct fault *f)
{
	bool own = false;
	if (source->collector[0] == '\0')
		return fault_set(f, EX_DATAERR, "%s: no collector's name",
		    source->name != NULL ? source->name : "a source");
	if (!store_enter(s, &own, f))
		return false;
	int64_t collector_id = store_collector(s, source->collector, f);
	bool ok = collector_id != 0 && add_source(s, source, collector_id, f);
	return store_leave(s, own, ok, f);
}

/* Prefixes, ascending; the routes of one are read in the order of the key. */
struct known {
	int64_t id;
	struct prefix prefix;
};

struct known_list {
	size_t n;
	struct known *known;
};

static bool
overlap(const struct prefix *a, const struct prefix *b)
{
	return b == NULL || ((a->addr ^ b->addr) & prefix_mask(a->len) &
				prefix_mask(b->len)) == 0;
}

static bool
list_prefixes(struct store *s, const struct store_filter *filter,
    struct known_list *list, struct fault *f)
{
	struct db_stmt *st = db_prepare(s->db,
	    "SELECT prefix_id, addr, len_bits FROM prefix "
	    "ORDER BY addr, len_bits",
	    f);
	if (st == NULL)
		return false;
	enum db_row row = db_step(st, f);
	for (; row == DB_ROW; row = db_step(st, f)) {
		struct known k = {.id = db_int(st, 0),
		    .prefix = {store_get_addr(st, 1), (uint8_t)db_int(st, 2)}};
		if (k.prefix.len > 32 || !overlap(&k.prefix, filter->prefix))
			continue;
		list->known = xreallocarray(
		    list->known, list->n + 1, sizeof(*list->known));
		list->known[list->n++] = k;
	}
	db_finish(st);
	return row != DB_FAILED;
}

static void
get(struct db_stmt *st, const struct prefix *prefix, struct store_route *r)
{
	size_t len = 0;
	*r = (struct store_route){.prefix = *prefix};
	snprintf(r->collector, sizeof(r->collector), "%s", db_text(st, 0));
	log_sanitize(r->collector);
	r->peer_asn = (uint32_t)db_int(st, 1);
	const void *addr = db_blob(st, 2, &len);
	if (addr != NULL && len <= sizeof(r->peer_addr)) {
		memcpy(r->peer_addr, addr, len);
		r->peer_addr_len = (uint8_t)len;
	}
	r->path_id = (uint32_t)db_int(st, 3);
	r->at_us = db_int(st, 4);
	r->no = db_int(st, 5);
	r->kind = (enum route_kind)db_int(st, 6);
	r->as_path = db_text_or_null(st, 7);
	r->origin_as = db_int_or_none(st, 8);
	r->upstream_as = db_int_or_none(st, 9);
}

static const char routes_query[] =
    "SELECT c.name, r.peer_as, r.peer_addr, r.path_no, r.at_us, r.message_no, "
    "r.kind, r.as_path, r.origin_as, r.upstream_as "
    "FROM route r LEFT JOIN collector c ON c.collector_id = r.collector_id "
    "WHERE r.prefix_id = $1 AND r.at_us >= $2 AND r.at_us < $3 "
    "ORDER BY r.at_us, r.collector_id, r.peer_as, r.peer_addr, r.message_no, "
    "r.told_hash";

/* Who reads the routes: the filter and the caller's function. */
struct reading {
	const struct store_filter *filter;
	store_each_route *each;
	void *arg;
};

static bool
read_prefix(struct store *s, const struct known *k, const struct reading *to,
    struct fault *f)
{
	struct db_stmt *st = db_prepare(s->db, routes_query, f);
	if (st == NULL)
		return false;
	int64_t until = to->filter->until_us;
	db_bind_int(st, 1, k->id);
	db_bind_int(st, 2, to->filter->since_us);
	db_bind_int(st, 3, until > 0 ? until : INT64_MAX);
	bool ok = true;
	enum db_row row = DB_DONE;
	while (ok && (row = db_step(st, f)) == DB_ROW) {
		struct store_route r;
		get(st, &k->prefix, &r);
		ok = to->each(to->arg, &r, f);
	}
	db_finish(st);
	return ok && row != DB_FAILED;
}

bool
store_routes(struct store *s, const struct store_filter *filter,
    store_each_route *each, void *arg, struct fault *f)
{
	struct known_list list = {0};
	const struct reading to = {filter, each, arg};
	bool ok = list_prefixes(s, filter, &list, f);
	for (size_t i = 0; ok && i < list.n; i++)
		ok = read_prefix(s, &list.known[i], &to, f);
	free(list.known);
	return ok;
}

static void
get_source(struct db_stmt *st, struct store_route_source *source)
{
	*source = (struct store_route_source){0};
	snprintf(
	    source->collector, sizeof(source->collector), "%s", db_text(st, 0));
	log_sanitize(source->collector);
	db_octets(st, 1, source->sha256, sizeof(source->sha256));
	source->kind = db_text(st, 2);
	source->prefixes = db_text(st, 3);
	source->name = db_text(st, 4);
	source->first_us = db_int(st, 5);
	source->last_us = db_int(st, 6);
	source->messages = db_int(st, 7);
	source->kept = db_int(st, 8);
	source->skipped = db_int(st, 9);
}

bool
store_route_sources(
    struct store *s, store_each_route_source *each, void *arg, struct fault *f)
{
	struct db_stmt *st = db_prepare(s->db,
	    "SELECT c.name, t.sha256, t.kind, t.prefixes, t.name, t.first_us, "
	    "t.last_us, t.messages_n, t.kept_n, t.skipped_n "
	    "FROM route_source t "
	    "LEFT JOIN collector c ON c.collector_id = t.collector_id "
	    "ORDER BY c.name, t.first_us, t.last_us, t.sha256, t.kind, "
	    "t.prefixes",
	    f);
	if (st == NULL)
		return false;
	bool ok = true;
	enum db_row row = DB_DONE;
	while (ok && (row = db_step(st, f)) == DB_ROW) {
		struct store_route_source source;
		get_source(st, &source);
		ok = each(arg, &source, f);
	}
	db_finish(st);
	return ok && row != DB_FAILED;
}
