/* SPDX-License-Identifier: ISC */
#include "analysis/origin/table.h"

#include "analysis/origin/asns.h"
#include "analysis/origin/reserved.h"
#include "probe/base/log.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

struct source *
table_begin(struct table *t, enum origin_layer layer)
{
	t->sources =
	    xreallocarray(t->sources, t->nsources + 1, sizeof(*t->sources));
	struct source *s = &t->sources[t->nsources++];
	*s = (struct source){.layer = layer, .asof_us = -1};
	return s;
}

struct source *
table_source(struct table *t)
{
	return &t->sources[t->nsources - 1];
}

static void
count(struct table *t, enum source_count what)
{
	table_source(t)->counts[what]++;
}

/* The ASNs that count, in their order: public ones, else the others. */
static size_t
choose(struct table *t, const struct table_seen *seen, uint32_t *set)
{
	size_t n = 0, nreserved = 0;
	bool cut = false, trans = false;
	for (size_t i = 0; i < seen->nasns; i++) {
		trans |= seen->asns[i] == RESERVED_AS_TRANS;
		if (reserved_asn(seen->asns[i]))
			nreserved++;
		else
			cut |= !asns_add(set, &n, seen->asns[i]);
	}
	if (n > 0 && nreserved > 0)
		count(t, COUNT_PRIVATE);
	for (size_t i = 0; nreserved == seen->nasns && i < nreserved; i++)
		if (seen->asns[i] != 0)
			cut |= !asns_add(set, &n, seen->asns[i]);
	if (n > 0 && nreserved == seen->nasns)
		count(t, COUNT_ALL_PRIVATE);
	if (trans)
		count(t, COUNT_AS_TRANS);
	if (cut)
		count(t, COUNT_MOAS_CUT);
	return n;
}

static void
append_row(struct table *t, const struct table_row *row)
{
	if (t->nrows == t->room) {
		t->room = t->room ? t->room * 2 : 1024;
		t->rows = xreallocarray(t->rows, t->room, sizeof(*t->rows));
	}
	t->rows[t->nrows++] = *row;
}

static bool
overlaps_before(const struct table *t, const struct table_row *row)
{
	if (t->nrows == 0)
		return false;
	const struct table_row *b = &t->rows[t->nrows - 1];
	return b->source == row->source && b->first < row->first &&
	       row->first <= b->last && b->last < row->last;
}

/* The offset of a note, which stands in the table once. */
static uint32_t
note_of(struct table *t, const char *text)
{
	size_t before = t->text.len;
	uint32_t at = table_text(t, text);
	if (at < before || at == 0) /* the one before again, or no room */
		return at;
	return t->last_note = intern_last(&t->notes, &t->text, at);
}

/* Counts the reason when a range is of no use whatever its origins are. */
static bool
range_is_of_use(struct table *t, const struct table_seen *seen)
{
	bool all = seen->first == 0 && seen->last == UINT32_MAX;
	if (all)
		count(t, COUNT_DEFAULT);
	else if (reserved_range(seen->first, seen->last))
		count(t, COUNT_BOGON);
	else if (t->nrows == TABLE_ROWS_MAX)
		count(t, COUNT_FULL);
	else
		return true;
	return false;
}

bool
table_add(struct table *t, const struct table_seen *seen)
{
	uint32_t set[ORIGIN_ASNS_MAX];
	enum origin_layer layer = table_source(t)->layer;
	if (!range_is_of_use(t, seen))
		return false;
	size_t n = choose(t, seen, set);
	if (n == 0 && layer != ORIGIN_IXP) {
		count(t, COUNT_NO_ORIGIN);
		return false;
	}
	struct table_row row = {
	    .first = seen->first,
	    .last = seen->last,
	    .asn_at = (uint32_t)t->nasns,
	    .note = seen->note ? note_of(t, seen->note) : 0,
	    .source = (uint16_t)(t->nsources - 1),
	    .nasns = (uint8_t)n,
	    .layer = (uint8_t)layer,
	};
	count(t, COUNT_ROWS);
	if (n > 1)
		count(t, COUNT_MOAS);
	if (overlaps_before(t, &row))
		count(t, COUNT_OVERLAP);
	asns_append(t, set, n);
	append_row(t, &row);
	return true;
}

bool
table_add_prefix(struct table *t, const struct prefix *p, const uint32_t *asns,
    size_t nasns, const char *note)
{
	return table_add(t, &(struct table_seen){
				.first = p->addr,
				.last = p->addr | ~prefix_mask(p->len),
				.asns = asns,
				.nasns = nasns,
				.note = note,
			    });
}

