/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "sql/evidence.h"
#include "sql/store_db.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/*
 * Traces are read in pieces, each a query of its own that continues behind the
 * last key: no snapshot stays open while each() works, so it may write to the
 * same store, and no writer's log grows because a reader is slow.
 */
enum { PIECE = 500 };

struct piece {
	struct row rows[PIECE];
	size_t n;
	struct {
		int64_t started_us, vantage_id, epoch, seq;
	} last;
};

static const char query[] =
    "SELECT t.started_us, t.vantage_id, t.epoch, t.seq, v.name, t.trace_id, "
    "c.name, t.slot, t.target, p.addr, p.len_bits, t.method, t.port, t.flow, "
    "t.stop, t.reached, t.path_id, t.rec, t.rec_hash, t.control, ";
/* Most traces have none, and need not be asked one by one. */
static const char has_source[] =
    "(SELECT count(*) FROM evidence e WHERE e.started_us = t.started_us "
    "AND e.vantage_id = t.vantage_id AND e.epoch = t.epoch AND e.seq = t.seq "
    "AND e.ttl = 255)";
static const char tables[] =
    " FROM trace t LEFT JOIN vantage v ON v.vantage_id = t.vantage_id "
    "LEFT JOIN campaign c ON c.campaign_id = t.campaign_id "
    "LEFT JOIN prefix p ON p.prefix_id = t.prefix_id "
    "WHERE (t.started_us, t.vantage_id, t.epoch, t.seq) > ($1, $2, $3, $4)";
static const char order[] =
    "ORDER BY t.started_us, t.vantage_id, t.epoch, t.seq LIMIT";

static void
get_name(struct db_stmt *st, int i, char name[static RECORD_NAME_MAX + 1])
{
	snprintf(name, RECORD_NAME_MAX + 1, "%s", db_text(st, i));
}

/* Whatever does not fit its field shows in the hash or the id afterwards. */
static void
get_row(struct db_stmt *st, struct row *row)
{
	struct record *r = &row->r;
	*row = (struct row){0};
	r->start_us = db_int(st, 0);
	r->epoch = (uint64_t)db_int(st, 2);
	r->seq = (uint64_t)db_int(st, 3);
	get_name(st, 4, r->vantage);
	db_octets(st, 5, row->trace_id, UUID_LEN);
	get_name(st, 6, r->campaign);
	r->run = db_int_or_none(st, 7);
	r->target = store_get_addr(st, 8);
	r->prefix.addr = store_get_addr(st, 9);
	r->prefix.len = (uint8_t)db_int(st, 10);
	r->method = (enum record_method)db_int(st, 11);
	r->port = (int32_t)db_int_or_none(st, 12);
	r->flow = (uint32_t)db_int(st, 13);
	r->stop = (enum record_stop)db_int(st, 14);
	row->reached = db_int(st, 15) != 0;
	db_octets(st, 16, row->path_id, UUID_LEN);
	const void *rec = db_blob(st, 17, &row->rec_len);
	row->rec = xmemdup(rec == NULL ? "" : rec, row->rec_len);
	row->hash = db_int(st, 18);
	r->control = db_int(st, 19) != 0;
	row->has_source = db_int(st, 20) != 0;
}

static bool
read_piece(struct store *s, const struct store_filter *filter,
    struct piece *piece, struct fault *f)
{
	char where[STORE_WHERE_LEN];
	struct store_bounds keep;
	/* The same once more as a plain bound, which spares days before it. */
	struct store_filter rest = *filter;
	rest.since_us = piece->last.started_us;
	store_where(&rest, "t.campaign_id", 5, where);
	char *sql = xasprintf("%s%s%s%s %s %d", query,
	    filter->with_source ? has_source : "0", tables, where, order,
	    PIECE);
	struct db_stmt *st = db_prepare(s->db, sql, f);
	free(sql);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, piece->last.started_us);
	db_bind_int(st, 2, piece->last.vantage_id);
	db_bind_int(st, 3, piece->last.epoch);
	db_bind_int(st, 4, piece->last.seq);
	store_bind_where(&rest, st, 5, &keep);
	enum db_row row = db_step(st, f);
	for (; row == DB_ROW && piece->n < PIECE; row = db_step(st, f)) {
		get_row(st, &piece->rows[piece->n++]);
		piece->last.started_us = db_int(st, 0);
		piece->last.vantage_id = db_int(st, 1);
		piece->last.epoch = db_int(st, 2);
		piece->last.seq = db_int(st, 3);
	}
	db_finish(st);
	return row != DB_FAILED;
}

