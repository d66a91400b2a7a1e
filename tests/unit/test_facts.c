/* SPDX-License-Identifier: ISC */
#include "sql/facts.h"

#include "probe/base/mem.h"
#include "sql/copy.h"
#include "tests/unit/store_fill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

/* What imports told about vantages, and what of them was broken. */

static bool
add_fact(
    struct store *s, const char *vantage, const char *name, const char *value)
{
	struct fault f = {0};
	bool added = false;
	struct store_fact fact = {vantage, name, value};
	if (!store_add_fact(s, &fact, &added, &f))
		fail_msg("%s", f.text);
	return added;
}

struct lines {
	char text[1024];
	size_t len;
};

static bool
note_fact(void *arg, const struct store_fact *fact, struct fault *f)
{
	struct lines *to = arg;
	(void)f;
	to->len +=
	    (size_t)snprintf(to->text + to->len, sizeof(to->text) - to->len,
		"%s %s %s\n", fact->vantage, fact->name, fact->value);
	return true;
}

static void
assert_facts(struct store *s, const char *vantage, const char *expected)
{
	struct fault f = {0};
	struct lines lines = {0};
	assert_true(store_facts(s, vantage, note_fact, &lines, &f));
	assert_string_equal(lines.text, expected);
}

/* A set: what is there is not added, an address that changed is two facts. */
static void
facts_are_a_set(void **state)
{
	struct store *s = opened(*state, STORE_CREATE);
	assert_true(add_fact(s, "atlas-6025", "country", "RU"));
	assert_true(add_fact(s, "atlas-6025", "address", "192.0.2.7"));
	assert_true(add_fact(s, "atlas-6025", "address", "192.0.2.9"));
	assert_false(add_fact(s, "atlas-6025", "country", "RU"));
	assert_true(add_fact(s, "atlas-10", "country", "RU"));
	assert_facts(s, NULL,
	    "atlas-10 country RU\natlas-6025 address 192.0.2.7\n"
	    "atlas-6025 address 192.0.2.9\natlas-6025 country RU\n");
	assert_facts(s, "atlas-10", "atlas-10 country RU\n");
	assert_facts(s, "nobody", "");
	store_close(s);
}

static void
facts_make_sense(void **state)
{
	static const struct store_fact bad[] = {{NULL, "country", "RU"},
	    {"", "country", "RU"}, {"sel", "", "RU"}, {"sel", "country", ""},
	    {"sel", NULL, "RU"}, {"sel", "country", NULL},
	    {"sel", "country", "\xc3"}, {"sel", "\xff", "RU"}};
	struct store *s = opened(*state, STORE_CREATE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fault f = {0};
		assert_false(store_add_fact(s, &bad[i], NULL, &f));
		assert_int_equal(f.status, EX_DATAERR);
	}
	assert_true(add_fact(s, "sel", "description", "Сеул"));
	assert_facts(s, NULL, "sel description Сеул\n");
	store_close(s);
}

static struct store_broken
sample(int64_t offset, const char *text, size_t len)
{
	return (struct store_broken){.file = "october.json",
	    .format = "atlas",
	    .why = "hop 3: rtt: not a number",
	    .offset = offset,
	    .octets = 700,
	    .at_us = INT64_C(1795280000000000),
	    .text = text,
	    .len = len};
}

static bool
add_broken(struct store *s, const struct store_broken *b)
{
	struct fault f = {0};
	bool added = false;
	if (!store_add_broken(s, b, &added, &f))
		fail_msg("%s", f.text);
	return added;
}

struct seen_broken {
	size_t n, len[8];
	int64_t offset[8], octets, at_us;
	char file[64], why[64], text[8];
};

static bool
see(void *arg, const struct store_broken *b, struct fault *f)
{
	struct seen_broken *to = arg;
	(void)f;
	assert_in_range(to->n, 0, 7);
	snprintf(to->file, sizeof(to->file), "%s", b->file);
	snprintf(to->why, sizeof(to->why), "%s", b->why);
	to->octets = b->octets;
	to->at_us = b->at_us;
	memcpy(to->text, b->text, b->len < 8 ? b->len : 8);
	to->len[to->n] = b->len;
	to->offset[to->n++] = b->offset;
	return true;
}

