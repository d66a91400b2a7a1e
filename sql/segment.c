/* SPDX-License-Identifier: ISC */
#include "sql/segment_part.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "sql/folder.h"
#include "sql/ledger.h"
#include "sql/lock.h"
#include "sql/sealed.h"
#include "sql/store_db.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static char *
path_of(const struct segment *s, int64_t no, enum spool_kind kind)
{
	char name[SPOOL_NAME_LEN];
	return xasprintf("%s/%s", s->spool, spool_name(no, kind, name));
}

/* Whatever the epoch file says is used is never given out again. */
bool
segment_write_epoch(
    struct segment *s, uint64_t next_seq, int64_t next_segment, struct fault *f)
{
	struct spool_epoch e = {s->written.epoch, next_seq, next_segment};
	if (!spool_epoch_write(s->spool, &e, f))
		return false;
	s->written = e;
	return true;
}

bool
segment_write_begun(struct segment *s, struct fault *f)
{
	s->begun_owed = !begun_write(s->spool, s->written.epoch, &s->begun, f);
	return !s->begun_owed;
}

/*
 * Removes an open segment that holds nothing, with its side files. The last
 * number is given back before: no number may be missing for which there never
 * was a segment.
 */
static bool
remove_empty(struct segment *s, int64_t no, struct fault *f)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	if (no + 1 == s->written.next_segment &&
	    !segment_write_epoch(s, s->written.next_seq, no, f))
		return false;
	char *path = path_of(s, no, SPOOL_OPEN);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char *file = xasprintf("%s%s", path, suffixes[i]);
		unlink(file);
		free(file);
	}
	free(path);
	return folder_sync(s->spool, f);
}

/* Durable before the segment has its name: nobody finds it unsigned. */
static bool
sign(const struct segment *s, int64_t no, const char *path, struct fault *f)
{
	uint8_t sha256[HASH_SHA256_LEN];
	char line[SIGN_LINE_MAX], name[SPOOL_NAME_LEN];
	if (s->key == NULL)
		return true;
	if (!sealed_hash(path, sha256, f))
		return false;
	return folder_write(s->spool, spool_name(no, SPOOL_SIGNATURE, name),
	    sign_segment(s->key, sha256, line), f);
}

static bool
publish(const struct segment *s, int64_t no, struct fault *f)
{
	char *from = path_of(s, no, SPOOL_OPEN);
	char *to = path_of(s, no, SPOOL_SEALED);
	bool ok = sign(s, no, from, f) &&
		  (rename(from, to) == 0 ||
		      folder_fault(f, errno, from, "cannot rename"));
	free(from);
	free(to);
	return ok && folder_sync(s->spool, f);
}

/* The traces of a run in one segment. */
static bool
count_traces(struct store *db, struct store_run *run, struct fault *f)
{
	struct db_stmt *st = db_prepare(db->db,
	    "SELECT count(*) FROM trace WHERE campaign_id = $1 AND slot = $2 "
	    "AND epoch = $3",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, row_text_id(run->campaign));
	db_bind_int(st, 2, run->slot);
	db_bind_int(st, 3, (int64_t)run->epoch);
	bool ok = db_step(st, f) == DB_ROW;
	run->traces = ok ? db_int(st, 0) : 0;
	db_finish(st);
	return ok;
}

/* The row of a run that nobody ended; the same each time it is made. */
static struct store_run
aborted_run(const struct segment *s, const struct begun *b)
{
	struct store_run run = {.slot = b->slot,
	    .epoch = s->written.epoch,
	    .planned_us = b->planned_us,
	    .started_us = b->started_us,
	    .finished_us = -1,
	    .state = "aborted",
	    .reason = "the agent died"};
	snprintf(run.vantage, sizeof(run.vantage), "%s", s->vantage);
	snprintf(run.campaign, sizeof(run.campaign), "%s", b->campaign);
	return run;
}

