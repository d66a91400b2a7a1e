/* SPDX-License-Identifier: ISC */
#include "sql/segment.h"

#include "sql/ledger.h"
#include "sql/spool.h"
#include "tests/unit/store_place.h"
#include "tests/unit/store_sample.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct segment *
opened(const char *spool)
{
	struct fault f = {0};
	struct segment *s = segment_open(spool, "sel", &f);
	if (s == NULL)
		fail_msg("%s", f.text);
	return s;
}

/* One more trace of this spool; its seq. */
static uint64_t
add(struct segment *s)
{
	struct fault f = {0};
	struct record r =
	    sample_record("sel", segment_epoch(s), segment_next_seq(s));
	uint64_t seq = r.seq;
	if (!segment_add(s, &r, &f))
		fail_msg("%s", f.text);
	record_clear(&r);
	return seq;
}

static void
seal(struct segment *s)
{
	struct fault f = {0};
	if (!segment_seal(s, &f))
		fail_msg("%s", f.text);
}

static size_t
files(const char *spool, enum spool_kind kind)
{
	struct fault f = {0};
	int64_t *numbers = NULL;
	size_t n = 0;
	assert_true(spool_list(spool, kind, &numbers, &n, &f));
	free(numbers);
	return n;
}

static bool
mark(void *arg, const struct record *r, struct fault *f)
{
	uint8_t *seen = arg;
	(void)f;
	assert_in_range(r->seq, 1, 9999);
	seen[r->seq]++;
	return true;
}

/* Counts how often each seq lies in the sealed segments. */
static void
read_all(const char *spool, uint8_t seen[static 10000])
{
	struct fault f = {0};
	struct store_filter all = {0};
	int64_t *numbers = NULL;
	size_t n = 0;
	char name[SPOOL_NAME_LEN];
	memset(seen, 0, 10000);
	assert_true(spool_list(spool, SPOOL_SEALED, &numbers, &n, &f));
	for (size_t i = 0; i < n; i++) {
		char *path = xasprintf(
		    "%s/%s", spool, spool_name(numbers[i], SPOOL_SEALED, name));
		struct store *s = store_open(path, STORE_READ, &f);
		if (s == NULL)
			fail_msg("%s", f.text);
		assert_true(store_traces(s, &all, mark, seen, &f));
		store_close(s);
		free(path);
	}
	free(numbers);
}

static void
sealed_segments_stand_alone(void **state)
{
	struct ledger line;
	struct fault f = {0};
	struct segment *s = opened(*state);
	for (int i = 0; i < 5; i++)
		add(s);
	assert_int_equal(files(*state, SPOOL_OPEN), 1);
	seal(s);
	assert_int_equal(files(*state, SPOOL_OPEN), 0);
	add(s);
	segment_close(s);
	assert_int_equal(files(*state, SPOOL_SEALED), 2);
	char *path = xasprintf("%s/000001.db", (char *)*state);
	struct store *db = store_open(path, STORE_READ, &f);
	assert_non_null(db);
	assert_true(ledger_read(db, &line, &f));
	assert_string_equal(line.vantage, "sel");
	assert_int_equal(line.segment_no, 1);
	assert_int_equal(line.traces, 5);
	assert_true(line.sealed_us > 0);
	store_close(db);
	char *wal = xasprintf("%s-wal", path);
	assert_int_not_equal(access(wal, F_OK), 0);
	free(wal);
	free(path);
}

static void
a_seal_with_nothing_makes_no_file(void **state)
{
	struct segment *s = opened(*state);
	seal(s);
	segment_close(s);
	assert_int_equal(files(*state, SPOOL_SEALED), 0);
	assert_int_equal(files(*state, SPOOL_OPEN), 0);
}

static void
runs_are_reason_enough_for_a_segment(void **state)
{
	struct fault f = {0};
	struct segment *s = opened(*state);
	struct store_run run = {.vantage = "sel",
	    .campaign = "hourly",
	    .epoch = segment_epoch(s),
	    .planned_us = 1,
	    .started_us = -1,
	    .finished_us = -1,
	    .state = "skipped",
	    .reason = "spool full"};
	assert_true(segment_add_run(s, &run, &f));
	segment_close(s);
	assert_int_equal(files(*state, SPOOL_SEALED), 1);
}

