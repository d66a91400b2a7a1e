/* SPDX-License-Identifier: ISC */
#include "analysis/origin/origin.h"

#include "analysis/origin/reader.h"
#include "analysis/origin/replace.h"
#include "analysis/origin/search.h"
#include "analysis/origin/show.h"
#include "analysis/origin/snapshot.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

/* The data that ships, relative to the root of the repository. */
#define DATA "analysis/origin/data/"

static char folder[] = "/tmp/tumen-origin-XXXXXX";

static uint32_t
addr(const char *text)
{
	uint32_t a = 0;
	assert_true(addr_parse(text, &a));
	return a;
}

static int64_t
when(const char *text)
{
	int64_t us = 0;
	assert_true(clock_parse_us(text, &us));
	return us;
}

static char *
path_of(const char *name)
{
	return xasprintf("%s/%s", folder, name);
}

static void
write_table(struct table *t, const char *asof, const char *name)
{
	struct wr bytes = {0};
	struct fault f = {0};
	char *path = path_of(name);
	snapshot_pack(t, when(asof), &bytes);
	assert_true(replace_file(path, bytes.p, bytes.len, &f));
	wr_free(&bytes);
	table_clear(t);
	free(path);
}

/* A table of one /24 that belongs to asn. */
static void
write_one(uint32_t asn, const char *asof, const char *name)
{
	struct table t = {0};
	struct prefix p = {0x01020300, 24};
	table_begin(&t, ORIGIN_BGP)->name = xstrdup("one");
	table_source(&t)->kind = xstrdup("test");
	assert_true(table_add_prefix(&t, &p, &asn, 1, NULL));
	table_name(&t, asn, asof);
	write_table(&t, asof, name);
}

static struct origin_set *
open_set(const char *first, const char *second)
{
	struct fault f = {0};
	char *a = path_of(first), *b = path_of(second ? second : "");
	const char *paths[] = {a, b};
	struct origin_set *set = origin_set_open(paths, second ? 2 : 1, &f);
	assert_string_equal(f.text, "");
	free(a);
	free(b);
	return set;
}

