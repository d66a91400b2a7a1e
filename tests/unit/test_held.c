/* SPDX-License-Identifier: ISC */
#include "sql/held.h"

#include "sql/room.h"
#include "sql/segment.h"
#include "sql/upload.h"
#include "tests/unit/store_place.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

enum { HALF = 32 << 10, MINUTE_US = 60000000 };

static const char full[] = "disk-full: 0 KiB free, 1024 KiB needed";

static struct store_run
skipped(int64_t slot, const char *reason)
{
	struct store_run run = {.vantage = "sel",
	    .campaign = "quick",
	    .slot = slot,
	    .epoch = 77,
	    .planned_us = (int64_t)((uint64_t)slot * MINUTE_US + 5),
	    .started_us = -1,
	    .state = "skipped",
	    .reason = reason};
	run.finished_us = run.planned_us;
	return run;
}

static struct store_run
aborted(int64_t slot)
{
	struct store_run run = skipped(slot, full);
	run.state = "aborted";
	run.started_us = run.planned_us + 1;
	run.finished_us = run.planned_us + 9;
	run.traces = 3;
	run.sent = 40;
	run.received = 30;
	run.drops = 1;
	return run;
}

static void
same_run(struct store_run a, struct store_run b)
{
	assert_string_equal(a.vantage, b.vantage);
	assert_string_equal(a.campaign, b.campaign);
	assert_string_equal(a.state, b.state);
	assert_string_equal(a.reason, b.reason);
	assert_int_equal(a.slot, b.slot);
	assert_int_equal(a.epoch, b.epoch);
	assert_int_equal(a.planned_us, b.planned_us);
	assert_int_equal(a.started_us, b.started_us);
	assert_int_equal(a.finished_us, b.finished_us);
	assert_int_equal(a.traces, b.traces);
	assert_int_equal(a.sent, b.sent);
	assert_int_equal(a.received, b.received);
	assert_int_equal(a.drops, b.drops);
}

static struct held_runs *
new_runs(void)
{
	struct held_runs *runs = xcalloc(1, sizeof(*runs));
	snprintf(runs->vantage, sizeof(runs->vantage), "sel");
	runs->epoch = 77;
	return runs;
}

static void
put(struct held_runs *runs, struct store_run run)
{
	assert_true(held_put(runs, &run, MINUTE_US));
}

static void
slots_that_ended_alike_are_one(void **state)
{
	(void)state;
	struct held_runs *runs = new_runs();
	put(runs, aborted(4));
	for (int64_t slot = 5; slot < 5000; slot++)
		put(runs, skipped(slot, full));
	assert_int_equal(runs->n, 2);
	same_run(held_row(runs, &runs->v[0], 0), aborted(4));
	for (int64_t slot = 5; slot < 5000; slot += 999)
		same_run(
		    held_row(runs, &runs->v[1], slot - 5), skipped(slot, full));
	put(runs, skipped(5000, "another reason"));
	put(runs, skipped(5002, "another reason")); /* behind a hole */
	put(runs, aborted(5003));
	put(runs, aborted(5004));
	assert_int_equal(runs->n, 6);
	held_took(runs, 1);
	held_took(runs, 1000);
	assert_int_equal(runs->n, 5);
	same_run(held_row(runs, &runs->v[0], 0), skipped(1005, full));
	free(runs);
}

static void
one_too_many_is_counted(void **state)
{
	struct fault f = {0};
	char name[RECORD_NAME_MAX + 1], reason[200];
	struct held_runs *runs = new_runs(), *back = new_runs();
	memset(name, 'n', sizeof(name));
	memset(reason, 'r', sizeof(reason));
	reason[199] = name[RECORD_NAME_MAX] = '\0';
	for (int64_t i = 0; i < HELD_MAX; i++) {
		struct store_run run = aborted(INT64_MIN + i);
		memcpy(run.campaign, name, sizeof(name));
		run.reason = reason;
		run.planned_us = run.started_us = run.finished_us = INT64_MIN;
		run.traces = run.sent = run.received = run.drops = INT64_MIN;
		assert_true(held_put(runs, &run, INT64_MIN));
	}
	struct store_run more = aborted(1);
	assert_false(held_put(runs, &more, 0));
	assert_int_equal(runs->lost, 1);
	assert_true(held_lay_out(*state, &f));
	if (!held_write(*state, runs, &f)) /* the longest there is */
		fail_msg("%s", f.text);
	assert_true(held_read(*state, back, &f));
	assert_int_equal(back->n, HELD_MAX);
	assert_int_equal(back->lost, 1);
	assert_int_equal(strlen(back->v[9].reason), HELD_REASON_MAX);
	assert_int_equal(back->v[9].first, INT64_MIN + 9);
	free(back);
	free(runs);
}

/* Writes octets into the file of a spool. */
static void
scratch(const char *dir, off_t at, const char *text)
{
	char *path = xasprintf("%s/held", dir);
	int fd = open(path, O_WRONLY);
	assert_true(
	    pwrite(fd, text, strlen(text), at) == (ssize_t)strlen(text));
	close(fd);
	free(path);
}

static size_t
read_n(const char *dir, uint64_t epoch)
{
	struct fault f = {0};
	struct held_runs *runs = new_runs();
	runs->epoch = epoch;
	bool ok = held_read(dir, runs, &f);
	size_t n = ok ? runs->n : SIZE_MAX;
	if (!ok)
		assert_int_equal(f.status, EX_DATAERR);
	free(runs);
	return n;
}

