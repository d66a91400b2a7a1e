/* SPDX-License-Identifier: ISC */
#include "analysis/origin/snapshot_check.h"

#include "analysis/origin/be.h"
#include "analysis/origin/changes.h"
#include "analysis/origin/gzip.h"
#include "analysis/origin/nodes.h"
#include "analysis/origin/snapshot_form.h"
#include "analysis/origin/snapshot_quick.h"
#include "probe/base/mem.h"
#include "probe/base/rd.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static bool
bad(const struct snapshot *s, uint64_t at, const char *why, struct fault *f)
{
	return fault_set(
	    f, EX_DATAERR, "%s: byte %" PRIu64 ": %s", s->name, at, why);
}

bool
snapshot_bad(
    const struct snapshot *s, uint64_t at, const char *why, struct fault *f)
{
	return bad(s, at, why, f);
}

static struct snapshot_section *
by_tag(struct snapshot *s, uint32_t tag)
{
	switch (tag) {
	case FORM_STRT:
		return &s->starts;
	case FORM_SEGM:
		return &s->segments;
	case FORM_ROOT:
		return &s->roots;
	case FORM_CELL:
		return &s->cells;
	case FORM_ROWS:
		return &s->rows;
	case FORM_KIND:
		return &s->kinds;
	case FORM_ORIG:
		return &s->origins;
	case FORM_ASES:
		return &s->ases;
	case FORM_RELS:
		return &s->relations;
	case FORM_SRCS:
		return &s->srcs;
	case FORM_TEXT:
		return &s->text;
	case FORM_VRPS:
		return &s->vrps;
	case FORM_UPST:
		return &s->upstreams;
	case FORM_ORGS:
		return &s->orgs;
	case FORM_BASE:
		return &s->base_ref;
	case FORM_SMAP:
		return &s->source_map;
	}
	return NULL;
}

/* whole: every checksum; else only of what a look at the head needs. */
static bool
section(struct snapshot *s, const uint8_t *bytes, struct rd *r, bool whole,
    struct fault *f)
{
	uint64_t here = (uint64_t)(r->p - bytes);
	struct snapshot_section *to = by_tag(s, rd_u32(r));
	uint32_t crc = rd_u32(r);
	uint64_t at = rd_u64(r), len = rd_u64(r);
	if (!rd_ok(r) || at > s->len || len > s->len - at)
		return bad(s, here, "section outside the file", f);
	bool needed = whole || to == &s->srcs || to == &s->base_ref;
	if (needed && gzip_crc32(bytes + at, (size_t)len) != crc)
		return bad(s, at, "section with a wrong checksum", f);
	if (to == NULL)
		return true;
	if (to->p != NULL)
		return bad(s, here, "section that was there before", f);
	*to = (struct snapshot_section){bytes + at, (size_t)len, at};
	return true;
}

/* The checksum of the head, taken with its own field as 0. */
static uint32_t
head_crc(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = xmemdup(bytes, len);
	memset(copy + FORM_CRC_AT, 0, 4);
	uint32_t crc = gzip_crc32(copy, len);
	free(copy);
	return crc;
}

