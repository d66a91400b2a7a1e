/* SPDX-License-Identifier: ISC */
#include "tests/unit/mrt_rib.h"
#include "tests/unit/mrt_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DUMP_V2 = 13 };

static void
one(struct wr *out, const char *prefix, const char *path)
{
	struct mrt_rib_route r = {0, path};
	mrt_rib(out, prefix, &r, 1, 2);
}

/* The origins of row i, "a,b". */
static const char *
origins(const struct table *t, size_t i)
{
	static char text[160];
	text[0] = '\0';
	for (size_t k = 0; k < t->rows[i].nasns; k++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%s%u", k ? "," : "", t->asns[t->rows[i].asn_at + k]);
	return text;
}

static uint64_t
counted(struct table *t, enum source_count what)
{
	return table_source(t)->counts[what];
}

static void
origin_is_the_last_as(void **state)
{
	(void)state;
	static const char *const paths[][2] = {
	    {"4837 134544 131279", "131279"},
	    {"20485 401111", "401111"},
	    {"1 2 4200000001", "2"},  /* hidden behind a private ASN */
	    {"64512 65000", "65000"}, /* nothing but private ones */
	    {"1 23456", "1"},	      /* AS_TRANS */
	    {"1 2 {3}", "3"},	      /* a set of one */
	    {"1 {2 3} 4", "4"},	      /* the set is not at the end */
	    {"1 2(9)", "2"},	      /* confederation */
	    {"(64512 64513) 7", "7"},
	};
	enum { N = sizeof(paths) / sizeof(paths[0]) };
	struct wr w = {0};
	struct table t;
	mrt_index(&w);
	for (uint32_t i = 0; i < N; i++) {
		char prefix[PREFIX_STRLEN];
		prefix_format(&(struct prefix){(i + 1) << 24, 8}, prefix);
		one(&w, prefix, paths[i][0]);
	}
	one(&w, "50.0.0.0/8", "1 {2 3}");
	one(&w, "51.0.0.0/8", "");
	one(&w, "52.0.0.0/8", NULL);
	one(&w, "0.0.0.0/0", "1 2");
	mrt_load(&t, w.p, w.len);
	assert_int_equal(t.nrows, N + 1);
	for (size_t i = 0; i < N; i++)
		assert_string_equal(origins(&t, i), paths[i][1]);
	assert_string_equal(origins(&t, N), "2,3"); /* a set stays one */
	assert_int_equal(counted(&t, COUNT_AS_SET), 1);
	assert_int_equal(counted(&t, COUNT_PRIVATE), 2);
	assert_int_equal(counted(&t, COUNT_NO_ORIGIN), 2);
	assert_int_equal(counted(&t, COUNT_DEFAULT), 1);
	assert_int_equal(
	    table_source(&t)->asof_us, MRT_TIME * INT64_C(1000000));
	table_clear(&t);
	wr_free(&w);
}

static void
most_peers_first(void **state)
{
	(void)state;
	static const struct mrt_rib_route routes[] = {{0, "1 30"}, {1, "1 20"},
	    {2, "1 20"}, {3, "1 10"}, {3, "2 10"}, {3, "3 10"}, {4, "1 20"},
	    {5, "1 30"}, {200, "1 99"}};
	struct wr w = {0};
	struct table t;
	mrt_index(&w);
	mrt_rib(&w, "1.0.0.0/8", routes, 9, 8); /* add-path */
	mrt_rib(&w, "2.0.0.0/8", routes, 3, 2);
	mrt_load(&t, w.p, w.len);
	assert_int_equal(t.nrows, 2);
	assert_string_equal(origins(&t, 0), "20,30,10");
	assert_string_equal(origins(&t, 1), "20,30");
	assert_int_equal(counted(&t, COUNT_MOAS), 2);
	assert_int_equal(counted(&t, COUNT_SYNTAX), 1); /* no such peer */
	table_clear(&t);
	wr_free(&w);
}

/* As BIRD writes a prefix that a session with add-path has, too. */
static void
two_records_are_one_prefix(void **state)
{
	(void)state;
	static const struct mrt_rib_route plain[] = {{0, "1 10"}, {1, "1 30"}};
	static const struct mrt_rib_route add_path[] = {
	    {2, "1 20"}, {2, "2 30"}, {3, "1 30"}};
	struct wr w = {0};
	struct table t;
	mrt_index(&w);
	mrt_rib(&w, "1.0.0.0/8", plain, 2, 2);
	mrt_rib(&w, "1.0.0.0/8", add_path, 3, 8);
	mrt_rib(&w, "2.0.0.0/8", plain, 1, 2);
	mrt_index(&w); /* peer 0 is another one now */
	mrt_rib(&w, "2.0.0.0/8", plain, 1, 2);
	mrt_load(&t, w.p, w.len);
	assert_int_equal(t.nrows, 3);
	assert_string_equal(origins(&t, 0), "30,10,20");
	assert_string_equal(origins(&t, 1), "10");
	assert_int_equal(counted(&t, COUNT_MOAS), 1);
	table_clear(&t);
	wr_free(&w);
}

/* A file of bird 2.0.12, "protocol mrt": four routes, one the default. */
static void
table_of_bird(void **state)
{
	(void)state;
	struct table t = {0};
	struct fault f = {0};
	assert_true(reader_load(
	    &t, ORIGIN_BGP, "tests/fuzz/seeds/origin_mrt/bird.mrt", &f));
	assert_int_equal(t.nrows, 3);
	assert_string_equal(origins(&t, 1), "131279");
	assert_int_equal(t.rows[1].first, 0xaf2db000);
	assert_string_equal(origins(&t, 2), "401111");
	assert_int_equal(t.rows[2].last - t.rows[2].first, 127);
	assert_int_equal(counted(&t, COUNT_DEFAULT), 1);
	assert_int_equal(counted(&t, COUNT_BOGON), 1);
	table_clear(&t);
}

static void
other_records_are_counted(void **state)
{
	(void)state;
	struct wr w = {0}, body = {0};
	struct table t;
	mrt_index(&w);
	wr_u32(&body, 0);
	mrt_record(&w, DUMP_V2, 4, &body);
	wr_u32(&body, 0);
	mrt_record(&w, DUMP_V2, 7, &body); /* GEO_PEER_TABLE */
	wr_u32(&body, 0);
	mrt_record(&w, DUMP_V2, 3, &body); /* RIB_IPV4_MULTICAST */
	wr_u32(&body, 0);
	wr_u8(&body, 208); /* 250.0.0.0/208: add-path read as plain */
	wr_u32(&body, 0xfa000000);
	mrt_record(&w, DUMP_V2, 2, &body);
	one(&w, "1.0.0.0/8", "1");
	mrt_load(&t, w.p, w.len);
	assert_int_equal(t.nrows, 1);
	assert_int_equal(counted(&t, COUNT_IPV6), 1);
	assert_int_equal(counted(&t, COUNT_OTHER), 1);
	assert_int_equal(counted(&t, COUNT_MULTICAST), 1);
	assert_int_equal(counted(&t, COUNT_SYNTAX), 1);
	table_clear(&t);
	wr_free(&w);
}

/* Two dumps, the first cut at every place, one behind the other. */
static void
resynchronises_after_a_cut(void **state)
{
	(void)state;
	struct wr a = {0}, b = {0};
	mrt_index(&a);
	size_t index_len = a.len;
	one(&a, "1.0.0.0/8", "7 1");
	size_t one_len = a.len - index_len;
	one(&a, "2.0.0.0/8", "7 2");
	mrt_index(&b);
	one(&b, "3.0.0.0/8", "7 3");
	one(&b, "4.0.0.0/8", "7 4");
	for (size_t cut = 0; cut <= a.len; cut++) {
		struct wr both = {0};
		struct table t;
		wr_bytes(&both, a.p, cut);
		wr_bytes(&both, b.p, b.len);
		mrt_load(&t, both.p, both.len);
		assert_in_range(t.nrows, 2, 4);
		assert_string_equal(origins(&t, t.nrows - 1), "4");
		assert_string_equal(origins(&t, t.nrows - 2), "3");
		uint64_t told =
		    counted(&t, COUNT_TRUNCATED) + counted(&t, COUNT_SKIPPED);
		bool at_record = cut == 0 || cut == a.len || cut == index_len ||
				 cut == index_len + one_len;
		assert_true(at_record == (told == 0));
		table_clear(&t);
		wr_free(&both);
	}
	wr_free(&a);
	wr_free(&b);
}

static void
cut_at_the_end(void **state)
{
	(void)state;
	static const struct mrt_rib_route routes[] = {{0, "1 30"}, {1, "1 30"}};
	struct wr w = {0};
	struct table t;
	mrt_index(&w);
	mrt_rib(&w, "1.0.0.0/8", routes, 2, 2);
	for (size_t len = 0; len < w.len; len++) {
		mrt_load(&t, w.p, len);
		assert_in_range(t.nrows, 0, 1);
		if (t.nrows == 1) { /* the first route was there */
			assert_string_equal(origins(&t, 0), "30");
			assert_int_equal(counted(&t, COUNT_TRUNCATED), 1);
		}
		table_clear(&t);
	}
	wr_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(origin_is_the_last_as),
	    cmocka_unit_test(most_peers_first),
	    cmocka_unit_test(two_records_are_one_prefix),
	    cmocka_unit_test(table_of_bird),
	    cmocka_unit_test(other_records_are_counted),
	    cmocka_unit_test(resynchronises_after_a_cut),
	    cmocka_unit_test(cut_at_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