static void
append_relation(struct table *t, const struct table_relation *r)
{
	if (t->nrelations == t->relation_room) {
		t->relation_room = t->relation_room ? t->relation_room * 2 : 64;
		t->relations = xreallocarray(
		    t->relations, t->relation_room, sizeof(*t->relations));
	}
	t->relations[t->nrelations++] = *r;
}

/* Counts as what, when there is room. */
static void
relate(struct table *t, const struct table_relation *r, uint32_t mirror,
    enum source_count what)
{
	bool full = t->nrelations >= TABLE_ROWS_MAX;
	count(t, full ? COUNT_FULL : what);
	if (full)
		return;
	append_relation(t, r);
	append_relation(t, &(struct table_relation){r->b, r->a, mirror});
}

void
table_relate(struct table *t, uint32_t a, uint32_t b, enum origin_relation kind)
{
	enum origin_relation mirror = kind == ORIGIN_PROVIDER ? ORIGIN_CUSTOMER
				      : kind == ORIGIN_CUSTOMER
					  ? ORIGIN_PROVIDER
					  : kind;
	relate(t, &(struct table_relation){a, b, kind}, mirror, COUNT_ROWS);
}

void
table_adjacent(struct table *t, uint32_t a, uint32_t b)
{
	relate(t, &(struct table_relation){a, b, ORIGIN_ADJACENT},
	    ORIGIN_ADJACENT, COUNT_LINKS);
}

void
table_vrp(
    struct table *t, const struct prefix *p, uint8_t max_len, uint32_t asn)
{
	if (t->nvrps == TABLE_ROWS_MAX) {
		count(t, COUNT_FULL);
		return;
	}
	if (t->nvrps == t->vrp_room) {
		t->vrp_room = t->vrp_room ? t->vrp_room * 2 : 64;
		t->vrps = xreallocarray(t->vrps, t->vrp_room, sizeof(*t->vrps));
	}
	count(t, COUNT_ROWS);
	t->vrps[t->nvrps++] = (struct table_vrp){p->addr, asn, p->len, max_len};
}

void
table_upstream(
    struct table *t, const struct prefix *p, uint32_t asn, uint32_t peers)
{
	if (t->nupstreams == TABLE_ROWS_MAX) {
		count(t, COUNT_FULL);
		return;
	}
	if (t->nupstreams == t->upstream_room) {
		t->upstream_room = t->upstream_room ? t->upstream_room * 2 : 64;
		t->upstreams = xreallocarray(
		    t->upstreams, t->upstream_room, sizeof(*t->upstreams));
	}
	count(t, COUNT_UPSTREAMS);
	t->upstreams[t->nupstreams++] = (struct table_upstream){p->addr, asn,
	    peers < UINT16_MAX ? (uint16_t)peers : UINT16_MAX, p->len};
}

void
table_org(struct table *t, uint32_t asn, const char *id, const char *name)
{
	if (t->norgs == TABLE_ROWS_MAX) {
		count(t, COUNT_FULL);
		return;
	}
	if (t->norgs == t->org_room) {
		t->org_room = t->org_room ? t->org_room * 2 : 64;
		t->orgs = xreallocarray(t->orgs, t->org_room, sizeof(*t->orgs));
	}
	count(t, COUNT_ROWS);
	uint32_t id_at = table_text(t, id);
	t->orgs[t->norgs++] = (struct table_org){
	    asn, id_at, name != NULL ? table_text(t, name) : 0};
}

void
table_name(struct table *t, uint32_t asn, const char *name)
{
	if (asn == 0 || *name == '\0')
		return;
	struct asname *s = asname_get(&t->names, asn);
	if (s->text == 0)
		s->text = table_text(t, name);
}

uint32_t
table_text(struct table *t, const char *text)
{
	size_t len = strlen(text) + 1;
	if (t->text.len == 0)
		wr_u8(&t->text, 0);
	if (strcmp((const char *)t->text.p + t->last_note, text) == 0)
		return t->last_note;
	if (len == 1 || len > TABLE_TEXT_MAX - t->text.len)
		return 0;
	t->last_note = (uint32_t)t->text.len;
	wr_bytes(&t->text, text, len);
	log_sanitize((char *)t->text.p + t->last_note);
	return t->last_note;
}

const char *
table_text_at(const struct table *t, uint32_t offset)
{
	return offset > 0 ? (const char *)t->text.p + offset : "";
}

void
table_clear(struct table *t)
{
	for (size_t i = 0; i < t->nsources; i++)
		source_clear(&t->sources[i]);
	free(t->sources);
	free(t->rows);
	free(t->asns);
	free(t->relations);
	free(t->vrps);
	free(t->upstreams);
	free(t->orgs);
	asname_clear(&t->names);
	wr_free(&t->text);
	intern_clear(&t->notes);
	*t = (struct table){0};
}
