/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "sql/audit_part.h"

#include <stdlib.h>
#include <string.h>

/* Two tables go by together, in the order of the start, a page at a time. */
enum { TRACES = 5000, RUNS = 20000 };

struct trace_row {
	int64_t started_us, vantage_id, epoch, seq;
	int64_t campaign_id, slot, prefix_id; /* the first two -1: none */
	bool no_path;
	uint8_t path_id[UUID_LEN];
};

struct passing {
	struct audit_work *w;
	int64_t from_us, to_us; /* of the traces */
	struct trace_row *traces, last_trace;
	struct tally_run *runs;
	int64_t *begin_us; /* of each run */
	size_t ntraces, nruns, next_run;
	struct tally_key last_run;
	int64_t last_run_us, read;
	bool runs_end;
};

#define AT	  "COALESCE(t.planned_us, t.started_us, t.finished_us, 0)"
#define IN_WINDOW AT " >= $1 AND " AT " < $2 AND t.vantage_id BETWEEN $3 AND $4"

static void
bind_window(const struct audit_work *w, struct db_stmt *st)
{
	db_bind_int(st, 1, w->since_us);
	db_bind_int(st, 2, w->until_us);
	db_bind_int(st, 3, w->vantage_lo);
	db_bind_int(st, 4, w->vantage_hi);
}

/*
 * A run planned in the window may have begun before it (a clock that was set)
 * and ends behind it.
 */
static bool
find_bounds(struct passing *p, struct fault *f)
{
	p->from_us = p->w->since_us;
	p->to_us = p->w->until_us;
	if (!p->w->accounts.window)
		return true;
	struct db_stmt *st = db_prepare(p->w->db,
	    "SELECT min(t.started_us), max(t.finished_us) FROM run t "
	    "WHERE " IN_WINDOW,
	    f);
	if (st == NULL)
		return false;
	bind_window(p->w, st);
	bool ok = db_step(st, f) == DB_ROW;
	int64_t first = ok ? db_int_or_none(st, 0) : -1;
	int64_t last = ok ? db_int_or_none(st, 1) : -1;
	db_finish(st);
	if (first >= 0 && first < p->from_us)
		p->from_us = first;
	if (last >= p->to_us)
		p->to_us = last + 1;
	return ok;
}

static const char run_query[] =
    "SELECT t.started_us, t.vantage_id, t.campaign_id, t.slot, t.epoch, "
    "t.finished_us, t.traces_n, t.state FROM run t WHERE " IN_WINDOW
    " AND (t.started_us, t.vantage_id, t.campaign_id, t.slot, t.epoch) > "
    "($5, $6, $7, $8, $9) ORDER BY t.started_us, t.vantage_id, "
    "t.campaign_id, t.slot, t.epoch LIMIT $10";

static void
get_run(struct db_stmt *st, struct passing *p)
{
	struct tally_run *r = &p->runs[p->nruns];
	*r = (struct tally_run){.key = {.vantage_id = db_int(st, 1),
				    .campaign_id = db_int(st, 2),
				    .slot = db_int(st, 3),
				    .epoch = db_int(st, 4)}};
	r->until_us = db_int_or_none(st, 5);
	if (r->until_us < 0)
		r->until_us = INT64_MAX;
	r->expected = db_int(st, 6);
	r->at_least = strcmp(db_text(st, 7), "aborted") == 0;
	p->begin_us[p->nruns++] = db_int(st, 0);
}

static bool
read_runs(struct passing *p, struct fault *f)
{
	p->nruns = p->next_run = 0;
	struct db_stmt *st = db_prepare(p->w->db, run_query, f);
	if (st == NULL)
		return false;
	bind_window(p->w, st);
	db_bind_int(st, 5, p->last_run_us);
	db_bind_int(st, 6, p->last_run.vantage_id);
	db_bind_int(st, 7, p->last_run.campaign_id);
	db_bind_int(st, 8, p->last_run.slot);
	db_bind_int(st, 9, p->last_run.epoch);
	db_bind_int(st, 10, RUNS);
	enum db_row row = db_step(st, f);
	for (; row == DB_ROW && p->nruns < RUNS; row = db_step(st, f))
		get_run(st, p);
	db_finish(st);
	p->runs_end = p->nruns < RUNS;
	if (p->nruns > 0) {
		p->last_run = p->runs[p->nruns - 1].key;
		p->last_run_us = p->begin_us[p->nruns - 1];
	}
	return row != DB_FAILED;
}

/* The runs that began by this time. */
static bool
pass_runs(struct passing *p, int64_t now_us, struct fault *f)
{
	for (;;) {
		while (p->next_run < p->nruns &&
		       p->begin_us[p->next_run] <= now_us) {
			size_t i = p->next_run++;
			tally_run(&p->w->tally, &p->runs[i], p->begin_us[i]);
		}
		if (p->next_run < p->nruns || p->runs_end)
			return true;
		if (!read_runs(p, f))
			return false;
	}
}

