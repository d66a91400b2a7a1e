/* SPDX-License-Identifier: ISC */
#include "probe/base/rd.h"
#include "sql/dictionary.h"
#include "sql/evidence.h"
#include "sql/store_db.h"

#include <inttypes.h>
#include <sysexits.h>

/* The four columns of a trace's key, as $1..$4. */
static void
bind_key(struct db_stmt *st, const struct row *row)
{
	db_bind_int(st, 1, row->r.start_us);
	db_bind_int(st, 2, row_text_id(row->r.vantage));
	db_bind_int(st, 3, (int64_t)row->r.epoch);
	db_bind_int(st, 4, (int64_t)row->r.seq);
}

static bool
insert_trace(
    struct store *s, const struct row *row, int64_t *changes, struct fault *f)
{
	const struct record *r = &row->r;
	uint8_t target[4];
	struct db_stmt *st = store_stmt(s, SQL_ADD_TRACE,
	    "INSERT INTO trace (started_us, vantage_id, epoch, seq, trace_id, "
	    "campaign_id, slot, target, prefix_id, method, port, flow, stop, "
	    "reached, path_id, rec, rec_hash, control) VALUES ($1, $2, $3, $4, "
	    "$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) "
	    "ON CONFLICT DO NOTHING",
	    f);
	if (st == NULL)
		return false;
	char prefix[PREFIX_STRLEN];
	store_addr_bytes(r->target, target);
	bind_key(st, row);
	db_bind_blob(st, 5, row->trace_id, UUID_LEN);
	if (r->campaign[0] != '\0')
		db_bind_int(st, 6, row_text_id(r->campaign));
	db_bind_int_or_null(st, 7, r->run);
	db_bind_blob(st, 8, target, sizeof(target));
	db_bind_int(st, 9, row_text_id(prefix_format(&r->prefix, prefix)));
	db_bind_int(st, 10, r->method);
	db_bind_int_or_null(st, 11, r->port);
	db_bind_int(st, 12, r->flow);
	db_bind_int(st, 13, r->stop);
	db_bind_int(st, 14, row->reached);
	db_bind_blob(st, 15, row->path_id, UUID_LEN);
	db_bind_blob(st, 16, row->rec, row->rec_len);
	db_bind_int(st, 17, row->hash);
	db_bind_int(st, 18, r->control);
	return db_run(st, changes, f);
}

static bool
same_as_row(struct db_stmt *st, const struct row *row)
{
	struct row_stored stored = {.hash = db_int(st, 0)};
	stored.rec = db_blob(st, 1, &stored.rec_len);
	return row_same(row, &stored);
}

/* A trace with this key is there: it must be this very trace. */
bool
store_same_trace(struct store *s, const struct row *row, struct fault *f)
{
	struct db_stmt *st = store_stmt(s, SQL_TRACE_HASH,
	    "SELECT rec_hash, rec FROM trace WHERE started_us = $1 "
	    "AND vantage_id = $2 AND epoch = $3 AND seq = $4",
	    f);
	if (st == NULL)
		return false;
	bind_key(st, row);
	enum db_row got = db_step(st, f);
	bool same = got == DB_ROW && same_as_row(st, row);
	db_reset(st);
	if (got != DB_FAILED && !same)
		fault_set(f, EX_DATAERR,
		    "trace %s/%" PRIu64 "/%" PRIu64
		    ": another trace with the same key but other content is "
		    "stored already (%s?); the stored one is kept",
		    row->r.vantage, row->r.epoch, row->r.seq,
		    row->r.epoch == 0 ? "an edited file" : "a copied spool");
	return same;
}

static bool
insert_dictionaries(struct store *s, const struct record *r, struct fault *f)
{
	return store_vantage(s, r->vantage, f) != 0 &&
	       (r->campaign[0] == '\0' ||
		   store_campaign(s, r->campaign, f) != 0) &&
	       store_prefix(s, &r->prefix, f) != 0 &&
	       store_address(s, r->target, f);
}

