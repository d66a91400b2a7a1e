/* SPDX-License-Identifier: ISC */
#include "sql/upload.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "sql/copy.h"
#include "sql/folder.h"
#include "sql/spool.h"
#include "sql/store_db.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* What became of a segment so far. */
enum fate {
	STORED,
	GONE,	 /* another uploader has it */
	REFUSED, /* the fault says why */
	STOPPED, /* the fault says what */
};

struct segment_file {
	const char *spool;
	char name[SPOOL_NAME_LEN];
	char *path;
	struct sealed s;
	struct wr reasons; /* rows that were refused, a line each */
};

static enum fate
fate_of(const struct fault *f)
{
	if (f->status == EX_UNAVAILABLE)
		return GONE;
	return f->status == EX_DATAERR ? REFUSED : STOPPED;
}

static void
report(void *arg, int64_t traces)
{
	const struct upload *u = arg;
	if (u->progress != NULL)
		u->progress(u, u->added + u->present + traces);
}

static enum fate
store_rows_of(struct upload *u, struct segment_file *seg, struct fault *f)
{
	seg->s.line.uploaded_us = wall_now().ns / 1000;
	struct copy c = {.from = seg->s.db,
	    .to = u->to,
	    .line = &seg->s.line,
	    .progress = report,
	    .arg = u};
	bool ok = copy_run(&c, f);
	u->added += c.added;
	u->present += c.present;
	u->runs += c.runs;
	enum fate fate = ok ? STORED : STOPPED;
	if (!ok && c.source_failed)
		fate = fate_of(f);
	if (ok && c.refused > 0) {
		fault_set(f, EX_DATAERR, "%s: %" PRId64 " rows refused",
		    seg->path, c.refused);
		fate = REFUSED;
	}
	seg->reasons = c.reasons;
	return fate;
}

static enum fate
take_in(struct upload *u, struct segment_file *seg, struct fault *f)
{
	bool has = false;
	seg->s.path = seg->path;
	seg->s.keys = u->keys;
	seg->s.signature = sealed_signature(seg->path);
	if (!sealed_open(&seg->s, f))
		return fate_of(f);
	u->verified += seg->s.answer == KEYS_GOOD;
	u->unverified += seg->s.answer == KEYS_UNVERIFIED;
	if (!ledger_has(u->to, &seg->s.line, &has, f))
		return STOPPED;
	if (!has)
		return store_rows_of(u, seg, f);
	u->present += seg->s.line.traces;
	return STORED;
}

/* Another uploader has stored and unlinked it meanwhile. */
static bool
gone(const struct segment_file *seg)
{
	return access(seg->path, F_OK) != 0 && errno == ENOENT;
}

static bool
put_away(
    const struct upload *u, const struct segment_file *seg, struct fault *f)
{
	if (u->keep)
		return true;
	if (u->archive != NULL && !u->archive(u->archive_dir, &seg->s, f))
		return f->status == EX_UNAVAILABLE && gone(seg);
	return spool_unlink(seg->spool, seg->name, f);
}

static bool
quarantine(struct upload *u, const struct segment_file *seg, struct fault *f)
{
	char *why = xasprintf("%s\n%.*s", f->text, (int)seg->reasons.len,
	    seg->reasons.len > 0 ? (const char *)seg->reasons.p : "");
	bool ok = spool_quarantine(seg->spool, seg->name, why, f) ||
		  f->status == EX_UNAVAILABLE;
	u->quarantined++;
	free(why);
	return ok;
}

static bool
upload_one(struct upload *u, const char *spool, int64_t no, struct fault *f)
{
	struct segment_file seg = {.spool = spool};
	spool_name(no, SPOOL_SEALED, seg.name);
	seg.path = xasprintf("%s/%s", spool, seg.name);
	u->segment_no = no;
	enum fate fate = take_in(u, &seg, f);
	bool ok = fate == GONE;
	if (fate == STORED) {
		u->segments++;
		ok = put_away(u, &seg, f);
	} else if (fate == REFUSED) {
		ok = quarantine(u, &seg, f);
	}
	sealed_close(&seg.s);
	wr_free(&seg.reasons);
	free(seg.path);
	return ok;
}

bool
upload_spool(struct upload *u, const char *spool, struct fault *f)
{
	int64_t *numbers = NULL;
	size_t n = 0;
	u->spool = spool;
	bool ok = (u->keep || spool_tidy(spool, f)) &&
		  spool_list(spool, SPOOL_SEALED, &numbers, &n, f);
	for (size_t i = 0; ok && i < n; i++)
		ok = upload_one(u, spool, numbers[i], f);
	free(numbers);
	return ok;
}
