/* SPDX-License-Identifier: ISC */
#include "sql/copy.h"

#include "sql/facts.h"
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

static void
refused(void *arg, const struct load_item *item, const struct fault *f)
{
	(void)item;
	note(arg, f);
}

static void
stored(void *arg)
{
	const struct copy *c = arg;
	if (c->progress != NULL)
		c->progress(c->arg);
}

/* Sends what was read so far. */
static bool
flush(struct work *w, struct fault *f)
{
	struct copy *c = w->c;
	c->source_failed = false;
	if (c->wait != NULL && !c->wait(c->arg, load_waiting(w->load), f))
		return false;
	if (!load_send(w->load, &c->part, f))
		return false;
	c->source_failed = true;
	return true;
}

static bool
flush_in_turn(struct work *w, struct fault *f)
{
	if (!flush(w, f))
		return false;
	load_turn(w->load);
	return true;
}

static bool
flush_when_full(struct work *w, struct fault *f)
{
	return !load_is_full(w->load) || flush_in_turn(w, f);
}

static bool
copy_row(void *arg, struct row *row, struct fault *f)
{
	struct work *w = arg;
	if (f->status != 0) {
		note(w->c, f);
		return true;
	}
	if (!load_fits(w->load, row) && !flush_in_turn(w, f))
		return false;
	load_row(w->load, row);
	return flush_when_full(w, f);
}

static bool
copy_health(void *arg, const struct store_health *h, struct fault *f)
{
	struct work *w = arg;
	load_health(w->load, h);
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
copy_send(struct copy *c, struct load *load, struct fault *f)
{
	struct store_filter all = {.with_evidence = true};
	struct work w = {c, load};
	struct fault last = {0};
	c->part =
	    (struct load_part){.refused = refused, .stored = stored, .arg = c};
	c->source_failed = true;
	load_limit(load, c->rows_max);
	bool read = store_rows(c->from, &all, copy_row, &w, f) &&
		    store_healths(c->from, copy_health, &w, f) &&
		    store_runs(c->from, copy_one_run, &w, f);
	if (!read && !c->source_failed)
		return false;
	/* What was read of a source that fails then goes, too. */
	if (flush(&w, read ? f : &last))
		return read;
	if (!read)
		*f = last;
	return false;
}

/* A segment is what one vantage observed: it has none of either. */
static bool
copy_imports(const struct copy *c, struct fault *f)
{
	return c->line != NULL || (store_copy_facts(c->from, c->to, f) &&
				      store_copy_broken(c->from, c->to, f));
}

bool
copy_run(struct copy *c, struct fault *f)
{
	struct load *load = load_open(c->to);
	bool ok = copy_send(c, load, f);
	if (ok || c->source_failed) {
		struct fault of_to = {0};
		bool to_ok = load_wait_for(load, &c->part, &of_to);
		if (to_ok && ok && c->line != NULL && c->refused == 0)
			to_ok = load_line(load, &c->part, c->line, &of_to) &&
				load_wait_for(load, &c->part, &of_to);
		if (to_ok && ok)
			to_ok = copy_imports(c, &of_to);
		if (!to_ok) {
			c->source_failed = false;
			*f = of_to;
		}
		ok = ok && to_ok;
	}
	load_free(load);
	return ok;
}
