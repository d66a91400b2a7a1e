/* SPDX-License-Identifier: ISC */
#include "sql/segment_part.h"
#include "sql/store_db.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/*
 * How many seqs are written down as used at a time: one fsync for so many
 * traces, and at most so many of a gap after a crash.
 */
enum { SEQ_BLOCK = 64 };

uint64_t
segment_next_seq(struct segment *s)
{
	return s->next_seq++;
}

/* No seq reaches a segment before the epoch file says that it is used. */
static bool
reserve(struct segment *s, uint64_t seq, struct fault *f)
{
	if (s->next_seq <= seq)
		s->next_seq = seq + 1;
	return s->next_seq <= s->written.next_seq ||
	       segment_write_epoch(
		   s, s->next_seq + SEQ_BLOCK, s->written.next_segment, f);
}

bool
segment_add(struct segment *s, const struct record *r, struct fault *f)
{
	if (r->epoch != s->written.epoch || strcmp(r->vantage, s->vantage) != 0)
		return fault_set(f, EX_DATAERR,
		    "trace %s/%" PRIu64 ": not of this spool (%s/%" PRIu64 ")",
		    r->vantage, r->epoch, s->vantage, s->written.epoch);
	return reserve(s, r->seq, f) && segment_ensure_open(s, f) &&
	       store_add(s->open, r, NULL, f);
}

bool
segment_begin_run(
    struct segment *s, const struct store_run *run, struct fault *f)
{
	struct begun b = {.slot = run->slot,
	    .planned_us = run->planned_us,
	    .started_us = run->started_us};
	/* Whoever is there when the spool is settled has lost its process. */
	if (!segment_settle(s, f))
		return false;
	snprintf(b.campaign, sizeof(b.campaign), "%s", run->campaign);
	begun_put(&s->begun, &b);
	return segment_write_begun(s, f);
}

bool
segment_slot_used(const struct segment *s, const char *campaign, int64_t slot)
{
	return begun_used(&s->begun, campaign, slot);
}

const struct begun *
segment_newest_run(const struct segment *s, const char *campaign)
{
	return begun_find(&s->begun, campaign);
}

bool
segment_end_run(struct segment *s, const struct store_run *run, struct fault *f)
{
	if (!segment_ensure_open(s, f) || !store_add_run(s->open, run, f))
		return false;
	struct begun *b = begun_find(&s->begun, run->campaign);
	if (b == NULL || b->slot != run->slot)
		return true;
	b->ended = true;
	return segment_write_begun(s, f);
}

bool
segment_add_health(
    struct segment *s, const struct store_health *h, struct fault *f)
{
	if (h->epoch != s->written.epoch || strcmp(h->vantage, s->vantage) != 0)
		return fault_set(f, EX_DATAERR,
		    "health of run %s/%s/%" PRId64 ": not of this spool (%s, "
		    "epoch %" PRIu64 ", not %" PRIu64 ")",
		    h->vantage, h->campaign, h->slot, s->vantage,
		    s->written.epoch, h->epoch);
	if (segment_ensure_open(s, f) && store_add_health(s->open, h, f))
		return true;
	if (f != NULL && f->full) {
		snprintf(s->no_room.campaign, sizeof(s->no_room.campaign), "%s",
		    h->campaign);
		s->no_room.slot = h->slot;
	}
	return false;
}

/* Whether the open segment has the row of health of a run. */
static bool
has_health(
    struct segment *s, const struct store_run *run, bool *has, struct fault *f)
{
	struct db_stmt *st = db_prepare(s->open->db,
	    "SELECT 1 FROM health WHERE vantage_id = $1 AND campaign_id = $2 "
	    "AND slot = $3 AND epoch = $4",
	    f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, row_text_id(run->vantage));
	db_bind_int(st, 2, row_text_id(run->campaign));
	db_bind_int(st, 3, run->slot);
	db_bind_int(st, 4, (int64_t)run->epoch);
	enum db_row row = db_step(st, f);
	*has = row == DB_ROW;
	db_finish(st);
	return row != DB_FAILED;
}

/* Whether a run should have its row of health by now. */
static bool
is_due(const struct segment *s, const struct store_run *run)
{
	bool no_room = strcmp(s->no_room.campaign, run->campaign) == 0 &&
		       s->no_room.slot == run->slot;
	return run->started_us >= 0 && !no_room;
}

bool
segment_add_run(struct segment *s, const struct store_run *run, struct fault *f)
{
	struct store_run row = *run;
	bool has = false;
	if (!segment_ensure_open(s, f) || !has_health(s, run, &has, f))
		return false;
	row.health = has	      ? RUN_HEALTH_WRITTEN
		     : is_due(s, run) ? RUN_HEALTH_OWED
				      : RUN_HEALTH_NOT_DUE;
	return segment_end_run(s, &row, f);
}