static bool
insert_hop(
    struct store *s, const uint8_t *path_id, struct rd *hops, struct fault *f)
{
	uint8_t bytes[4];
	uint8_t ttl = rd_u8(hops), kind = rd_u8(hops);
	uint32_t addr = kind == 0 ? 0 : rd_u32(hops);
	if (kind != 0 && !store_address(s, addr, f))
		return false;
	struct db_stmt *st = store_stmt(s, SQL_ADD_PATH_HOP,
	    "INSERT INTO path_hop (path_id, ttl, kind, addr) "
	    "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
	    f);
	if (st == NULL)
		return false;
	store_addr_bytes(addr, bytes);
	db_bind_blob(st, 1, path_id, UUID_LEN);
	db_bind_int(st, 2, ttl);
	db_bind_int(st, 3, kind);
	if (kind != 0)
		db_bind_blob(st, 4, bytes, sizeof(bytes));
	return db_run(st, NULL, f);
}

/* [ttl, kind, address or nothing] each; how many. */
static int64_t
count_hops(const struct wr *path)
{
	int64_t n = 0;
	struct rd r = rd_make(path->p, path->len);
	for (; r.left > 0; n++) {
		rd_u8(&r);
		if (rd_u8(&r) != 0)
			rd_u32(&r);
	}
	return n;
}

static bool
insert_path(struct store *s, const struct row *row, struct fault *f)
{
	int64_t changes = 0;
	struct db_stmt *st = store_stmt(s, SQL_ADD_PATH,
	    "INSERT INTO path (path_id, hops_n, hops) VALUES ($1, $2, $3) "
	    "ON CONFLICT DO NOTHING",
	    f);
	if (st == NULL)
		return false;
	const void *hops = row->path.len > 0 ? (const void *)row->path.p : "";
	db_bind_blob(st, 1, row->path_id, UUID_LEN);
	db_bind_int(st, 2, count_hops(&row->path));
	db_bind_blob(st, 3, hops, row->path.len);
	if (!db_run(st, &changes, f))
		return false;
	struct rd r = rd_make(row->path.p, row->path.len);
	while (changes > 0 && r.left > 0)
		if (!insert_hop(s, row->path_id, &r, f))
			return false;
	return true;
}

static bool
insert_evidence(struct store *s, const struct row *row, struct fault *f)
{
	struct evidence e;
	for (size_t at = 0; evidence_next(&row->r, &at, &e);) {
		struct db_stmt *st = store_stmt(s, SQL_ADD_EVIDENCE,
		    "INSERT INTO evidence (started_us, vantage_id, epoch, seq, "
		    "ttl, attempt, reply_no, sent, reply) VALUES ($1, $2, $3, "
		    "$4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
		    f);
		if (st == NULL)
			return false;
		bind_key(st, row);
		db_bind_int(st, 5, e.ttl);
		db_bind_int(st, 6, e.attempt);
		db_bind_int(st, 7, e.reply_no);
		db_bind_blob(st, 8, e.sent, e.sent_len);
		db_bind_blob(st, 9, e.reply, e.reply_len);
		if (!db_run(st, NULL, f))
			return false;
	}
	return true;
}

static bool
insert_all(struct store *s, const struct row *row, bool *added, struct fault *f)
{
	int64_t changes = 0;
	if (!insert_dictionaries(s, &row->r, f) ||
	    !insert_trace(s, row, &changes, f))
		return false;
	*added = changes > 0;
	if (*added ? !insert_path(s, row, f) : !store_same_trace(s, row, f))
		return false;
	return insert_evidence(s, row, f);
}

bool
store_add_row(
    struct store *s, const struct row *row, bool *added, struct fault *f)
{
	bool own = false, is_new = false;
	if (!store_enter(s, &own, f))
		return false;
	bool ok = insert_all(s, row, &is_new, f);
	if (!store_leave(s, own, ok, f))
		return false;
	if (added != NULL)
		*added = is_new;
	return true;
}

bool
store_add(struct store *s, const struct record *r, bool *added, struct fault *f)
{
	struct row row;
	if (!row_of_record(&row, r, f))
		return false;
	bool ok = store_add_row(s, &row, added, f);
	row_forget(&row);
	return ok;
}
