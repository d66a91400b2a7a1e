/* SPDX-License-Identifier: ISC */
#include "sql/room.h"
#include "sql/segment_part.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

enum { ROWS = 1000 }; /* of a transaction */

/* What is held has its end: nobody aborts it, and its slot is not repeated. */
static void
remember(struct segment *s, const struct store_run *run)
{
	struct begun *old = begun_find(&s->begun, run->campaign);
	if (old != NULL && old->slot == run->slot) {
		old->ended = true;
		return;
	}
	if (run->planned_us < 0 ||
	    (old != NULL && old->plan_us > run->planned_us))
		return;
	struct begun b = {.slot = run->slot,
	    .planned_us = run->planned_us,
	    .started_us = run->started_us,
	    .ended = true};
	snprintf(b.campaign, sizeof(b.campaign), "%s", run->campaign);
	begun_put(&s->begun, &b);
}

bool
segment_read_held(struct segment *s, struct fault *f)
{
	snprintf(s->held.vantage, sizeof(s->held.vantage), "%s", s->vantage);
	s->held.epoch = s->written.epoch;
	if (!held_read(s->spool, &s->held, f))
		return false;
	for (size_t i = 0; i < s->held.n; i++) {
		const struct held *h = &s->held.v[i];
		struct store_run run =
		    held_row(&s->held, h, h->last - h->first);
		remember(s, &run);
	}
	return true;
}

bool
segment_hold(struct segment *s, const struct store_run *run,
    int64_t interval_us, struct fault *f)
{
	bool room = held_put(&s->held, run, interval_us);
	remember(s, run);
	if (!held_write(s->spool, &s->held, f))
		return false;
	return room || fault_set(f, EX_SOFTWARE,
			   "%s: more than %d rows of runs wait for room",
			   s->spool, HELD_MAX);
}

/* The first rows of what is held, as one transaction; how many. */
static int64_t
add_some(struct segment *s, struct fault *f)
{
	const struct held *h = &s->held.v[0];
	int64_t n = h->last - h->first + 1;
	if (n > ROWS)
		n = ROWS;
	if (!store_begin(s->open, f))
		return 0;
	for (int64_t i = 0; i < n; i++) {
		struct store_run run = held_row(&s->held, h, i);
		/* Bad data: its row was stored just before the disk was full.
		 */
		if (store_add_run(s->open, &run, f) || f->status == EX_DATAERR)
			continue;
		store_rollback(s->open);
		return 0;
	}
	return store_commit(s->open, f) ? n : 0;
}

static bool
write_held(struct segment *s, int64_t *rows, struct fault *f)
{
	while (s->held.n > 0) {
		int64_t n = segment_ensure_open(s, f) ? add_some(s, f) : 0;
		/* The slots count as ended before they are forgotten here. */
		if (n == 0 || !segment_write_begun(s, f))
			return false;
		held_took(&s->held, n);
		*rows += n;
		if (!held_write(s->spool, &s->held, f))
			return false;
	}
	return true;
}

bool
segment_resume(struct segment *s, int64_t *rows, struct fault *f)
{
	int64_t n = 0;
	bool ok = segment_settle(s, f) && room_reserve_make(s->spool, f) &&
		  held_lay_out(s->spool, f) && write_held(s, &n, f) &&
		  (n == 0 || segment_seal(s, f));
	if (rows != NULL)
		*rows = n;
	return ok;
}

bool
segment_add_missed(struct segment *s, const struct store_run *run, int64_t n,
    int64_t interval_us, struct fault *f)
{
	struct store_run row = *run;
	int64_t rows = 0;
	for (int64_t i = 0; i < n; i++) {
		row.finished_us = row.planned_us;
		held_put(&s->held, &row, interval_us);
		remember(s, &row);
		row.slot++;
		row.planned_us += interval_us;
	}
	return held_write(s->spool, &s->held, f) && write_held(s, &rows, f) &&
	       segment_seal(s, f);
}
