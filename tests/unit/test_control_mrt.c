/* SPDX-License-Identifier: ISC */
#include "tests/unit/control_rig.h"
#include "tests/unit/mrt_rib.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include <cmocka.h>

enum { BGP4MP = 16, BGP4MP_ET = 17 };

static void
announce(struct wr *w, const char *prefixes, const char *path)
{
	mrt_update(w, BGP4MP,
	    &(struct mrt_message){.subtype = 4,
		.peer = 1,
		.announced = prefixes,
		.route = {path, 4, NULL, 0}});
}

/* "path" with the row's text and ends. */
static void
paths_have_their_text_and_ends(void **state)
{
	static const struct {
		struct mrt_route_text route;
		const char *row;
	} cases[] = {
	    {{"101 20485 131279", 4, NULL, 0},
		"20485<131279 [101 20485 131279]"},
	    {{"131279", 4, NULL, 0}, "-1<131279 [131279]"},
	    {{"", 4, NULL, 0}, NULL},
	    {{"101 4837 4837 131279 131279", 4, NULL, 0},
		"4837<131279 [101 4837 4837 131279 131279]"},
	    {{"101 4837 {131279 4808}", 4, NULL, 0},
		"-1<-1 [101 4837 {131279,4808}]"},
	    {{"101 4837 {131279}", 4, NULL, 0},
		"4837<131279 [101 4837 {131279}]"},
	    {{"101 {4837 20485} 131279", 4, NULL, 0},
		"-1<131279 [101 {4837,20485} 131279]"},
	    {{"101 (64512 64513) 4837 131279", 4, NULL, 0},
		"4837<131279 [101 (64512 64513) 4837 131279]"},
	    {{"101 4837 64512 131279 65000", 4, NULL, 0},
		"4837<131279 [101 4837 64512 131279 65000]"},
	    {{"101 20485 131279", 2, "131279", 0},
		"20485<131279 [101 20485 131279]"},
	    {{"101 401111 131279", 2, "401111 131279", 0},
		"401111<131279 [101 401111 131279]"},
	    {{"101 4837 131279", 2, NULL, 0},
		"101<4837 [101 4837 23456]"}, /* nobody said which */
	    {{"101 4837 131279", 2, "9 9 9 131279", 0},
		"101<4837 [101 4837 23456]"}, /* longer than the path */
	    {{"101 4837 131279", 2, "131279", 7},
		"101<4837 [101 4837 23456]"}, /* outdated */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct control_rig r;
		struct wr w = {0};
		char want[256];
		rig_open(&r, *state);
		struct mrt_message m = {.subtype = 4,
		    .peer = 1,
		    .announced = "175.45.176.0/24",
		    .route = cases[i].route};
		m.subtype = cases[i].route.width == 4 ? 4 : 1;
		mrt_update(&w, BGP4MP, &m);
		snprintf(want, sizeof(want), "175.45.176.0/24 A101%s%s; ",
		    cases[i].row ? " " : " -1<-1 []",
		    cases[i].row ? cases[i].row : "");
		rig_import(&r, *state, "t.mrt", &w);
		wr_free(&w);
		if (strstr(rig_rows(&r), want + 7) == NULL)
			fail_msg("%s: not %s", r.rows, want + 7);
		rig_close(&r);
	}
}

static void
only_prefixes_of_interest_are_kept(void **state)
{
	struct control_rig r;
	struct wr w = {0};
	rig_open(&r, *state);
	announce(&w,
	    "175.45.176.0/22 175.45.179.255/32 175.45.0.0/16 175.45.128.0/17 "
	    "175.44.0.0/15 175.45.180.0/24 175.45.172.0/22 0.0.0.0/0 "
	    "10.0.0.0/8",
	    "101 1");
	announce(&w, "8.8.8.0/24", "101 15169");
	rig_expect(&r, *state, &w,
	    "0.0/16 A101 101<1 [101 1]; 128.0/17 A101 101<1 [101 1]; "
	    "176.0/22 A101 101<1 [101 1]; 179.255/32 A101 101<1 [101 1]; ");
	assert_int_equal(r.import.in->skips[SKIP_ELSEWHERE], 1);
	rig_close(&r);
}

