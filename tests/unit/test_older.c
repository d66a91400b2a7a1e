/* SPDX-License-Identifier: ISC */
/* Segments and files of before there was health, and control destinations. */
#include "analysis/change/kept.h"
#include "sql/audit.h"
#include "sql/migrations.h"
#include "tests/unit/spool_fill.h"
#include "tests/unit/sqlite_plain.h"
#include "tests/unit/store_fill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* A file with the schema of before there was health. */
static void
make_older(const char *path)
{
	for (int i = 0; i < 6; i++)
		sqlite_plain(path, sqlite_migrations[i].sql);
	sqlite_plain(path, "PRAGMA application_id = 0x54554d4e; "
			   "PRAGMA user_version = 6");
}

/* The rows of a segment, in a file as older agents sealed it. */
static void
seal_older(const struct place *p, const char *name)
{
	char *path = xasprintf("%s/%s", p->spool, name);
	char *aside = xasprintf("%s/older", p->dir);
	static const char *const tables[] = {"vantage", "campaign", "prefix",
	    "address", "path", "path_hop", "evidence", "segment"};
	make_older(aside);
	char *sql = xasprintf("ATTACH '%s' AS new; "
			      "INSERT INTO trace SELECT started_us, "
			      "vantage_id, epoch, seq, trace_id, campaign_id, "
			      "slot, target, prefix_id, method, port, flow, "
			      "stop, reached, path_id, rec, rec_hash "
			      "FROM new.trace; INSERT INTO run SELECT "
			      "vantage_id, campaign_id, slot, epoch, "
			      "planned_us, started_us, finished_us, state, "
			      "reason, traces_n, sent_n, received_n, drops_n "
			      "FROM new.run",
	    path);
	sqlite_plain(aside, sql);
	free(sql);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		sql = xasprintf("ATTACH '%s' AS new; "
				"INSERT INTO %s SELECT * FROM new.%s",
		    path, tables[i], tables[i]);
		sqlite_plain(aside, sql);
		free(sql);
	}
	assert_int_equal(rename(aside, path), 0);
	free(aside);
	free(path);
}

/* Ten traces, none of a control destination, and a run without health. */
static void
fill_older(const struct place *p)
{
	struct fault f = {0};
	struct segment *s = segment_open(p->spool, "sel", &f);
	assert_non_null(s);
	for (int i = 0; i < 10; i++) {
		struct record r =
		    sample_record("sel", segment_epoch(s), segment_next_seq(s));
		r.campaign[0] = '\0';
		r.run = -1;
		assert_true(segment_add(s, &r, &f));
		record_clear(&r);
	}
	struct store_run run = {.vantage = "sel",
	    .campaign = "hourly",
	    .slot = 1,
	    .epoch = segment_epoch(s),
	    .planned_us = 1000,
	    .started_us = 1001,
	    .finished_us = 1002,
	    .state = "done"};
	assert_true(segment_add_run(s, &run, &f));
	segment_close(s);
	seal_older(p, "000001.db");
}

static bool
no_control(void *arg, const struct record *r, struct fault *f)
{
	int *n = arg;
	(void)f;
	assert_false(r->control);
	++*n;
	return true;
}

static int
traces(const struct place *p)
{
	const struct store_filter all = {0};
	struct fault f = {0};
	int n = 0;
	struct store *s = opened(p, STORE_READ);
	if (!store_traces(s, &all, no_control, &n, &f))
		fail_msg("%s", f.text);
	store_close(s);
	return n;
}

static void
segments_of_older_agents_are_taken_in(void **state)
{
	const struct place *p = *state;
	fill_older(p);
	struct upload u = spool_upload(p, (struct upload){0});
	assert_int_equal(u.quarantined, 0);
	assert_int_equal(u.added, 10);
	assert_int_equal(u.runs, 1);
	assert_int_equal(traces(p), 10);
	assert_int_equal(audited_faults(p), 0); /* nobody can expect health */
}

/* A shared file of before is brought up where it is; the views have it all. */
static void
older_files_are_brought_up(void **state)
{
	const struct place *at = *state;
	struct place file = *at, *p = &file;
	file.db = xasprintf("%s/file.db", at->dir);
	fill_older(p);
	char *path = xasprintf("%s/000001.db", p->spool);
	assert_int_equal(rename(path, p->db), 0);
	free(path);
	struct store *s = opened(p, STORE_WRITE);
	for (uint64_t seq = 11; seq <= 12; seq++)
		add_sample(s, "hkg", seq);
	store_close(s);
	sqlite_plain(p->db,
	    "CREATE TEMP TABLE t (n INTEGER CHECK (n = 1)); "
	    "INSERT INTO t SELECT count(*) FROM v_trace WHERE control = 1; "
	    "INSERT INTO t SELECT count(DISTINCT trace) FROM v_hop "
	    "WHERE control = 1; "
	    "INSERT INTO t SELECT count(*) = 12 FROM v_trace; "
	    "INSERT INTO t SELECT count(*) FROM run WHERE health IS NULL");
	free(p->db);
}

/* Three days of one series, kept by a program that knew no runs of reach; of
 * two of them retention has dropped the verdicts. */
static void
keep_older(const char *path)
{
	for (int i = 0; i < 7; i++)
		sqlite_plain(path, sqlite_migrations[i].sql);
	sqlite_plain(path, "PRAGMA application_id = 0x54554d4e; "
			   "PRAGMA user_version = 7");
	sqlite_plain(path,
	    "INSERT INTO vantage VALUES (1, 'sel'); "
	    "INSERT INTO prefix VALUES (1, '175.45.177.0/24', x'af2db100', "
	    "24); INSERT INTO retention VALUES (1, 1, 1, 172800000000, 1, 1, "
	    "1); WITH d(day, no, who) AS (VALUES (0, 0, 'ttk'), (1, 0, 'ttk'), "
	    "(1, 1, 'unicom'), (2, 1, 'unicom')) INSERT INTO state_run "
	    "SELECT 1, 1, day * 86400000000, no, who, 1, 'up', 0.5, "
	    "no * 90000000000, no * 90000000000, day * 86400000000, "
	    "day * 86400000000, zeroblob(16), zeroblob(16), NULL, NULL, NULL, "
	    "NULL, NULL, (day + 1) * 86400000000, zeroblob(16) FROM d");
}

static void
days_of_before_reach_stay(void **state)
{
	const struct place *p = *state;
	const struct store_filter all = {0};
	struct fault f = {0};
	struct timeline t;
	char *path = xasprintf("%s/older.db", p->dir);
	keep_older(path);
	struct store *s = store_open(path, STORE_WRITE, &f);
	if (s == NULL)
		fail_msg("%s", f.text);
	for (int i = 0; i < 2; i++) {
		if (!kept_read(&t, s, &all, &f))
			fail_msg("%s", f.text);
		assert_int_equal(t.n, 2);
		assert_string_equal(t.run[0].carrier, "ttk");
		assert_string_equal(t.run[1].carrier, "unicom");
		/* Not that of the third day: it is made again. */
		assert_true(t.run[1].last_us == 86400000000);
		assert_int_equal(t.nreach, 1);
		assert_string_equal(t.reach[0].reach, "unknown");
		assert_int_equal(t.reach[0].witness_method, 0);
		timeline_close(&t);
		assert_true(kept_renew(s, 0, NULL, &f));
	}
	store_close(s);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(days_of_before_reach_stay),
	    PLACE_TEST(segments_of_older_agents_are_taken_in),
	    PLACE_TEST(older_files_are_brought_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
