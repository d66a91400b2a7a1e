/* SPDX-License-Identifier: ISC */
#include "tests/truth/files.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "tests/truth/agenda.h"
#include "tests/truth/tables.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { LAN_LENGTH = 22 }; /* of each exchange */

static FILE *
create(const char *folder, const char *name, struct fault *f)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	if (file == NULL)
		fault_set(f, EX_IOERR, "%s: %s", path, strerror(errno));
	return file;
}

static bool
finish(FILE *file, const char *name, struct fault *f)
{
	bool good = ferror(file) == 0;
	if (fclose(file) != 0 || !good)
		return fault_set(f, EX_IOERR, "%s: %s", name, strerror(errno));
	return true;
}

/* One file, written by one function. */
struct file {
	const char *name;
	void (*write)(struct truth *t, FILE *out);
};

static bool
write_all(struct truth *t, const struct file *files, const char *folder,
    struct fault *f)
{
	for (; files->name != NULL; files++) {
		FILE *out = create(folder, files->name, f);
		if (out == NULL)
			return false;
		files->write(t, out);
		if (!finish(out, files->name, f))
			return false;
	}
	return true;
}

static void
head(const char *title, FILE *out)
{
	char date[CLOCK_STRLEN];
	clock_format_us(truth_asof_us(), date);
	fprintf(out, "# title: %s of a generated world\n# as-of: %.10s\n",
	    title, date);
}

/* --- routes --------------------------------------------------------------- */

struct route_text {
	FILE *out;
	char slash; /* between address and length */
	char blank; /* before the origins */
};

static void
put_prefix(const struct route_text *text, const struct prefix *p,
    const struct tables_route *r)
{
	char addr[ADDR_STRLEN];
	fprintf(text->out, "%s%c%d%c", addr_format(p->addr, addr), text->slash,
	    p->len, text->blank);
	for (size_t i = 0; i < r->nasns; i++)
		fprintf(text->out, "%s%" PRIu32, i ? "_" : "", r->asn[i]);
	putc('\n', text->out);
}

static void
put_route(const struct tables_route *r, void *arg)
{
	for (uint64_t at = r->first; at <= r->last;) {
		struct prefix p =
		    prefix_in_range((uint32_t)at, (uint32_t)at, r->last);
		put_prefix(arg, &p, r);
		at += UINT64_C(1) << (32 - p.len);
	}
}

static void
put_routes(struct truth *t, FILE *out)
{
	head("routes", out);
	tables_routes(t, put_route, &(struct route_text){out, '/', ' '});
}

/* sc_bdrmap reads no prefix twice, none longer than /24 or shorter than /8. */
struct ip2as {
	struct prefix prefix;
	struct tables_route route;
};

struct ip2as_list {
	struct ip2as *p;
	size_t n, room;
};

static void
collect(const struct tables_route *r, void *arg)
{
	struct ip2as_list *l = arg;
	for (uint64_t at = r->first; at <= r->last;) {
		struct prefix p =
		    prefix_in_range((uint32_t)at, (uint32_t)at, r->last);
		at += UINT64_C(1) << (32 - p.len);
		if (p.len < 8 || p.len > 24)
			continue;
		if (l->n == l->room) {
			l->room = l->room ? l->room * 2 : 1024;
			l->p = xreallocarray(l->p, l->room, sizeof(*l->p));
		}
		l->p[l->n++] = (struct ip2as){p, *r};
	}
}

static int
by_prefix(const void *a, const void *b)
{
	const struct ip2as *x = a, *y = b;
	if (x->prefix.addr != y->prefix.addr)
		return x->prefix.addr < y->prefix.addr ? -1 : 1;
	if (x->prefix.len != y->prefix.len)
		return x->prefix.len - y->prefix.len;
	return (x->route.asn[0] > y->route.asn[0]) -
	       (x->route.asn[0] < y->route.asn[0]);
}