/* False, with f set, for a damaged one. */
static bool
attach(struct db_stmt *st, struct record *r, struct fault *f)
{
	struct evidence e = {.ttl = (uint8_t)db_int(st, 0),
	    .attempt = (uint8_t)db_int(st, 1),
	    .reply_no = (uint8_t)db_int(st, 2)};
	e.sent = db_blob(st, 3, &e.sent_len);
	e.reply = db_blob(st, 4, &e.reply_len);
	return evidence_take(r, &e, f);
}

/* From that TTL on; a damaged row shows in f->status alone. */
static bool
fill_evidence(struct store *s, struct record *r, int from_ttl, struct fault *f)
{
	struct db_stmt *st = store_stmt(s, SQL_EVIDENCE,
	    "SELECT ttl, attempt, reply_no, sent, reply FROM evidence "
	    "WHERE started_us = $1 AND vantage_id = $2 AND epoch = $3 "
	    "AND seq = $4 AND ttl >= $5",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, r->start_us);
	db_bind_int(st, 2, row_text_id(r->vantage));
	db_bind_int(st, 3, (int64_t)r->epoch);
	db_bind_int(st, 4, (int64_t)r->seq);
	db_bind_int(st, 5, from_ttl);
	enum db_row row = db_step(st, f);
	while (row == DB_ROW && attach(st, r, f))
		row = db_step(st, f);
	db_reset(st);
	return row != DB_FAILED;
}

/* One row to each; a damaged one too, with the fault set. */
static bool
hand_over(struct store *s, const struct store_filter *filter, struct row *row,
    struct fault *f)
{
	f->status = 0;
	if (!row_unpack(row, f))
		return true;
	if (filter->with_evidence)
		return fill_evidence(s, &row->r, 0, f);
	return !filter->with_source || !row->has_source ||
	       fill_evidence(s, &row->r, EVIDENCE_SOURCE, f);
}

static void
drop(struct piece *piece)
{
	for (size_t i = 0; i < piece->n; i++)
		row_free(&piece->rows[i]);
	piece->n = 0;
}

bool
store_rows(struct store *s, const struct store_filter *filter,
    store_each_row *each, void *arg, struct fault *f)
{
	struct piece *piece = xcalloc(1, sizeof(*piece));
	piece->last.started_us = filter->since_us;
	piece->last.vantage_id = -1; /* before every key of that instant */
	bool ok = true;
	for (size_t n = PIECE; ok && n == PIECE; drop(piece)) {
		ok = read_piece(s, filter, piece, f);
		n = piece->n;
		for (size_t i = 0; ok && i < n; i++) {
			struct row *row = &piece->rows[i];
			ok = hand_over(s, filter, row, f) && each(arg, row, f);
			row_free(row); /* it may have a large source */
		}
	}
	free(piece);
	return ok;
}

struct traces {
	store_each *each;
	void *arg;
};

static bool
each_trace(void *arg, struct row *row, struct fault *f)
{
	struct traces *t = arg;
	return f->status == 0 && t->each(t->arg, &row->r, f);
}

bool
store_traces(struct store *s, const struct store_filter *filter,
    store_each *each, void *arg, struct fault *f)
{
	struct fault unused;
	struct traces t = {each, arg};
	return store_rows(s, filter, each_trace, &t, f == NULL ? &unused : f);
}