/* RFC 4271 section 4.3, and of each path id by itself. */
static void
withdrawn_and_announced_is_announced(void **state)
{
	struct control_rig r;
	struct wr w = {0};
	rig_open(&r, *state);
	mrt_update(&w, BGP4MP,
	    &(struct mrt_message){.subtype = 4,
		.peer = 1,
		.withdrawn = "175.45.176.0/24 175.45.177.0/24",
		.announced = "175.45.177.0/24 175.45.177.0/24",
		.route = {"101 7", 4, NULL, 0}});
	mrt_update(&w, BGP4MP,
	    &(struct mrt_message){.subtype = 9,
		.peer = 2,
		.withdrawn = "7:175.45.178.0/24 8:175.45.178.0/24",
		.announced = "8:175.45.178.0/24 9:175.45.179.0/24",
		.route = {"102 7", 4, NULL, 0}});
	rig_expect(&r, *state, &w,
	    "176.0/24 W101; 177.0/24 A101 101<7 [101 7]; "
	    "178.0/24 W102 0:7; 178.0/24 A102 0:8 102<7 [102 7]; "
	    "179.0/24 A102 0:9 102<7 [102 7]; ");
	rig_close(&r);
}

/* MP_REACH_NLRI or MP_UNREACH_NLRI with prefixes after family and head. */
static void
multiprotocol(struct wr *attrs, uint8_t type, const uint8_t family[3],
    const char *prefixes)
{
	struct wr value = {0};
	wr_bytes(&value, family, 3);
	if (type == 14) {
		wr_u8(&value, 4);
		wr_u32(&value, 0x0a000009);
		wr_u8(&value, 0);
	}
	mrt_nlri(&value, prefixes, false);
	mrt_attr(attrs, type, &value);
}

static void
prefixes_may_stand_in_attributes(void **state)
{
	static const uint8_t unicast[3] = {0, 1, 1}, multicast[3] = {0, 1, 2},
			     ipv6[3] = {0, 2, 1};
	struct control_rig r;
	struct wr w = {0}, more = {0};
	rig_open(&r, *state);
	multiprotocol(&more, 14, unicast, "175.45.176.0/24");
	multiprotocol(&more, 15, unicast, "175.45.177.0/24");
	mrt_update(&w, BGP4MP,
	    &(struct mrt_message){.subtype = 4,
		.peer = 1,
		.route = {"101 7", 4, NULL, 0},
		.more_attrs = &more});
	wr_free(&more);
	multiprotocol(&more, 14, multicast, "175.45.176.0/24");
	multiprotocol(&more, 15, ipv6, "175.45.176.0/24");
	mrt_update(&w, BGP4MP,
	    &(struct mrt_message){.subtype = 4,
		.peer = 2,
		.route = {"102 7", 4, NULL, 0},
		.more_attrs = &more});
	wr_free(&more);
	rig_expect(
	    &r, *state, &w, "176.0/24 A101 101<7 [101 7]; 177.0/24 W101; ");
	assert_int_equal(r.import.in->skips[SKIP_ELSEWHERE], 1);
	rig_close(&r);
}

static void
sessions_and_the_order_of_messages(void **state)
{
	struct control_rig r;
	struct wr w = {0};
	rig_open(&r, *state);
	announce(&w, "8.8.8.0/24", "101 15169"); /* counts, too */
	announce(&w, "175.45.176.0/24", "101 7");
	mrt_state(&w, 5, 1, (const uint16_t[2]){6, 1});
	mrt_state(&w, 5, 1, (const uint16_t[2]){1, 2});
	mrt_state(&w, 0, 1, (const uint16_t[2]){5, 6});
	announce(&w, "175.45.176.0/24", "101 8");
	mrt_update(&w, BGP4MP,
	    &(struct mrt_message){.subtype = 7, /* sent by the collector */
		.peer = 1,
		.withdrawn = "175.45.176.0/24"});
	rig_expect(&r, *state, &w,
	    "0.0.0.0/0 D101 2:0; 0.0.0.0/0 U101 4:0; "
	    "176.0/24 A101 1:0 101<7 [101 7]; "
	    "176.0/24 A101 5:0 101<8 [101 8]; ");
	assert_int_equal(r.import.in->skips[SKIP_SESSION], 1);
	assert_int_equal(r.import.in->skips[SKIP_LOCAL], 1);
	assert_int_equal(r.import.in->source[0].messages, 7);
	rig_close(&r);
}

static bool
at_half(void *arg, const struct store_route *r, struct fault *f)
{
	int *n = arg;
	(void)f;
	assert_int_equal(r->at_us, INT64_C(1000000) * MRT_TIME + 500000);
	++*n;
	return true;
}

