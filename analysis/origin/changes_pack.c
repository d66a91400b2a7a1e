/* SPDX-License-Identifier: ISC */
#include "analysis/origin/be.h"
#include "analysis/origin/changes.h"
#include "analysis/origin/pool.h"
#include "analysis/origin/snapshot_ases.h"
#include "analysis/origin/snapshot_form.h"
#include "analysis/origin/snapshot_pack.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

struct work {
	const struct snapshot *base, *day;
	struct wr starts, segments, origins, ases, text, map;
	struct pool rows, kinds, sets;
	uint32_t *set_at;  /* place of each set in the origins */
	uint32_t *text_at; /* own offset of each text of the day; 0: none yet */
	uint32_t *as_at;   /* what stands in ROWS for each AS of the day */
	uint32_t *stands;  /* SMAP */
	size_t before;	   /* ASes of the base */
	uint32_t last;	   /* row of the segment that was put last */
};

static const char *
text_of(const struct snapshot *s, uint32_t offset)
{
	return (const char *)s->text.p + offset;
}

/* Takes a text of the day over, once, and returns its own offset. */
static uint32_t
take_text(struct work *w, const char *text)
{
	if (text == NULL || *text == '\0')
		return 0;
	size_t from = (size_t)(text - text_of(w->day, 0));
	if (w->text_at[from] == 0) {
		w->text_at[from] = (uint32_t)w->text.len;
		wr_bytes(&w->text, text, strlen(text) + 1);
	}
	return w->text_at[from];
}

/* --- sources ---------------------------------------------------------------
 */

/* The own source that stands for one of the base: the first one not taken. */
static uint32_t
stand_in(const struct work *w, const struct snapshot_source *of, bool *taken)
{
	for (uint32_t i = 0; i < w->day->nsources; i++) {
		const struct snapshot_source *s = &w->day->sources[i];
		if (taken[i] || s->layer != of->layer ||
		    strcmp(s->kind, of->kind) != 0)
			continue;
		taken[i] = true;
		return i;
	}
	return FORM_NO_SOURCE;
}

static void
map_sources(struct work *w)
{
	size_t n = w->base->nsources;
	bool *taken = xcalloc(w->day->nsources + 1, sizeof(*taken));
	w->stands = xcalloc(n + 1, sizeof(*w->stands));
	for (size_t i = 0; i < n; i++) {
		w->stands[i] = stand_in(w, &w->base->sources[i], taken);
		wr_u32(&w->map, w->stands[i]);
	}
	free(taken);
}

static void
put_source(struct work *w, const struct snapshot_source *s, struct wr *out)
{
	wr_u32(out, take_text(w, s->name));
	wr_u32(out, take_text(w, s->kind));
	wr_u32(out, take_text(w, s->title));
	wr_u32(out, take_text(w, s->licence));
	wr_u32(out, take_text(w, s->credits));
	wr_u32(out, s->layer);
	wr_u64(out, (uint64_t)s->asof_us);
	wr_u64(out, s->bytes);
	wr_bytes(out, s->sha256, sizeof(s->sha256));
	wr_u32(out, (uint32_t)s->ncounts);
	for (size_t i = 0; i < s->ncounts; i++) {
		wr_u32(out, take_text(w, s->count_names[i]));
		wr_u64(out, s->counts[i]);
	}
}

/* --- ASes ------------------------------------------------------------------
 */

static void
own_as(struct work *w, uint32_t asn, const char *name)
{
	wr_u32(&w->ases, asn);
	wr_u32(&w->ases, take_text(w, name));
}

/*
 * Walks along the ASes of both. An AS that the base lacks or calls otherwise
 * becomes an own one, and so does one whose name only the base has.
 */
static void
map_ases(struct work *w)
{
	const struct snapshot *b = w->base, *d = w->day;
	size_t i = 0, k = 0;
	w->before = b->nases;
	w->as_at = xcalloc(d->nases + 1, sizeof(*w->as_at));
	while (i < b->nases || k < d->nases) {
		const uint8_t *x = b->ases.p + i * FORM_AS_LEN;
		const uint8_t *y = d->ases.p + k * FORM_AS_LEN;
		uint64_t old = i < b->nases ? be_u32(x) : UINT64_MAX;
		uint64_t new = k < d->nases ? be_u32(y) : UINT64_MAX;
		if (old < new) {
			if (be_u32(x + 4) != 0)
				own_as(w, (uint32_t)old, NULL);
			i++;
			continue;
		}
		const char *name = text_of(d, be_u32(y + 4));
		if (old == new &&strcmp(text_of(b, be_u32(x + 4)), name) == 0) {
			w->as_at[k] = (uint32_t)i;
		} else {
			w->as_at[k] =
			    (uint32_t)(w->before + w->ases.len / FORM_AS_LEN);
			own_as(w, (uint32_t) new, name);
		}
		i += old == new;
		k++;
	}
}

