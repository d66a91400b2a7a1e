/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "sql/audit_part.h"
#include "sql/spool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the ledger says of a segment's number. */
enum entry { ENTRY_NONE, ENTRY_SAME, ENTRY_OTHER };

static bool
keep(struct audit_work *w, struct audit_file *file, struct fault *f)
{
	(void)f;
	if (w->nfiles == w->files_room) {
		w->files_room = w->files_room ? w->files_room * 2 : 64;
		w->files =
		    xreallocarray(w->files, w->files_room, sizeof(*w->files));
	}
	w->files[w->nfiles++] = *file;
	file->path = NULL;
	return true;
}

/* First what was given out, then what is there: never too little. */
static bool
list_one(struct audit_work *w, size_t i, struct fault *f)
{
	struct spool_epoch e;
	bool is_new = true;
	struct audit_spool *s = &w->spools[i];
	const char *dir = w->a->spools[i];
	s->held = xcalloc(1, sizeof(*s->held));
	if (!held_read(dir, s->held, f) ||
	    !spool_epoch_read(dir, &e, &is_new, f) ||
	    !spool_list(dir, SPOOL_OPEN, &s->open, &s->nopen, f))
		return false;
	s->known = !is_new;
	s->epoch = (int64_t)e.epoch;
	s->next_seq = (int64_t)e.next_seq;
	s->next_segment = e.next_segment;
	return audit_list_spool(w, i, keep, f);
}

bool
audit_list_files(struct audit_work *w, struct fault *f)
{
	w->spools = xcalloc(w->a->nspools + 1, sizeof(*w->spools));
	for (size_t i = 0; i < w->a->nspools; i++)
		if (!list_one(w, i, f))
			return false;
	return true;
}

void
audit_forget_files(struct audit_work *w)
{
	for (size_t i = 0; i < w->nfiles; i++)
		free(w->files[i].path);
	free(w->files);
	for (size_t i = 0; w->spools != NULL && i < w->a->nspools; i++) {
		free(w->spools[i].held);
		free(w->spools[i].open);
	}
	free(w->spools);
}

/* A spool's account, if anything of its epoch is known anywhere. */
static struct account *
account_of_spool(struct audit_work *w, const struct audit_spool *s)
{
	if (!s->known)
		return NULL;
	for (size_t i = 0; i < w->nfiles; i++) {
		const struct ledger *line = &w->files[i].line;
		if (w->files[i].readable && (int64_t)line->epoch == s->epoch)
			return accounts_of(
			    &w->accounts, row_text_id(line->vantage), s->epoch);
	}
	return accounts_epoch(&w->accounts, s->epoch);
}

static bool
wanted(const struct audit_work *w, const struct audit_file *file)
{
	int64_t id = row_text_id(file->line.vantage);
	int64_t at_us = file->line.sealed_us;
	return id >= w->vantage_lo && id <= w->vantage_hi &&
	       (at_us < 0 || (at_us >= w->since_us && at_us < w->until_us));
}

static void
say_file(struct audit_work *w, enum finding_kind kind,
    const struct audit_file *file, const struct account *a)
{
	struct finding it = finding_of(kind);
	it.first = it.last = file->segment_no;
	if (kind == FINDING_SEGMENT_WAITING)
		it.expected = file->line.traces;
	if (kind == FINDING_SEGMENT_TWICE)
		it.found = 2;
	if (a != NULL)
		it.epoch = a->epoch;
	const char *colon = file->why[0] != '\0' ? ": " : "";
	snprintf(it.detail, sizeof(it.detail), "%.100s%s%.90s", file->path,
	    colon, file->why);
	audit_say(w, a != NULL ? a->vantage_id : -1, &it);
}

/* The number is somewhere; outside of the window it would tear holes. */
static void
put_number(const struct audit_work *w, struct account *a, int64_t no)
{
	struct range span = ranges_span(&a->segments);
	if (w->accounts.window && no < span.first)
		return;
	if (w->accounts.window_ends && no > span.last)
		return;
	ranges_add(&a->segments, no);
}

/* Its number stays accounted for; what was in it, nobody knows. */
static void
unreadable(struct audit_work *w, const struct audit_file *file)
{
	bool archived = file->place == AUDIT_ARCHIVE;
	struct account *a =
	    archived ? NULL : account_of_spool(w, &w->spools[file->spool]);
	if (a != NULL &&
	    (a->vantage_id < w->vantage_lo || a->vantage_id > w->vantage_hi))
		return;
	if (a != NULL) {
		put_number(w, a, file->segment_no);
		a->doubtful = true;
	}
	bool quarantined = file->place == AUDIT_QUARANTINE;
	if (a != NULL && quarantined)
		audit_vantage(w, a->vantage_id)->quarantined++;
	say_file(w,
	    quarantined ? FINDING_SEGMENT_QUARANTINED : FINDING_SEGMENT_DAMAGED,
	    file, a);
}

