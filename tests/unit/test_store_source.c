/* SPDX-License-Identifier: ISC */
#include "sql/copy.h"
#include "sql/store_db.h"

#include "tests/unit/store_seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

static void
set_source(struct record *r, const char *format, const char *text)
{
	free(r->source.text);
	r->source =
	    (struct record_source){.text = xstrdup(text), .len = strlen(text)};
	snprintf(r->source.format, sizeof(r->source.format), "%s", format);
}

/* As it came: with the packets, alone, or not at all. */
static void
the_source_comes_back_when_asked_for(void **state)
{
	struct seen seen = {0};
	struct store *s = opened(*state, STORE_CREATE);
	struct record r = sample_record("sel", 0, 1);
	set_source(&r, "atlas", "{ \"x\": \"\xd0\xa2\\u0000\"}");
	add(s, &r, true);
	add_sample(s, "hkg", 2);
	struct store_filter all = {.with_evidence = true};
	assert_int_equal(traces(s, &all, &seen), 2);
	assert_true(same_record(&r, &seen.all[0], true));
	assert_null(seen.all[1].source.text);
	forget(&seen);
	all = (struct store_filter){.with_source = true};
	assert_int_equal(traces(s, &all, &seen), 2);
	assert_true(same_record(&r, &seen.all[0], false));
	assert_null(seen.all[1].source.text);
	for (size_t i = 0; i < seen.all[0].nprobes; i++)
		assert_null(seen.all[0].probes[i].sent.p);
	forget(&seen);
	all = (struct store_filter){0};
	traces(s, &all, &seen);
	assert_null(seen.all[0].source.text);
	forget(&seen);
	record_clear(&r);
	store_close(s);
}

/* A trace that was stored without gets it; the first one stays. */
static void
a_source_that_comes_later_is_added(void **state)
{
	struct seen seen = {0};
	struct store *s = opened(*state, STORE_CREATE);
	struct record r = sample_record("sel", 0, 1);
	add(s, &r, true);
	set_source(&r, "scamper", "{\"n\":1}");
	add(s, &r, false);
	set_source(&r, "mtr", "{\"n\":2}");
	add(s, &r, false);
	struct store_filter all = {.with_source = true};
	assert_int_equal(traces(s, &all, &seen), 1);
	assert_string_equal(seen.all[0].source.format, "scamper");
	assert_string_equal(seen.all[0].source.text, "{\"n\":1}");
	forget(&seen);
	record_clear(&r);
	store_close(s);
}

static void
impossible_sources_are_refused(void **state)
{
	struct fault f = {0};
	struct store *s = opened(*state, STORE_CREATE);
	struct record r = sample_record("sel", 0, 1);
	char *long_text = xcalloc(RECORD_SOURCE_MAX + 2, 1);
	memset(long_text, 'x', RECORD_SOURCE_MAX + 1);
	const char *const bad[][2] = {{"", "{}"}, {"At", "{}"}, {"a b", "{}"},
	    {"atlas", ""}, {"atlas", "{\n}"}, {"atlas", "\033[2J"},
	    {"atlas", long_text}};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		set_source(&r, bad[i][0], bad[i][1]);
		assert_false(store_add(s, &r, NULL, &f));
		assert_int_equal(f.status, EX_DATAERR);
		assert_non_null(strstr(f.text, "sel/0/1: of its source"));
	}
	assert_int_equal(count(s, (struct store_filter){0}), 0);
	long_text[RECORD_SOURCE_MAX] = '\0';
	set_source(&r, "as-long-as-it-g", long_text);
	add(s, &r, true);
	struct seen seen = {0};
	struct store_filter all = {.with_source = true};
	traces(s, &all, &seen);
	assert_true(same_record(&r, &seen.all[0], false));
	forget(&seen);
	free(long_text);
	record_clear(&r);
	store_close(s);
}

/* Somebody wrote into the database: told, and nothing of it is believed. */
static void
a_damaged_source_is_told(void **state)
{
	static const char *const damage[] = {
	    "UPDATE evidence SET sent = reply WHERE ttl = 255",
	    "UPDATE evidence SET sent = NULL WHERE ttl = 255",
	    "UPDATE evidence SET reply = NULL WHERE ttl = 255"};
	for (size_t i = 0; i < 3; i++) {
		struct fault f = {0};
		struct seen seen = {0};
		struct store *s = opened(*state, STORE_CREATE);
		struct record r = sample_record("sel", 0, i + 1);
		set_source(&r, "atlas", "{\"n\":1}");
		add(s, &r, true);
		record_clear(&r);
		assert_true(db_exec(s->db, damage[i], &f));
		struct store_filter all = {.with_source = true};
		assert_int_equal(count(s, (struct store_filter){0}), i + 1);
		assert_false(store_traces(s, &all, collect, &seen, &f));
		assert_int_equal(f.status, EX_DATAERR);
		assert_non_null(strstr(f.text, "sel/0/1: of its source"));
		forget(&seen);
		store_close(s);
	}
}

static bool
one_by_one(void *arg, size_t rows, struct fault *f)
{
	(void)f;
	assert_true(rows <= 1); /* 0: nothing is left at the end */
	*(size_t *)arg += rows;
	return true;
}

/* Sources as large as a transaction go from database to database. */
static void
large_sources_are_copied(void **state)
{
	enum { TRACES = 6, EACH = 700000 };
	const struct place *p = *state;
	struct fault f = {0};
	struct seen seen = {0};
	char *other = xasprintf("%s/other.db", p->dir);
	char *text = xcalloc(RECORD_SOURCE_MAX + 1, 1);
	struct store *to = opened(p, STORE_CREATE);
	struct store *from = store_open(other, STORE_CREATE, &f);
	struct record r[TRACES];
	for (size_t i = 0; i < TRACES; i++) {
		memset(text, (int)('a' + i), i % 2 ? RECORD_SOURCE_MAX : EACH);
		r[i] = sample_record("sel", 0, i + 1);
		set_source(&r[i], "atlas", text);
		add(from, &r[i], true);
	}
	size_t sent = 0;
	struct copy c = {
	    .from = from, .to = to, .wait = one_by_one, .arg = &sent};
	assert_true(copy_run(&c, &f));
	assert_int_equal(sent, TRACES);
	assert_int_equal(c.part.added, TRACES);
	assert_int_equal(c.refused, 0);
	struct store_filter all = {.with_evidence = true};
	assert_int_equal(traces(to, &all, &seen), TRACES);
	for (size_t i = 0; i < TRACES; i++) {
		assert_true(same_record(&r[i], &seen.all[i], true));
		record_clear(&r[i]);
	}
	forget(&seen);
	wr_free(&c.reasons);
	store_close(from);
	store_close(to);
	free(text);
	free(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(the_source_comes_back_when_asked_for),
	    PLACE_TEST(a_source_that_comes_later_is_added),
	    PLACE_TEST(impossible_sources_are_refused),
	    PLACE_TEST(a_damaged_source_is_told),
	    PLACE_TEST(large_sources_are_copied),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
