/* SPDX-License-Identifier: ISC */
#include "sql/row.h"

#include "probe/base/mem.h"
#include "probe/base/rd.h"
#include "probe/base/record_pack.h"
#include "probe/base/record_path.h"
#include "sql/evidence.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const uint64_t SAFE_MAX = (UINT64_C(1) << 53) - 1;

int64_t
row_text_id(const char *text)
{
	uint8_t h[HASH_SHA256_LEN];
	hash_sha256(text, strlen(text), h);
	struct rd r = rd_make(h, sizeof(h));
	int64_t id = rd_u32(&r) & 0x7fffffff;
	return id == 0 ? 1 : id;
}

/*
 * Over the columns that hold observations, then the packed rest, which tells
 * its own end. What a column of a later version does not say stands not behind
 * it, so that older rows keep their hash.
 */
static int64_t
content_hash(const struct record *r, const void *rec, size_t rec_len)
{
	uint8_t out[HASH_SHA256_LEN];
	struct wr w = {0};
	wr_bytes(&w, r->campaign, strlen(r->campaign) + 1);
	wr_svarint(&w, r->run);
	wr_u32(&w, r->target);
	wr_u32(&w, r->prefix.addr);
	wr_u8(&w, r->prefix.len);
	wr_u8(&w, (uint8_t)r->method);
	wr_svarint(&w, r->port);
	wr_u32(&w, r->flow);
	wr_u8(&w, (uint8_t)r->stop);
	wr_bytes(&w, rec, rec_len);
	if (r->control)
		wr_bytes(&w, "control", strlen("control"));
	hash_sha256(w.p, w.len, out);
	wr_free(&w);
	struct rd rd = rd_make(out, sizeof(out));
	return (int64_t)(rd_u64(&rd) >> 1);
}

static bool
refuse(const struct record *r, const char *why, struct fault *f)
{
	return fault_set(f, EX_DATAERR, "trace %s/%" PRIu64 "/%" PRIu64 ": %s",
	    r->vantage, r->epoch, r->seq, why);
}

/* A name goes to terminals as it is. */
static bool
plain(const char *name)
{
	while (*name != '\0' && (unsigned char)*name >= 0x20 && *name != 0x7f)
		name++;
	return *name == '\0';
}

static bool
columns_sane(const struct record *r, struct fault *f)
{
	if (r->vantage[0] == '\0')
		return refuse(r, "no vantage name", f);
	if (!plain(r->vantage) || !plain(r->campaign))
		return refuse(r, "a name with control characters", f);
	if (r->epoch > SAFE_MAX || r->seq < 1 || r->seq > SAFE_MAX)
		return refuse(r, "epoch or seq not below 2^53, or seq 0", f);
	if (r->start_us < 0)
		return refuse(r, "started before 1970", f);
	if (r->prefix.len > 32 ||
	    (r->prefix.addr & ~prefix_mask(r->prefix.len)) != 0)
		return refuse(r, "prefix with host bits", f);
	return true;
}

static void
derive_path(struct row *row)
{
	record_path(&row->r, &row->path);
	uuid_of(row->path.p, row->path.len, row->path_id);
}

bool
row_of_record(struct row *row, const struct record *r, struct fault *f)
{
	struct wr rec = {0};
	struct record back = {.start_us = r->start_us};
	*row = (struct row){.r = *r};
	if (!columns_sane(r, f) || !evidence_sane(r, f))
		return false;
	record_pack(r, &rec);
	row->rec = rec.p;
	row->rec_len = rec.len;
	if (!record_unpack(rec.p, rec.len, &back)) {
		row_forget(row);
		return refuse(r, "its probes contradict themselves", f);
	}
	record_clear(&back);
	record_id(r, row->trace_id);
	row->reached = record_reached(r);
	row->hash = content_hash(r, row->rec, row->rec_len);
	derive_path(row);
	return true;
}

bool
row_unpack(struct row *row, struct fault *f)
{
	uint8_t trace_id[UUID_LEN], path_id[UUID_LEN];
	memcpy(trace_id, row->trace_id, UUID_LEN);
	memcpy(path_id, row->path_id, UUID_LEN);
	if (!columns_sane(&row->r, f))
		return false;
	if (content_hash(&row->r, row->rec, row->rec_len) != row->hash)
		return refuse(&row->r,
		    "its content is not what was stored "
		    "(hash differs)",
		    f);
	if (!record_unpack(row->rec, row->rec_len, &row->r))
		return refuse(&row->r, "its packed probes cannot be read", f);
	record_id(&row->r, row->trace_id);
	derive_path(row);
	if (memcmp(trace_id, row->trace_id, UUID_LEN) != 0)
		return refuse(&row->r, "its id belongs to another trace", f);
	if (memcmp(path_id, row->path_id, UUID_LEN) != 0 ||
	    row->reached != record_reached(&row->r))
		return refuse(&row->r, "its path is not that of its probes", f);
	return true;
}

size_t
row_octets(const struct row *row)
{
	return row->rec_len + row->path.len + evidence_octets(&row->r);
}

bool
row_same(const struct row *row, const struct row_stored *stored)
{
	struct record other = {.start_us = row->r.start_us};
	struct wr mine = {0}, theirs = {0};
	if (stored->hash == row->hash)
		return true;
	if (content_hash(&row->r, stored->rec, stored->rec_len) !=
		stored->hash ||
	    !record_unpack(stored->rec, stored->rec_len, &other))
		return false;
	record_pack(&row->r, &mine);
	record_pack(&other, &theirs);
	bool same =
	    mine.len == theirs.len && memcmp(mine.p, theirs.p, mine.len) == 0;
	wr_free(&mine);
	wr_free(&theirs);
	record_clear(&other);
	return same;
}

void
row_forget(struct row *row)
{
	free(row->rec);
	wr_free(&row->path);
	*row = (struct row){0};
}

void
row_free(struct row *row)
{
	record_clear(&row->r);
	row_forget(row);
}
