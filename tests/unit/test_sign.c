/* SPDX-License-Identifier: ISC */
#include "sql/sign.h"

#include "sql/spool.h"
#include "tests/unit/spool_fill.h"
#include "tests/unit/spool_look.h"

#include <sysexits.h>

/* RFC 8032, section 7.1, TEST 1: the empty message. */
static void
the_vector_of_the_rfc_holds(void **state)
{
	static const uint8_t seed[] = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a,
	    0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49,
	    0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c,
	    0xae, 0x7f, 0x60};
	static const char signature[] =
	    "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0l"
	    "v18FlbviRlUUFDjnoQCw==";
	uint8_t public[HASH_PUBLIC_LEN], made[HASH_SIGNATURE_LEN];
	char text[HASH_BASE64_MAX];
	(void)state;
	hash_public(seed, public);
	assert_string_equal(hash_base64(public, sizeof(public), text),
	    "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
	hash_sign(seed, "", 0, made);
	assert_string_equal(hash_base64(made, sizeof(made), text), signature);
	assert_true(hash_signed(public, "", 0, made));
	assert_false(hash_signed(public, "x", 1, made));
}

static void
keys_come_back_from_their_files(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	struct sign_public public, again;
	char *path = xasprintf("%s/k", p->dir), line[SIGN_LINE_MAX];
	struct sign_key key = spool_key(p, "k", "sel");
	assert_string_equal(key.public.vantage, "sel");
	assert_true(
	    sign_public_parse(sign_public_format(&key.public, line), &again));
	assert_memory_equal(&again, &key.public, sizeof(again));
	assert_false(sign_key_make(path, "sel", &public, &f));
	assert_int_equal(f.status, EX_CANTCREAT);
	assert_false(sign_key_make(path, "a b", &public, &f));
	assert_int_equal(f.status, EX_USAGE);
	chmod(path, 0640);
	assert_false(sign_key_load(&key, path, &f));
	assert_int_equal(f.status, EX_NOPERM);
	assert_non_null(strstr(f.text, "mode 0640"));
	chmod(path, 0400);
	assert_true(sign_key_load(&key, path, &f));
	spool_overwrite(path, 20, "0000"); /* in the id */
	assert_false(sign_key_load(&key, path, &f));
	assert_int_equal(f.status, EX_CONFIG);
	free(path);
}

static void
only_whole_lines_are_taken(void **state)
{
	const struct place *p = *state;
	struct sign_key key = spool_key(p, "k", "sel");
	struct sign_public public;
	struct sign_mark mark;
	uint8_t sha256[HASH_SHA256_LEN] = {1};
	char line[SIGN_LINE_MAX];
	sign_public_format(&key.public, line);
	for (size_t len = strlen(line) - 1; len-- > 0;) {
		line[len] = '\0';
		assert_false(sign_public_parse(line, &public));
	}
	sign_segment(&key, sha256, line);
	assert_true(sign_mark_parse(line, &mark));
	assert_true(sign_verify(&key.public, &mark, sha256));
	for (size_t len = strlen(line) - 1; len-- > 0;) {
		line[len] = '\0';
		assert_false(sign_mark_parse(line, &mark));
	}
	sign_segment(&key, sha256, line);
	memcpy(line + strlen(line), "x", 2);
	assert_false(sign_mark_parse(line, &mark));
}

static enum keys_answer
ask(const struct keys *k, const char *vantage, const char *signature,
    struct fault *f)
{
	uint8_t sha256[HASH_SHA256_LEN] = {1};
	struct keys_claim c = {
	    .vantage = vantage, .signature = signature, .sha256 = sha256};
	*f = (struct fault){0};
	return keys_check(k, &c, f);
}

