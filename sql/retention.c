/* SPDX-License-Identifier: ISC */
#include "sql/retention_part.h"

#include "probe/base/clock.h"
#include "sql/batch.h"
#include "sql/partition.h"
#include "sql/store_db.h"

#include <string.h>
#include <time.h>

/* Those who wait for the lock look every 10 ms at most (lock.c, sqlite.c). */
enum { PAUSE_MS = 20 };

/*
 * The rows of a kind that are too old ($1), at most BATCH_ROWS of them; of runs
 * half as many, because each takes its row of health along.
 */
#define OLD_TRACES                                                             \
	"SELECT started_us, vantage_id, epoch, seq FROM trace "                \
	"WHERE started_us < $1 "                                               \
	"ORDER BY started_us, vantage_id, epoch, seq LIMIT 1000"
#define OLD_RUNS                                                               \
	"SELECT vantage_id, campaign_id, slot, epoch FROM run "                \
	"WHERE coalesce(finished_us, started_us, planned_us) < $1 "            \
	"ORDER BY vantage_id, campaign_id, slot, epoch LIMIT 500"
_Static_assert(BATCH_ROWS == 1000, "LIMIT 1000, and 500");

struct kind {
	const char *name;
	/* What of each vantage and epoch the next batch drops: vantage_id,
	 * epoch, traces, last seq, runs. NULL: not accounted for. */
	const char *tally;
	const char *before; /* drops what goes with the next batch; NULL none */
	const char *drop;   /* one batch */
	const char *count;  /* how many there are */
};

static const struct kind kinds[RETENTION_KINDS] = {
    [RETENTION_TRACES] = {.name = "traces",
	.tally = "SELECT vantage_id, epoch, count(*), max(seq), 0 "
		 "FROM (" OLD_TRACES ") b GROUP BY vantage_id, epoch",
	.drop = "DELETE FROM trace WHERE (started_us, vantage_id, epoch, seq) "
		"IN (" OLD_TRACES ")",
	.count = "SELECT count(*) FROM trace WHERE started_us < $1"},
    [RETENTION_EVIDENCE] = {.name = "evidence",
	.drop = "DELETE FROM evidence WHERE (started_us, vantage_id, epoch, "
		"seq, ttl, attempt, reply_no) IN (SELECT started_us, "
		"vantage_id, epoch, seq, ttl, attempt, reply_no FROM evidence "
		"WHERE started_us < $1 ORDER BY started_us, vantage_id, epoch, "
		"seq, ttl, attempt, reply_no LIMIT 1000)",
	.count = "SELECT count(*) FROM evidence WHERE started_us < $1"},
    /* Through the dictionaries, because its key begins with their ids. */
    [RETENTION_VERDICTS] = {.name = "verdicts",
	.drop = "DELETE FROM verdict WHERE trace_id IN (SELECT d.trace_id "
		"FROM prefix p CROSS JOIN vantage v CROSS JOIN verdict d "
		"WHERE d.prefix_id = p.prefix_id "
		"AND d.vantage_id = v.vantage_id "
		"AND d.started_us < $1 LIMIT 1000)",
	.count = "SELECT count(*) FROM verdict WHERE started_us < $1"},
    [RETENTION_RUNS] = {.name = "runs",
	.tally = "SELECT vantage_id, epoch, 0, 0, count(*) "
		 "FROM (" OLD_RUNS ") b GROUP BY vantage_id, epoch",
	.before = "DELETE FROM health WHERE "
		  "(vantage_id, campaign_id, slot, epoch) IN (" OLD_RUNS ")",
	.drop = "DELETE FROM run WHERE (vantage_id, campaign_id, slot, epoch) "
		"IN (" OLD_RUNS ")",
	.count = "SELECT count(*) FROM run WHERE "
		 "coalesce(finished_us, started_us, planned_us) < $1"},
    [RETENTION_PATHS] = {.name = "paths",
	.count = "SELECT count(*) FROM path p WHERE NOT EXISTS (SELECT 1 "
		 "FROM trace t WHERE t.path_id = p.path_id "
		 "AND t.started_us >= $1)"},
};

const char *
retention_name(enum retention_kind kind)
{
	return kinds[kind].name;
}

int64_t
retention_before_us(int64_t now_us, int64_t days)
{
	int64_t before = (now_us / US_PER_DAY - days) * US_PER_DAY;
	return before > 0 ? before : 0;
}

/* Runs a statement whose one parameter is the time. */
static bool
drop_batch(struct retention *r, const char *sql, int64_t *n, struct fault *f)
{
	struct db_stmt *st = db_prepare(r->db->db, sql, f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, r->before_us);
	bool ok = db_run(st, n, f);
	db_finish(st);
	return ok;
}