/* A run whose end is stored, but not in the file `runs`: its segment may not
 * leave the spool before, or the next process ends it once more. */
static void
a_run_has_one_end(void **state)
{
	struct fault f = {0};
	struct segment *s = opened(*state);
	struct store_run run = {.vantage = "sel",
	    .campaign = "hourly",
	    .slot = 7,
	    .epoch = segment_epoch(s),
	    .planned_us = 1,
	    .started_us = 2,
	    .finished_us = 3,
	    .state = "done"};
	char *aside = xasprintf("%s/.runs.new", (char *)*state);
	assert_true(segment_begin_run(s, &run, &f));
	assert_int_equal(mkdir(aside, 0755), 0);
	assert_false(segment_add_run(s, &run, &f));
	assert_false(segment_seal(s, &f));
	segment_close(s);
	assert_int_equal(files(*state, SPOOL_SEALED), 0);
	assert_int_equal(files(*state, SPOOL_OPEN), 1);
	assert_int_equal(rmdir(aside), 0);
	segment_close(opened(*state));
	assert_int_equal(files(*state, SPOOL_SEALED), 1);
	assert_int_equal(files(*state, SPOOL_OPEN), 0);
	free(aside);
}

static void
seq_goes_on_when_segments_are_gone(void **state)
{
	struct segment *s = opened(*state);
	uint64_t epoch = segment_epoch(s), last = 0;
	for (int i = 0; i < 70; i++)
		last = add(s);
	segment_close(s);
	char *path = xasprintf("%s/000001.db", (char *)*state);
	assert_int_equal(unlink(path), 0);
	free(path);
	s = opened(*state);
	assert_int_equal(segment_epoch(s), epoch);
	assert_int_equal(segment_next_seq(s), last + 1);
	add(s);
	segment_close(s);
	path = xasprintf("%s/000002.db", (char *)*state);
	assert_int_equal(access(path, F_OK), 0);
	free(path);
}

static void
another_machine_means_another_epoch(void **state)
{
	size_t len = 0;
	struct segment *s = opened(*state);
	uint64_t epoch = segment_epoch(s);
	add(s);
	segment_close(s);
	char *path = xasprintf("%s/epoch", (char *)*state);
	char *text = sample_read(path, &len);
	char *machine = strstr(text, "machine ");
	assert_non_null(machine);
	machine[8] = machine[8] == '0' ? '1' : '0';
	FILE *f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	free(text);
	free(path);
	s = opened(*state);
	assert_int_not_equal(segment_epoch(s), epoch);
	assert_int_equal(add(s), 1);
	segment_close(s);
	assert_int_equal(files(*state, SPOOL_SEALED), 2);
}