static bool
head(struct snapshot *s, const uint8_t *bytes, bool whole, struct fault *f)
{
	struct rd r = rd_make(bytes, s->len);
	const uint8_t *magic = rd_bytes(&r, FORM_MAGIC_LEN);
	uint16_t version = rd_u16(&r), n = rd_u16(&r);
	uint32_t crc = rd_u32(&r);
	uint64_t asof_us = rd_u64(&r), len = rd_u64(&r);
	if (magic == NULL || memcmp(magic, FORM_MAGIC, FORM_MAGIC_LEN) != 0)
		return bad(s, 0, "no address snapshot of tumen", f);
	if (version != SNAPSHOT_VERSION)
		return fault_set(f, EX_DATAERR,
		    "%s: byte 8: version %u, this program reads version %d",
		    s->name, version, SNAPSHOT_VERSION);
	if (!rd_ok(&r) || len != s->len)
		return fault_set(f, EX_DATAERR,
		    "%s: byte 24: has %zu bytes of %" PRIu64, s->name, s->len,
		    len);
	size_t head_len = FORM_HEAD_LEN + (size_t)n * FORM_ENTRY_LEN;
	if (n > FORM_PARTS_MAX || head_len > s->len)
		return bad(s, 10, "more sections than fit", f);
	if (head_crc(bytes, head_len) != crc || asof_us > INT64_MAX)
		return bad(s, FORM_CRC_AT, "head with a wrong checksum", f);
	s->asof_us = (int64_t)asof_us;
	s->head = (struct snapshot_section){bytes, head_len, 0};
	for (uint16_t i = 0; i < n; i++)
		if (!section(s, bytes, &r, whole, f))
			return false;
	return true;
}

/* Counts the records of fixed length in a section. */
static bool
records(const struct snapshot *s, const struct snapshot_section *in, size_t len,
    size_t *n, struct fault *f)
{
	*n = in->len / len;
	if (in->p == NULL || in->len % len != 0)
		return bad(
		    s, in->at, "section missing or of a wrong length", f);
	return true;
}

static bool
is_control(uint8_t c)
{
	return (c < 0x20 && c != 0) || c == 0x7f;
}

static bool
check_text(const struct snapshot *s, struct fault *f)
{
	const struct snapshot_section *t = &s->text;
	if (t->len == 0 || t->p[0] != 0 || t->p[t->len - 1] != 0)
		return bad(s, t->at, "texts without their ends", f);
	size_t i = quick_text(t->p, t->len);
	while (i < t->len && !is_control(t->p[i]))
		i++;
	return i == t->len || bad(s, t->at + i, "control character", f);
}

/* Some, and so few that the last one has an index of 32 bits. */
static bool
some(size_t n)
{
	return n > 0 && n <= UINT32_MAX;
}

static bool
check_segments(const struct snapshot *s, struct fault *f)
{
	uint32_t before = 0;
	if (s->nsegments > 0 && s->nrows < UINT32_MAX &&
	    quick_starts(s->starts.p, s->nsegments) &&
	    quick_numbers(s->segments.p, s->nsegments, (uint32_t)s->nrows))
		return true;
	for (size_t i = 0; i < s->nsegments; i++) {
		uint32_t start = be_u32(s->starts.p + i * 4);
		if (i == 0 ? start != 0 : start <= before)
			return bad(s, s->starts.at + i * 4,
			    "segments out of order", f);
		if (be_u32(s->segments.p + i * 4) > s->nrows)
			return bad(s, s->segments.at + i * 4,
			    "segment of a row that is not there", f);
		before = start;
	}
	return s->nsegments > 0 || bad(s, s->starts.at, "no segments", f);
}

/* Every slot of a root leads to a cell that is there. */
static bool
check_roots(const struct snapshot *s, struct fault *f)
{
	const uint8_t *p = s->roots.p;
	for (size_t i = 0; i < NODES_ROOTS; i++, p += NODES_LEN) {
		uint64_t turns = be_u64(p);
		uint64_t last = (uint64_t)be_u32(p + 8) + nodes_count(turns);
		if ((turns & NODES_FINE) != 0 || last >= s->ncells)
			return bad(s, s->roots.at + i * NODES_LEN,
			    "root that leads to no cell", f);
	}
	return true;
}

/*
 * Every slot of a cell leads to a segment that is there, not beyond the one
 * that the next cell begins with.
 */