static void
half_a_write_leaves_the_one_before(void **state)
{
	struct fault f = {0};
	struct held_runs *runs = new_runs();
	assert_int_equal(read_n(*state, 77), 0);
	assert_false(held_write(*state, runs, &f)); /* never laid out */
	assert_int_equal(f.status, EX_UNAVAILABLE);
	assert_true(held_lay_out(*state, &f));
	assert_int_equal(read_n(*state, 77), 0);
	for (int64_t slot = 1; slot <= 3; slot++) {
		put(runs, aborted(slot));
		assert_true(held_write(*state, runs, &f));
	}
	assert_true(held_lay_out(*state, &f)); /* is there already */
	assert_int_equal(read_n(*state, 77), 3);
	assert_int_equal(read_n(*state, 0), 3);
	assert_int_equal(read_n(*state, 78), 0);
	off_t newer = (off_t)(runs->generation % 2) * HALF;
	scratch(*state, newer + 200, "#");
	assert_int_equal(read_n(*state, 77), 2);
	scratch(*state, HALF - newer, "#");
	assert_int_equal(read_n(*state, 77), SIZE_MAX);
	free(runs);
}

static void
a_reserve_takes_its_room(void **state)
{
	struct fault f = {0};
	struct room r;
	assert_true(room_of(*state, &r, &f));
	assert_true(r.total >= r.free && r.used >= 0 && r.used <= 100);
	assert_true(room_reserve_make(*state, &f));
	assert_true(room_reserve_make(*state, &f));
	assert_true(room_reserve_give(*state));
	assert_false(room_reserve_give(*state));
	assert_false(room_of("/nonexistent/spool", &r, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	r.total = 8 << 20;
	assert_int_equal(room_reserve(&r), 1 << 20);
	r.total = 1 << 20;
	assert_int_equal(room_reserve(&r), 128 << 10);
}

enum { FIRST = 10, LAST = 4500, KILLS = 25 };

/* An agent's disk is full for some days; then it is killed. */
static void
hold_all(const char *spool)
{
	struct fault f = {0};
	struct segment *s = segment_open(spool, "sel", &f);
	struct store_run run = aborted(FIRST);
	if (s == NULL || !segment_resume(s, NULL, &f) ||
	    !segment_begin_run(s, &run, &f) ||
	    !segment_hold(s, &run, MINUTE_US, &f))
		abort();
	for (int64_t slot = FIRST + 1; slot <= LAST; slot++) {
		run = skipped(slot, full);
		if (!segment_hold(s, &run, MINUTE_US, &f))
			abort();
	}
	kill(getpid(), SIGKILL);
}

/* There is room: one that starts, and is killed at some moment. */
static void
resume_until_killed(const char *spool, unsigned us)
{
	pid_t pid = fork();
	if (pid == 0) {
		struct fault f = {0};
		struct segment *s = segment_open(spool, "sel", &f);
		_exit(s == NULL || !segment_resume(s, NULL, &f));
	}
	usleep(us);
	kill(pid, SIGKILL);
	int status = sample_wait(pid);
	assert_true(status == 0 || status == 128 + SIGKILL);
}

static bool
count_run(void *arg, const struct store_run *run, struct fault *f)
{
	int64_t *n = arg;
	(void)f;
	assert_int_equal(run->slot, FIRST + *n);
	assert_string_equal(run->reason, full);
	assert_string_equal(run->state, *n == 0 ? "aborted" : "skipped");
	assert_int_equal(run->planned_us, run->slot * MINUTE_US + 5);
	(*n)++;
	return true;
}

static void
what_is_held_outlives_kills(void **state)
{
	struct fault f = {0};
	char *db = xasprintf("%s/t.db", (char *)*state);
	struct upload u = {.to = store_open(db, STORE_CREATE, &f)};
	int64_t rows = 0, n = 0;
	pid_t pid = fork();
	if (pid == 0)
		hold_all(*state);
	assert_int_equal(sample_wait(pid), 128 + SIGKILL);
	for (unsigned i = 0; i < KILLS; i++)
		resume_until_killed(*state, i * 4000);
	struct segment *s = segment_open(*state, "sel", &f);
	if (s == NULL)
		fail_msg("%s", f.text);
	assert_int_equal(segment_newest_run(s, "quick")->slot, LAST);
	assert_true(segment_newest_run(s, "quick")->ended);
	assert_true(segment_resume(s, &rows, &f));
	print_message("%" PRId64 " rows were left at last\n", rows);
	segment_close(s);
	if (!upload_spool(&u, *state, &f))
		fail_msg("%s", f.text);
	assert_int_equal(u.quarantined, 0);
	assert_true(store_runs(u.to, count_run, &n, &f));
	assert_int_equal(n, LAST - FIRST + 1);
	store_close(u.to);
	free(db);
}

#define SPOOL_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, sample_set_up, sample_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(slots_that_ended_alike_are_one),
	    SPOOL_TEST(one_too_many_is_counted),
	    SPOOL_TEST(half_a_write_leaves_the_one_before),
	    SPOOL_TEST(a_reserve_takes_its_room),
	    SPOOL_TEST(what_is_held_outlives_kills),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