static void
a_vantage_with_a_key_must_have_signed(void **state)
{
	const struct place *p = *state;
	struct fault f;
	uint8_t sha256[HASH_SHA256_LEN] = {1}, other[HASH_SHA256_LEN] = {2};
	char good[SIGN_LINE_MAX], bad[SIGN_LINE_MAX], alien[SIGN_LINE_MAX];
	struct sign_key sel = spool_key(p, "sel", "sel");
	struct sign_key hkg = spool_key(p, "hkg", "hkg");
	struct keys *k = spool_keys(p, "sel");
	sign_segment(&sel, sha256, good);
	sign_segment(&sel, other, bad);
	sign_segment(&hkg, sha256, alien);
	assert_int_equal(ask(k, "sel", good, &f), KEYS_GOOD);
	assert_int_equal(ask(k, "sel", bad, &f), KEYS_REFUSED);
	assert_non_null(strstr(f.text, "wrong signature"));
	assert_int_equal(ask(k, "sel", alien, &f), KEYS_REFUSED);
	assert_non_null(strstr(f.text, hkg.public.id));
	assert_int_equal(ask(k, "sel", NULL, &f), KEYS_REFUSED);
	assert_string_equal(f.text, "unsigned, but vantage sel has a key");
	assert_int_equal(ask(k, "sel", "rubbish", &f), KEYS_REFUSED);
	assert_int_equal(ask(k, "hkg", NULL, &f), KEYS_UNSIGNED);
	assert_int_equal(ask(k, "hkg", alien, &f), KEYS_UNVERIFIED);
	assert_int_equal(ask(NULL, "sel", bad, &f), KEYS_UNVERIFIED);
	assert_int_equal(ask(NULL, "sel", NULL, &f), KEYS_UNSIGNED);
	keys_free(k);
	/* The folder: both, each for its own vantage. */
	k = keys_load(p->dir, &f);
	assert_non_null(k);
	assert_int_equal(ask(k, "hkg", alien, &f), KEYS_GOOD);
	assert_int_equal(ask(k, "hkg", good, &f), KEYS_REFUSED);
	assert_int_equal(ask(k, "sel", good, &f), KEYS_GOOD);
	keys_free(k);
}

