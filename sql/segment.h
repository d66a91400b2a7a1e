/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_SEGMENT_H
#define TUMEN_SQL_SEGMENT_H

#include "probe/base/fault.h"
#include "probe/base/record.h"
#include "sql/begun.h"
#include "sql/health.h"
#include "sql/sign.h"
#include "sql/store.h"

/*
 * The spool of a vantage: DIR/NNNNNN.open is written (WAL, FULL, one commit per
 * trace), then sealed: checkpoint, journal off, rename to NNNNNN.db, fsync of
 * the folder. A sealed segment never changes; freeing space is an unlink. A
 * segment has the shared database's schema, so it is a complete archive.
 */
struct segment;

/*
 * Opens the spool (which must exist) for the one writer it may have (flock;
 * EX_UNAVAILABLE when another holds it), makes or reads its epoch, and seals
 * what a crash left open. EX_NOPERM, EX_IOERR, EX_DATAERR a damaged memory.
 *
 * A full disk is no obstacle, unless the spool is new: what is to be done then
 * is done by segment_settle(), or by the first write when there is room. On a
 * full disk every function fails with f->full set, what was stored stays, and
 * the call may be repeated.
 */
struct segment *
segment_open(const char *spool, const char *vantage, struct fault *f);

/*
 * The same for a vantage with a key (borrowed until segment_close()): each
 * segment gets NNNNNN.db.sig before it gets its name.
 */
struct segment *segment_open_signed(const char *spool, const char *vantage,
    const struct sign_key *key, struct fault *f);

/* The epoch of this spool and the next free seq (each call takes one). */
uint64_t segment_epoch(const struct segment *s);
uint64_t segment_next_seq(struct segment *s);

/*
 * A run begins: should the process die before segment_add_run() has told how
 * it ended, whoever opens the spool next adds a row that says `aborted`, with
 * the traces in the segment that was open. Also for a slot that is skipped.
 */
bool segment_begin_run(
    struct segment *s, const struct store_run *run, struct fault *f);

/* The newest run of a campaign that was ever begun here; NULL none. */
const struct begun *
segment_newest_run(const struct segment *s, const char *campaign);

/* Whether the campaign had a slot of this number before: begun_used(). */
bool
segment_slot_used(const struct segment *s, const char *campaign, int64_t slot);

/* Durable when they return true. */
bool segment_add(struct segment *s, const struct record *r, struct fault *f);
bool segment_add_run(
    struct segment *s, const struct store_run *run, struct fault *f);

/*
 * How the vantage was during a run; the run's row comes after it and says that
 * there is one. A run that began and has none is a fault of the agent's (tumen
 * audit), unless it died, or the disk had no room for it.
 */
bool segment_add_health(
    struct segment *s, const struct store_health *h, struct fault *f);

/* Seals the open segment if anything is in it; the next write opens another. */
bool segment_seal(struct segment *s, struct fault *f);

/* Does what opening could not for want of room; nothing when nothing is. */
bool segment_settle(struct segment *s, struct fault *f);

/*
 * On a full disk: the spool owes this row, and remembers it in a file that was
 * laid out before (sql/held.h), so that it outlives a kill. interval_us: from
 * one slot to the next, 0 none. False: it is in memory alone, or (EX_SOFTWARE)
 * one too many and lost.
 */
bool segment_hold(struct segment *s, const struct store_run *run,
    int64_t interval_us, struct fault *f);

/*
 * Slots that were missed in a row, n of them from run's on: a row each, with
 * what run says, as finished when it was planned. Whatever happens meanwhile,
 * none of them is forgotten. interval_us > 0.
 */
bool segment_add_missed(struct segment *s, const struct store_run *run,
    int64_t n, int64_t interval_us, struct fault *f);

/*
 * With room, at first and again: settles, makes the reserve (sql/room.h), lays
 * out the file for held rows, and writes and seals those that it holds; *rows
 * (may be NULL): how many.
 */
bool segment_resume(struct segment *s, int64_t *rows, struct fault *f);

/* Seals and releases the spool. */
void segment_close(struct segment *s);

#endif
