/* SPDX-License-Identifier: ISC */
/* How a vantage was, from the agent's spool to the shared database. */
#include "sql/health.h"

#include "sql/audit.h"
#include "sql/dictionary.h"
#include "sql/segment.h"
#include "tests/unit/sample_health.h"
#include "tests/unit/spool_fill.h"
#include "tests/unit/spool_look.h"
#include "tests/unit/sqlite_plain.h"
#include "tests/unit/store_fill.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sysexits.h>

#include <cmocka.h>

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Each row against the one of its slot; counts them. */
static bool
compare(void *arg, const struct store_health *h, struct fault *f)
{
	int64_t *n = arg;
	struct store_health e = sample_health("sel", h->epoch, h->slot);
	(void)f;
	assert_string_equal(h->vantage, e.vantage);
	assert_string_equal(h->campaign, e.campaign);
	assert_int_equal(h->at_us, e.at_us);
	assert_true(same_text(h->uplink, e.uplink));
	assert_true(same_text(h->interface, e.interface));
	assert_int_equal(h->source, e.source);
	assert_int_equal(h->gateway, e.gateway);
	assert_int_equal(h->controls, e.controls);
	assert_int_equal(h->reached, e.reached);
	assert_int_equal(h->control_rtt_us, e.control_rtt_us);
	assert_int_equal(h->targets, e.targets);
	assert_int_equal(h->answered, e.answered);
	assert_int_equal(h->quiet, e.quiet);
	assert_int_equal(h->late_us, e.late_us);
	assert_int_equal(h->jitter_us, e.jitter_us);
	assert_int_equal(h->clock_synced, e.clock_synced);
	assert_int_equal(h->clock_error_us, e.clock_error_us);
	assert_int_equal(h->clock_step_us, e.clock_step_us);
	++*n;
	return true;
}

static int64_t
rows(const char *db)
{
	struct fault f = {0};
	int64_t n = 0;
	struct store *s = store_open(db, STORE_READ, &f);
	if (s == NULL || !store_healths(s, compare, &n, &f))
		fail_msg("%s", f.text);
	store_close(s);
	return n;
}

static void
every_field_comes_back(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	struct store *s = opened(p, STORE_CREATE);
	for (int64_t slot = 0; slot < 12; slot++) {
		struct store_health h = sample_health("sel", 77, slot);
		assert_true(store_add_health(s, &h, &f));
		assert_true(store_add_health(s, &h, &f));
	}
	store_close(s);
	assert_int_equal(rows(p->db), 12);
}

static void
refused(struct store *s, const struct store_health *h, const char *text)
{
	struct fault f = {0};
	assert_false(store_add_health(s, h, &f));
	assert_int_equal(f.status, EX_DATAERR);
	if (strstr(f.text, text) == NULL)
		fail_msg("%s", f.text);
}

static void
what_makes_no_sense_is_refused(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	struct store *s = opened(p, STORE_CREATE);
	const struct store_health good = sample_health("sel", 77, 1);
	assert_true(store_add_health(s, &good, &f));
	struct store_health h = good;
	h.reached++;
	refused(s, &h, "health of run sel/hourly/1: stored already");
	h = good;
	h.interface = NULL;
	refused(s, &h, "stored already");
	h = good;
	h.slot = 2;
	h.campaign[0] = '\0';
	refused(s, &h, "without vantage or campaign");
	h = good;
	h.slot = 3;
	h.uplink = "splendid";
	refused(s, &h, "uplink");
	h.uplink = NULL;
	refused(s, &h, "uplink");
	store_close(s);
	assert_int_equal(rows(p->db), 1);
}

static struct store_run
sample_run(struct segment *s, int64_t slot)
{
	struct store_run run = {.vantage = "sel",
	    .campaign = "hourly",
	    .slot = slot,
	    .epoch = segment_epoch(s),
	    .planned_us = slot * 1000,
	    .started_us = slot * 1000 + 1,
	    .finished_us = slot * 1000 + 2,
	    .state = "done"};
	return run;
}

/* Runs from 1 on, of which some have no health; one segment each. */
static void
fill(const struct place *p, int64_t n, int64_t without)
{
	struct fault f = {0};
	struct segment *s = segment_open(p->spool, "sel", &f);
	assert_non_null(s);
	for (int64_t slot = 1; slot <= n; slot++) {
		struct store_run run = sample_run(s, slot);
		struct store_health h = sample_health("sel", run.epoch, slot);
		assert_true(segment_begin_run(s, &run, &f));
		if (slot != without && !segment_add_health(s, &h, &f))
			fail_msg("%s", f.text);
		assert_true(segment_add_run(s, &run, &f));
		assert_true(segment_seal(s, &f));
	}
	segment_close(s);
}

/* How many runs are named for want of health; nothing else may be. */
static int64_t
named(const struct place *p)
{
	struct fault f = {0};
	struct audit a = {.store = opened(p, STORE_READ)};
	if (!audit_run(&a, &f))
		fail_msg("%s", f.text);
	int64_t n = a.findings.count[FINDING_RUN_HEALTH];
	assert_int_equal(findings_faults(&a.findings), n);
	audit_free(&a);
	store_close(a.store);
	return n;
}

