/* SPDX-License-Identifier: ISC */
#include "analysis/import_file.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "sql/copy.h"
#include "sql/retention.h"
#include "sql/sealed.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* How it is read, and what became of it. */
struct work {
	const struct import_how *how;
	const struct import_file *file;
	struct import_report *report;
};

static bool
copy_all(const struct work *w, struct copy *c, struct fault *f)
{
	bool ok = copy_run(c, f);
	w->report->added = c->part.added;
	w->report->present = c->part.present;
	w->report->runs = c->part.runs;
	w->report->refused = c->refused;
	const char *why = (const char *)c->reasons.p;
	if (ok && why != NULL)
		ok = fault_set(f, EX_DATAERR,
		    "%s: %" PRId64 " rows refused; the first: %.*s",
		    w->file->name, c->refused, (int)strcspn(why, "\n"), why);
	wr_free(&c->reasons);
	return ok;
}

/* A shared database, or a part of one: nobody signs such a thing. */
static bool
import_shared(const struct work *w, struct fault *f)
{
	struct fault why = {0};
	struct copy c = {
	    .from = store_open(w->file->path, STORE_READ, f), .to = w->how->to};
	if (c.from == NULL)
		return false;
	bool ok =
	    sealed_unneeded(c.from, w->how->keys, &why)
		? copy_all(w, &c, f)
		: fault_set(f, why.status, "%s: %s", w->file->name, why.text);
	store_close(c.from);
	return ok;
}

/* FILE.sig, or for FILE.db.zst FILE.db.sig: signed is what was compressed. */
static char *
signature_of(const char *name)
{
	size_t len = strlen(name);
	char *text = sealed_signature(name);
	if (text != NULL || len < 4 || strcmp(name + len - 4, ".zst") != 0)
		return text;
	char *plain = xasprintf("%.*s", (int)(len - 4), name);
	text = sealed_signature(plain);
	free(plain);
	return text;
}

/* Rows that were dropped by retention come back, too. */
static bool
import_segment(const struct work *w, struct sealed *s, struct fault *f)
{
	s->line.uploaded_us = wall_now().ns / 1000;
	struct copy c = {.from = s->db, .to = w->how->to, .line = &s->line};
	return copy_all(w, &c, f) &&
	       retention_restored(w->how->to, &s->line, s->line.uploaded_us, f);
}

static bool
count(void *arg, const struct record *r, struct fault *f)
{
	const struct work *w = arg;
	(void)f;
	manifest_trace(&w->report->holds, r);
	w->report->holds.traces[FORMAT_TUMEN]++;
	return true;
}

static bool
count_all(struct work *w, struct store *from, struct fault *f)
{
	struct store_filter wanted = {.prefix = w->how->prefix};
	return store_traces(from, &wanted, count, w, f);
}

static bool
count_shared(struct work *w, struct fault *f)
{
	struct store *from = store_open(w->file->path, STORE_READ, f);
	bool ok = from != NULL && count_all(w, from, f);
	store_close(from);
	return ok;
}

bool
import_database(const struct import_how *how, const struct import_file *file,
    struct import_report *report, struct fault *f)
{
	static const char *const answers[] = {[KEYS_UNSIGNED] = "none",
	    [KEYS_UNVERIFIED] = "unverified",
	    [KEYS_GOOD] = "good",
	    [KEYS_REFUSED] = "refused"};
	struct work w = {how, file, report};
	struct sealed s = {.path = file->path,
	    .keys = how->keys,
	    .signature = signature_of(file->name)};
	report->database = true;
	bool ok = sealed_open(&s, f), is_segment = s.is_segment;
	if (ok)
		report->signature = answers[s.answer];
	if (ok && how->to == NULL)
		ok = count_all(&w, s.db, f);
	else if (ok)
		ok = import_segment(&w, &s, f);
	sealed_close(&s);
	if (is_segment)
		return ok;
	*f = (struct fault){0};
	return how->to == NULL ? count_shared(&w, f) : import_shared(&w, f);
}