static bool
check_cells(const struct snapshot *s, struct fault *f)
{
	const uint8_t *p = s->cells.p;
	uint64_t least = 0;
	if (quick_cells(p, s->ncells, s->nsegments))
		return true;
	for (size_t i = 0; i < s->ncells; i++, p += NODES_LEN) {
		uint64_t turns = be_u64(p);
		uint64_t base = be_u32(p + 8), last = base;
		if ((turns & NODES_FINE) == 0)
			last += nodes_count(turns);
		if (base < least || last >= s->nsegments)
			return bad(s, s->cells.at + i * NODES_LEN,
			    "cell that leads to no segment, or out of order",
			    f);
		least = last;
	}
	return true;
}

static bool
check_nodes(struct snapshot *s, struct fault *f)
{
	size_t nroots = 0;
	if (!records(s, &s->roots, NODES_LEN, &nroots, f) ||
	    !records(s, &s->cells, NODES_LEN, &s->ncells, f))
		return false;
	if (nroots != NODES_ROOTS)
		return bad(s, s->roots.at, "not 4096 roots", f);
	return check_roots(s, f) && check_cells(s, f);
}

static bool
check_kinds(const struct snapshot *s, struct fault *f)
{
	struct rd r = rd_make(s->kinds.p, s->kinds.len);
	for (size_t i = 0; i < s->nkinds; i++) {
		uint32_t note = rd_u32(&r);
		uint16_t source = rd_u16(&r);
		uint8_t layer = rd_u8(&r), len = rd_u8(&r);
		if (note >= s->text.len || source >= s->nsources ||
		    layer < ORIGIN_IXP || layer > ORIGIN_CURATED ||
		    (len > 32 && len != FORM_WHOLE))
			return bad(s, s->kinds.at + i * FORM_KIND_LEN,
			    "kind with a value out of range", f);
	}
	return true;
}

/* Whether there is a set of origins in that place. */
static bool
is_set(const struct snapshot *s, size_t place)
{
	if (place >= s->origins.len / 4)
		return false;
	struct rd r = rd_make(s->origins.p, s->origins.len);
	rd_skip(&r, place * 4);
	uint32_t n = rd_u32(&r);
	if (n > ORIGIN_ASNS_MAX)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (rd_u32(&r) >= s->nindexed)
			return false;
	return rd_ok(&r);
}

static bool
check_rows(const struct snapshot *s, struct fault *f)
{
	const uint8_t *p = s->rows.p;
	if (some(s->nases) && some(s->nkinds) &&
	    quick_pairs(
		p, s->nrows, (uint32_t)s->nases - 1, (uint32_t)s->nkinds - 1))
		return true;
	for (size_t i = 0; i < s->nrows; i++, p += FORM_ROW_LEN) {
		uint32_t origin = be_u32(p), kind = be_u32(p + 4);
		if (kind >= s->nkinds ||
		    (origin >= s->nindexed && !is_set(s, origin - s->nindexed)))
			return bad(s, s->rows.at + i * FORM_ROW_LEN,
			    "row with a value out of range", f);
	}
	return true;
}

static bool
check_ases(const struct snapshot *s, struct fault *f)
{
	const uint8_t *p = s->ases.p;
	uint32_t before = 0;
	if (some(s->text.len) && quick_ascending(p, s->nases) &&
	    quick_pairs(p, s->nases, UINT32_MAX, (uint32_t)s->text.len - 1))
		return true;
	for (size_t i = 0; i < s->nases; i++, p += FORM_AS_LEN) {
		uint32_t asn = be_u32(p), name = be_u32(p + 4);
		if (asn <= before || name >= s->text.len)
			return bad(s, s->ases.at + i * FORM_AS_LEN,
			    "AS out of order or without its name", f);
		before = asn;
	}
	return true;
}

static bool
check_relations(const struct snapshot *s, struct fault *f)
{
	struct rd r = rd_make(s->relations.p, s->relations.len);
	uint64_t before = 0;
	for (size_t i = 0; i < s->nrelations; i++) {
		uint64_t pair = rd_u64(&r);
		uint32_t kind = rd_u32(&r);
		if (pair <= before || kind > ORIGIN_ADJACENT)
			return bad(s, s->relations.at + i * FORM_RELATION_LEN,
			    "relation out of order or of no known kind", f);
		before = pair;
	}
	return true;
}