/*
 * Gives the runs that were under way in a crash their rows, in the segment
 * that was open, unless it is empty and will be removed. One that has its row
 * already ended just before.
 */
static bool
abort_runs(struct segment *s, struct store *db, struct fault *f)
{
	bool empty = false;
	if (!s->recovering || s->begun.n == 0)
		return true;
	if (!ledger_is_empty(db, &empty, f))
		return false;
	for (size_t i = 0; !empty && i < s->begun.n; i++) {
		const struct begun *b = &s->begun.v[i];
		struct store_run run = aborted_run(s, b);
		if (b->ended)
			continue;
		if (!count_traces(db, &run, f) ||
		    (!store_add_run(db, &run, f) && f->status != EX_DATAERR))
			return false;
	}
	return true;
}

/* Their rows are in a segment that is complete. */
static bool
all_ended(struct segment *s, struct fault *f)
{
	for (size_t i = 0; i < s->begun.n; i++)
		s->begun.v[i].ended = true;
	return segment_write_begun(s, f);
}

/* Everything but the new name. */
static bool
complete(struct store *db, bool *empty, struct fault *f)
{
	struct ledger line = {.sealed_us = wall_now().ns / 1000};
	if (!ledger_count(db, &line.traces, &line.runs, f) ||
	    !ledger_is_empty(db, empty, f))
		return false;
	return *empty || (store_check(db, f) && ledger_complete(db, &line, f) &&
			     store_seal(db, f));
}

/* Seals NNNNNN.open, left by a crash or just closed. */
static bool
seal_file(struct segment *s, int64_t no, struct fault *f)
{
	char *path = path_of(s, no, SPOOL_OPEN), name[SPOOL_NAME_LEN];
	struct store *db = store_on(db_open(path, DB_PRIVATE, f));
	bool empty = false;
	bool ok = db != NULL && abort_runs(s, db, f) && complete(db, &empty, f);
	store_close(db);
	free(path);
	if (ok && !empty && s->recovering && !all_ended(s, f))
		return false;
	/* Or a run in it that has its end gets another one after a crash. */
	if (ok && !empty && s->begun_owed && !segment_write_begun(s, f))
		return false;
	if (ok)
		return empty ? remove_empty(s, no, f) : publish(s, no, f);
	if (f->status != EX_DATAERR)
		return false;
	/* A damaged file must not keep the vantage from measuring. */
	struct fault reason = *f;
	return spool_quarantine(
	    s->spool, spool_name(no, SPOOL_OPEN, name), reason.text, f);
}

static bool
seal_all(struct segment *s, struct fault *f)
{
	int64_t *numbers = NULL;
	size_t n = 0;
	bool ok = spool_list(s->spool, SPOOL_OPEN, &numbers, &n, f);
	for (size_t i = 0; ok && i < n; i++)
		ok = seal_file(s, numbers[i], f);
	free(numbers);
	return ok;
}

/* The first number that no file here has, nor had. */
static bool
next_number(const struct segment *s, int64_t *no, struct fault *f)
{
	int64_t *numbers = NULL;
	size_t n = 0;
	if (!spool_list(s->spool, SPOOL_SEALED, &numbers, &n, f))
		return false;
	*no = s->written.next_segment;
	if (n > 0 && numbers[n - 1] >= *no)
		*no = numbers[n - 1] + 1;
	free(numbers);
	return *no < SPOOL_NO_MAX ||
	       fault_set(
		   f, EX_UNAVAILABLE, "%s: segment numbers used up", s->spool);
}

/* Runs that died while no segment was open, or with a damaged one. */
static bool
end_begun(struct segment *s, struct fault *f)
{
	s->recovering = false;
	for (size_t i = 0; i < s->begun.n; i++) {
		struct store_run run = aborted_run(s, &s->begun.v[i]);
		if (!s->begun.v[i].ended && !segment_end_run(s, &run, f))
			return false;
	}
	return true;
}