static void
rows_arrive_with_their_runs(void **state)
{
	const struct place *p = *state;
	fill(p, 8, 0);
	struct upload u = spool_upload(p, (struct upload){.keep = true});
	assert_int_equal(u.runs, 8);
	assert_int_equal(u.quarantined, 0);
	assert_int_equal(rows(p->db), 8);
	spool_upload(p, (struct upload){0});
	assert_int_equal(rows(p->db), 8);
	assert_int_equal(named(p), 0);
}

static bool
first_slot(void *arg, const struct store_health *h, struct fault *f)
{
	int64_t *targets = arg;
	(void)f;
	if (h->slot == 1)
		*targets = h->targets;
	return true;
}

static void
a_contradiction_keeps_what_was_first(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	int64_t targets = 0;
	struct segment *s = segment_open(p->spool, "sel", &f);
	struct store_health h = sample_health("sel", segment_epoch(s), 1);
	segment_close(s);
	h.targets = 9999;
	struct store *db = opened(p, STORE_CREATE);
	assert_true(store_add_health(db, &h, &f));
	store_close(db);
	fill(p, 2, 0);
	struct upload u = spool_upload(p, (struct upload){0});
	assert_int_equal(u.quarantined, 1);
	assert_true(spool_quarantined(p, "000001.db", "other values"));
	db = opened(p, STORE_READ);
	assert_true(store_healths(db, first_slot, &targets, &f));
	assert_int_equal(targets, 9999);
	store_close(db);
}

static void
an_agent_that_wrote_none_is_named(void **state)
{
	const struct place *p = *state;
	fill(p, 8, 3);
	spool_upload(p, (struct upload){0});
	assert_int_equal(rows(p->db), 7);
	assert_int_equal(named(p), 1);
}

static void
rows_of_others_are_refused(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	struct segment *s = segment_open(p->spool, "sel", &f);
	struct store_health h = sample_health("mow", segment_epoch(s), 1);
	assert_false(segment_add_health(s, &h, &f));
	assert_int_equal(f.status, EX_DATAERR);
	h = sample_health("sel", segment_epoch(s) ^ 1, 1);
	assert_false(segment_add_health(s, &h, &f));
	assert_int_equal(f.status, EX_DATAERR);
	segment_close(s);
	/* Nor does a segment carry them. */
	fill(p, 1, 0);
	char *path = xasprintf("%s/000001.db", p->spool);
	struct store *db = store_open(path, STORE_WRITE, &f);
	h = sample_health("mow", 1, 5);
	assert_true(store_add_health(db, &h, &f));
	store_close(db);
	struct upload u = spool_upload(p, (struct upload){0});
	assert_int_equal(u.quarantined, 1);
	assert_true(spool_quarantined(p, "000001.db", "another vantage"));
	free(path);
}

/* What was acknowledged stays, also when the run has no end any more. */
static void
health_of_a_run_that_died_stays(void **state)
{
	const struct place *p = *state;
	pid_t pid = fork();
	if (pid == 0) {
		struct fault f = {0};
		struct segment *s = segment_open(p->spool, "sel", &f);
		struct store_run run = sample_run(s, 1);
		struct store_health h = sample_health("sel", run.epoch, 1);
		bool ok = segment_begin_run(s, &run, &f) &&
			  segment_add_health(s, &h, &f);
		_exit(ok ? 0 : 1); /* nothing is closed */
	}
	assert_int_equal(sample_wait(pid), 0);
	/* One without it died, too. */
	struct fault f = {0};
	struct segment *s = segment_open(p->spool, "sel", &f);
	assert_non_null(s);
	pid = fork();
	struct store_run run = sample_run(s, 2);
	if (pid == 0)
		_exit(segment_begin_run(s, &run, &f) ? 0 : 1);
	assert_int_equal(sample_wait(pid), 0);
	segment_close(s);
	segment_close(segment_open(p->spool, "sel", &f));
	spool_upload(p, (struct upload){0});
	assert_int_equal(rows(p->db), 1);
	assert_int_equal(named(p), 0);
}

static bool
aborted(void *arg, const struct store_run *run, struct fault *f)
{
	int *n = arg;
	(void)f;
	assert_string_equal(run->state, "aborted");
	assert_int_equal(run->health, RUN_HEALTH_NOT_DUE);
	++*n;
	return true;
}

static void
runs_that_died_say_so(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	int n = 0;
	health_of_a_run_that_died_stays(state);
	struct store *s = opened(p, STORE_READ);
	assert_true(store_runs(s, aborted, &n, &f));
	assert_int_equal(n, 2);
	store_close(s);
}

/* Octets until there is no more room; whether there is none. */
static bool
take_all_room(const char *path)
{
	static const char zeros[4096];
	FILE *file = fopen(path, "w");
	if (file == NULL)
		return false;
	setvbuf(file, NULL, _IONBF, 0);
	while (fwrite(zeros, 1, sizeof(zeros), file) == sizeof(zeros))
		;
	return fclose(file) == 0 && errno == ENOSPC;
}