/* A text by its offset; NULL for none and, with the reader failed, for bad. */
static const char *
text(const struct snapshot *s, struct rd *r)
{
	uint32_t offset = rd_u32(r);
	if (offset >= s->text.len)
		r->failed = true;
	return offset == 0 || r->failed ? NULL
					: (const char *)s->text.p + offset;
}

static void
source(const struct snapshot *s, struct rd *r, struct snapshot_source *to)
{
	to->name = text(s, r);
	to->kind = text(s, r);
	to->title = text(s, r);
	to->licence = text(s, r);
	to->credits = text(s, r);
	uint32_t layer = rd_u32(r);
	to->layer = (enum origin_layer)layer;
	to->asof_us = (int64_t)rd_u64(r);
	to->bytes = rd_u64(r);
	const uint8_t *sha256 = rd_bytes(r, sizeof(to->sha256));
	uint32_t n = rd_u32(r);
	for (uint32_t i = 0; i < n && rd_ok(r); i++) {
		const char *name = text(s, r);
		uint64_t count = rd_u64(r);
		if (name == NULL || to->ncounts == COUNT_KINDS)
			continue; /* a later version counts more */
		to->count_names[to->ncounts] = name;
		to->counts[to->ncounts++] = count;
	}
	if (sha256 != NULL)
		memcpy(to->sha256, sha256, sizeof(to->sha256));
	if (to->name == NULL || to->kind == NULL || layer > ORIGIN_CURATED ||
	    to->asof_us < -1)
		r->failed = true;
}

static bool
check_sources(struct snapshot *s, struct fault *f)
{
	struct rd r = rd_make(s->srcs.p, s->srcs.len);
	while (r.left > 0) {
		uint64_t here = s->srcs.at + (uint64_t)(r.p - s->srcs.p);
		s->sources = xreallocarray(
		    s->sources, s->nsources + 1, sizeof(*s->sources));
		struct snapshot_source *to = &s->sources[s->nsources];
		*to = (struct snapshot_source){0};
		source(s, &r, to);
		if (!rd_ok(&r) || ++s->nsources > UINT16_MAX)
			return bad(s, here, "source that is not whole", f);
	}
	return true;
}

/* The table itself: in a whole file with its index. */
static bool
check_table(struct snapshot *s, struct fault *f)
{
	s->nindexed = s->nases;
	if (s->base_ref.p != NULL)
		return changes_check(s, f);
	return check_segments(s, f) && check_nodes(s, f);
}

bool
snapshot_check(struct snapshot *s, const void *bytes, struct fault *f)
{
	size_t nsegments = 0, norigins = 0;
	if (!head(s, bytes, true, f) ||
	    !records(s, &s->starts, 4, &s->nsegments, f) ||
	    !records(s, &s->segments, 4, &nsegments, f) ||
	    !records(s, &s->rows, FORM_ROW_LEN, &s->nrows, f) ||
	    !records(s, &s->kinds, FORM_KIND_LEN, &s->nkinds, f) ||
	    !records(s, &s->origins, 4, &norigins, f) ||
	    !records(s, &s->ases, FORM_AS_LEN, &s->nases, f))
		return false;
	if (s->relations.p != NULL &&
	    !records(s, &s->relations, FORM_RELATION_LEN, &s->nrelations, f))
		return false;
	if (nsegments != s->nsegments)
		return bad(s, s->segments.at, "not a row for each segment", f);
	return check_text(s, f) && check_sources(s, f) && check_table(s, f) &&
	       check_kinds(s, f) && check_rows(s, f) && check_ases(s, f) &&
	       check_relations(s, f) && snapshot_check_side(s, f);
}

bool
snapshot_check_head(struct snapshot *s, const void *bytes, struct fault *f)
{
	return head(s, bytes, false, f) && check_sources(s, f);
}