static bool
look_up(const struct audit_work *w, const struct ledger *line,
    enum entry *entry, struct fault *f)
{
	struct db_stmt *st = db_prepare(w->db,
	    "SELECT sealed_us, traces_n, runs_n FROM segment "
	    "WHERE vantage_id = $1 AND epoch = $2 AND segment_no = $3",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, row_text_id(line->vantage));
	db_bind_int(st, 2, (int64_t)line->epoch);
	db_bind_int(st, 3, line->segment_no);
	enum db_row row = db_step(st, f);
	*entry = row == DB_ROW ? ENTRY_OTHER : ENTRY_NONE;
	for (; row == DB_ROW; row = db_step(st, f))
		if (line->sealed_us < 0 || /* known by its name alone */
		    (db_int_or_none(st, 0) == line->sealed_us &&
			db_int(st, 1) == line->traces &&
			db_int(st, 2) == line->runs))
			*entry = ENTRY_SAME;
	db_finish(st);
	return row != DB_FAILED;
}

static void
judge(struct audit_work *w, const struct audit_file *file, struct account *a,
    enum entry entry)
{
	struct audit_vantage *v = audit_vantage(w, a->vantage_id);
	a->files++;
	if (file->line.sealed_us < 0)
		put_number(w, a, file->segment_no);
	else
		ranges_add(&a->segments, file->segment_no);
	if (entry == ENTRY_OTHER) {
		a->copied = true;
		say_file(w, FINDING_SEGMENT_TWICE, file, a);
	}
	if (file->place == AUDIT_QUARANTINE) {
		v->quarantined++;
		say_file(w, FINDING_SEGMENT_QUARANTINED, file, a);
	} else if (file->place == AUDIT_SPOOL && entry == ENTRY_NONE) {
		v->waiting++;
		say_file(w, FINDING_SEGMENT_WAITING, file, a);
	}
}

static bool
take_file(struct audit_work *w, struct audit_file *file, struct fault *f)
{
	enum entry entry = ENTRY_NONE;
	if (!file->readable) {
		unreadable(w, file);
		return true;
	}
	if (!wanted(w, file))
		return true;
	if (!look_up(w, &file->line, &entry, f))
		return false;
	judge(w, file,
	    accounts_of(&w->accounts, row_text_id(file->line.vantage),
		(int64_t)file->line.epoch),
	    entry);
	if (file->line.sealed_us < 0)
		return true; /* compressed: only its name was read */
	struct audit_compare c = {w, file, entry == ENTRY_SAME};
	return audit_compare(&c, f);
}

/* Why the newest slots of a spool on a full disk have no row yet. */
static void
say_held(struct audit_work *w, const struct held_runs *held)
{
	int64_t id = row_text_id(held->vantage);
	if (held->n == 0 || id < w->vantage_lo || id > w->vantage_hi)
		return;
	for (size_t i = 0; i < held->n; i++) {
		const struct held *h = &held->v[i];
		struct finding it = finding_of(FINDING_RUN_HELD);
		it.epoch = (int64_t)held->epoch;
		it.first = h->first;
		it.last = h->last;
		it.found = h->last - h->first + 1;
		snprintf(
		    it.campaign, sizeof(it.campaign), "%s", h->run.campaign);
		snprintf(it.detail, sizeof(it.detail), "%s, %s", h->state,
		    h->reason);
		audit_say(w, id, &it);
	}
}

static void
take_spool(struct audit_work *w, size_t i)
{
	const struct audit_spool *s = &w->spools[i];
	struct account *a = account_of_spool(w, s);
	say_held(w, s->held);
	if (a == NULL || a->vantage_id < w->vantage_lo ||
	    a->vantage_id > w->vantage_hi)
		return;
	a->next_seq = s->next_seq;
	a->next_segment = s->next_segment;
	for (size_t k = 0; k < s->nopen; k++) {
		struct audit_file file = {.segment_no = s->open[k]};
		file.path = xstrdup(w->a->spools[i]);
		a->open = true;
		audit_vantage(w, a->vantage_id)->open++;
		put_number(w, a, s->open[k]);
		say_file(w, FINDING_SEGMENT_OPEN, &file, a);
		free(file.path);
	}
}

bool
audit_compare_files(struct audit_work *w, struct fault *f)
{
	bool ok = true;
	for (size_t i = 0; ok && i < w->nfiles; i++) {
		ok = take_file(w, &w->files[i], f);
		audit_progress(w, "segments in spools", (int64_t)i + 1);
	}
	for (size_t i = 0; ok && i < w->a->nspools; i++)
		take_spool(w, i);
	return ok &&
	       (w->a->archive == NULL || audit_list_archive(w, take_file, f));
}
