/* SPDX-License-Identifier: ISC */
#include "analysis/archive/archive.h"

#include "analysis/archive/expire.h"
#include "analysis/archive/plain.h"
#include "analysis/origin/compress.h"
#include "probe/base/clock.h"
#include "probe/base/hash.h"
#include "probe/base/mem.h"
#include "sql/spool.h"
#include "tests/unit/spool_fill.h"
#include "tests/unit/spool_look.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>

#define MIB (INT64_C(1) << 20)

static char *
archive_of(const struct place *p)
{
	char *dir = xasprintf("%s/archive", p->dir);
	mkdir(dir, 0755);
	return dir;
}

static struct upload
into(const char *dir)
{
	return (struct upload){.archive = archive_put, .archive_dir = dir};
}

/* Unpacks one archived segment and counts its traces. */
static size_t
unpacked(const char *dir, const char *name, uint8_t seen[static 10000])
{
	struct fault f = {0};
	struct plain plain;
	size_t n = 0;
	char *path = xasprintf("%s/%s", dir, name);
	uint8_t *mine = xcalloc(10000, 1);
	if (!plain_open(&plain, path, 64 * MIB, &f))
		fail_msg("%s", f.text);
	spool_count(plain.path, mine);
	for (int i = 0; i < 10000; i++) {
		n += mine[i];
		seen[i] = (uint8_t)(seen[i] + mine[i]);
	}
	plain_close(&plain);
	assert_int_not_equal(access(dir, F_OK), -1);
	free(mine);
	free(path);
	return n;
}

static void
archived_segments_can_be_read_again(void **state)
{
	const struct place *p = *state;
	uint8_t seen[10000] = {0};
	struct stat st;
	char *dir = archive_of(p);
	uint64_t epoch = spool_fill(p, NULL, 20, 20);
	spool_upload(p, into(dir));
	assert_int_equal(spool_files(p->spool, ".db"), 0);
	assert_int_equal(spool_files(dir, ""), 1);
	char *name = xasprintf("sel-%" PRIu64 "-000001.db.zst", epoch);
	assert_int_equal(unpacked(dir, name, seen), 20);
	char *path = xasprintf("%s/%s", dir, name);
	assert_int_equal(stat(path, &st), 0);
	assert_in_range(time(NULL) - st.st_mtime, 0, 60);
	free(path);
	free(name);
	free(dir);
}

/* The signature beside it is good for what zstd -d gives. */
static void
the_signature_stays_valid(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	struct plain plain;
	char *dir = archive_of(p);
	struct sign_key key = spool_key(p, "sel", "sel");
	struct keys *keys = spool_keys(p, "sel");
	uint64_t epoch = spool_fill(p, &key, 7, 20);
	spool_upload(p, into(dir));
	assert_int_equal(spool_files(dir, ""), 2);
	char *name = xasprintf("%s/sel-%" PRIu64 "-000001.db", dir, epoch);
	char *packed = xasprintf("%s.zst", name);
	assert_true(plain_open(&plain, packed, MIB, &f));
	struct sealed s = {.path = plain.path,
	    .keys = keys,
	    .signature = sealed_signature(name)};
	assert_non_null(s.signature);
	assert_true(sealed_open(&s, &f));
	assert_int_equal(s.answer, KEYS_GOOD);
	sealed_close(&s);
	plain_close(&plain);
	keys_free(keys);
	free(packed);
	free(name);
	free(dir);
}

/* Whatever its length, also a multiple of the pieces that are worked on. */
static void
files_of_every_length(void **state)
{
	static const size_t lens[] = {
	    0, 1, 65535, 65536, 65537, 131072, 196608, 262144, 393216, 1048576};
	const struct place *p = *state;
	char *from = xasprintf("%s/plain", p->dir),
	     *to = xasprintf("%s/packed.zst", p->dir);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct fault f = {0};
		struct plain plain;
		struct stat st;
		uint8_t *bytes = xcalloc(1, lens[i] + 1);
		for (size_t k = 0; k < lens[i]; k += 97)
			bytes[k] = (uint8_t)(k * 2654435761u >> 13);
		int in = open(from, O_RDWR | O_CREAT | O_TRUNC, 0600);
		int out = open(to, O_RDWR | O_CREAT | O_TRUNC, 0600);
		assert_int_equal(write(in, bytes, lens[i]), lens[i]);
		lseek(in, 0, SEEK_SET);
		struct hash *h = hash_open();
		uint8_t sha256[HASH_SHA256_LEN];
		assert_int_equal(compress_file(in, out, h), 0);
		hash_close(h, sha256);
		assert_true(plain_open(&plain, to, PLAIN_SEGMENT_MAX, &f));
		assert_int_equal(stat(plain.path, &st), 0);
		assert_int_equal(st.st_size, lens[i]);
		plain_close(&plain);
		close(in);
		close(out);
		free(bytes);
	}
	free(from);
	free(to);
}