static const char trace_query[] =
    "SELECT t.started_us, t.vantage_id, t.epoch, t.seq, t.campaign_id, t.slot, "
    "t.prefix_id, t.path_id, "
    "CASE WHEN p.path_id IS NULL THEN 1 ELSE 0 END FROM trace t "
    "LEFT JOIN path p ON p.path_id = t.path_id "
    "WHERE (t.started_us, t.vantage_id, t.epoch, t.seq) > ($1, $2, $3, $4) "
    "AND t.started_us >= $1 AND t.started_us < $5 "
    "AND t.vantage_id BETWEEN $6 AND $7 "
    "ORDER BY t.started_us, t.vantage_id, t.epoch, t.seq LIMIT $8";

static void
get_trace(struct db_stmt *st, struct trace_row *t)
{
	size_t len = 0;
	*t = (struct trace_row){.started_us = db_int(st, 0),
	    .vantage_id = db_int(st, 1),
	    .epoch = db_int(st, 2),
	    .seq = db_int(st, 3),
	    .campaign_id = db_int_or_none(st, 4),
	    .slot = db_int_or_none(st, 5),
	    .prefix_id = db_int(st, 6)};
	const void *path_id = db_blob(st, 7, &len);
	if (path_id != NULL && len == UUID_LEN)
		memcpy(t->path_id, path_id, UUID_LEN);
	t->no_path = db_int(st, 8) != 0;
}

static bool
read_traces(struct passing *p, struct fault *f)
{
	p->ntraces = 0;
	struct db_stmt *st = db_prepare(p->w->db, trace_query, f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, p->last_trace.started_us);
	db_bind_int(st, 2, p->last_trace.vantage_id);
	db_bind_int(st, 3, p->last_trace.epoch);
	db_bind_int(st, 4, p->last_trace.seq);
	db_bind_int(st, 5, p->to_us);
	db_bind_int(st, 6, p->w->vantage_lo);
	db_bind_int(st, 7, p->w->vantage_hi);
	db_bind_int(st, 8, TRACES);
	enum db_row row = db_step(st, f);
	for (; row == DB_ROW && p->ntraces < TRACES; row = db_step(st, f))
		get_trace(st, &p->traces[p->ntraces++]);
	db_finish(st);
	if (p->ntraces > 0)
		p->last_trace = p->traces[p->ntraces - 1];
	return row != DB_FAILED;
}

static void
check_texts(struct audit_work *w, const struct trace_row *t)
{
	if (!audit_has_text(&w->vantages, t->vantage_id))
		audit_lacks_id(w, "vantage", t->vantage_id, 1);
	if (t->campaign_id >= 0 &&
	    !audit_has_text(&w->campaigns, t->campaign_id))
		audit_lacks_id(w, "campaign", t->campaign_id, 1);
	if (!audit_has_text(&w->prefixes, t->prefix_id))
		audit_lacks_id(w, "prefix", t->prefix_id, 1);
	if (t->no_path)
		audit_lacks(w, "path", t->path_id, UUID_LEN, 1);
}

/* A number that waits in a segment, too, is there already. */
static void
count_seq(struct audit_work *w, struct account *a, const struct trace_row *t)
{
	a->traces++;
	if (ranges_add(&a->stored, t->seq)) {
		ranges_add(&a->seqs, t->seq);
		return;
	}
	struct finding it = finding_of(FINDING_TRACE_TWICE);
	it.epoch = t->epoch;
	it.first = it.last = t->seq;
	audit_say(w, t->vantage_id, &it);
	a->copied = true;
}

static bool
pass_trace(struct passing *p, const struct trace_row *t, struct fault *f)
{
	struct audit_work *w = p->w;
	struct tally_key key = {
	    t->vantage_id, t->campaign_id, t->slot, t->epoch};
	if (!pass_runs(p, t->started_us, f))
		return false;
	if (t->campaign_id >= 0 && t->slot >= 0)
		tally_trace(&w->tally, &key, t->started_us);
	if (t->started_us < w->since_us || t->started_us >= w->until_us)
		return true; /* only its run is of this time */
	struct audit_vantage *v = audit_vantage(w, t->vantage_id);
	v->traces++;
	if (t->epoch == 0)
		v->imported++; /* not numbered: nothing to hold it against */
	else
		count_seq(
		    w, accounts_of(&w->accounts, t->vantage_id, t->epoch), t);
	check_texts(w, t);
	return true;
}

static bool
pass_all(struct passing *p, struct fault *f)
{
	bool ok = find_bounds(p, f) && read_runs(p, f);
	p->last_trace = (struct trace_row){.started_us = p->from_us,
	    .vantage_id = -1}; /* before every key of that instant */
	for (p->ntraces = TRACES; ok && p->ntraces == TRACES;) {
		ok = read_traces(p, f);
		for (size_t i = 0; ok && i < p->ntraces; i++)
			ok = pass_trace(p, &p->traces[i], f);
		p->read += (int64_t)p->ntraces;
		audit_progress(p->w, "traces", p->read);
	}
	ok = ok && pass_runs(p, INT64_MAX, f);
	tally_end(&p->w->tally);
	return ok;
}

bool
audit_traces(struct audit_work *w, struct fault *f)
{
	struct passing p = {.w = w, .last_run_us = -1};
	p.traces = xcalloc(TRACES, sizeof(*p.traces));
	p.runs = xcalloc(RUNS, sizeof(*p.runs));
	p.begin_us = xcalloc(RUNS, sizeof(*p.begin_us));
	bool ok = pass_all(&p, f);
	free(p.traces);
	free(p.runs);
	free(p.begin_us);
	return ok;
}