/* --- segments --------------------------------------------------------------
 */

static uint32_t
origin_of(struct work *w, uint32_t origin)
{
	const struct snapshot *d = w->day;
	if (origin < d->nases)
		return w->as_at[origin];
	uint32_t set[1 + ORIGIN_ASNS_MAX] = {0};
	const uint8_t *p = d->origins.p + (origin - d->nases) * (size_t)4;
	set[0] = be_u32(p);
	for (uint32_t i = 1; i <= set[0]; i++)
		set[i] = w->as_at[be_u32(p + i * (size_t)4)];
	size_t n = w->sets.n;
	uint32_t i = pool_put(&w->sets, set);
	if (w->sets.n > n) {
		w->set_at =
		    xreallocarray(w->set_at, w->sets.n, sizeof(*w->set_at));
		w->set_at[i] = (uint32_t)(w->origins.len / 4);
		for (uint32_t k = 0; k <= set[0]; k++)
			wr_u32(&w->origins, set[k]);
	}
	return (uint32_t)(w->before + w->ases.len / FORM_AS_LEN) + w->set_at[i];
}

/* 1 + the own row that says what the day says there. */
static uint32_t
row_of(struct work *w, const struct snapshot_hit *hit)
{
	uint32_t kind[2] = {take_text(w, text_of(w->day, hit->note)),
	    (uint32_t)hit->source << 16 | (uint32_t)hit->layer << 8 |
		hit->prefix.len};
	uint32_t row[2] = {
	    origin_of(w, hit->origin), pool_put(&w->kinds, kind)};
	return 1 + pool_put(&w->rows, row);
}

static bool
same_origins(const struct snapshot_hit *a, const struct snapshot_hit *b)
{
	uint32_t x[ORIGIN_ASNS_MAX], y[ORIGIN_ASNS_MAX];
	size_t n = snapshot_origins(a, x);
	return snapshot_origins(b, y) == n && memcmp(x, y, n * sizeof(*x)) == 0;
}

static bool
same(const struct work *w, const struct snapshot_hit *was,
    const struct snapshot_hit *is)
{
	return was->layer == is->layer && was->prefix.len == is->prefix.len &&
	       was->prefix.addr == is->prefix.addr &&
	       w->stands[was->source] == is->source && same_origins(was, is) &&
	       strcmp(text_of(w->base, was->note), text_of(w->day, is->note)) ==
		   0;
}

static uint32_t
compare(struct work *w, uint32_t addr)
{
	struct snapshot_hit was = {0}, is = {0};
	bool old = snapshot_hit(w->base, addr, &was);
	bool new = snapshot_hit(w->day, addr, &is);
	if (old == new && (!new || same(w, &was, &is)))
		return FORM_AS_IN_BASE;
	return new ? row_of(w, &is) : 0;
}

static void
put_segments(struct work *w)
{
	for (uint64_t at = 0; at <= UINT32_MAX;) {
		uint32_t addr = (uint32_t)at;
		uint32_t last = snapshot_until(w->base, addr);
		uint32_t end = snapshot_until(w->day, addr);
		uint32_t row = compare(w, addr);
		if (at == 0 || row != w->last) {
			wr_u32(&w->starts, addr);
			wr_u32(&w->segments, row);
		}
		w->last = row;
		at = (uint64_t)(end < last ? end : last) + 1;
	}
}

/* --- what is beside the addresses ------------------------------------------
 */

