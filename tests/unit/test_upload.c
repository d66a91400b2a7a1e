/* SPDX-License-Identifier: ISC */
#include "sql/upload.h"

#include "sql/segment.h"
#include "sql/spool.h"
#include "tests/unit/spool_fill.h"
#include "tests/unit/spool_look.h"
#include "tests/unit/store_place.h"
#include "tests/unit/store_same.h"
#include "tests/unit/store_sample.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sysexits.h>
#include <time.h>

#include <cmocka.h>

/* Writes n traces into the spool, sealed after every `each`. */
static uint64_t
fill(const char *spool, const char *vantage, int n, int each)
{
	struct fault f = {0};
	struct segment *s = segment_open(spool, vantage, &f);
	if (s == NULL)
		fail_msg("%s", f.text);
	uint64_t epoch = segment_epoch(s);
	for (int i = 1; i <= n; i++) {
		struct record r =
		    sample_record(vantage, epoch, segment_next_seq(s));
		if (!segment_add(s, &r, &f) ||
		    (i % each == 0 && !segment_seal(s, &f)))
			fail_msg("%s", f.text);
		record_clear(&r);
	}
	segment_close(s);
	return epoch;
}

struct tally {
	size_t traces, evidence;
};

static bool
count(void *arg, const struct record *r, struct fault *f)
{
	struct tally *t = arg;
	struct record expected = sample_record(r->vantage, r->epoch, r->seq);
	(void)f;
	t->traces++;
	assert_true(same_record(r, &expected, true));
	record_clear(&expected);
	return true;
}

/* Each one is also compared with what was written. */
static size_t
stored(const char *db)
{
	struct fault f = {0};
	struct tally t = {0};
	struct store_filter all = {.with_evidence = true};
	struct store *s = store_open(db, STORE_READ, &f);
	if (s == NULL || !store_traces(s, &all, count, &t, &f))
		fail_msg("%s", f.text);
	store_close(s);
	return t.traces;
}

static size_t
sealed(const char *spool)
{
	struct fault f = {0};
	int64_t *numbers = NULL;
	size_t n = 0;
	assert_true(spool_list(spool, SPOOL_SEALED, &numbers, &n, &f));
	free(numbers);
	return n;
}

static void
segments_arrive_and_are_unlinked(void **state)
{
	const struct place *p = *state;
	fill(p->spool, "sel", 45, 20);
	struct upload u = spool_upload(p, (struct upload){0});
	assert_int_equal(u.segments, 3);
	assert_int_equal(u.added, 45);
	assert_int_equal(u.present, 0);
	assert_int_equal(stored(p->db), 45);
	assert_int_equal(sealed(p->spool), 0);
	u = spool_upload(p, (struct upload){0});
	assert_int_equal(u.segments, 0);
}

static void
kept_segments_add_nothing_again(void **state)
{
	const struct place *p = *state;
	fill(p->spool, "sel", 45, 20);
	spool_upload(p, (struct upload){.keep = true});
	struct upload u = spool_upload(p, (struct upload){.keep = true});
	assert_int_equal(u.added, 0);
	assert_int_equal(u.present, 45);
	assert_int_equal(sealed(p->spool), 3);
	assert_int_equal(stored(p->db), 45);
}

