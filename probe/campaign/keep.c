/* SPDX-License-Identifier: ISC */
#include "probe/campaign/keep.h"

#include "probe/base/clock.h"
#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "sql/room.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { KIB = 1024 };

/* What must be free beside the reserve for a run to begin. */
static int64_t
needed(const struct keep *k, const struct room *r)
{
	int64_t least = room_reserve(r);
	int64_t part = r->total / 100 * (100 - k->stop);
	int64_t most = part < ROOM_TO_PROBE ? part : ROOM_TO_PROBE;
	return most > least ? most : least;
}

static void
enter(struct keep *k)
{
	struct room r;
	if (k->full)
		return;
	k->full = true;
	k->told = false;
	room_of(k->spool, &r, NULL);
	int64_t free_kib = r.free / KIB, needed_kib = needed(k, &r) / KIB;
	snprintf(k->reason, sizeof(k->reason),
	    "disk-full: %" PRId64 " KiB free, %" PRId64 " KiB needed", free_kib,
	    needed_kib);
	log_event(LOG_ERROR, "disk-full",
	    "spool=%s free_kib=%" PRId64 " needed_kib=%" PRId64
	    " stop=%" PRId64,
	    log_word(k->spool).s, free_kib, needed_kib, k->stop);
}

/*
 * After a failure: whether it was for want of room, and the reserve was still
 * there, so that the same may work now.
 */
static bool
has_reserve(struct keep *k, const struct fault *f)
{
	if (!f->full)
		return false;
	enter(k);
	bool had = k->reserve;
	k->reserve = false;
	return had && room_reserve_give(k->spool);
}

static bool
add(struct keep *k, const struct record *r, struct fault *f)
{
	return segment_add(k->segment, r, f) ||
	       (has_reserve(k, f) && segment_add(k->segment, r, f));
}

static bool
add_run(struct keep *k, const struct store_run *run, struct fault *f)
{
	return segment_add_run(k->segment, run, f) ||
	       (has_reserve(k, f) && segment_add_run(k->segment, run, f));
}

/* Takes over what r owns. */
static void
wait_for_room(struct keep *k, struct record *r)
{
	if (k->n == k->room) {
		k->room = k->room ? k->room * 2 : 16;
		k->waiting =
		    xreallocarray(k->waiting, k->room, sizeof(*k->waiting));
	}
	k->waiting[k->n++] = *r;
	*r = (struct record){0};
}

/* Writes the traces that wait, as far as there is room. */
static bool
write_waiting(struct keep *k, struct fault *f)
{
	size_t n = 0;
	while (n < k->n && segment_add(k->segment, &k->waiting[n], f))
		record_clear(&k->waiting[n++]);
	k->n -= n;
	if (k->n > 0)
		memmove(k->waiting, k->waiting + n, k->n * sizeof(*k->waiting));
	return k->n == 0;
}

/* Whether all that waited is stored, and there is a reserve once more. */
static bool
leave(struct keep *k, struct fault *f)
{
	size_t traces = k->n;
	int64_t rows = 0;
	if (!write_waiting(k, f) || !segment_resume(k->segment, &rows, f))
		return false;
	k->reserve = true;
	k->full = k->unsafe = false;
	log_event(LOG_NOTE, "disk-room", "spool=%s traces=%zu rows=%" PRId64,
	    log_word(k->spool).s, traces, rows);
	return true;
}

static void
warn(struct keep *k, const struct room *r)
{
	bool above = room_is_used(r, k->warn, ROOM_TO_SPARE);
	if (above && !k->warned)
		log_event(LOG_WARN, "disk-warn",
		    "spool=%s used=%d stop=%" PRId64, log_word(k->spool).s,
		    r->used, k->stop);
	k->warned = above;
}

