/* SPDX-License-Identifier: ISC */
#include "sql/load.h"

#include "probe/base/mem.h"
#include "sql/load_tables.h"
#include "sql/store_db.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* A row of either kind. */
struct item {
	bool is_run;
	struct row row;
	struct store_run run;
	char *state, *reason; /* of the run */
};

struct load {
	struct store *to;
	load_refused *refused;
	void *arg;
	struct item *items; /* BATCH_ROWS */
	size_t n, octets, most;
	struct load_counts counts;
	struct load_tables tables;
};

struct load *
load_open(struct store *to, load_refused *refused, void *arg)
{
	struct load *l = xcalloc(1, sizeof(*l));
	l->to = to;
	l->refused = refused;
	l->arg = arg;
	l->most = BATCH_ROWS;
	l->items = xcalloc(BATCH_ROWS, sizeof(*l->items));
	load_tables_init(&l->tables);
	return l;
}

void
load_limit(struct load *l, int64_t rows)
{
	if (rows >= 1 && rows < BATCH_ROWS)
		l->most = (size_t)rows;
}

size_t
load_waiting(const struct load *l)
{
	return l->n;
}

static void
drop(struct load *l)
{
	for (size_t i = 0; i < l->n; i++) {
		if (!l->items[i].is_run)
			row_free(&l->items[i].row);
		free(l->items[i].state);
		free(l->items[i].reason);
		l->items[i] = (struct item){0};
	}
	l->n = l->octets = 0;
}

void
load_free(struct load *l)
{
	if (l == NULL)
		return;
	drop(l);
	load_tables_free(&l->tables);
	free(l->items);
	free(l);
}

static size_t
octets(const struct row *row)
{
	size_t n = row->rec_len + row->path.len;
	for (size_t i = 0; i < row->r.nprobes; i++)
		n += row->r.probes[i].sent.len + row->r.probes[i].reply.len;
	return n;
}

void
load_row(struct load *l, struct row *row)
{
	l->octets += octets(row);
	l->items[l->n++] = (struct item){.row = *row};
	*row = (struct row){0};
}

void
load_run(struct load *l, const struct store_run *run)
{
	struct item *item = &l->items[l->n++];
	*item = (struct item){.is_run = true,
	    .run = *run,
	    .state = xstrdup(run->state),
	    .reason = run->reason != NULL ? xstrdup(run->reason) : NULL};
	item->run.state = item->state;
	item->run.reason = item->reason;
	l->octets += sizeof(*run);
}

bool
load_is_full(const struct load *l)
{
	return l->n >= l->most || l->octets >= BATCH_OCTETS;
}

struct load_counts
load_counts(const struct load *l)
{
	return l->counts;
}

/*
 * Where the database may be read, rows that were there must be the very same,
 * and a dictionary's text the one with that id.
 */
static bool
check_row(
    struct load *l, const struct item *item, bool all_new, struct fault *f)
{
	const struct record *r = &item->row.r;
	if (item->is_run)
		return all_new || store_same_run(l->to, &item->run, f);
	return store_vantage(l->to, r->vantage, f) != 0 &&
	       (r->campaign[0] == '\0' ||
		   store_campaign(l->to, r->campaign, f) != 0) &&
	       store_prefix(l->to, &r->prefix, f) != 0 &&
	       (all_new || store_same_trace(l->to, &item->row, f));
}

static bool
check(struct load *l, size_t first, size_t n, bool all_new, struct fault *f)
{
	bool ok = true;
	for (size_t i = first; ok && i < first + n; i++)
		ok = check_row(l, &l->items[i], all_new, f);
	return ok;
}

struct outcome {
	int64_t traces, runs; /* that were asked for */
	int64_t changes[LOAD_TABLES];
};

/* Items first..first+n-1 in the open transaction. */
static bool
insert(
    struct load *l, size_t first, size_t n, struct outcome *o, struct fault *f)
{
	*o = (struct outcome){0};
	for (size_t i = first; i < first + n; i++) {
		const struct item *item = &l->items[i];
		o->runs += item->is_run;
		o->traces += !item->is_run;
		if (item->is_run)
			load_tables_run(&l->tables, &item->run);
		else
			load_tables_row(&l->tables, &item->row);
	}
	if (!load_tables_insert(&l->tables, l->to->db, o->changes, f))
		return false;
	bool all_new = o->changes[LOAD_TRACE] == o->traces &&
		       o->changes[LOAD_RUN] == o->runs;
	return !store_may_read(l->to) || check(l, first, n, all_new, f);
}

static bool
store_once(
    struct load *l, size_t first, size_t n, struct outcome *o, struct fault *f)
{
	if (!store_begin(l->to, f))
		return false;
	if (insert(l, first, n, o, f) && store_commit(l->to, f))
		return true;
	store_rollback(l->to);
	load_tables_forget(&l->tables);
	return false;
}

static bool
store_part(struct load *l, size_t first, size_t n, struct fault *f)
{
	struct outcome o;
	if (n == 0)
		return true;
	if (store_once(l, first, n, &o, f)) {
		l->counts.added += o.changes[LOAD_TRACE];
		l->counts.present += o.traces - o.changes[LOAD_TRACE];
		l->counts.runs += o.runs;
		return true;
	}
	if (f->status != EX_DATAERR)
		return false;
	if (n > 1)
		return store_part(l, first, n / 2, f) &&
		       store_part(l, first + n / 2, n - n / 2, f);
	l->counts.refused++;
	l->refused(l->arg, f);
	return true;
}

bool
load_store(struct load *l, struct fault *f)
{
	struct load_counts before = l->counts;
	bool ok = store_part(l, 0, l->n, f);
	if (ok)
		drop(l);
	else
		l->counts = before; /* another try counts all of it again */
	return ok;
}