static void
a_missing_spool_is_said(void **state)
{
	struct place *p = *state;
	struct fault f = {0};
	char *none = xasprintf("%s/none", p->dir);
	fill(p->spool, "sel", 5, 5);
	struct upload u = {.to = store_open(p->db, STORE_CREATE, &f)};
	assert_false(upload_spool(&u, none, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	assert_non_null(strstr(f.text, none));
	assert_int_equal(sealed(p->spool), 1);
	store_close(u.to);
	free(none);
}

static void
damaged_segments_are_put_away_and_the_rest_goes(void **state)
{
	const struct place *p = *state;
	fill(p->spool, "sel", 50, 10);
	char *cut = xasprintf("%s/000001.db", p->spool);
	char *torn = xasprintf("%s/000002.db", p->spool);
	char *text = xasprintf("%s/000003.db", p->spool);
	assert_int_equal(truncate(cut, 8192), 0);
	spool_overwrite(torn, 4096L * 3, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	spool_overwrite(text, 0, "this is not a database");
	struct upload u = spool_upload(p, (struct upload){0});
	assert_int_equal(u.quarantined, 3);
	assert_int_equal(u.segments, 2);
	assert_int_equal(stored(p->db), 20);
	assert_true(spool_quarantined(p, "000001.db", ""));
	assert_true(spool_quarantined(p, "000002.db", ""));
	assert_true(spool_quarantined(p, "000003.db", "not a tumen database"));
	assert_int_equal(sealed(p->spool), 0);
	free(cut);
	free(torn);
	free(text);
}

/* One octet of one stored record, where no structure of SQLite is hurt. */
static void
flip_in(const char *path)
{
	/* The version of a packed record, and the sample's src. */
	static const uint8_t needle[] = {2, 0xc0, 0xa8, 1, 2};
	size_t len = 0;
	char *all = sample_read(path, &len);
	char *at = memmem(all, len, needle, sizeof(needle));
	assert_non_null(at);
	at[sizeof(needle) - 1] ^= 1;
	FILE *f = fopen(path, "wb");
	fwrite(all, 1, len, f);
	fclose(f);
	free(all);
}

static void
a_flipped_bit_is_found_by_the_hash(void **state)
{
	const struct place *p = *state;
	fill(p->spool, "sel", 10, 10);
	char *path = xasprintf("%s/000001.db", p->spool);
	flip_in(path);
	struct upload u = spool_upload(p, (struct upload){0});
	assert_int_equal(u.quarantined, 1);
	assert_int_equal(u.added, 9);
	assert_int_equal(stored(p->db), 9);
	assert_true(spool_quarantined(p, "000001.db", "hash differs"));
	free(path);
}

static void
a_contradiction_keeps_what_was_first(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	struct segment *s = segment_open(p->spool, "sel", &f);
	struct record r = sample_record("sel", segment_epoch(s), 1);
	struct store *db = store_open(p->db, STORE_CREATE, &f);
	assert_true(store_add(db, &r, NULL, &f));
	store_close(db);
	r.duration_us++;
	assert_true(segment_add(s, &r, &f));
	record_clear(&r);
	r = sample_record("sel", segment_epoch(s), 2);
	assert_true(segment_add(s, &r, &f));
	record_clear(&r);
	segment_close(s);
	struct upload u = spool_upload(p, (struct upload){0});
	assert_int_equal(u.quarantined, 1);
	assert_int_equal(u.added, 1);
	assert_int_equal(stored(p->db), 2); /* both as first written */
	assert_true(spool_quarantined(p, "000001.db", "same key"));
}

static void
big_segments_go_in_several_transactions(void **state)
{
	const struct place *p = *state;
	fill(p->spool, "sel", 2300, 2300);
	struct upload u = spool_upload(p, (struct upload){0});
	assert_int_equal(u.added, 2300);
	assert_int_equal(stored(p->db), 2300);
}

/* A child that uploads again and again until told to stop. */
static void
keep_uploading(const struct place *p, const volatile bool *stop)
{
	struct fault f = {0};
	struct upload u = {.to = store_open(p->db, STORE_CREATE, &f)};
	if (u.to == NULL) {
		fprintf(stderr, "%s\n", f.text);
		_exit(1);
	}
	for (bool last = false; !last;) {
		last = *stop;
		if (!upload_spool(&u, p->spool, &f)) {
			fprintf(stderr, "%s\n", f.text);
			_exit(2);
		}
	}
	store_close(u.to);
	_exit(u.quarantined == 0 ? 0 : 3);
}

static volatile bool *
shared_flag(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(p != MAP_FAILED);
	return p;
}

static void
uploaders_race_while_an_agent_writes(void **state)
{
	const struct place *p = *state;
	volatile bool *stop = shared_flag();
	pid_t pids[2];
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			keep_uploading(p, stop);
	}
	fill(p->spool, "sel", 400, 10);
	*stop = true;
	for (int i = 0; i < 2; i++)
		assert_int_equal(sample_wait(pids[i]), 0);
	assert_int_equal(sealed(p->spool), 0);
	assert_int_equal(stored(p->db), 400);
}

static void
spools_of_many_vantages_go_into_one_file(void **state)
{
	const struct place *p = *state;
	static const char *const vantages[] = {"sel", "hkg", "nrt", "vvo"};
	volatile bool *stop = shared_flag();
	struct place own[4];
	pid_t pids[4];
	*stop = true;
	for (int i = 0; i < 4; i++) {
		own[i] = (struct place){.db = p->db,
		    .spool = xasprintf("%s/%s", p->dir, vantages[i])};
		mkdir(own[i].spool, 0755);
		fill(own[i].spool, vantages[i], 100, 10);
	}
	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			keep_uploading(&own[i], stop);
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(sample_wait(pids[i]), 0);
		free(own[i].spool);
	}
	assert_int_equal(stored(p->db), 400);
}

enum { KILLS = 30 };

/* Lets the uploader put some segments away, then a little further. */
static void
wait_for(const char *spool, size_t gone, uint64_t *random)
{
	struct timespec t = {.tv_nsec = 500000};
	size_t n = sealed(spool), left = n > gone ? n - gone : 0;
	for (int i = 0; i < 40000 && sealed(spool) > left; i++)
		nanosleep(&t, NULL);
	t.tv_nsec = sample_random(random) % 5000000;
	nanosleep(&t, NULL);
}

static void
a_killed_uploader_loses_and_doubles_nothing(void **state)
{
	const struct place *p = *state;
	volatile bool *stop = shared_flag();
	uint64_t random = 7;
	fill(p->spool, "sel", 1000, 5);
	for (int i = 0; i < KILLS; i++) {
		pid_t pid = fork();
		if (pid == 0)
			keep_uploading(p, stop);
		wait_for(p->spool, sample_random(&random) % 8, &random);
		kill(pid, SIGKILL);
		sample_wait(pid);
	}
	print_message("%zu segments left to the last run\n", sealed(p->spool));
	spool_upload(p, (struct upload){0});
	assert_int_equal(stored(p->db), 1000);
	assert_int_equal(sealed(p->spool), 0);
}

/* In a mount namespace of its own: a disk of 8 MiB. 0, or 77 not possible. */
static int
on_a_full_disk(const struct place *p)
{
	struct fault f = {0};
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", p->spool, "tmpfs", 0, "size=8m") != 0)
		return 77;
	struct segment *s = segment_open(p->spool, "sel", &f);
	uint64_t n = 0;
	bool ok = s != NULL;
	while (ok && n < 20000) {
		struct record r = sample_record("sel", segment_epoch(s), n + 1);
		ok = segment_add(s, &r, &f);
		record_clear(&r);
		n += ok;
		if (ok && n % 40 == 0)
			ok = segment_seal(s, &f);
	}
	if (s == NULL || ok || f.status != EX_IOERR || n < 200)
		return 1;
	segment_close(s);
	/* What was stored goes to another disk, which makes room again. */
	struct upload u = {.to = store_open(p->db, STORE_CREATE, &f)};
	if (u.to == NULL || !upload_spool(&u, p->spool, &f) || u.quarantined)
		return 2;
	s = segment_open(p->spool, "sel", &f);
	if (s == NULL)
		return 3;
	segment_close(s);
	if (!upload_spool(&u, p->spool, &f))
		return 4;
	store_close(u.to);
	return stored(p->db) == n && sealed(p->spool) == 0 ? 0 : 5;
}

static void
a_full_spool_keeps_what_it_has(void **state)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(on_a_full_disk(*state));
	int status = sample_wait(pid);
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(segments_arrive_and_are_unlinked),
	    PLACE_TEST(kept_segments_add_nothing_again),
	    PLACE_TEST(a_missing_spool_is_said),
	    PLACE_TEST(damaged_segments_are_put_away_and_the_rest_goes),
	    PLACE_TEST(a_flipped_bit_is_found_by_the_hash),
	    PLACE_TEST(a_contradiction_keeps_what_was_first),
	    PLACE_TEST(big_segments_go_in_several_transactions),
	    PLACE_TEST(uploaders_race_while_an_agent_writes),
	    PLACE_TEST(spools_of_many_vantages_go_into_one_file),
	    PLACE_TEST(a_killed_uploader_loses_and_doubles_nothing),
	    PLACE_TEST(a_full_spool_keeps_what_it_has),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