static bool
not_due(void *arg, const struct store_run *run, struct fault *f)
{
	int *n = arg;
	(void)f;
	*n += run->health == RUN_HEALTH_NOT_DUE &&
	      strcmp(run->state, "done") == 0;
	return true;
}

/* In a mount namespace of its own: a disk of 1 MiB. 77: not possible. */
static int
on_a_full_disk(const struct place *p)
{
	struct fault f = {0};
	int n = 0;
	char *filler = xasprintf("%s/filler", p->spool);
	char *path = xasprintf("%s/000001.db", p->spool);
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", p->spool, "tmpfs", 0, "size=1m") != 0)
		return 77;
	struct segment *s = segment_open(p->spool, "sel", &f);
	if (s == NULL)
		return 1;
	struct store_run run = sample_run(s, 1);
	struct store_health h = sample_health("sel", run.epoch, 1);
	if (!segment_begin_run(s, &run, &f) || !take_all_room(filler))
		return 2;
	if (segment_add_health(s, &h, &f) || !f.full)
		return 3;
	if (unlink(filler) != 0 || !segment_add_run(s, &run, &f))
		return 4;
	segment_close(s);
	struct store *db = store_open(path, STORE_READ, &f);
	if (db == NULL || !store_runs(db, not_due, &n, &f))
		return 5;
	store_close(db);
	free(filler);
	free(path);
	return n == 1 ? 0 : 6;
}

static void
a_full_disk_owes_none(void **state)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(on_a_full_disk(*state));
	int status = sample_wait(pid);
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

/* A file, whatever the other tests are about. */
static struct place
file_of(const struct place *p)
{
	struct place file = *p;
	file.db = xasprintf("%s/file.db", p->dir);
	return file;
}

static void
the_view_tells_the_run(void **state)
{
	const struct place file = file_of(*state), *p = &file;
	fill(p, 5, 0);
	spool_upload(p, (struct upload){0});
	sqlite_plain(p->db,
	    "CREATE TEMP TABLE t (n INTEGER CHECK (n = 1)); "
	    "INSERT INTO t SELECT count(*) = 5 FROM v_health; "
	    "INSERT INTO t SELECT count(*) FROM v_health WHERE slot = 3 "
	    "AND vantage = 'sel' AND campaign = 'hourly' AND state = 'done' "
	    "AND reason IS NULL AND started = '1970-01-01T00:00:00Z' "
	    "AND at LIKE '2026-%' AND uplink = 'unknown' AND source = "
	    "'192.168.1.2' AND gateway = '192.168.1.1' AND interface IS NULL "
	    "AND clock_step_us = -2000000 AND quiet_n = 3 AND reached_n = 3");
	free(p->db);
}

struct uplinks {
	int n, known, up;
};

static bool
count_uplink(void *arg, const struct store_uplink *u, struct fault *f)
{
	struct uplinks *c = arg;
	(void)f;
	c->n++;
	c->known += u->known;
	c->up += u->up;
	return true;
}

static void
assert_uplinks(const char *db, struct uplinks want)
{
	struct uplinks c = {0};
	struct fault f = {0};
	struct store *s = store_open(db, STORE_WRITE, &f);
	assert_non_null(s);
	const struct store_window all = {
	    .vantage_id = store_vantage(s, "sel", &f), .until_us = INT64_MAX};
	assert_true(store_uplinks(s, &all, count_uplink, &c, &f));
	store_close(s);
	assert_int_equal(c.n, want.n);
	assert_int_equal(c.known, want.known);
	assert_int_equal(c.up, want.up);
}

/* What an aborted run did not wait for was not silent. */
static void
an_aborted_run_has_no_uplink(void **state)
{
	const struct place file = file_of(*state), *p = &file;
	fill(p, 8, 0);
	spool_upload(p, (struct upload){0});
	assert_uplinks(p->db, (struct uplinks){8, 6, 2});
	sqlite_plain(p->db,
	    "UPDATE run SET state = 'aborted', reason = 'the agent was "
	    "stopped' "
	    "WHERE slot = (SELECT max(slot) FROM health WHERE uplink = 'up')");
	assert_uplinks(p->db, (struct uplinks){8, 5, 1});
	free(p->db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(every_field_comes_back),
	    PLACE_TEST(what_makes_no_sense_is_refused),
	    PLACE_TEST(rows_arrive_with_their_runs),
	    PLACE_TEST(a_contradiction_keeps_what_was_first),
	    PLACE_TEST(an_agent_that_wrote_none_is_named),
	    PLACE_TEST(rows_of_others_are_refused),
	    PLACE_TEST(health_of_a_run_that_died_stays),
	    PLACE_TEST(runs_that_died_say_so),
	    PLACE_TEST(a_full_disk_owes_none),
	    PLACE_TEST(the_view_tells_the_run),
	    PLACE_TEST(an_aborted_run_has_no_uplink),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
