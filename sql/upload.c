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
#include <time.h>
#include <unistd.h>

/* What became of a segment so far. */
enum fate {
	STORED,
	GONE,	 /* another uploader has it */
	REFUSED, /* the fault says why */
	STOPPED, /* the fault says what */
};

/* One that was opened, until it is put away. */
struct segment_file {
	const char *spool;
	char name[SPOOL_NAME_LEN];
	char *path;
	struct sealed s;
	struct copy copy;
	enum fate fate;
	struct fault why;
	bool listed; /* its line is in the ledger, or on its way there */
	struct segment_file *next;
};

/* Of one spool: segments whose rows are on their way, the oldest first. */
struct upload_work {
	struct load *load;
	struct segment_file *open;
	struct ledger_list taken;
};

static enum fate
fate_of(const struct fault *f)
{
	if (f->status == EX_UNAVAILABLE)
		return GONE;
	return f->status == EX_DATAERR ? REFUSED : STOPPED;
}

static void
report(void *arg)
{
	const struct upload *u = arg;
	int64_t traces = u->added + u->present;
	if (u->progress == NULL)
		return;
	const struct segment_file *seg = u->work->open;
	for (; seg != NULL; seg = seg->next)
		traces += seg->copy.part.added + seg->copy.part.present;
	u->progress(u, traces);
}

static int64_t
now_ms(void)
{
	return mono_now().ns / NS_PER_MS;
}

static bool
keep_pace(void *arg, size_t rows, struct fault *f)
{
	struct upload *u = arg;
	int64_t begun = now_ms();
	int64_t until = begun + pace_of_rows_ms(&u->pace, (int64_t)rows, begun);
	if (until == begun)
		return true;
	/* No transaction stays open meanwhile, half of it sent. */
	if (!load_drain(u->work->load, f))
		return false;
	int64_t ms = until - now_ms();
	const struct timespec t = {
	    .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * NS_PER_MS};
	if (ms > 0)
		nanosleep(&t, NULL);
	return true;
}

static enum fate
send_rows_of(struct upload *u, struct segment_file *seg)
{
	seg->s.line.uploaded_us = wall_now().ns / 1000;
	seg->copy = (struct copy){.from = seg->s.db,
	    .to = u->to,
	    .progress = report,
	    .wait = keep_pace,
	    .rows_max = u->pace.rate,
	    .arg = u};
	if (copy_send(&seg->copy, u->work->load, &seg->why))
		return STORED;
	return seg->copy.source_failed ? fate_of(&seg->why) : STOPPED;
}

/* Asked once for all of an epoch, where an answer takes its time. */
static bool
is_taken(
    struct upload *u, const struct ledger *line, bool *has, struct fault *f)
{
	struct ledger_list *taken = &u->work->taken;
	if (!db_ahead(u->to->db))
		return ledger_has(u->to, line, has, f);
	if (!ledger_list_covers(taken, line)) {
		if (!load_drain(u->work->load, f))
			return false;
		if (!ledger_list_read(taken, u->to, line, f))
			return false;
	}
	*has = ledger_list_has(taken, line);
	return true;
}

static enum fate
take_in(struct upload *u, struct segment_file *seg)
{
	bool has = false;
	seg->s.path = seg->path;
	seg->s.keys = u->keys;
	seg->s.signature = sealed_signature(seg->path);
	db_ahead_push(u->to->db); /* a server with nothing to do */
	if (!sealed_open(&seg->s, &seg->why))
		return fate_of(&seg->why);
	db_ahead_push(u->to->db);
	u->verified += seg->s.answer == KEYS_GOOD;
	u->unverified += seg->s.answer == KEYS_UNVERIFIED;
	if (!is_taken(u, &seg->s.line, &has, &seg->why))
		return STOPPED;
	if (!has)
		return send_rows_of(u, seg);
	u->present += seg->s.line.traces;
	seg->listed = true;
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
	const struct wr *reasons = &seg->copy.reasons;
	char *why = xasprintf("%s\n%.*s", seg->why.text, (int)reasons->len,
	    reasons->len > 0 ? (const char *)reasons->p : "");
	bool ok = spool_quarantine(seg->spool, seg->name, why, f) ||
		  f->status == EX_UNAVAILABLE;
	u->quarantined++;
	free(why);
	return ok;
}

static void
forget(struct segment_file *seg)
{
	sealed_close(&seg->s);
	wr_free(&seg->copy.reasons);
	free(seg->path);
	free(seg);
}

/* All of it is stored that can be. */
static bool
conclude(struct upload *u, struct segment_file *seg, struct fault *f)
{
	u->added += seg->copy.part.added;
	u->present += seg->copy.part.present;
	u->runs += seg->copy.part.runs;
	if (seg->fate == REFUSED)
		return quarantine(u, seg, f);
	if (seg->fate == GONE)
		return true;
	u->segments++;
	return put_away(u, seg, f);
}

/* What the answers so far allow: a line in the ledger, then to be put away. */
static bool
settle(struct upload *u, struct fault *f)
{
	struct segment_file **at = &u->work->open;
	while (*at != NULL) {
		struct segment_file *seg = *at;
		struct load_part *part = &seg->copy.part;
		if (part->open == 0 && seg->fate == STORED &&
		    seg->copy.refused > 0) {
			fault_set(&seg->why, EX_DATAERR,
			    "%s: %" PRId64 " rows refused", seg->path,
			    seg->copy.refused);
			seg->fate = REFUSED;
		}
		if (part->open == 0 && seg->fate == STORED && !seg->listed) {
			seg->listed = true;
			if (!load_line(u->work->load, part, &seg->s.line, f))
				return false;
		}
		if (part->open > 0) {
			at = &seg->next;
			continue;
		}
		*at = seg->next;
		bool ok = conclude(u, seg, f);
		forget(seg);
		if (!ok)
			return false;
	}
	return true;
}

static bool
upload_one(struct upload *u, const char *spool, int64_t no, struct fault *f)
{
	struct segment_file *seg = xcalloc(1, sizeof(*seg));
	struct segment_file **end = &u->work->open;
	seg->spool = spool;
	spool_name(no, SPOOL_SEALED, seg->name);
	seg->path = xasprintf("%s/%s", spool, seg->name);
	u->segment_no = no;
	while (*end != NULL)
		end = &(*end)->next;
	*end = seg;
	seg->fate = take_in(u, seg);
	if (seg->fate == STOPPED) {
		*f = seg->why;
		return false;
	}
	return settle(u, f);
}

static bool
finish(struct upload *u, struct fault *f)
{
	bool ok = true, any = true;
	while (ok && u->work->open != NULL)
		ok = load_wait(u->work->load, &any, f) && settle(u, f);
	return ok;
}

bool
upload_spool(struct upload *u, const char *spool, struct fault *f)
{
	struct upload_work work = {.load = load_open(u->to)};
	int64_t *numbers = NULL;
	size_t n = 0;
	u->spool = spool;
	u->work = &work;
	bool ok = (u->keep || spool_tidy(spool, f)) &&
		  spool_list(spool, SPOOL_SEALED, &numbers, &n, f);
	for (size_t i = 0; ok && i < n; i++)
		ok = upload_one(u, spool, numbers[i], f);
	ok = ok && finish(u, f);
	while (work.open != NULL) {
		struct segment_file *seg = work.open;
		work.open = seg->next;
		forget(seg);
	}
	ledger_list_free(&work.taken);
	load_free(work.load);
	u->work = NULL;
	free(numbers);
	return ok;
}