static bool
run_with_share(struct retention *r, const struct retention_share *s,
    const char *sql, int64_t *changes, struct fault *f)
{
	struct db_stmt *st = db_prepare(r->db->db, sql, f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, s->traces);
	db_bind_int(st, 2, s->runs);
	db_bind_int(st, 3, s->last_seq);
	db_bind_int(st, 4, r->at_us);
	db_bind_int(st, 5, s->vantage_id);
	db_bind_int(st, 6, s->epoch);
	db_bind_int(st, 7, r->before_us);
	bool ok = db_run(st, changes, f);
	db_finish(st);
	return ok;
}

bool
retention_account(
    struct retention *r, const struct retention_share *s, struct fault *f)
{
	int64_t changes = 0;
	if (!run_with_share(r, s,
		"UPDATE retention SET traces_n = traces_n + $1, "
		"runs_n = runs_n + $2, last_seq = CASE WHEN last_seq < $3 "
		"THEN $3 ELSE last_seq END WHERE at_us = $4 "
		"AND vantage_id = $5 AND epoch = $6 AND before_us = $7",
		&changes, f))
		return false;
	return changes > 0 ||
	       run_with_share(r, s,
		   "INSERT INTO retention (traces_n, runs_n, last_seq, at_us, "
		   "vantage_id, epoch, before_us) "
		   "VALUES ($1, $2, $3, $4, $5, $6, $7)",
		   NULL, f);
}

/* Takes what a tally says; its parameters are $1 and, maybe, $2. */
static bool
tally(struct retention *r, const char *sql, const int64_t *parameters, int n,
    struct fault *f)
{
	struct db_stmt *st = db_prepare(r->db->db, sql, f);
	if (st == NULL)
		return false;
	for (int i = 0; i < n; i++)
		db_bind_int(st, i + 1, parameters[i]);
	bool ok = true;
	enum db_row row = DB_DONE;
	while (ok && (row = db_step(st, f)) == DB_ROW) {
		struct retention_share s = {.vantage_id = db_int(st, 0),
		    .epoch = db_int(st, 1),
		    .traces = db_int(st, 2),
		    .last_seq = db_int(st, 3),
		    .runs = db_int(st, 4)};
		ok = retention_account(r, &s, f);
	}
	db_finish(st);
	return ok && row != DB_FAILED;
}

/* Ends a transaction and lets others have the next one. */
static bool
end(struct retention *r, enum retention_kind kind, bool ok, int64_t n,
    struct fault *f)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	if (!ok) {
		store_rollback(r->db);
		return false;
	}
	if (!store_commit(r->db, f))
		return false;
	r->n[kind] += n;
	if (r->progress != NULL)
		r->progress(r, kind);
	nanosleep(&pause, NULL);
	return true;
}

static bool
drop_all(struct retention *r, enum retention_kind kind, struct fault *f)
{
	const struct kind *k = &kinds[kind];
	int64_t n = BATCH_ROWS, batch = k->before ? BATCH_ROWS / 2 : BATCH_ROWS;
	while (n >= batch) {
		if (!store_begin(r->db, f))
			return false;
		bool ok =
		    (k->tally == NULL ||
			tally(r, k->tally, &r->before_us, 1, f)) &&
		    (k->before == NULL || drop_batch(r, k->before, NULL, f)) &&
		    drop_batch(r, k->drop, &n, f);
		if (!end(r, kind, ok, n, f))
			return false;
	}
	return true;
}

/* Paths that look unused; they are looked at again when they are dropped. */
struct unused {
	uint8_t id[BATCH_ROWS][UUID_LEN];
	size_t n;
	bool more;
	uint8_t last[UUID_LEN]; /* where the next look begins */
};

/* So many that their hops make one batch; holds no lock. */
static bool
find_unused(struct retention *r, struct unused *u, struct fault *f)
{
	struct db_stmt *st = db_prepare(r->db->db,
	    "SELECT p.path_id, p.hops_n FROM path p WHERE p.path_id > $1 "
	    "AND NOT EXISTS (SELECT 1 FROM trace t "
	    "WHERE t.path_id = p.path_id) ORDER BY p.path_id",
	    f);
	if (st == NULL)
		return false;
	uint8_t from[UUID_LEN];
	memcpy(from, u->last, sizeof(from));
	db_bind_blob(st, 1, from, sizeof(from));
	int64_t rows = 0;
	enum db_row row = DB_DONE;
	u->n = 0;
	while (rows + 256 <= BATCH_ROWS && (row = db_step(st, f)) == DB_ROW) {
		size_t len = 0;
		const void *id = db_blob(st, 0, &len);
		memcpy(u->last, id, UUID_LEN);
		memcpy(u->id[u->n++], id, UUID_LEN);
		rows += 1 + db_int(st, 1);
	}
	u->more = row == DB_ROW;
	db_finish(st);
	return row != DB_FAILED;
}