static void
one_writer_at_a_time(void **state)
{
	struct fault f = {0};
	struct segment *s = opened(*state);
	assert_null(segment_open(*state, "sel", &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	segment_close(s);
	segment_close(opened(*state));
}

static void
a_missing_spool_is_said(void **state)
{
	struct fault f = {0};
	char *dir = xasprintf("%s/none", (char *)*state);
	assert_null(segment_open(dir, "sel", &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	assert_non_null(strstr(f.text, dir));
	free(dir);
}

static void
traces_of_others_are_refused(void **state)
{
	struct fault f = {0};
	struct segment *s = opened(*state);
	struct record r = sample_record("sel", segment_epoch(s) ^ 1, 1);
	assert_false(segment_add(s, &r, &f));
	assert_int_equal(f.status, EX_DATAERR);
	record_clear(&r);
	segment_close(s);
}

static void
a_damaged_open_file_is_put_away(void **state)
{
	char *path = xasprintf("%s/000007.open", (char *)*state);
	FILE *file = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("not a database\n", file);
	fclose(file);
	struct segment *s = opened(*state);
	add(s);
	segment_close(s);
	assert_int_not_equal(access(path, F_OK), 0);
	free(path);
	path = xasprintf("%s/quarantine/000007.open", (char *)*state);
	assert_int_equal(access(path, F_OK), 0);
	free(path);
	path = xasprintf("%s/quarantine/000007.open.reason", (char *)*state);
	assert_int_equal(access(path, F_OK), 0);
	free(path);
	assert_int_equal(files(*state, SPOOL_SEALED), 1);
}

/*
 * A writer is killed again and again; what segment_add() said was stored must
 * be in the spool, and no seq may come twice. The acknowledgements lie in
 * shared memory, which survives the killed process.
 */
enum { KILLS = 50 };

static void
write_until_killed(const char *spool, volatile uint8_t *acknowledged)
{
	struct fault f = {0};
	struct segment *s = segment_open(spool, "sel", &f);
	if (s == NULL)
		_exit(1);
	for (int i = 1; i < 400; i++) {
		uint64_t seq = segment_next_seq(s);
		struct record r = sample_record("sel", segment_epoch(s), seq);
		if (seq >= 9999 || !segment_add(s, &r, &f))
			_exit(2);
		record_clear(&r);
		acknowledged[seq]++;
		if (i % 8 == 0 && !segment_seal(s, &f))
			_exit(3);
	}
	for (;;)
		pause();
}

static size_t
sum(const volatile uint8_t *acknowledged)
{
	size_t n = 0;
	for (int i = 0; i < 10000; i++)
		n += acknowledged[i];
	return n;
}

/* Lets the writer get a few traces done, then a little further. */
static void
wait_for(const volatile uint8_t *acknowledged, size_t n, uint64_t *random)
{
	struct timespec t = {.tv_nsec = 200000};
	for (int i = 0; i < 100000 && sum(acknowledged) < n; i++)
		nanosleep(&t, NULL);
	t.tv_nsec = sample_random(random) % 5000000;
	nanosleep(&t, NULL);
}

static void
nothing_acknowledged_is_lost_in_a_crash(void **state)
{
	uint64_t random = 42;
	uint8_t *seen = xcalloc(10000, 1);
	uint8_t *acknowledged = mmap(NULL, 10000, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(acknowledged != MAP_FAILED);
	for (int kill_no = 0; kill_no < KILLS; kill_no++) {
		pid_t pid = fork();
		if (pid == 0)
			write_until_killed(*state, acknowledged);
		wait_for(acknowledged,
		    sum(acknowledged) + sample_random(&random) % 12, &random);
		kill(pid, SIGKILL);
		assert_int_equal(sample_wait(pid), 128 + SIGKILL);
	}
	segment_close(opened(*state));
	assert_int_equal(files(*state, SPOOL_OPEN), 0);
	read_all(*state, seen);
	size_t n = sum(acknowledged), lost = 0, twice = 0;
	for (int i = 0; i < 10000; i++) {
		lost += acknowledged[i] > seen[i];
		twice += seen[i] > 1 || acknowledged[i] > 1;
	}
	print_message(
	    "%zu acknowledged, %zu lost, %zu twice\n", n, lost, twice);
	assert_true(n > KILLS);
	assert_int_equal(lost, 0);
	assert_int_equal(twice, 0);
	munmap(acknowledged, 10000);
	free(seen);
}

#define SPOOL_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, sample_set_up, sample_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SPOOL_TEST(sealed_segments_stand_alone),
	    SPOOL_TEST(a_seal_with_nothing_makes_no_file),
	    SPOOL_TEST(runs_are_reason_enough_for_a_segment),
	    SPOOL_TEST(a_run_has_one_end),
	    SPOOL_TEST(seq_goes_on_when_segments_are_gone),
	    SPOOL_TEST(another_machine_means_another_epoch),
	    SPOOL_TEST(one_writer_at_a_time),
	    SPOOL_TEST(a_missing_spool_is_said),
	    SPOOL_TEST(traces_of_others_are_refused),
	    SPOOL_TEST(a_damaged_open_file_is_put_away),
	    SPOOL_TEST(nothing_acknowledged_is_lost_in_a_crash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