static struct seen_broken
all_broken(struct store *s)
{
	struct fault f = {0};
	struct seen_broken seen = {0};
	if (!store_brokens(s, see, &seen, &f))
		fail_msg("%s", f.text);
	return seen;
}

/* Any octets, kept as they are; the same import again adds nothing. */
static void
broken_is_kept_once(void **state)
{
	static const char bytes[] = "{\0\xff\x01\"";
	struct store *s = opened(*state, STORE_CREATE);
	struct store_broken b = sample(4096, bytes, 5);
	assert_true(add_broken(s, &b));
	b.at_us += 1000000; /* a later import */
	b.why = "another version says more";
	assert_false(add_broken(s, &b));
	struct seen_broken seen = all_broken(s);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.len[0], 5);
	assert_memory_equal(seen.text, bytes, 5);
	assert_int_equal(seen.at_us, INT64_C(1795280000000000));
	assert_int_equal(seen.octets, 700);
	assert_string_equal(seen.why, "hop 3: rtt: not a number");
	b.offset = 0; /* the same text elsewhere is another one */
	assert_true(add_broken(s, &b));
	b.text = NULL;
	b.len = 0;
	assert_true(add_broken(s, &b));
	seen = all_broken(s);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.offset[0] + seen.offset[1], 0);
	assert_int_equal(seen.offset[2], 4096);
	store_close(s);
}

static void
names_become_text(void **state)
{
	struct fault f = {0};
	struct store *s = opened(*state, STORE_CREATE);
	struct store_broken b = sample(0, "x", 1);
	b.file = "d\xf6rf \xd0\x9a\xd0\x9d\xd0\x94\xd0\xa0.json";
	b.why = "key \"\xff\n\"";
	assert_true(add_broken(s, &b));
	struct seen_broken seen = all_broken(s);
	assert_string_equal(
	    seen.file, "d?rf \xd0\x9a\xd0\x9d\xd0\x94\xd0\xa0.json");
	assert_string_equal(seen.why, "key \"??\"");
	b.len = STORE_BROKEN_MAX + 1;
	assert_false(store_add_broken(s, &b, NULL, &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_non_null(strstr(f.text, "65537"));
	b = sample(0, "x", 1);
	b.why = NULL;
	assert_false(store_add_broken(s, &b, NULL, &f));
	store_close(s);
}

static void
copy_into(struct store *from, struct store *to)
{
	struct fault f = {0};
	struct copy c = {.from = from, .to = to};
	if (!copy_run(&c, &f))
		fail_msg("%s", f.text);
	assert_int_equal(c.refused, 0);
}

/* Another database is imported whole, and again. */
static void
both_are_copied_with_a_database(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	char *other = xasprintf("%s/other.db", p->dir);
	struct store *from = store_open(other, STORE_CREATE, &f);
	struct store *to = opened(p, STORE_CREATE);
	assert_non_null(from);
	add_sample(from, "atlas-6025", 1);
	add_fact(from, "atlas-6025", "country", "RU");
	add_fact(to, "atlas-6025", "country", "FI");
	for (int64_t i = 0; i < 8; i++) {
		struct store_broken b = sample(i * 1000, "{", 1);
		assert_true(add_broken(from, &b));
	}
	copy_into(from, to);
	copy_into(from, to);
	assert_facts(
	    to, NULL, "atlas-6025 country FI\natlas-6025 country RU\n");
	assert_int_equal(all_broken(to).n, 8);
	store_close(from);
	store_close(to);
	free(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(facts_are_a_set),
	    PLACE_TEST(facts_make_sense),
	    PLACE_TEST(broken_is_kept_once),
	    PLACE_TEST(names_become_text),
	    PLACE_TEST(both_are_copied_with_a_database),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