static bool
drop_path(struct retention *r, const uint8_t *id, int64_t *n, struct fault *f)
{
	static const char *const sql[] = {
	    "DELETE FROM path_hop WHERE path_id = $1 AND NOT EXISTS "
	    "(SELECT 1 FROM trace t WHERE t.path_id = $1)",
	    "DELETE FROM path WHERE path_id = $1 AND NOT EXISTS "
	    "(SELECT 1 FROM trace t WHERE t.path_id = $1)"};
	int64_t changes = 0;
	for (int i = 0; i < 2; i++) {
		struct db_stmt *st = db_prepare(r->db->db, sql[i], f);
		if (st == NULL)
			return false;
		db_bind_blob(st, 1, id, UUID_LEN);
		bool ok = db_run(st, &changes, f);
		db_finish(st);
		if (!ok)
			return false;
	}
	*n += changes;
	return true;
}

static bool
drop_paths(struct retention *r, struct fault *f)
{
	struct unused u = {.more = true};
	while (u.more) {
		int64_t n = 0;
		if (!find_unused(r, &u, f))
			return false;
		if (u.n == 0)
			return true;
		if (!store_begin(r->db, f))
			return false;
		/* Or somebody finds a path that goes, and relies on it. */
		bool ok = partition_hold(r->db->db, "path", f);
		for (size_t i = 0; ok && i < u.n; i++)
			ok = drop_path(r, u.id[i], &n, f);
		if (!end(r, RETENTION_PATHS, ok, n, f))
			return false;
	}
	return true;
}

/* Of the day at work; they count when the next one begins. */
struct days {
	struct retention *r;
	int64_t traces, evidence;
};

static void
count_day(struct days *d)
{
	d->r->n[RETENTION_TRACES] += d->traces;
	d->r->n[RETENTION_EVIDENCE] += d->evidence;
	d->traces = d->evidence = 0;
	if (d->r->progress != NULL)
		d->r->progress(d->r, RETENTION_TRACES);
}

static bool
ask_between(struct retention *r, const char *sql, const int64_t window[2],
    int64_t *answer, struct fault *f)
{
	struct db_stmt *st = db_prepare(r->db->db, sql, f);
	if (st == NULL)
		return false;
	db_bind_int(st, 1, window[0]);
	db_bind_int(st, 2, window[1]);
	bool ok = db_step(st, f) == DB_ROW;
	*answer = ok ? db_int(st, 0) : 0;
	db_finish(st);
	return ok;
}

#define BETWEEN "WHERE started_us >= $1 AND started_us < $2"
#define TALLY_OF(table)                                                        \
	"SELECT vantage_id, epoch, count(*), max(seq), 0 FROM " table          \
	" " BETWEEN " GROUP BY vantage_id, epoch"

/* Nobody adds to the day between its tally and its end. */
static bool
account_day(void *arg, int64_t day, struct fault *f)
{
	struct days *d = arg;
	struct retention *r = d->r;
	int64_t window[2] = {day * US_PER_DAY, (day + 1) * US_PER_DAY};
	bool strays = day < 0;
	if (strays) {
		window[0] = 0;
		window[1] = r->before_us;
	}
	count_day(d);
	return partition_hold(r->db->db, "trace", f) &&
	       tally(r, strays ? TALLY_OF("trace_default") : TALLY_OF("trace"),
		   window, 2, f) &&
	       ask_between(r, "SELECT count(*) FROM trace " BETWEEN, window,
		   &d->traces, f) &&
	       ask_between(r, "SELECT count(*) FROM evidence " BETWEEN, window,
		   &d->evidence, f);
}

/* Traces and evidence, a day at a time. */
static bool
drop_days(struct retention *r, struct fault *f)
{
	struct days d = {.r = r};
	struct partition_dropped dropped = {.each = account_day, .arg = &d};
	if (!partition_drop(r->db->db, r->before_us / US_PER_DAY, &dropped, f))
		return false;
	count_day(&d);
	return true;
}

bool
retention_run(struct retention *r, struct fault *f)
{
	int first = RETENTION_TRACES;
	if (partition_applies(r->db->db)) {
		first = RETENTION_VERDICTS;
		if (!drop_days(r, f))
			return false;
	}
	for (int k = first; k < RETENTION_PATHS; k++)
		if (!drop_all(r, (enum retention_kind)k, f))
			return false;
	return drop_paths(r, f);
}

bool
retention_ahead(struct retention *r, int64_t days, struct fault *f)
{
	int64_t today = r->at_us / US_PER_DAY;
	return partition_make(r->db->db, today, today + days, &r->made, f);
}

bool
retention_count(struct retention *r, struct fault *f)
{
	for (int k = 0; k < RETENTION_KINDS; k++) {
		struct db_stmt *st = db_prepare(r->db->db, kinds[k].count, f);
		if (st == NULL)
			return false;
		db_bind_int(st, 1, r->before_us);
		bool ok = db_step(st, f) == DB_ROW;
		r->n[k] = ok ? db_int(st, 0) : 0;
		db_finish(st);
		if (!ok)
			return false;
	}
	return true;
}