/* As if a crash had come between archiving and unlinking, and a copied spool.
 */
static void
nothing_is_archived_twice_and_nothing_replaced(void **state)
{
	const struct place *p = *state;
	uint8_t seen[10000] = {0};
	struct fault f = {0};
	char *dir = archive_of(p), *path = xasprintf("%s/000001.db", p->spool);
	uint64_t epoch = spool_fill(p, NULL, 20, 20);
	struct sealed s = {.path = path};
	assert_true(sealed_open(&s, &f));
	assert_true(archive_put(dir, &s, &f));
	assert_true(archive_put(dir, &s, &f));
	assert_int_equal(spool_files(dir, ""), 1);
	char *name = xasprintf("sel-%" PRIu64 "-000001.db.zst", epoch);
	char *taken = xasprintf("%s/%s", dir, name);
	assert_int_equal(truncate(taken, 100), 0); /* another content now */
	assert_true(archive_put(dir, &s, &f));
	assert_int_equal(spool_files(dir, ""), 2);
	char *second = xasprintf("sel-%" PRIu64 "-000001.db.1.zst", epoch);
	assert_int_equal(unpacked(dir, second, seen), 20);
	sealed_close(&s);
	free(second);
	free(taken);
	free(name);
	free(path);
	free(dir);
}

