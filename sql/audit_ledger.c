/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "sql/audit_part.h"

#include <stdlib.h>
#include <string.h>

enum { LINES = 5000 }; /* a page */

struct line {
	int64_t vantage_id, epoch, segment_no, traces, runs;
	uint8_t sha256[HASH_SHA256_LEN];
};

struct page {
	struct line lines[LINES];
	size_t n;
};

static const char query[] =
    "SELECT t.vantage_id, t.epoch, t.segment_no, t.traces_n, t.runs_n, "
    "t.sha256 FROM segment t "
    "WHERE (t.vantage_id, t.epoch, t.segment_no, t.sha256) > "
    "($1, $2, $3, $4) AND t.vantage_id BETWEEN $5 AND $6 "
    "AND COALESCE(t.sealed_us, 0) >= $7 AND COALESCE(t.sealed_us, 0) < $8 "
    "ORDER BY t.vantage_id, t.epoch, t.segment_no, t.sha256 LIMIT $9";

static void
get_line(struct db_stmt *st, struct line *line)
{
	size_t len = 0;
	*line = (struct line){.vantage_id = db_int(st, 0),
	    .epoch = db_int(st, 1),
	    .segment_no = db_int(st, 2),
	    .traces = db_int(st, 3),
	    .runs = db_int(st, 4)};
	const void *sha256 = db_blob(st, 5, &len);
	if (sha256 != NULL && len == HASH_SHA256_LEN)
		memcpy(line->sha256, sha256, len);
}

/* The lines behind the last one. */
static bool
read_page(const struct audit_work *w, struct page *page,
    const struct line *last, struct fault *f)
{
	page->n = 0;
	struct db_stmt *st = db_prepare(w->db, query, f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, last->vantage_id);
	db_bind_int(st, 2, last->epoch);
	db_bind_int(st, 3, last->segment_no);
	db_bind_blob(st, 4, last->sha256, HASH_SHA256_LEN);
	db_bind_int(st, 5, w->vantage_lo);
	db_bind_int(st, 6, w->vantage_hi);
	db_bind_int(st, 7, w->since_us);
	db_bind_int(st, 8, w->until_us);
	db_bind_int(st, 9, LINES);
	enum db_row row = db_step(st, f);
	for (; row == DB_ROW && page->n < LINES; row = db_step(st, f))
		get_line(st, &page->lines[page->n++]);
	db_finish(st);
	return row != DB_FAILED;
}

static bool
same_number(const struct line *a, const struct line *b)
{
	return a->vantage_id == b->vantage_id && a->epoch == b->epoch &&
	       a->segment_no == b->segment_no;
}

/* `copies` lines of one number have gone by. */
static void
say_copies(struct audit_work *w, const struct line *line, int64_t copies)
{
	if (copies < 2)
		return;
	struct finding it = finding_of(FINDING_SEGMENT_TWICE);
	it.epoch = line->epoch;
	it.first = it.last = line->segment_no;
	it.found = copies;
	audit_say(w, line->vantage_id, &it);
}

static void
take_line(struct audit_work *w, const struct line *line)
{
	struct account *a =
	    accounts_of(&w->accounts, line->vantage_id, line->epoch);
	a->ledgered++;
	a->ledger_traces += line->traces;
	a->ledger_runs += line->runs;
	if (!ranges_add(&a->segments, line->segment_no))
		a->copied = true;
	audit_vantage(w, line->vantage_id)->segments++;
	if (!audit_has_text(&w->vantages, line->vantage_id))
		audit_lacks_id(w, "vantage", line->vantage_id, 1);
}

/* The lines of one number come together. */
struct reading {
	struct audit_work *w;
	struct line last;
	int64_t copies;
};

static void
pass_line(struct reading *r, const struct line *line)
{
	if (!same_number(line, &r->last)) {
		say_copies(r->w, &r->last, r->copies);
		r->copies = 0;
	}
	r->copies++;
	r->last = *line;
	take_line(r->w, line);
}

/* What is no longer there on purpose is not to be expected. */
static bool
read_dropped(struct audit_work *w, struct fault *f)
{
	struct db_stmt *st = db_prepare(w->db,
	    "SELECT vantage_id, epoch, sum(traces_n), sum(runs_n), "
	    "max(last_seq), max(before_us) FROM retention "
	    "WHERE vantage_id BETWEEN $1 AND $2 GROUP BY vantage_id, epoch",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, w->vantage_lo);
	db_bind_int(st, 2, w->vantage_hi);
	enum db_row row = db_step(st, f);
	for (; row == DB_ROW; row = db_step(st, f)) {
		if (db_int(st, 5) > w->dropped_us)
			w->dropped_us = db_int(st, 5);
		if (db_int(st, 1) == 0)
			continue; /* nobody says how many there are */
		struct account *a =
		    accounts_of(&w->accounts, db_int(st, 0), db_int(st, 1));
		a->dropped_traces = db_int(st, 2);
		a->ledger_traces -= a->dropped_traces;
		a->ledger_runs -= db_int(st, 3);
		a->dropped_seq = db_int(st, 4);
	}
	db_finish(st);
	return row != DB_FAILED;
}

bool
audit_ledger(struct audit_work *w, struct fault *f)
{
	struct page *page = xcalloc(1, sizeof(*page));
	struct reading r = {.w = w, .last = {.vantage_id = -1}};
	int64_t n = 0;
	bool ok = true;
	for (page->n = LINES; ok && page->n == LINES;) {
		ok = read_page(w, page, &r.last, f);
		for (size_t i = 0; ok && i < page->n; i++)
			pass_line(&r, &page->lines[i]);
		n += (int64_t)page->n;
		audit_progress(w, "segments", n);
	}
	say_copies(w, &r.last, r.copies);
	free(page);
	return ok && read_dropped(w, f);
}

bool
audit_ledger_again(struct audit_work *w, struct account *a, struct fault *f)
{
	struct db_stmt *st = db_prepare(w->db,
	    "SELECT traces_n FROM segment WHERE vantage_id = $1 AND epoch = $2",
	    f);
	if (st == NULL)
		return false;
	int64_t traces = -a->dropped_traces;
	db_bind_int(st, 1, a->vantage_id);
	db_bind_int(st, 2, a->epoch);
	enum db_row row = db_step(st, f);
	for (; row == DB_ROW; row = db_step(st, f))
		traces += db_int(st, 0);
	db_finish(st);
	/* What came meanwhile explains what is stored, and no more. */
	int64_t stored = a->traces - a->early.count;
	if (traces > a->ledger_traces)
		a->ledger_traces = traces < stored ? traces : stored;
	return row != DB_FAILED;
}
