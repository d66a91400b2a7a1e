/* SPDX-License-Identifier: ISC */
#include "sql/retention.h"

#include "probe/base/mem.h"
#include "sql/audit.h"
#include "sql/copy.h"
#include "sql/sealed.h"
#include "tests/unit/sample_health.h"
#include "tests/unit/spool_fill.h"
#include "tests/unit/store_fill.h"

#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

/* Samples start a little more than a second apart (store_sample.h). */
#define START_OF(seq) (INT64_C(1795280000000000) + (int64_t)(seq)*1000003)

static int64_t
ask(const struct place *p, const char *sql)
{
	sqlite3 *h = NULL;
	sqlite3_stmt *st = NULL;
	assert_int_equal(sqlite3_open(p->db, &h), SQLITE_OK);
	if (sqlite3_prepare_v2(h, sql, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(h));
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	int64_t answer = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(h);
	return answer;
}

static void
put_verdict(struct store *s, const struct record *r)
{
	struct fault f = {0};
	struct store_verdict v = {.target = r->target,
	    .prefix = r->prefix,
	    .method = r->method,
	    .flow = r->flow,
	    .start_us = r->start_us,
	    .decided_us = r->start_us,
	    .entry_as = -1,
	    .reach = "up",
	    .carrier = "ttk",
	    .evidence = "adjacent-seen",
	    .border_lo = -1,
	    .border_hi = -1,
	    .border_rtt_us = -1,
	    .p = 0.5,
	    .json = "{}"};
	snprintf(v.vantage, sizeof(v.vantage), "%s", r->vantage);
	record_id(r, v.trace);
	if (!store_put_verdicts(s, &v, 1, &f))
		fail_msg("%s", f.text);
}

static void
put_run(struct store *s, const char *vantage, int64_t slot, int64_t end_us)
{
	struct fault f = {0};
	struct store_run run = {.campaign = "hourly",
	    .slot = slot,
	    .epoch = 77,
	    .planned_us = slot % 2 ? -1 : end_us,
	    .started_us = -1,
	    .finished_us = slot % 2 ? end_us : -1,
	    .state = "done"};
	snprintf(run.vantage, sizeof(run.vantage), "%s", vantage);
	struct store_health h = sample_health(vantage, 77, slot);
	if (!store_add_run(s, &run, &f) || !store_add_health(s, &h, &f))
		fail_msg("%s", f.text);
}

/* n traces of each of two vantages, with verdicts and runs, and a ledger. */
static void
fill(const struct place *p, uint64_t n)
{
	struct fault f = {0};
	struct store *s = opened(p, STORE_CREATE);
	assert_true(store_begin(s, &f));
	for (uint64_t seq = 1; seq <= n; seq++)
		for (int v = 0; v < 2; v++) {
			const char *vantage = v == 0 ? "sel" : "hkg";
			struct record r = sample_record(vantage, 77, seq);
			add(s, &r, true);
			put_verdict(s, &r);
			put_run(s, vantage, (int64_t)seq, START_OF(seq));
			record_clear(&r);
		}
	assert_true(store_commit(s, &f));
	store_close(s);
}

static struct retention
run(const struct place *p, int64_t before_us)
{
	struct fault f = {0};
	struct retention r = {.db = opened(p, STORE_WRITE),
	    .before_us = before_us,
	    .at_us = START_OF(100000)};
	if (!retention_run(&r, &f))
		fail_msg("%s", f.text);
	store_close(r.db);
	return r;
}

static void
what_is_old_goes_and_the_rest_stays(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	fill(p, 100);
	int64_t evidence = ask(p, "SELECT count(*) FROM evidence");
	int64_t addresses = ask(p, "SELECT count(*) FROM address");
	struct retention dry = {
	    .db = opened(p, STORE_READ), .before_us = START_OF(41)};
	assert_true(retention_count(&dry, &f));
	store_close(dry.db);
	struct retention r = run(p, START_OF(41));
	assert_memory_equal(dry.n, r.n, sizeof(r.n));
	assert_int_equal(r.n[RETENTION_TRACES], 80);
	assert_int_equal(r.n[RETENTION_VERDICTS], 80);
	assert_int_equal(r.n[RETENTION_RUNS], 80);
	assert_int_equal(ask(p, "SELECT count(*) FROM trace"), 120);
	assert_int_equal(ask(p, "SELECT min(seq) FROM trace"), 41);
	assert_int_equal(ask(p, "SELECT count(*) FROM verdict"), 120);
	assert_int_equal(ask(p, "SELECT count(*) FROM run"), 120);
	assert_int_equal(ask(p, "SELECT min(slot) FROM run"), 41);
	assert_int_equal(ask(p, "SELECT count(*) FROM health"), 120);
	assert_int_equal(ask(p, "SELECT min(slot) FROM health"), 41);
	assert_true(r.n[RETENTION_EVIDENCE] > 0);
	assert_int_equal(ask(p, "SELECT count(*) FROM evidence"),
	    evidence - r.n[RETENTION_EVIDENCE]);
	assert_int_equal(ask(p, "SELECT count(*) FROM evidence e WHERE NOT "
				"EXISTS (SELECT 1 FROM trace t WHERE "
				"t.seq = e.seq AND t.epoch = e.epoch)"),
	    0);
	assert_int_equal(ask(p, "SELECT count(*) FROM address"), addresses);
	assert_int_equal(ask(p, "SELECT count(*) FROM vantage"), 2);
}

static void
only_unused_paths_go(void **state)
{
	const struct place *p = *state;
	fill(p, 100);
	int64_t paths = ask(p, "SELECT count(*) FROM path");
	struct retention r = run(p, START_OF(41));
	assert_true(r.n[RETENTION_PATHS] > 0);
	assert_int_equal(
	    ask(p, "SELECT count(*) FROM path"), paths - r.n[RETENTION_PATHS]);
	assert_int_equal(ask(p, "SELECT count(DISTINCT path_id) FROM trace"),
	    paths - r.n[RETENTION_PATHS]);
	assert_int_equal(ask(p, "SELECT count(*) FROM trace t LEFT JOIN path x "
				"ON x.path_id = t.path_id WHERE x.path_id "
				"IS NULL"),
	    0);
	assert_int_equal(ask(p, "SELECT (SELECT sum(hops_n) FROM path) - "
				"(SELECT count(*) FROM path_hop)"),
	    0);
	run(p, START_OF(1000));
	assert_int_equal(ask(p, "SELECT count(*) FROM path"), 0);
	assert_int_equal(ask(p, "SELECT count(*) FROM path_hop"), 0);
}

/* What an audit adds up: stored and dropped are what was sent. */
static void
what_was_dropped_is_written_down(void **state)
{
	const struct place *p = *state;
	fill(p, 100);
	run(p, START_OF(41));
	run(p, START_OF(71));
	run(p, START_OF(71));
	assert_int_equal(ask(p, "SELECT count(*) FROM retention"), 4);
	assert_int_equal(ask(p, "SELECT sum(traces_n) FROM retention r JOIN "
				"vantage v ON v.vantage_id = r.vantage_id "
				"WHERE v.name = 'sel' AND epoch = 77"),
	    70);
	assert_int_equal(ask(p, "SELECT sum(runs_n) FROM retention"), 140);
	assert_int_equal(ask(p, "SELECT min(last_seq) FROM retention"), 40);
	assert_int_equal(ask(p, "SELECT max(last_seq) FROM retention"), 70);
}

static int64_t largest, batches;

static void
measure(const struct retention *r, enum retention_kind kind)
{
	static int64_t before;
	int64_t sum = 0;
	(void)kind;
	for (int k = 0; k < RETENTION_KINDS; k++)
		sum += r->n[k];
	if (batches > 0 && sum - before > largest)
		largest = sum - before;
	before = sum;
	batches++;
}

static void
batches_are_small(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	fill(p, 1300);
	struct retention r = {.db = opened(p, STORE_WRITE),
	    .before_us = START_OF(2000),
	    .at_us = START_OF(2000),
	    .progress = measure};
	batches = largest = 0;
	assert_true(retention_run(&r, &f));
	store_close(r.db);
	assert_int_equal(largest, 1000);
	assert_true(batches >= 12);
	assert_int_equal(ask(p, "SELECT count(*) FROM trace"), 0);
	assert_int_equal(ask(p, "SELECT count(*) FROM evidence"), 0);
	assert_int_equal(ask(p, "SELECT count(*) FROM run"), 0);
	assert_int_equal(ask(p, "SELECT count(*) FROM health"), 0);
	assert_int_equal(ask(p, "SELECT sum(traces_n) FROM retention"), 2600);
}

/* Killed anywhere, and somebody adds traces meanwhile: the sums stay right. */
static void
a_killed_retention_accounts_for_all(void **state)
{
	const struct place *p = *state;
	enum { N = 2500, KILLS = 12 };
	fill(p, N);
	for (int i = 0; i < KILLS; i++) {
		struct timespec t = {.tv_nsec = (i * 17 % 60) * 1000000L};
		pid_t pid = fork();
		if (pid == 0) {
			run(p, START_OF(N - 100));
			_exit(0);
		}
		nanosleep(&t, NULL);
		struct store *s = opened(p, STORE_WRITE);
		add_sample(s, "sel", (uint64_t)N + 1 + (uint64_t)i);
		kill(pid, SIGKILL);
		sample_wait(pid);
		store_close(s);
		assert_int_equal(
		    ask(p, "SELECT (SELECT count(*) FROM trace) + "
			   "(SELECT coalesce(sum(traces_n), 0) FROM "
			   "retention)"),
		    2 * N + i + 1);
	}
	run(p, START_OF(N - 100));
	assert_int_equal(ask(p, "SELECT count(*) FROM trace"), 202 + KILLS);
	assert_int_equal(ask(p, "SELECT count(*) FROM trace t LEFT JOIN path x "
				"ON x.path_id = t.path_id WHERE x.path_id "
				"IS NULL"),
	    0);
}

/* A spool with a run for each slot of the samples, sealed in two segments. */
static void
fill_spool(const struct place *p, int n)
{
	struct fault f = {0};
	struct segment *s = segment_open(p->spool, "sel", &f);
	int64_t traces[3] = {0};
	assert_non_null(s);
	for (int i = 1; i <= n; i++) {
		struct record r =
		    sample_record("sel", segment_epoch(s), segment_next_seq(s));
		assert_true(segment_add(s, &r, &f));
		traces[r.run + 1]++;
		record_clear(&r);
		if (i == n / 2)
			assert_true(segment_seal(s, &f));
	}
	for (int64_t slot = 0; slot < 2; slot++) {
		struct store_run run = {.vantage = "sel",
		    .campaign = "hourly",
		    .slot = slot,
		    .epoch = segment_epoch(s),
		    .planned_us = START_OF(1) + slot * 2,
		    .started_us = START_OF(1) - 1,
		    .finished_us = START_OF(n + 1),
		    .state = "done",
		    .traces = traces[slot + 1]};
		struct store_health h = sample_health_of(&run);
		assert_true(segment_add_health(s, &h, &f));
		assert_true(segment_add_run(s, &run, &f));
	}
	segment_close(s);
}

/* What tumen import does with a segment. */
static void
import(const struct place *p, const char *name)
{
	struct fault f = {0};
	char *path = xasprintf("%s/%s", p->spool, name);
	struct sealed s = {.path = path};
	assert_true(sealed_open(&s, &f));
	struct copy c = {.from = s.db, .to = opened(p, STORE_WRITE)};
	c.line = &s.line;
	assert_true(copy_run(&c, &f));
	assert_true(retention_restored(c.to, &s.line, START_OF(200000), &f));
	store_close(c.to);
	sealed_close(&s);
	free(path);
}

static void
an_audit_balances_after_it(void **state)
{
	const struct place *p = *state;
	fill_spool(p, 60);
	spool_upload(p, (struct upload){.keep = true});
	assert_int_equal(audited_faults(p), 0);
	run(p, START_OF(21)); /* both runs go on beyond it */
	assert_int_equal(ask(p, "SELECT count(*) FROM trace"), 40);
	assert_int_equal(ask(p, "SELECT count(*) FROM run"), 2);
	assert_int_equal(audited_faults(p), 0);
	/* The first segment comes back, and once more. */
	for (int i = 0; i < 2; i++) {
		import(p, "000001.db");
		assert_int_equal(ask(p, "SELECT count(*) FROM trace"), 60);
		assert_int_equal(
		    ask(p, "SELECT sum(traces_n) FROM retention"), 0);
		assert_int_equal(audited_faults(p), 0);
	}
	run(p, START_OF(100));
	assert_int_equal(ask(p, "SELECT count(*) FROM trace"), 0);
	assert_int_equal(ask(p, "SELECT count(*) FROM run"), 0);
	assert_int_equal(audited_faults(p), 0);
	assert_int_equal(ask(p, "SELECT count(*) FROM health"), 0);
	import(p, "000002.db");
	assert_int_equal(ask(p, "SELECT count(*) FROM health"), 2);
	assert_int_equal(audited_faults(p), 0);
	assert_int_equal(ask(p, "SELECT sum(runs_n) FROM retention"), 0);
}

static void
an_audit_sees_what_was_not_dropped_on_purpose(void **state)
{
	const struct place *p = *state;
	sqlite3 *h = NULL;
	fill_spool(p, 60);
	spool_upload(p, (struct upload){.keep = true});
	run(p, START_OF(21));
	assert_int_equal(sqlite3_open(p->db, &h), SQLITE_OK);
	sqlite3_exec(h, "DELETE FROM trace WHERE seq = 40", NULL, NULL, NULL);
	sqlite3_close(h);
	assert_true(audited_faults(p) > 0);
	import(p, "000002.db");
	assert_int_equal(audited_faults(p), 0);
}

static void
days_are_whole_and_in_utc(void **state)
{
	const int64_t day = INT64_C(86400000000), now = 20778 * day + 12345;
	(void)state;
	assert_int_equal(retention_before_us(now, 1), 20777 * day);
	assert_int_equal(retention_before_us(now, 30), 20748 * day);
	assert_int_equal(retention_before_us(now, 36500), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(what_is_old_goes_and_the_rest_stays),
	    PLACE_TEST(only_unused_paths_go),
	    PLACE_TEST(what_was_dropped_is_written_down),
	    PLACE_TEST(batches_are_small),
	    PLACE_TEST(a_killed_retention_accounts_for_all),
	    PLACE_TEST(an_audit_balances_after_it),
	    PLACE_TEST(an_audit_sees_what_was_not_dropped_on_purpose),
	    cmocka_unit_test(days_are_whole_and_in_utc),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