/*
 * What a crash left open is sealed, and whoever has lost its process gets its
 * row. It may be done again when it failed in the middle.
 */
static bool
settle(struct segment *s, struct fault *f)
{
	store_close(s->open);
	s->open = NULL;
	s->recovering = true;
	if (!seal_all(s, f) || !next_number(s, &s->written.next_segment, f) ||
	    !segment_write_epoch(s, s->next_seq, s->written.next_segment, f))
		return false;
	s->settled = true;
	s->settled = end_begun(s, f);
	return s->settled;
}

bool
segment_settle(struct segment *s, struct fault *f)
{
	return s->settled || settle(s, f);
}

/* A spool without an epoch on a full disk has nothing to wait for. */
static bool
take_over(struct segment *s, struct fault *f)
{
	bool is_new = false;
	char *path = xasprintf("%s/lock", s->spool);
	s->lock_fd = lock_open(path, f);
	bool ok = s->lock_fd >= 0 &&
		  lock_take(s->lock_fd, path, LOCK_INSTANT_MS, f) &&
		  spool_epoch_read(s->spool, &s->written, &is_new, f) &&
		  begun_read(s->spool, s->written.epoch, &s->begun, f) &&
		  segment_read_held(s, f);
	free(path);
	s->next_seq = s->written.next_seq;
	return ok && (settle(s, f) || (f->full && !is_new));
}

static void
release(struct segment *s)
{
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	store_close(s->open);
	begun_free(&s->begun);
	free(s->spool);
	free(s);
}

struct segment *
segment_open(const char *spool, const char *vantage, struct fault *f)
{
	return segment_open_signed(spool, vantage, NULL, f);
}

struct segment *
segment_open_signed(const char *spool, const char *vantage,
    const struct sign_key *key, struct fault *f)
{
	struct fault unused;
	struct segment *s = xcalloc(1, sizeof(*s));
	s->spool = xstrdup(spool);
	s->key = key;
	s->lock_fd = -1;
	snprintf(s->vantage, sizeof(s->vantage), "%s", vantage);
	if (take_over(s, f == NULL ? &unused : f))
		return s;
	release(s);
	return NULL;
}

uint64_t
segment_epoch(const struct segment *s)
{
	return s->written.epoch;
}

/*
 * The file is there before its number counts as used, and nothing is written
 * into it before that: in a crash between the two it is empty, and the number
 * is still free.
 */
bool
segment_ensure_open(struct segment *s, struct fault *f)
{
	if (!segment_settle(s, f))
		return false;
	if (s->open != NULL)
		return true;
	int64_t no = s->written.next_segment;
	struct ledger line = {.epoch = s->written.epoch,
	    .segment_no = no,
	    .sealed_us = -1,
	    .uploaded_us = -1};
	snprintf(line.vantage, sizeof(line.vantage), "%s", s->vantage);
	char *path = path_of(s, no, SPOOL_OPEN);
	s->open = store_on(db_open(path, DB_PRIVATE, f));
	free(path);
	if (s->open != NULL && ledger_add(s->open, &line, f) &&
	    folder_sync(s->spool, f) &&
	    segment_write_epoch(s, s->written.next_seq, no + 1, f))
		return true;
	store_close(s->open);
	s->open = NULL;
	return false;
}

bool
segment_seal(struct segment *s, struct fault *f)
{
	struct fault unused = {0};
	struct fault *why = f == NULL ? &unused : f;
	if (!segment_settle(s, why))
		return false;
	store_close(s->open);
	s->open = NULL;
	return seal_all(s, why);
}

void
segment_close(struct segment *s)
{
	struct fault f;
	if (s == NULL)
		return;
	/* What fails here is caught up when the spool is opened again. */
	if (segment_seal(s, &f))
		segment_write_epoch(
		    s, s->next_seq, s->written.next_segment, &f);
	release(s);
}