bool
keep_look(struct keep *k, struct fault *f)
{
	struct room r;
	int64_t now_ns = mono_now().ns;
	if (k->full && now_ns < k->look_ns)
		return true;
	k->look_ns = now_ns + NS_PER_S;
	if (!room_of(k->spool, &r, f))
		return false;
	int64_t owed = k->reserve ? 0 : room_reserve(&r);
	bool enough = !room_is_used(&r, k->stop, ROOM_TO_PROBE) &&
		      r.free >= needed(k, &r) + owed;
	if (!enough) {
		enter(k);
		return true;
	}
	warn(k, &r);
	return !k->full || leave(k, f) || f->full;
}

bool
keep_open(struct keep *k, const struct config_vantage *v,
    const struct sign_key *key, struct fault *f)
{
	k->spool = v->spool;
	k->warn = v->disk_warn;
	k->stop = v->disk_stop;
	k->segment = segment_open_signed(v->spool, v->name, key, f);
	if (k->segment == NULL)
		return false;
	k->reserve = segment_resume(k->segment, NULL, f);
	if (!k->reserve && !f->full)
		return false;
	if (!k->reserve) {
		/* One of a process before, on a disk that was full then. */
		k->reserve = true;
		enter(k);
	}
	return true;
}

bool
keep_close(struct keep *k, struct fault *f)
{
	struct fault why = {0};
	bool ok = k->segment == NULL || k->n == 0 || write_waiting(k, &why);
	if (!ok)
		fault_set(f, why.status, "%zu traces are lost: %.400s", k->n,
		    why.text);
	segment_close(k->segment);
	for (size_t i = 0; i < k->n; i++)
		record_clear(&k->waiting[i]);
	free(k->waiting);
	*k = (struct keep){0};
	return ok;
}

/* Whether the call was fine, or only the disk is full. */
static bool
passes(struct keep *k, bool ok, const struct fault *f)
{
	if (!ok && f->full)
		enter(k);
	return ok || f->full;
}

bool
keep_begin(struct keep *k, const struct store_run *run, struct fault *f)
{
	if (k->full && k->told)
		return true; /* keep_run() remembers it */
	return passes(k, segment_begin_run(k->segment, run, f), f);
}

bool
keep_trace(struct keep *k, struct record *r, struct fault *f)
{
	bool ok = k->n == 0 && add(k, r, f);
	if (!ok && (k->n > 0 || f->full))
		wait_for_room(k, r);
	record_clear(r);
	return ok || k->n > 0;
}

/* Rows of runs without a segment, until there is room. */
static bool
hold(struct keep *k, const struct store_run *run, int64_t interval_us)
{
	struct fault f = {0};
	if (segment_hold(k->segment, run, interval_us, &f)) {
		k->unsafe = false;
		return true;
	}
	if (!k->unsafe)
		log_line(
		    LOG_WARN, "a run has its row in memory alone: %s", f.text);
	k->unsafe = true;
	return true;
}

/*
 * On a full disk the first row that says why is written from what is left,
 * so that the shared database hears of it; those of slots after it are held.
 */
bool
keep_run(struct keep *k, const struct store_run *run, int64_t interval_us,
    struct fault *f)
{
	bool skipped = strcmp(run->state, "skipped") == 0;
	if (k->n > 0 || (k->full && k->told && skipped))
		return hold(k, run, interval_us);
	if (!add_run(k, run, f))
		return f->full && hold(k, run, interval_us);
	if (!k->full)
		return true;
	k->told = true;
	return keep_seal(k, f);
}

bool
keep_missed(struct keep *k, const struct store_run *run, int64_t n,
    int64_t interval_us, struct fault *f)
{
	return passes(
	    k, segment_add_missed(k->segment, run, n, interval_us, f), f);
}

bool
keep_health(struct keep *k, const struct store_health *row, struct fault *f)
{
	bool ok = segment_add_health(k->segment, row, f) ||
		  (has_reserve(k, f) && segment_add_health(k->segment, row, f));
	return passes(k, ok, f);
}

bool
keep_seal(struct keep *k, struct fault *f)
{
	bool ok = segment_seal(k->segment, f) ||
		  (has_reserve(k, f) && segment_seal(k->segment, f));
	return passes(k, ok, f);
}