static void
stamps_have_microseconds(void **state)
{
	struct control_rig r;
	struct wr w = {0};
	struct fault f = {0};
	int n = 0;
	rig_open(&r, *state);
	mrt_update(&w, BGP4MP_ET,
	    &(struct mrt_message){
		.subtype = 4, .peer = 1, .withdrawn = "175.45.176.0/24"});
	assert_true(rig_import(&r, *state, "t.mrt", &w));
	assert_true(
	    store_routes(r.store, &(struct store_filter){0}, at_half, &n, &f));
	assert_int_equal(n, 1);
	/* 1,000,000 microseconds are no fraction of a second. */
	memcpy(w.p + 12, "\x00\x0f\x42\x40", 4);
	assert_false(rig_import(&r, *state, "t.mrt", &w));
	assert_int_equal(r.import.in->skips[SKIP_BROKEN], 1);
	wr_free(&w);
	rig_close(&r);
}

/* The octets of a prefix are looked at before anything is parsed. */
static void
damage_is_found_wherever_it_is(void **state)
{
	struct control_rig r;
	struct wr good = {0}, one = {0};
	rig_open(&r, *state);
	announce(&good, "175.45.176.0/24", "101 7");
	announce(&one, "175.45.177.0/24 175.45.178.0/24", "101 7");
	for (size_t i = 0; i < one.len; i++) {
		struct wr w = {0};
		wr_bytes(&w, good.p, good.len);
		wr_bytes(&w, one.p, one.len);
		wr_bytes(&w, good.p, good.len);
		w.p[good.len + i] ^= 0xff;
		bool whole = rig_import(&r, *state, "t.mrt", &w);
		const struct intake *in = r.import.in;
		assert_int_equal(whole, in->skips[SKIP_BROKEN] == 0);
		if (!whole && in->broken_at != (int64_t)good.len)
			fail_msg("octet %zu: %s", i, r.fault.text);
		assert_true(strstr(rig_rows(&r), "176.0/24 A101") != NULL);
		wr_free(&w);
	}
	wr_free(&good);
	wr_free(&one);
	rig_close(&r);
}

/* Cut at any octet: the records before it are there, and it is said. */
static void
a_cut_file_keeps_what_is_whole(void **state)
{
	struct wr w = {0};
	struct control_rig r;
	rig_open(&r, *state);
	announce(&w, "175.45.176.0/24", "101 7");
	size_t first = w.len;
	announce(&w, "175.45.177.0/24", "101 7");
	for (size_t len = first + 1; len < w.len; len++) {
		const struct wr part = {.p = w.p, .len = len};
		assert_false(rig_import(&r, *state, "t.mrt", &part));
		assert_int_equal(r.fault.status, EX_DATAERR);
		assert_int_equal(r.import.in->broken_at, first);
		assert_string_equal(
		    rig_rows(&r), "176.0/24 A101 101<7 [101 7]; ");
	}
	wr_free(&w);
	rig_close(&r);
}

static void
long_paths_lose_their_middle(void **state)
{
	char path[4096] = "", *at = path;
	struct control_rig r;
	struct wr w = {0}, value = {0}, more = {0};
	rig_open(&r, *state);
	for (int i = 0; i < 250; i++)
		at += sprintf(at, "%d ", 400000 + i);
	memcpy(at, "4837 131279", sizeof("4837 131279"));
	mrt_path(&value, path, 4);
	wr_u8(&more, 0x50); /* of two octets' length */
	wr_u8(&more, 2);
	wr_u16(&more, (uint16_t)value.len);
	wr_bytes(&more, value.p, value.len);
	wr_free(&value);
	mrt_update(&w, BGP4MP,
	    &(struct mrt_message){.subtype = 4,
		.peer = 1,
		.announced = "175.45.176.0/24",
		.more_attrs = &more});
	wr_free(&more);
	rig_import(&r, *state, "t.mrt", &w);
	wr_free(&w);
	rig_rows(&r);
	assert_non_null(strstr(r.rows, "4837<131279 [400000 400001 "));
	assert_non_null(strstr(r.rows, " ... "));
	assert_non_null(strstr(r.rows, " 400249 4837 131279]; "));
	assert_true(strlen(r.rows) < ROUTE_PATH_MAX + 40);
	rig_close(&r);
}