static int
make_tables(void **state)
{
	(void)state;
	struct table t = {0};
	struct fault f = {0};
	assert_non_null(mkdtemp(folder));
	assert_true(reader_load(&t, ORIGIN_BGP, DATA "shipped.tbl.zst", &f));
	assert_true(reader_load(&t, ORIGIN_REGISTRY, DATA "registry.txt", &f));
	assert_true(reader_load(&t, ORIGIN_CURATED, DATA "curated.txt", &f));
	assert_int_equal(t.sources[0].counts[COUNT_ROWS], 411961);
	assert_int_equal(t.sources[0].counts[COUNT_OVERLAP], 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(t.sources[i].counts[COUNT_SYNTAX], 0);
	write_table(&t, "2026-06-17", SEARCH_TABLE_NAME);
	write_one(64500, "2024-01-01", "old.origin");
	write_one(131279, "2025-01-01", "new.origin");
	return 0;
}

static int
remove_tables(void **state)
{
	(void)state;
	static const char *const names[] = {
	    SEARCH_TABLE_NAME, "old.origin", "new.origin"};
	for (size_t i = 0; i < 3; i++) {
		char *path = path_of(names[i]);
		unlink(path);
		free(path);
	}
	return rmdir(folder);
}

struct expected {
	const char *addr;
	enum origin_layer layer;
	uint32_t asn; /* 0: none */
	const char *prefix;
	const char *name;
};

static void
shipped_table_answers(void **state)
{
	(void)state;
	static const struct expected rows[] = {
	    {"219.158.100.1", ORIGIN_BGP, 4837, "219.158.64.0/18",
		"CHINA UNICOM China169 Backbone"},
	    {"103.35.254.254", ORIGIN_BGP, 134544, "103.35.254.0/24",
		"Cenbong Int'l Holdings Limited"},
	    {"103.35.255.254", ORIGIN_REGISTRY, 134544, "103.35.252.0/22",
		"Cenbong Int'l Holdings Limited"},
	    {"10.1.2.3", ORIGIN_RESERVED, 0, "10.0.0.0/8", NULL},
	    {"175.45.177.1", ORIGIN_BGP, 131279, "175.45.176.0/22",
		"Star Joint Venture Co. Ltd."},
	    {"188.43.225.153", ORIGIN_BGP, 20485, "188.43.0.0/16",
		"Joint Stock Company TransTeleCom"},
	    /* the one overlap: the smaller range answers */
	    {"214.255.255.255", ORIGIN_BGP, 749, "214.128.0.0/9", NULL},
	    {"215.0.1.1", ORIGIN_BGP, 721, "215.0.0.0/16", NULL},
	    {"215.1.0.5", ORIGIN_BGP, 721, "215.1.0.0/22", NULL},
	};
	struct origin_set *set = open_set(SEARCH_TABLE_NAME, NULL);
	int64_t at = when("2026-11-21T12:00:00Z");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct origin_answer a;
		char text[PREFIX_STRLEN], reason[ORIGIN_REASON_LEN];
		const struct expected *e = &rows[i];
		assert_true(origin_lookup(set, addr(e->addr), at, &a));
		assert_int_equal(a.layer, e->layer);
		assert_int_equal(a.nasns, e->asn != 0);
		if (e->asn != 0)
			assert_int_equal(a.asns[0], e->asn);
		if (e->name != NULL)
			assert_string_equal(a.names[0], e->name);
		assert_string_equal(prefix_format(&a.prefix, text), e->prefix);
		assert_int_equal(
		    a.days, e->layer == ORIGIN_RESERVED ? -1 : 157);
		assert_non_null(a.source);
		assert_null(origin_reason(&a, reason));
	}
	assert_string_equal(
	    origin_as_name(set, 131279), "Star Joint Venture Co. Ltd.");
	assert_null(origin_as_name(set, 4294967293));
	origin_set_close(set);
}

/* An ASN of ARIN's 400,000 block: 1,662 of them are in the table. */
static void
large_asns(void **state)
{
	(void)state;
	struct origin_set *set = open_set(SEARCH_TABLE_NAME, NULL);
	struct origin_answer a;
	size_t seen = 0;
	int64_t at = when("2026-06-17");
	for (uint64_t x = 0; x < UINT64_C(1) << 32; x += 4096) {
		origin_lookup(set, (uint32_t)x, at, &a);
		seen += a.nasns > 0 && a.asns[0] >= 400000;
	}
	assert_true(seen > 300);
	origin_set_close(set);
}

static void
newest_table_not_later(void **state)
{
	(void)state;
	struct origin_answer a;
	struct origin_set *set = open_set("old.origin", "new.origin");
	const uint32_t x = addr("1.2.3.4");

	assert_true(origin_lookup(set, x, when("2025-01-01"), &a));
	assert_int_equal(a.asns[0], 131279);
	assert_int_equal(a.days, 0);
	assert_true(origin_lookup(set, x, when("2024-12-31T23:59:59Z"), &a));
	assert_int_equal(a.asns[0], 64500);
	assert_int_equal(a.days, 365);
	assert_int_equal(a.asof_us, when("2024-01-01"));
	assert_false(
	    origin_lookup(set, addr("9.9.9.9"), when("2024-03-01"), &a));
	assert_int_equal(a.days, 60);
	assert_int_equal(a.layer, ORIGIN_NONE);
	assert_int_equal(a.refusal, ORIGIN_UNKNOWN);
	origin_set_close(set);
}

