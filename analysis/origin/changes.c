/* SPDX-License-Identifier: ISC */
#include "analysis/origin/changes.h"

#include "analysis/origin/be.h"
#include "analysis/origin/snapshot_ases.h"
#include "analysis/origin/snapshot_check.h"
#include "analysis/origin/snapshot_form.h"
#include "probe/base/mem.h"
#include "probe/base/rd.h"

#include <string.h>
#include <sysexits.h>

enum { PLACES = 1 << 12, PLACE_BITS = 20 };

void
changes_identity(
    const struct snapshot *s, uint8_t identity[static HASH_SHA256_LEN])
{
	hash_sha256(s->head.p, s->head.len, identity);
}

void
changes_base(const struct snapshot *s, struct changes_base *base)
{
	struct rd r = rd_make(s->base_ref.p, s->base_ref.len);
	base->asof_us = (int64_t)rd_u64(&r);
	const uint8_t *identity = rd_bytes(&r, sizeof(base->identity));
	if (identity != NULL)
		memcpy(base->identity, identity, sizeof(base->identity));
	base->flags = rd_u32(&r);
	base->nases = rd_u32(&r);
	base->nsources = rd_u32(&r);
	uint32_t name = rd_u32(&r);
	base->name = name > 0 && name < s->text.len
			 ? (const char *)s->text.p + name
			 : NULL;
}

unsigned
changes_holds(const struct snapshot *s)
{
	struct changes_base base;
	changes_base(s, &base);
	return (base.flags & CHANGES_SAME_RELATIONS
		       ? 1u << HOLDS_RELATIONS | 1u << HOLDS_LINKS
		       : 0) |
	       (base.flags & CHANGES_SAME_VRPS ? 1u << HOLDS_VRPS : 0) |
	       (base.flags & CHANGES_SAME_UPSTREAMS ? 1u << HOLDS_UPSTREAMS
						    : 0) |
	       (base.flags & CHANGES_SAME_ORGS ? 1u << HOLDS_ORGS : 0);
}

static bool
check_base(struct snapshot *s, struct fault *f)
{
	struct changes_base base;
	if (s->base_ref.len != CHANGES_LEN)
		return snapshot_bad(
		    s, s->base_ref.at, "base of a wrong length", f);
	changes_base(s, &base);
	if (base.asof_us < 0 || base.flags > CHANGES_FLAGS ||
	    base.nsources > UINT16_MAX)
		return snapshot_bad(
		    s, s->base_ref.at, "base with a value out of range", f);
	s->nindexed = s->nases + base.nases;
	if (s->source_map.len != (size_t)base.nsources * 4)
		return snapshot_bad(s, s->source_map.at,
		    "not a source for each of the base", f);
	for (size_t i = 0; i < base.nsources; i++) {
		uint32_t to = be_u32(s->source_map.p + i * 4);
		if (to >= s->nsources && to != FORM_NO_SOURCE)
			return snapshot_bad(s, s->source_map.at + i * 4,
			    "source that is not there", f);
	}
	return true;
}

static bool
check_segments(const struct snapshot *s, struct fault *f)
{
	uint32_t before = 0;
	for (size_t i = 0; i < s->nsegments; i++) {
		uint32_t start = be_u32(s->starts.p + i * 4);
		uint32_t row = be_u32(s->segments.p + i * 4);
		if (i == 0 ? start != 0 : start <= before)
			return snapshot_bad(s, s->starts.at + i * 4,
			    "segments out of order", f);
		if (row > s->nrows && row != FORM_AS_IN_BASE)
			return snapshot_bad(s, s->segments.at + i * 4,
			    "segment of a row that is not there", f);
		before = start;
	}
	return s->nsegments > 0 ||
	       snapshot_bad(s, s->starts.at, "no segments", f);
}

/* The segment that the first address of each /12 lies in, and the last one. */
static void
find_places(struct snapshot *s)
{
	size_t segment = 0;
	s->places = xcalloc(PLACES + 1, sizeof(*s->places));
	for (uint32_t i = 0; i < PLACES; i++) {
		while (
		    segment + 1 < s->nsegments &&
		    be_u32(s->starts.p + (segment + 1) * 4) <= i << PLACE_BITS)
			segment++;
		s->places[i] = (uint32_t)segment;
	}
	s->places[PLACES] = (uint32_t)s->nsegments - 1;
}

bool
changes_check(struct snapshot *s, struct fault *f)
{
	if (!check_base(s, f) || !check_segments(s, f))
		return false;
	find_places(s);
	return true;
}

bool
changes_rest(struct snapshot *s, const struct snapshot *base, struct fault *f)
{
	struct changes_base wanted;
	uint8_t identity[HASH_SHA256_LEN];
	changes_base(s, &wanted);
	changes_identity(base, identity);
	if (base->base_ref.p != NULL)
		return fault_set(f, EX_DATAERR,
		    "%s: cannot be a base: it holds changes of another table",
		    base->name);
	if (memcmp(identity, wanted.identity, sizeof(identity)) != 0 ||
	    base->nases != wanted.nases || base->nsources != wanted.nsources)
		return snapshot_bad(
		    s, s->base_ref.at, "its base is another table", f);
	s->base = base;
	s->org_text = s->text;
	if (wanted.flags & CHANGES_SAME_RELATIONS) {
		s->relations = base->relations;
		s->nrelations = base->nrelations;
	}
	if (wanted.flags & CHANGES_SAME_VRPS) {
		s->vrps = base->vrps;
		s->nvrps = base->nvrps;
	}
	if (wanted.flags & CHANGES_SAME_UPSTREAMS) {
		s->upstreams = base->upstreams;
		s->nupstreams = base->nupstreams;
	}
	if (wanted.flags & CHANGES_SAME_ORGS) {
		s->orgs = base->orgs;
		s->norgs = base->norgs;
		s->org_text = base->text;
	}
	return true;
}

size_t
changes_count(const struct snapshot *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->nsegments; i++)
		n += be_u32(s->segments.p + i * 4) != FORM_AS_IN_BASE;
	return n;
}
