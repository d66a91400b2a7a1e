/* SPDX-License-Identifier: ISC */
#include "analysis/control/intake.h"

#include "probe/base/mem.h"
#include "sql/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
intake_skip_name(enum intake_skip skip)
{
	static const char *const names[SKIP_KINDS] = {
	    [SKIP_ELSEWHERE] = "elsewhere",
	    [SKIP_FAMILY] = "family",
	    [SKIP_SESSION] = "session",
	    [SKIP_LOCAL] = "local",
	    [SKIP_OTHER] = "other",
	    [SKIP_BROKEN] = "broken"};
	return names[skip];
}

struct intake *
intake_open(struct store *store, const struct interest *interest)
{
	struct intake *in = xcalloc(1, sizeof(*in));
	in->store = store;
	in->interest = interest;
	in->rows = xcalloc(BATCH_ROWS, sizeof(*in->rows));
	in->paths = xcalloc(BATCH_ROWS, sizeof(*in->paths));
	intake_begin(in);
	return in;
}

void
intake_close(struct intake *in)
{
	if (in == NULL)
		return;
	told_free(&in->told);
	wr_free(&in->pool);
	free(in->rows);
	free(in->paths);
	free(in);
}

void
intake_begin(struct intake *in)
{
	memset(&in->turns, 0, sizeof(in->turns));
	in->nsources = in->nrows = in->pool.len = 0;
	intake_stretch(in);
}

void
intake_stretch(struct intake *in)
{
	memset(in->skips, 0, sizeof(in->skips));
	in->added = 0;
	in->broken_at = in->at_us = -1;
	for (size_t i = 0; i < in->nsources; i++) {
		struct intake_source *s = &in->source[i];
		s->messages = s->kept = s->skipped = 0;
		s->first_us = s->last_us = -1;
	}
}

/* Letters, digits, dots and dashes; anything else becomes an underscore. */
static void
clean_name(const char *name, char clean[static COLLECTOR_NAME_MAX + 1])
{
	static const char fine[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	snprintf(clean, COLLECTOR_NAME_MAX + 1, "%s",
	    *name != '\0' ? name : "local");
	for (char *c = clean; *c != '\0'; c++)
		if (strchr(fine, *c) == NULL)
			*c = '_';
}

struct intake_source *
intake_source(struct intake *in, const char *collector, const char *kind)
{
	char name[COLLECTOR_NAME_MAX + 1];
	clean_name(collector, name);
	for (size_t i = 0; i < in->nsources; i++)
		if (strcmp(in->source[i].collector, name) == 0 &&
		    strcmp(in->source[i].kind, kind) == 0)
			return &in->source[i];
	if (in->nsources == INTAKE_SOURCES)
		return NULL;
	struct intake_source *s = &in->source[in->nsources++];
	*s =
	    (struct intake_source){.kind = kind, .first_us = -1, .last_us = -1};
	memcpy(s->collector, name, sizeof(name));
	return s;
}

void
intake_count(struct intake *in, struct intake_source *source, int64_t at_us)
{
	in->at_us = at_us;
	source->messages++;
	if (source->first_us < 0 || at_us < source->first_us)
		source->first_us = at_us;
	if (at_us > source->last_us)
		source->last_us = at_us;
}

void
intake_skip(
    struct intake *in, struct intake_source *source, enum intake_skip why)
{
	in->skips[why]++;
	if (source != NULL)
		source->skipped++;
}

void
intake_broken(struct intake *in, struct intake_source *source, int64_t at)
{
	intake_skip(in, source, SKIP_BROKEN);
	if (in->broken_at < 0 || at < in->broken_at)
		in->broken_at = at;
}

int64_t
intake_turn(struct intake *in, const struct intake_source *source,
    const struct store_route *of)
{
	struct turns_peer peer = {.asn = of->peer_asn,
	    .collector = (uint16_t)(source - in->source),
	    .addr_len = of->peer_addr_len};
	memcpy(peer.addr, of->peer_addr, sizeof(peer.addr));
	return turns_next(&in->turns, &peer, of->at_us);
}

static void
find_paths(struct intake *in)
{
	for (size_t i = 0; i < in->nrows; i++)
		in->rows[i].as_path =
		    in->paths[i] == SIZE_MAX
			? NULL
			: (const char *)in->pool.p + in->paths[i];
}

bool
intake_flush(struct intake *in, struct fault *f)
{
	int64_t added = 0;
	if (in->nrows == 0)
		return true;
	find_paths(in);
	bool ok = store_add_routes(in->store, in->rows, in->nrows, &added, f);
	in->added += added;
	in->nrows = in->pool.len = 0;
	return ok;
}

/* In its turn: others that wait to write get theirs. */
static bool
make_room(struct intake *in, struct fault *f)
{
	if (in->nrows < BATCH_ROWS && in->pool.len <= BATCH_OCTETS / 2)
		return true;
	bool ok = intake_flush(in, f);
	batch_turn();
	return ok;
}

bool
intake_keep(struct intake *in, struct intake_source *source,
    const struct store_route *row, const struct as_path *path, struct fault *f)
{
	if (!make_room(in, f))
		return false;
	struct store_route *r = &in->rows[in->nrows];
	*r = *row;
	memcpy(r->collector, source->collector, sizeof(r->collector));
	in->paths[in->nrows] = SIZE_MAX;
	r->origin_as = r->upstream_as = -1;
	if (path != NULL && path->whole) {
		in->paths[in->nrows] = in->pool.len;
		wr_bytes(&in->pool, path->text, strlen(path->text) + 1);
		r->origin_as = path->origin_as;
		r->upstream_as = path->upstream_as;
	}
	in->nrows++;
	source->kept++;
	return true;
}

bool
intake_told(struct intake *in, struct intake_source *source,
    const struct store_route *of, const struct as_path *path, struct fault *f)
{
	bool ok = true;
	told_settle(&in->told);
	for (size_t i = 0; ok && i < in->told.n; i++) {
		const struct told_change *c = &in->told.change[i];
		struct store_route row = *of;
		row.prefix = c->prefix;
		row.path_id = c->path_id;
		row.kind = c->announced ? ROUTE_ANNOUNCED : ROUTE_WITHDRAWN;
		ok = intake_keep(
		    in, source, &row, c->announced ? path : NULL, f);
	}
	in->told.n = 0;
	return ok;
}

static bool
end_source(struct intake *in, const struct intake_source *s,
    struct store_route_source *to, struct fault *f)
{
	if (s->messages == 0)
		return true;
	memcpy(to->collector, s->collector, sizeof(to->collector));
	to->kind = s->kind;
	to->first_us = s->first_us;
	to->last_us = s->last_us;
	to->messages = s->messages;
	to->kept = s->kept;
	to->skipped = s->skipped;
	return store_add_route_source(in->store, to, f);
}

bool
intake_end(struct intake *in, const char *name, const uint8_t sha256[static 32],
    struct fault *f)
{
	struct store_route_source to = {
	    .name = name, .prefixes = in->interest->text};
	memcpy(to.sha256, sha256, sizeof(to.sha256));
	bool ok = intake_flush(in, f);
	for (size_t i = 0; ok && i < in->nsources; i++)
		ok = end_source(in, &in->source[i], &to, f);
	return ok;
}