static void
refuses_other_times(void **state)
{
	(void)state;
	struct origin_answer a;
	char reason[ORIGIN_REASON_LEN];
	int64_t asof = 0, days = 0;
	struct origin_set *set = open_set("old.origin", "new.origin");
	const uint32_t x = addr("1.2.3.4");

	assert_false(origin_lookup(set, x, when("2023-12-31"), &a));
	assert_string_equal(origin_reason(&a, reason),
	    "every address table is later than 2023-12-31: the earliest is of "
	    "2024-01-01, 1 days after");
	assert_int_equal(a.days, -1);
	assert_false(origin_set_asof(set, when("2023-12-31"), &asof, &days));
	assert_true(origin_lookup(set, x, when("2026-02-05"), &a)); /* 400 */
	assert_false(origin_lookup(set, x, when("2026-02-06"), &a));
	assert_string_equal(origin_reason(&a, reason),
	    "the newest table not later than 2026-02-06 is of 2025-01-01, 401 "
	    "days before; the limit is 400 (--max-days)");
	assert_int_equal(a.nasns, 0);
	assert_int_equal(a.days, 401);
	origin_set_limit(set, 401);
	assert_true(origin_lookup(set, x, when("2026-02-06"), &a));
	assert_true(origin_set_asof(set, when("2026-02-06"), &asof, &days));
	assert_int_equal(asof, when("2025-01-01"));
	assert_int_equal(days, 401);
	/* what needs no table is known at any time */
	assert_true(origin_lookup(set, addr("192.168.1.1"), 0, &a));
	assert_int_equal(a.layer, ORIGIN_RESERVED);
	origin_set_close(set);
}

static void
finds_tables(void **state)
{
	(void)state;
	struct fault f = {0};
	char **paths = NULL;
	assert_int_equal(search_folder(folder, &paths), 3);
	assert_non_null(strstr(paths[0], "/new.origin"));
	for (size_t i = 0; i < 3; i++)
		free(paths[i]);
	free(paths);
	assert_int_equal(search_folder("/nonexistent", &paths), 0);

	setenv("TUMEN_DATADIR", folder, 1);
	char *shipped = search_shipped();
	assert_non_null(strstr(shipped, "/" SEARCH_TABLE_NAME));
	free(shipped);
	setenv("TUMEN_DATADIR", "/nonexistent", 1);
	assert_null(search_shipped());
	unsetenv("TUMEN_DATADIR");

	const char *const missing[] = {"/nonexistent/x.origin"};
	assert_null(origin_set_open(missing, 1, &f));
	assert_int_equal(f.status, EX_IOERR);
}

/* One JSON line as INTERFACES has it. */
static void
json_line_of_an_answer(void **state)
{
	(void)state;
	char line[1024] = "";
	struct origin_answer a;
	struct origin_set *set = open_set("new.origin", NULL);
	int64_t at = when("2025-01-03");
	origin_lookup(set, addr("1.2.3.4"), at, &a);
	int saved = dup(STDOUT_FILENO);
	FILE *capture = tmpfile();
	assert_non_null(capture);
	fflush(stdout);
	dup2(fileno(capture), STDOUT_FILENO);
	show_answer_json(set, addr("1.2.3.4"), &a);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(capture);
	assert_non_null(fgets(line, sizeof(line), capture));
	fclose(capture);
	assert_string_equal(line,
	    "{\"record\":\"origin\",\"v\":1,\"addr\":\"1.2.3.4\","
	    "\"at_us\":1735862400000000,\"origins\":[131279],"
	    "\"layer\":\"bgp\",\"prefix\":\"1.2.3.0/24\","
	    "\"names\":[\"2025-01-01\"],\"asof\":\"2025-01-01\",\"days\":2,"
	    "\"source\":\"one\",\"source_asof\":null,\"reason\":null,"
	    "\"rpki\":null,\"org\":[null]}\n");
	origin_set_close(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shipped_table_answers),
	    cmocka_unit_test(large_asns),
	    cmocka_unit_test(newest_table_not_later),
	    cmocka_unit_test(refuses_other_times),
	    cmocka_unit_test(finds_tables),
	    cmocka_unit_test(json_line_of_an_answer),
	};
	return cmocka_run_group_tests(tests, make_tables, remove_tables);
}