/* Peers 0..11 of the index; with routes 0, 1 and 2. */
static void
tables_say_who_has_none(void **state)
{
	const struct mrt_rib_route some[] = {
	    {0, "64512 4837 131279"}, {1, "64513 20485 131279"}};
	const struct mrt_rib_route others[] = {{2, "64514 1"}};
	struct control_rig r;
	struct wr w = {0};
	rig_open(&r, *state);
	mrt_index(&w);
	mrt_rib(&w, "8.8.8.0/24", others, 1, MRT_RIB);
	mrt_rib(&w, "175.45.176.0/22", some, 1, MRT_RIB);
	mrt_rib(&w, "175.45.176.0/24", some, 2, MRT_RIB);
	size_t whole = w.len;
	mrt_rib(&w, "175.45.177.0/24", some, 2, MRT_RIB);
	w.len = whole;
	rig_expect(&r, *state, &w,
	    "176.0/22 T64512 4837<131279 [64512 4837 131279]; "
	    "176.0/22 N64513; 176.0/22 N64514; "
	    "176.0/24 T64512 4837<131279 [64512 4837 131279]; "
	    "176.0/24 T64513 20485<131279 [64513 20485 131279]; "
	    "176.0/24 N64514; "
	    "177.0/24 N64512; 177.0/24 N64513; 177.0/24 N64514; "
	    "178.0/24 N64512; 178.0/24 N64513; 178.0/24 N64514; "
	    "179.0/24 N64512; 179.0/24 N64513; 179.0/24 N64514; ");
	rig_close(&r);
}

/* As BIRD writes a prefix: without path ids, then with them. */
static void
a_prefix_may_come_twice(void **state)
{
	const struct mrt_rib_route a[] = {{0, "64512 4837 131279"}};
	const struct mrt_rib_route b[] = {{1, "64513 20485 131279"}};
	const struct prefix one = {0xaf2db000, 24};
	struct control_rig r;
	struct wr w = {0};
	rig_open(&r, *state);
	interest_init(&r.interest, &one, 1);
	mrt_index(&w);
	mrt_rib(&w, "175.45.176.0/24", a, 1, MRT_RIB);
	mrt_rib(&w, "175.45.176.0/24", b, 1, MRT_RIB_ADD_PATH);
	rig_expect(&r, *state, &w,
	    "176.0/24 T64512 4837<131279 [64512 4837 131279]; "
	    "176.0/24 T64513 0:7 20485<131279 [64513 20485 131279]; ");
	rig_close(&r);
}

static void
a_table_with_a_gap_says_of_nobody_that_it_has_none(void **state)
{
	const struct mrt_rib_route some[] = {{0, "64512 4837 131279"}};
	const struct mrt_rib_route nobody[] = {{99, "64512 4837 131279"}};
	const char *row = "176.0/24 T64512 4837<131279 [64512 4837 131279]; ";
	struct control_rig r;
	struct wr w = {0};
	rig_open(&r, *state);
	mrt_index(&w);
	mrt_rib(&w, "175.45.176.0/24", some, 1, MRT_RIB);
	mrt_rib(&w, "8.8.8.0/24", nobody, 1, MRT_RIB); /* no such peer */
	rig_expect(&r, *state, &w, row);
	assert_int_equal(r.import.in->skips[SKIP_BROKEN], 1);
	mrt_index(&w);
	mrt_rib(&w, "175.45.176.0/24", some, 1, MRT_RIB);
	wr_u32(&w, 0xffffffff); /* octets of nothing */
	mrt_rib(&w, "9.9.9.0/24", some, 1, MRT_RIB);
	rig_expect(&r, *state, &w, row);
	/* Without an index nobody has a name. */
	mrt_rib(&w, "175.45.178.0/24", some, 1, MRT_RIB);
	rig_expect(&r, *state, &w, row);
	rig_close(&r);
}

static void
old_tables(void **state)
{
	const struct mrt_route_text a = {"101 4837 131279", 2, "131279", 0};
	const struct mrt_route_text b = {"102 15169", 2, NULL, 0};
	const struct prefix one = {0xaf2db000, 24};
	struct control_rig r;
	struct wr w = {0};
	rig_open(&r, *state);
	interest_init(&r.interest, &one, 1);
	mrt_table_dump(&w, "175.45.176.0/24", 1, &a);
	mrt_table_dump(&w, "8.8.8.0/24", 2, &b);
	rig_expect(&r, *state, &w,
	    "176.0/24 T101 4837<131279 [101 4837 131279]; 176.0/24 N102; ");
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(paths_have_their_text_and_ends),
	    PLACE_TEST(only_prefixes_of_interest_are_kept),
	    PLACE_TEST(withdrawn_and_announced_is_announced),
	    PLACE_TEST(prefixes_may_stand_in_attributes),
	    PLACE_TEST(sessions_and_the_order_of_messages),
	    PLACE_TEST(stamps_have_microseconds),
	    PLACE_TEST(damage_is_found_wherever_it_is),
	    PLACE_TEST(a_cut_file_keeps_what_is_whole),
	    PLACE_TEST(long_paths_lose_their_middle),
	    PLACE_TEST(tables_say_who_has_none),
	    PLACE_TEST(a_prefix_may_come_twice),
	    PLACE_TEST(a_table_with_a_gap_says_of_nobody_that_it_has_none),
	    PLACE_TEST(old_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