static void
files_that_hold_no_keys_are_refused(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	assert_null(keys_load(p->spool, &f));
	assert_int_equal(f.status, EX_CONFIG);
	assert_non_null(strstr(f.text, "holds no public key"));
	char *path = xasprintf("%s/x.pub", p->dir);
	assert_null(keys_load(path, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	FILE *file = fopen(path, "w");
	fputs("# ours\n\ntumen-public 1 sel 00 AA==\n", file);
	fclose(file);
	assert_null(keys_load(path, &f));
	assert_int_equal(f.status, EX_CONFIG);
	assert_non_null(strstr(f.text, "x.pub:3:"));
	free(path);
}

static void
sealed_segments_are_signed(void **state)
{
	const struct place *p = *state;
	struct sign_key key = spool_key(p, "sel", "sel");
	struct keys *keys = spool_keys(p, "sel");
	spool_fill(p, &key, 25, 10);
	assert_int_equal(spool_files(p->spool, ".db"), 3);
	assert_int_equal(spool_files(p->spool, ".db.sig"), 3);
	struct upload u = spool_upload(p, (struct upload){.keys = keys});
	assert_int_equal(u.verified, 3);
	assert_int_equal(u.quarantined, 0);
	assert_int_equal(spool_total(p->db), 25);
	assert_int_equal(spool_files(p->spool, ".sig"), 0);
	keys_free(keys);
}

static void
a_segment_that_a_crash_left_is_signed_when_it_is_sealed(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	struct sign_key key = spool_key(p, "sel", "sel");
	struct keys *keys = spool_keys(p, "sel");
	pid_t pid = fork();
	if (pid == 0) {
		struct segment *s =
		    segment_open_signed(p->spool, "sel", &key, &f);
		struct record r = sample_record("sel", segment_epoch(s), 1);
		_exit(segment_add(s, &r, &f) ? 0 : 1);
	}
	assert_int_equal(sample_wait(pid), 0);
	assert_int_equal(spool_files(p->spool, ".db"), 0);
	spool_fill(p, &key, 5, 10);
	struct upload u = spool_upload(p, (struct upload){.keys = keys});
	assert_int_equal(u.verified, 2);
	assert_int_equal(u.added, 6);
	keys_free(keys);
}

static void
segments_that_are_not_signed_as_they_must_be_are_put_away(void **state)
{
	const struct place *p = *state;
	struct sign_key key = spool_key(p, "sel", "sel");
	struct keys *keys = spool_keys(p, "sel");
	spool_key(p, "new", "sel");
	spool_fill(p, &key, 50, 10);
	char *sig[4];
	for (int i = 0; i < 4; i++)
		sig[i] = xasprintf("%s/00000%d.db.sig", p->spool, i + 1);
	spool_overwrite(sig[0], 45, "AAAA");
	assert_int_equal(unlink(sig[1]), 0);
	assert_int_equal(truncate(sig[2], 30), 0);
	assert_int_equal(rename(sig[3], sig[1]), 0); /* of another segment */
	struct upload u = spool_upload(p, (struct upload){.keys = keys});
	assert_int_equal(u.quarantined, 4);
	assert_int_equal(u.verified, 1);
	assert_int_equal(spool_total(p->db), 10);
	assert_true(spool_quarantined(p, "000001.db", "wrong signature"));
	assert_true(spool_quarantined(p, "000002.db", "wrong signature"));
	assert_true(spool_quarantined(p, "000003.db", "no signature in its"));
	assert_true(spool_quarantined(p, "000004.db", "unsigned, but"));
	for (int i = 0; i < 4; i++)
		free(sig[i]);
	char *away = xasprintf("%s/quarantine", p->spool);
	assert_int_equal(spool_files(away, ".db.sig"), 3);
	assert_int_equal(spool_files(p->spool, ".sig"), 0);
	free(away);
	keys_free(keys);
}

static void
a_signed_segment_speaks_for_its_vantage_alone(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	struct segment *s = segment_open(p->spool, "sel", &f);
	struct store_run run = {.vantage = "hkg",
	    .campaign = "hourly",
	    .epoch = segment_epoch(s),
	    .planned_us = 1,
	    .started_us = -1,
	    .finished_us = -1,
	    .state = "done"};
	assert_true(segment_add_run(s, &run, &f));
	segment_close(s);
	struct upload u = spool_upload(p, (struct upload){0});
	assert_int_equal(u.quarantined, 1);
	assert_true(spool_quarantined(p, "000001.db", "another vantage"));
}

static void
signatures_without_a_segment_are_swept_up(void **state)
{
	const struct place *p = *state;
	static const char *const names[] = {
	    "000001.db.sig", "000002.db.sig", "000002.open", "notes.sig"};
	for (int i = 0; i < 4; i++) {
		char *path = xasprintf("%s/%s", p->spool, names[i]);
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		fclose(f);
		free(path);
	}
	spool_upload(p, (struct upload){0});
	assert_int_equal(spool_files(p->spool, "01.db.sig"), 0);
	assert_int_equal(spool_files(p->spool, ""), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_vector_of_the_rfc_holds),
	    PLACE_TEST(keys_come_back_from_their_files),
	    PLACE_TEST(only_whole_lines_are_taken),
	    PLACE_TEST(a_vantage_with_a_key_must_have_signed),
	    PLACE_TEST(files_that_hold_no_keys_are_refused),
	    PLACE_TEST(sealed_segments_are_signed),
	    PLACE_TEST(a_segment_that_a_crash_left_is_signed_when_it_is_sealed),
	    PLACE_TEST(
		segments_that_are_not_signed_as_they_must_be_are_put_away),
	    PLACE_TEST(a_signed_segment_speaks_for_its_vantage_alone),
	    PLACE_TEST(signatures_without_a_segment_are_swept_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