static void
what_cannot_be_archived_stays_in_the_spool(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	char *none = xasprintf("%s/none", p->dir);
	spool_fill(p, NULL, 5, 5);
	assert_false(archive_check(none, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	struct upload u = into(none);
	u.to = store_open(p->db, STORE_CREATE, &f);
	assert_false(upload_spool(&u, p->spool, &f));
	assert_non_null(strstr(f.text, none));
	assert_int_equal(spool_files(p->spool, ".db"), 1);
	store_close(u.to);
	assert_int_equal(spool_total(p->db), 5);
	free(none);
}

/* A child that uploads and archives until all is gone. */
static void
keep_uploading(const struct place *p, const char *dir)
{
	struct fault f = {0};
	struct upload u = into(dir);
	u.to = store_open(p->db, STORE_CREATE, &f);
	if (u.to == NULL || !upload_spool(&u, p->spool, &f)) {
		fprintf(stderr, "%s\n", f.text);
		_exit(1);
	}
	store_close(u.to);
	_exit(u.quarantined == 0 ? 0 : 2);
}

/* Everything once in the database, once in the archive, nothing else. */
static void
all_is_once(const struct place *p, const char *dir, int n, int segments)
{
	uint8_t *stored = xcalloc(10000, 1), *kept = xcalloc(10000, 1);
	size_t wrong = 0;
	assert_int_equal(spool_files(p->spool, ".db"), 0);
	assert_int_equal(spool_files(p->spool, ".sig"), 0);
	assert_int_equal(spool_files(dir, ".db.zst"), segments);
	assert_int_equal(spool_files(dir, ".db.sig"), segments);
	assert_int_equal(spool_files(dir, ""), 2 * segments);
	spool_count(p->db, stored);
	DIR *d = opendir(dir);
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
		if (strstr(e->d_name, ".zst") != NULL)
			unpacked(dir, e->d_name, kept);
	closedir(d);
	for (int i = 1; i < 10000; i++)
		wrong += stored[i] != (i <= n) || kept[i] != (i <= n);
	assert_int_equal(wrong, 0);
	free(stored);
	free(kept);
}

static void
uploaders_race_for_the_archive(void **state)
{
	const struct place *p = *state;
	char *dir = archive_of(p);
	pid_t pids[4];
	struct sign_key key = spool_key(p, "sel", "sel");
	spool_fill(p, &key, 80, 4);
	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			keep_uploading(p, dir);
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(sample_wait(pids[i]), 0);
	all_is_once(p, dir, 80, 20);
	free(dir);
}

enum { KILLS = 52, SEGMENTS = 80, IN_EACH = 2 };

/* Lets them put some segments away, then a little further. */
static void
wait_for(const char *spool, size_t gone, uint64_t *random)
{
	struct timespec t = {.tv_nsec = 500000};
	size_t n = spool_files(spool, ".db"), left = n > gone ? n - gone : 0;
	for (int i = 0; i < 4000 && spool_files(spool, ".db") > left; i++)
		nanosleep(&t, NULL);
	t.tv_nsec = sample_random(random) % 12000000;
	nanosleep(&t, NULL);
}

/* Two uploaders at a time, killed at any moment of their work. */
static void
killed_uploaders_lose_and_double_nothing(void **state)
{
	const struct place *p = *state;
	char *dir = archive_of(p);
	uint64_t random = 11;
	size_t halfway = 0;
	struct fault f = {0};
	struct sign_key key = spool_key(p, "sel", "sel");
	spool_fill(p, &key, SEGMENTS * IN_EACH, IN_EACH);
	for (int i = 0; i < KILLS; i++) {
		pid_t pids[2];
		for (int k = 0; k < 2; k++) {
			pids[k] = fork();
			if (pids[k] == 0)
				keep_uploading(p, dir);
		}
		wait_for(p->spool, sample_random(&random) % 2, &random);
		for (int k = 0; k < 2; k++)
			kill(pids[k], SIGKILL);
		for (int k = 0; k < 2; k++)
			sample_wait(pids[k]);
		halfway += spool_files(dir, ".new") > 0;
	}
	print_message(
	    "%zu segments left, %zu of %d kills within an archiving\n",
	    spool_files(p->spool, ".db"), halfway, KILLS);
	assert_in_range(spool_files(p->spool, ".db"), 1, SEGMENTS - 1);
	spool_upload(p, into(dir));
	assert_true(archive_tidy(dir, &f));
	all_is_once(p, dir, SEGMENTS * IN_EACH, SEGMENTS);
	free(dir);
}

static char *
packed_zeros(const struct place *p, size_t len)
{
	char *path = xasprintf("%s/zeros.zst", p->dir);
	uint8_t *zeros = xcalloc(len, 1);
	struct wr w = {0};
	compress_zstd(zeros, len, &w);
	FILE *f = fopen(path, "w");
	fwrite(w.p, 1, w.len, f);
	fclose(f);
	wr_free(&w);
	free(zeros);
	return path;
}

static void
a_bomb_is_bounded(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	struct plain plain;
	char *path = packed_zeros(p, (8 << 20) + 1);
	setenv("TMPDIR", p->dir, 1);
	assert_false(plain_open(&plain, path, 8 * MIB, &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_non_null(strstr(f.text, "zeros.zst: expands beyond 8 MiB"));
	assert_int_equal(spool_files(p->dir, ""), 2); /* spool, zeros.zst */
	assert_true(plain_open(&plain, path, 8 * MIB + 1, &f));
	plain_close(&plain);
	assert_int_equal(truncate(path, 60), 0);
	assert_false(plain_open(&plain, path, 16 * MIB, &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_non_null(strstr(f.text, "cut off"));
	spool_overwrite(path, 20, "rubbish");
	assert_false(plain_open(&plain, path, 16 * MIB, &f));
	assert_int_equal(f.status, EX_DATAERR);
	unsetenv("TMPDIR");
	free(path);
}

static void
put_file(const char *dir, const char *name, int64_t age_s)
{
	char *path = xasprintf("%s/%s", dir, name);
	int fd = open(path, O_CREAT | O_WRONLY, 0644);
	struct timespec t[2] = {
	    {.tv_nsec = UTIME_OMIT}, {.tv_sec = time(NULL) - age_s}};
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "12345678", 8), 8);
	assert_int_equal(futimens(fd, t), 0);
	close(fd);
	free(path);
}

static void
only_old_segments_expire(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	static const char *const old[] = {"sel-123-000001.db.zst",
	    "sel-123-000001.db.sig", "a.db-b-9-1234567.db.zst",
	    "sel-123-000002.db.1.zst", "sel-7-000003.db"};
	static const char *const others[] = {"notes.db.zst", "t.db",
	    "sel-123-00001.db.zst", "sel--000001.db.zst", "-1-000001.db",
	    ".sel-123-000001.db.zst.new", "sel-123-000001.db.zst.bak",
	    "sel-123-000001.db.zst.new", "sel-123-000001.db."};
	char *dir = archive_of(p);
	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++)
		put_file(dir, old[i], 200);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		put_file(dir, others[i], 200);
	put_file(dir, "sel-123-000009.db.zst", 50);
	struct expire e = {.dir = dir,
	    .before_us = wall_now().ns / 1000 - 100 * US_PER_S,
	    .dry = true};
	assert_true(expire_archive(&e, &f));
	assert_int_equal(e.segments, 4);
	assert_int_equal(e.octets, 40);
	assert_int_equal(spool_files(dir, ""), 15);
	e = (struct expire){.dir = dir, .before_us = e.before_us};
	assert_true(expire_archive(&e, &f));
	assert_int_equal(e.segments, 4);
	assert_int_equal(spool_files(dir, ""), 10);
	assert_int_equal(spool_files(dir, "sel-123-000009.db.zst"), 1);
	free(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(files_of_every_length),
	    PLACE_TEST(archived_segments_can_be_read_again),
	    PLACE_TEST(the_signature_stays_valid),
	    PLACE_TEST(nothing_is_archived_twice_and_nothing_replaced),
	    PLACE_TEST(what_cannot_be_archived_stays_in_the_spool),
	    PLACE_TEST(uploaders_race_for_the_archive),
	    PLACE_TEST(killed_uploaders_lose_and_double_nothing),
	    PLACE_TEST(a_bomb_is_bounded),
	    PLACE_TEST(only_old_segments_expire),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
