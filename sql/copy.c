/* SPDX-License-Identifier: ISC */
#include "sql/copy.h"

#include "sql/load.h"
#include "sql/store_db.h"

#include <string.h>

struct work {
	struct copy *c;
	struct load *load;
};

static void
note(void *arg, const struct fault *f)
{
	struct copy *c = arg;
	if (c->refused++ < COPY_REASONS_MAX) {
		wr_bytes(&c->reasons, f->text, strlen(f->text));
		wr_u8(&c->reasons, '\n');
	}
}

/* Stores what was read so far. */
static bool
flush(struct work *w, struct fault *f)
{
	struct copy *c = w->c;
	c->source_failed = false;
	if (c->wait != NULL)
		c->wait(c->arg, load_waiting(w->load));
	if (!load_store(w->load, f))
		return false;
	struct load_counts n = load_counts(w->load);
	c->added = n.added;
	c->present = n.present;
	c->runs = n.runs;
	c->source_failed = true;
	if (c->progress != NULL)
		c->progress(c->arg, c->added + c->present);
	return true;
}

static bool
flush_when_full(struct work *w, struct fault *f)
{
	if (!load_is_full(w->load))
		return true;
	if (!flush(w, f))
		return false;
	batch_turn();
	return true;
}

static bool
copy_row(void *arg, struct row *row, struct fault *f)
{
	struct work *w = arg;
	if (f->status != 0) {
		note(w->c, f);
		return true;
	}
	load_row(w->load, row);
	return flush_when_full(w, f);
}

static bool
copy_one_run(void *arg, const struct store_run *run, struct fault *f)
{
	struct work *w = arg;
	load_run(w->load, run);
	return flush_when_full(w, f);
}

bool
copy_run(struct copy *c, struct fault *f)
{
	struct store_filter all = {.with_evidence = true};
	struct work w = {c, load_open(c->to, note, c)};
	c->source_failed = true;
	load_limit(w.load, c->rows_max);
	bool ok = store_rows(c->from, &all, copy_row, &w, f) &&
		  store_runs(c->from, copy_one_run, &w, f) && flush(&w, f);
	if (ok && c->line != NULL && c->refused == 0) {
		c->source_failed = false;
		ok = ledger_add(c->to, c->line, f);
	}
	load_free(w.load);
	return ok;
}