/* CAIDA's form. */
static void
put_ip2as(struct truth *t, FILE *out)
{
	struct ip2as_list l = {0};
	struct route_text text = {out, '\t', '\t'};
	tables_routes(t, collect, &l);
	if (l.n > 0)
		qsort(l.p, l.n, sizeof(*l.p), by_prefix);
	for (size_t i = 0; i < l.n; i++)
		if (i == 0 || l.p[i].prefix.addr != l.p[i - 1].prefix.addr ||
		    l.p[i].prefix.len != l.p[i - 1].prefix.len)
			put_prefix(&text, &l.p[i].prefix, &l.p[i].route);
	free(l.p);
}

/* --- registry ------------------------------------------------------------- */

static void
put_holder(const struct truth *t, const struct address_block *b, FILE *out)
{
	const struct space *s = &truth_ground(t)->space;
	char addr[ADDR_STRLEN];
	fprintf(out,
	    "apnic|ZZ|ipv4|%s|%" PRIu32 "|20101109|allocated|H%" PRIu32 "\n",
	    addr_format(b->first, addr), b->last - b->first + 1, b->as);
	fprintf(out,
	    "apnic|ZZ|asn|%" PRIu32 "|1|20101109|allocated|H%" PRIu32 "\n",
	    s->asn[b->as], b->as);
	if (b->sibling)
		fprintf(out,
		    "apnic|ZZ|asn|%" PRIu32 "|1|20101109|allocated|H%" PRIu32
		    "\n",
		    s->asn[(b->as + 1) % s->n], b->as);
}

static void
put_holders(struct truth *t, FILE *out)
{
	const struct addresses *a = truth_addresses(t);
	for (size_t i = 0; i < a->nblocks; i++)
		if (a->block[i].registered)
			put_holder(t, &a->block[i], out);
}

static void
put_registry(struct truth *t, FILE *out)
{
	head("delegations", out);
	put_holders(t, out);
}

/* --- exchanges, relations, carriers --------------------------------------- */

static void
put_lans(struct truth *t, FILE *out)
{
	const struct addresses *a = truth_addresses(t);
	char addr[ADDR_STRLEN];
	for (size_t i = 0; i < truth_ground(t)->graph.nexchanges; i++)
		if (a->lan[i].first != 0)
			fprintf(out, "%s/%d\n",
			    addr_format(a->lan[i].first, addr), LAN_LENGTH);
}

static void
put_exchanges(struct truth *t, FILE *out)
{
	head("exchanges", out);
	put_lans(t, out);
}

/* The objects of a dump of PeeringDB that say who has which address. */
static void
put_member(const struct tables_member *m, void *arg)
{
	struct json *j = arg;
	char addr[ADDR_STRLEN];
	json_object(j, NULL);
	json_int(j, "ixlan_id", (int64_t)m->exchange + 1);
	json_int(j, "ix_id", (int64_t)m->exchange + 1);
	json_int(j, "asn", m->asn);
	json_text(j, "ipaddr4", addr_format(m->addr, addr));
	json_text(j, "ipaddr6", NULL);
	json_bool(j, "operational", true);
	json_text(j, "status", "ok");
	json_object_end(j);
}

/* One object for each exchange; ids are the same in all lists. */
static void
put_each_lan(struct truth *t, const char *parent, bool prefix, struct json *j)
{
	const struct addresses *a = truth_addresses(t);
	for (size_t i = 0; i < truth_ground(t)->graph.nexchanges; i++) {
		struct prefix lan = {a->lan[i].first, LAN_LENGTH};
		char text[PREFIX_STRLEN];
		if (lan.addr == 0)
			continue;
		json_object(j, NULL);
		json_int(j, "id", (int64_t)i + 1);
		if (parent != NULL)
			json_int(j, parent, (int64_t)i + 1);
		if (prefix)
			json_text(j, "prefix", prefix_format(&lan, text));
		json_text(j, "status", "ok");
		json_object_end(j);
	}
}

static void
open_list(const char *name, struct json *j)
{
	json_object(j, name);
	json_array(j, "data");
}

static void
close_list(struct json *j)
{
	json_array_end(j);
	json_object_end(j);
}