/* Copies a section unless it is as in the base, which it returns. */
static bool
put_same(const struct snapshot_section *was, const struct snapshot_section *is,
    struct wr *out)
{
	bool equal = was->len == is->len && is->len > 0 &&
		     memcmp(was->p, is->p, is->len) == 0;
	if (!equal && is->len > 0)
		wr_bytes(out, is->p, is->len);
	return equal;
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_orgs(const struct snapshot *b, const struct snapshot *d)
{
	bool equal = b->norgs == d->norgs && d->norgs > 0;
	for (size_t i = 0; equal && i < d->norgs; i++) {
		struct origin_org x, y;
		equal = snapshot_org_at(b, i, &x) == snapshot_org_at(d, i, &y);
		equal =
		    equal && same_text(x.id, y.id) && same_text(x.name, y.name);
	}
	return equal;
}

static bool
put_orgs(struct work *w, struct wr *out)
{
	if (same_orgs(w->base, w->day))
		return true;
	for (size_t i = 0; i < w->day->norgs; i++) {
		struct origin_org org;
		wr_u32(out, snapshot_org_at(w->day, i, &org));
		wr_u32(out, take_text(w, org.id));
		wr_u32(out, take_text(w, org.name));
	}
	return false;
}

/* The name of the base without its folder. */
static uint32_t
put_name(struct work *w)
{
	const char *slash = strrchr(w->base->name, '/');
	const char *name = slash ? slash + 1 : w->base->name;
	uint32_t at = (uint32_t)w->text.len;
	wr_bytes(&w->text, name, strlen(name) + 1);
	return at;
}

static void
put_base(struct work *w, uint32_t flags, struct wr *out)
{
	uint8_t identity[HASH_SHA256_LEN];
	changes_identity(w->base, identity);
	wr_u64(out, (uint64_t)w->base->asof_us);
	wr_bytes(out, identity, sizeof(identity));
	wr_u32(out, flags);
	wr_u32(out, (uint32_t)w->base->nases);
	wr_u32(out, (uint32_t)w->base->nsources);
	wr_u32(out, put_name(w));
}

static struct wr
pooled(struct pool *p)
{
	struct wr out = {0};
	for (size_t i = 0; i < p->n * p->width; i++)
		wr_u32(&out, p->words[i]);
	pool_clear(p);
	return out;
}

static void
put_file(struct work *w, struct wr *out)
{
	struct wr base = {0}, sources = {0}, relations = {0}, vrps = {0},
		  upstreams = {0}, orgs = {0};
	uint32_t flags = 0;
	for (size_t i = 0; i < w->day->nsources; i++)
		put_source(w, &w->day->sources[i], &sources);
	if (put_same(&w->base->relations, &w->day->relations, &relations))
		flags |= CHANGES_SAME_RELATIONS;
	if (put_same(&w->base->vrps, &w->day->vrps, &vrps))
		flags |= CHANGES_SAME_VRPS;
	if (put_same(&w->base->upstreams, &w->day->upstreams, &upstreams))
		flags |= CHANGES_SAME_UPSTREAMS;
	if (put_orgs(w, &orgs))
		flags |= CHANGES_SAME_ORGS;
	put_base(w, flags, &base);
	struct snapshot_part parts[] = {{FORM_BASE, base}, {FORM_SMAP, w->map},
	    {FORM_STRT, w->starts}, {FORM_SEGM, w->segments},
	    {FORM_ROWS, pooled(&w->rows)}, {FORM_KIND, pooled(&w->kinds)},
	    {FORM_ORIG, w->origins}, {FORM_ASES, w->ases},
	    {FORM_RELS, relations}, {FORM_VRPS, vrps}, {FORM_UPST, upstreams},
	    {FORM_ORGS, orgs}, {FORM_TEXT, w->text}, {FORM_SRCS, sources}};
	snapshot_put_file(
	    parts, sizeof(parts) / sizeof(parts[0]), w->day->asof_us, out);
}

void
changes_pack(
    const struct snapshot *base, const struct snapshot *day, struct wr *out)
{
	struct work w = {.base = base,
	    .day = day,
	    .rows = {.width = 2},
	    .kinds = {.width = 2},
	    .sets = {.width = 1 + ORIGIN_ASNS_MAX}};
	w.text_at = xcalloc(day->text.len, sizeof(*w.text_at));
	wr_u8(&w.text, 0); /* the pool begins with an empty text */
	map_sources(&w);
	map_ases(&w);
	put_segments(&w);
	put_file(&w, out);
	pool_clear(&w.sets);
	free(w.set_at);
	free(w.text_at);
	free(w.as_at);
	free(w.stands);
}
