/* SPDX-License-Identifier: ISC */
#include "sql/copy.h"

#include "sql/store_db.h"

#include <string.h>
#include <sysexits.h>

static void
note(struct copy *c, const struct fault *f)
{
	if (c->refused++ < COPY_REASONS_MAX) {
		wr_bytes(&c->reasons, f->text, strlen(f->text));
		wr_u8(&c->reasons, '\n');
	}
}

static size_t
octets(const struct row *row)
{
	size_t n = row->rec_len + row->path.len;
	for (size_t i = 0; i < row->r.nprobes; i++)
		n += row->r.probes[i].sent.len + row->r.probes[i].reply.len;
	return n;
}

static bool
copy_row(void *arg, struct row *row, struct fault *f)
{
	struct copy *c = arg;
	bool added = false, committed = false;
	if (f->status != 0) {
		note(c, f);
		return true;
	}
	if (!store_add_row(c->to, row, &added, f)) {
		if (f->status != EX_DATAERR) {
			c->source_failed = false;
			return false;
		}
		note(c, f);
		return true;
	}
	c->added += added;
	c->present += !added;
	c->source_failed = false;
	if (!batch_count(&c->batch, octets(row), &committed, f))
		return false;
	c->source_failed = true;
	if (committed && c->progress != NULL)
		c->progress(c->arg, c->added + c->present);
	return true;
}

static bool
copy_one_run(void *arg, const struct store_run *run, struct fault *f)
{
	struct copy *c = arg;
	bool committed = false;
	if (!store_add_run(c->to, run, f)) {
		c->source_failed = false;
		if (f->status != EX_DATAERR)
			return false;
		note(c, f);
	} else {
		c->runs++;
	}
	c->source_failed = false;
	if (!batch_count(&c->batch, 200, &committed, f))
		return false;
	c->source_failed = true;
	return true;
}

bool
copy_run(struct copy *c, struct fault *f)
{
	struct store_filter all = {.with_evidence = true};
	if (!batch_open(&c->batch, c->to, f))
		return false;
	c->source_failed = true;
	bool ok = store_rows(c->from, &all, copy_row, c, f) &&
		  store_runs(c->from, copy_one_run, c, f);
	if (ok) {
		c->source_failed = false;
		if (c->line != NULL && c->refused == 0)
			ok = ledger_add(c->to, c->line, f);
	}
	return batch_close(&c->batch, ok, f);
}
