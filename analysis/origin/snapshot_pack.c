/* SPDX-License-Identifier: ISC */
#include "analysis/origin/snapshot_pack.h"

#include "analysis/origin/gzip.h"
#include "analysis/origin/snapshot.h"
#include "analysis/origin/snapshot_form.h"
#include "analysis/origin/snapshot_rows.h"

static void
put_relations(const struct table *t, struct wr *w)
{
	for (size_t i = 0; i < t->nrelations; i++) {
		wr_u32(w, t->relations[i].a);
		wr_u32(w, t->relations[i].b);
		wr_u32(w, t->relations[i].kind);
	}
}

static void
put_vrps(const struct table *t, struct wr *w)
{
	for (size_t i = 0; i < t->nvrps; i++) {
		wr_u32(w, t->vrps[i].addr);
		wr_u32(w, t->vrps[i].asn);
		wr_u8(w, t->vrps[i].len);
		wr_u8(w, t->vrps[i].max_len);
		wr_u16(w, 0);
	}
}

static void
put_upstreams(const struct table *t, struct wr *w)
{
	for (size_t i = 0; i < t->nupstreams; i++) {
		wr_u32(w, t->upstreams[i].addr);
		wr_u32(w, t->upstreams[i].asn);
		wr_u8(w, t->upstreams[i].len);
		wr_u8(w, 0);
		wr_u16(w, t->upstreams[i].peers);
	}
}

static void
put_orgs(const struct table *t, struct wr *w)
{
	for (size_t i = 0; i < t->norgs; i++) {
		wr_u32(w, t->orgs[i].asn);
		wr_u32(w, t->orgs[i].id);
		wr_u32(w, t->orgs[i].name);
	}
}

static void
put_text(struct table *t, const char *text, struct wr *w)
{
	wr_u32(w, text ? table_text(t, text) : 0);
}

static void
put_source(struct table *t, const struct source *s, struct wr *w)
{
	put_text(t, s->name, w);
	put_text(t, s->kind, w);
	put_text(t, s->title, w);
	put_text(t, s->licence, w);
	put_text(t, s->credits, w);
	wr_u32(w, s->layer);
	wr_u64(w, (uint64_t)s->asof_us);
	wr_u64(w, s->bytes);
	wr_bytes(w, s->sha256, sizeof(s->sha256));
	wr_u32(w, COUNT_KINDS);
	for (int i = 0; i < COUNT_KINDS; i++) {
		put_text(t, source_count_name((enum source_count)i), w);
		wr_u64(w, s->counts[i]);
	}
}

void
snapshot_put_file(
    struct snapshot_part *parts, size_t n, int64_t asof_us, struct wr *out)
{
	size_t begin = out->len;
	size_t head_len = FORM_HEAD_LEN + n * FORM_ENTRY_LEN;
	uint64_t at = head_len;
	wr_bytes(out, FORM_MAGIC, FORM_MAGIC_LEN);
	wr_u16(out, SNAPSHOT_VERSION);
	wr_u16(out, (uint16_t)n);
	wr_u32(out, 0); /* the CRC */
	wr_u64(out, (uint64_t)asof_us);
	for (size_t i = 0; i < n; i++)
		at += parts[i].body.len;
	wr_u64(out, at);
	at = head_len;
	for (size_t i = 0; i < n; i++) {
		const struct wr *body = &parts[i].body;
		wr_u32(out, parts[i].tag);
		wr_u32(out, gzip_crc32(body->p, body->len));
		wr_u64(out, at);
		wr_u64(out, body->len);
		at += body->len;
	}
	uint32_t crc = gzip_crc32(out->p + begin, head_len);
	for (int i = 0; i < 4; i++)
		out->p[begin + FORM_CRC_AT + i] =
		    (uint8_t)(crc >> (24 - 8 * i));
	for (size_t i = 0; i < n; i++) {
		wr_bytes(out, parts[i].body.p, parts[i].body.len);
		wr_free(&parts[i].body);
	}
}

void
snapshot_pack(struct table *t, int64_t asof_us, struct wr *out)
{
	struct snapshot_rows r = {0};
	struct wr sources = {0}, text = {0}, relations = {0}, vrps = {0},
		  upstreams = {0}, orgs = {0};
	table_merge(t);
	snapshot_rows(t, &r);
	for (size_t i = 0; i < t->nsources; i++)
		put_source(t, &t->sources[i], &sources);
	table_text(t, ""); /* the pool begins with an empty text */
	wr_bytes(&text, t->text.p, t->text.len);
	put_relations(t, &relations);
	put_vrps(t, &vrps);
	put_upstreams(t, &upstreams);
	put_orgs(t, &orgs);
	struct snapshot_part parts[FORM_PARTS] = {{FORM_STRT, r.starts},
	    {FORM_SEGM, r.segments}, {FORM_ROOT, r.roots}, {FORM_CELL, r.cells},
	    {FORM_ROWS, r.rows}, {FORM_KIND, r.kinds}, {FORM_ORIG, r.origins},
	    {FORM_ASES, r.ases}, {FORM_RELS, relations}, {FORM_VRPS, vrps},
	    {FORM_UPST, upstreams}, {FORM_ORGS, orgs}, {FORM_TEXT, text},
	    {FORM_SRCS, sources}};
	snapshot_put_file(parts, FORM_PARTS, asof_us, out);
}