static void
put_peeringdb(struct truth *t, FILE *out)
{
	struct json j = {0};
	json_object(&j, NULL);
	open_list("ix", &j);
	put_each_lan(t, NULL, false, &j);
	close_list(&j);
	open_list("ixlan", &j);
	put_each_lan(t, "ix_id", false, &j);
	close_list(&j);
	open_list("ixpfx", &j);
	put_each_lan(t, "ixlan_id", true, &j);
	close_list(&j);
	open_list("netixlan", &j);
	tables_members(t, put_member, &j);
	close_list(&j);
	json_object_end(&j);
	json_line(&j, out);
	json_clear(&j);
}

static void
put_relation(const struct tables_relation *r, void *arg)
{
	fprintf(arg, "%" PRIu32 "|%" PRIu32 "|%d\n", r->a, r->b,
	    r->kind == ORIGIN_PROVIDER ? -1 : 0);
}

static void
put_relations(struct truth *t, FILE *out)
{
	tables_relations(t, put_relation, out);
}

static void
put_dated_relations(struct truth *t, FILE *out)
{
	head("relations", out);
	put_relations(t, out);
}

/* Large carriers each a class of its own, small ASes before targets fronts. */
static void
put_carriers(struct truth *t, FILE *out)
{
	const struct ground *g = truth_ground(t);
	enum { CARRIERS = 150 };
	for (uint32_t as = 0; as < g->space.n; as++) {
		uint32_t n = g->space.asn[as];
		if (g->graph.rank[as] < CARRIERS)
			fprintf(
			    out, "carrier c%" PRIu32 " %" PRIu32 "\n", n, n);
		else if (g->graph.use[as] == GRAPH_FRONT)
			fprintf(out, "front f%" PRIu32 " %" PRIu32 "\n", n, n);
	}
}

bool
files_write(struct truth *t, const char *folder, struct fault *f)
{
	static const struct file files[] = {{"bgp.txt", put_routes},
	    {"registry.txt", put_registry}, {"ixp.txt", put_exchanges},
	    {"peeringdb.json", put_peeringdb},
	    {"as-rel.txt", put_dated_relations}, {"carriers.txt", put_carriers},
	    {NULL, NULL}};
	return write_all(t, files, folder, f);
}

bool
files_write_bdrmap(struct truth *t, const char *folder, struct fault *f)
{
	static const struct file files[] = {{"ip2as.txt", put_ip2as},
	    {"delegated.txt", put_holders}, {"ixp.txt", put_lans},
	    {"as-rel.txt", put_relations}, {NULL, NULL}};
	return write_all(t, files, folder, f);
}

/* --- truth ---------------------------------------------------------------- */

static void
hop_json(const struct truth_hop *hop, int ttl, struct json *j)
{
	json_object(j, NULL);
	json_int(j, "ttl", ttl);
	json_int(j, "owner", hop->owner);
	json_int_or_null(j, "holder", hop->holder ? (int64_t)hop->holder : -1);
	json_text(j, "role", face_role_name(hop->role));
	json_object_end(j);
}

void
files_truth_json(const struct truth_trace *t, struct json *j)
{
	uint8_t id[UUID_LEN];
	char text[UUID_STRLEN];
	record_id(&t->record, id);
	json_object(j, NULL);
	json_text(j, "record", "truth");
	json_int(j, "v", 1);
	json_text(j, "trace", uuid_format(id, text));
	json_int(j, "group", (int64_t)t->group);
	json_text(j, "vantage", t->record.vantage);
	json_int(j, "target_as", t->target_as);
	json_int(j, "entry_as", t->entry_as);
	json_array(j, "as_path");
	for (size_t i = 0; i < t->nas; i++)
		json_int(j, NULL, t->as_path[i]);
	json_array_end(j);
	json_int(j, "border_ttl", t->border_ttl);
	json_array(j, "tags");
	for (int tag = 0; tag < TRUTH_TAGS; tag++)
		if (TRUTH_IS(t, tag))
			json_text(j, NULL, truth_tag_name((enum truth_tag)tag));
	json_array_end(j);
	json_array(j, "hops");
	for (int ttl = 1; ttl <= t->nhops; ttl++)
		hop_json(&t->hop[ttl], ttl, j);
	json_array_end(j);
	json_object_end(j);
}
