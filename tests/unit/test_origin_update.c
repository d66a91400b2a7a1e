/* SPDX-License-Identifier: ISC */
#include "tests/unit/mrt_bgp.h"
#include "tests/unit/mrt_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { BGP4MP = 16, BGP4MP_ET = 17 };

/* Reads what was written, forgets it, and holds the table against text. */
static void
expect(struct wr *w, struct table *t, const char *text)
{
	char rows[4096];
	mrt_load(t, w->p, w->len);
	wr_free(w);
	assert_string_equal(mrt_rows(t, rows, sizeof(rows)), text);
}

static uint64_t
counted(struct table *t, enum source_count what)
{
	return table_source(t)->counts[what];
}

static void
announce(struct wr *w, uint16_t peer, const char *prefixes, const char *path)
{
	mrt_update(w, BGP4MP,
	    &(struct mrt_message){.subtype = 4,
		.peer = peer,
		.announced = prefixes,
		.route = {path, 4, NULL, 0}});
}

static void
withdraw(struct wr *w, uint16_t peer, const char *prefixes)
{
	mrt_update(w, BGP4MP,
	    &(struct mrt_message){
		.subtype = 4, .peer = peer, .withdrawn = prefixes});
}

/* RFC 6793 section 4.2.3, cases by its text. */
static void
as_trans_is_repaired(void **state)
{
	(void)state;
	static const struct {
		struct mrt_route_text route;
		const char *origin;
	} cases[] = {
	    {{"1 2 3", 2, NULL, 0}, "3"},
	    {{"1 2 401111", 2, "2 401111", 0}, "401111"},
	    {{"1 2 401111", 2, NULL, 0}, "2"}, /* hidden behind AS_TRANS */
	    {{"1 2 401111", 2, "9 1 2 401111", 0}, "2"}, /* is longer */
	    {{"1 2 401111", 2, "2 401111", 7}, "2"},	 /* outdated */
	    {{"1 2 401111", 2, "2 401111", 23456}, "401111"},
	    {{"1 2 401111", 2, "4200000001", 0}, "2"},
	    {{"1 2 401111", 2, "(9) 401111", 0}, "401111"},
	    {{"1 2 {3 4}", 2, "2 {3}", 0}, "3"},
	};
	enum { N = sizeof(cases) / sizeof(cases[0]) };
	for (size_t i = 0; i < N; i++) {
		char want[64];
		struct wr dump = {0}, update = {0};
		struct table t;
		snprintf(want, sizeof(want), "1.0.0.0/8 %s; ", cases[i].origin);
		mrt_table_dump(&dump, "1.0.0.0/8", 1, &cases[i].route);
		expect(&dump, &t, want);
		table_clear(&t);
		mrt_update(&update, BGP4MP,
		    &(struct mrt_message){.subtype = 1,
			.peer = 1,
			.announced = "1.0.0.0/8",
			.route = cases[i].route});
		expect(&update, &t, want);
		table_clear(&t);
	}
}

/* TABLE_DUMP: the records of one prefix follow each other. */
static void
one_record_a_peer(void **state)
{
	(void)state;
	struct wr w = {0}, body = {0};
	struct table t;
	mrt_table_dump(&w, "0.0.0.0/0", 1,
	    &(struct mrt_route_text){.path = "1", .width = 2});
	static const char *const paths[] = {"1 30", "2 20", "3 20", "4 {5 6}"};
	for (uint16_t i = 0; i < 4; i++)
		mrt_table_dump(&w, "1.0.0.0/8", i,
		    &(struct mrt_route_text){paths[i], 2, NULL, 0});
	mrt_table_dump(&w, "1.0.0.0/9", 1,
	    &(struct mrt_route_text){"4 {5 6}", 2, NULL, 0});
	wr_u32(&body, 0);
	mrt_record(&w, 12, 2, &body); /* IPv6 */
	mrt_table_dump(
	    &w, "2.0.0.0/8", 1, &(struct mrt_route_text){"1 2", 2, NULL, 0});
	expect(&w, &t,
	    "1.0.0.0/8 20,5,6,30; 1.0.0.0/9 5,6; "
	    "2.0.0.0/8 2; ");
	assert_int_equal(counted(&t, COUNT_DEFAULT), 1);
	assert_int_equal(counted(&t, COUNT_AS_SET), 2);
	assert_int_equal(counted(&t, COUNT_IPV6), 1);
	assert_int_equal(
	    table_source(&t)->asof_us, MRT_TIME * INT64_C(1000000));
	table_clear(&t);
}

static void
last_state_of_each_peer(void **state)
{
	(void)state;
	struct wr w = {0};
	struct table t;
	announce(&w, 1, "1.0.0.0/8 2.0.0.0/8 3.0.0.0/8", "9 10");
	announce(&w, 2, "1.0.0.0/8 2.0.0.0/8", "9 20");
	announce(&w, 3, "1.0.0.0/8", "9 20");
	withdraw(&w, 1, "2.0.0.0/8 3.0.0.0/8 4.0.0.0/8");
	announce(&w, 1, "3.0.0.0/9", "9 11");
	withdraw(&w, 2, "3.0.0.0/9"); /* another's */
	mrt_update(&w, BGP4MP_ET,
	    &(struct mrt_message){.subtype = 4,
		.peer = 1,
		.withdrawn = "5.0.0.0/8", /* and announced: it stands */
		.announced = "5.0.0.0/8",
		.route = {"9 50", 4, NULL, 0}});
	expect(&w, &t,
	    "1.0.0.0/8 20,10; 2.0.0.0/8 20; 3.0.0.0/9 11; 5.0.0.0/8 50; ");
	assert_int_equal(counted(&t, COUNT_WITHDRAWN), 5);
	assert_int_equal(counted(&t, COUNT_NO_ORIGIN), 0);
	table_clear(&t);
}

static void
a_session_takes_its_routes_along(void **state)
{
	(void)state;
	static const uint16_t down[] = {6, 1}, up[] = {5, 6};
	struct wr w = {0};
	struct table t;
	announce(&w, 1, "1.0.0.0/8 2.0.0.0/8", "9 10");
	announce(&w, 2, "1.0.0.0/8", "9 20");
	mrt_state(&w, 5, 1, down);
	mrt_state(&w, 5, 1, up);
	announce(&w, 1, "3.0.0.0/8", "9 30");
	mrt_state(&w, 5, 3, down);
	expect(&w, &t, "1.0.0.0/8 20; 3.0.0.0/8 30; ");
	assert_int_equal(counted(&t, COUNT_SESSION), 3);
	table_clear(&t);
	announce(&w, 1, "1.0.0.0/8", "9 10");
	mrt_state(&w, 0, 1, down); /* ASNs of 2 octets: the same peer */
	expect(&w, &t, "");
	table_clear(&t);
}

static void
several_paths_of_a_peer(void **state)
{
	(void)state;
	struct wr w = {0};
	struct table t;
	for (uint16_t subtype = 8; subtype <= 9; subtype++) {
		struct mrt_message m = {.subtype = subtype,
		    .peer = 1,
		    .announced = "7:1.0.0.0/8 8:2.0.0.0/8",
		    .route = {"9 10", subtype == 9 ? 4 : 2, NULL, 0}};
		mrt_update(&w, BGP4MP, &m);
		m.announced = "8:1.0.0.0/8";
		m.route.path = "9 20";
		mrt_update(&w, BGP4MP, &m);
		m = (struct mrt_message){.subtype = subtype,
		    .peer = 1,
		    .withdrawn = "7:1.0.0.0/8 7:2.0.0.0/8"};
		mrt_update(&w, BGP4MP, &m);
		expect(&w, &t, "1.0.0.0/8 20; 2.0.0.0/8 10; ");
		table_clear(&t);
	}
}

/* MP_REACH_NLRI and MP_UNREACH_NLRI of one family (RFC 4760). */
static void
multiprotocol(struct wr *attrs, uint16_t afi, uint8_t safi, bool reach)
{
	struct wr value = {0};
	wr_u16(&value, afi);
	wr_u8(&value, safi);
	if (reach) {
		wr_u8(&value, 4);
		wr_u32(&value, 0x0a000001);
		wr_u8(&value, 0);
	}
	wr_u8(&value, 16);
	wr_u16(&value, reach ? 0x0700 : 0x0100); /* 7.0 or 1.0 */
	mrt_attr(attrs, reach ? 14 : 15, &value);
}

static void
other_families(void **state)
{
	(void)state;
	static const struct {
		const char *rows;
		enum source_count count;
		uint16_t afi;
		uint8_t safi;
	} cases[] = {
	    {"7.0.0.0/16 10; ", COUNT_WITHDRAWN, 1, 1},
	    {"1.0.0.0/16 5; ", COUNT_IPV6, 2, 1},
	    {"1.0.0.0/16 5; ", COUNT_MULTICAST, 1, 2},
	    {"1.0.0.0/16 5; ", COUNT_OTHER, 1, 128}, /* VPN */
	    {"1.0.0.0/16 5; ", COUNT_OTHER, 25, 70}, /* EVPN */
	};
	enum { N = sizeof(cases) / sizeof(cases[0]) };
	for (size_t i = 0; i < N; i++) {
		struct wr w = {0}, attrs = {0};
		struct table t;
		announce(&w, 1, "1.0.0.0/16", "4 5");
		multiprotocol(&attrs, cases[i].afi, cases[i].safi, true);
		multiprotocol(&attrs, cases[i].afi, cases[i].safi, false);
		mrt_update(&w, BGP4MP,
		    &(struct mrt_message){.subtype = 4,
			.peer = 1,
			.route = {"9 10", 4, NULL, 0},
			.more_attrs = &attrs});
		expect(&w, &t, cases[i].rows);
		assert_int_equal(counted(&t, cases[i].count),
		    cases[i].safi == 1 && cases[i].afi == 1 ? 1 : 2);
		wr_free(&attrs);
		table_clear(&t);
	}
}

/* Sent by the collector, not of a known form, of a wrong length. */
static void
left_out_by_reason(void **state)
{
	(void)state;
	static const uint16_t sent[] = {6, 7, 10, 11};
	struct wr w = {0}, body = {0};
	struct table t;
	for (size_t i = 0; i < 4; i++)
		mrt_update(&w, BGP4MP,
		    &(struct mrt_message){.subtype = sent[i],
			.peer = 1,
			.announced = sent[i] >= 8 ? "7:1.0.0.0/8" : "1.0.0.0/8",
			.route = {"9 10", 4, NULL, 0}});
	wr_u32(&body, 0);
	mrt_record(&w, BGP4MP, 3, &body); /* BGP4MP_SNAPSHOT */
	wr_u32(&body, 0);
	mrt_record(&w, BGP4MP, 4, &body); /* ends too early */
	announce(&w, 1, "2.0.0.0/8", "9 20");
	w.p[w.len - 2] = 33; /* length of the prefix */
	announce(&w, 1, "3.0.0.0/8", "9 30");
	expect(&w, &t, "3.0.0.0/8 30; ");
	assert_int_equal(counted(&t, COUNT_LOCAL), 4);
	assert_int_equal(counted(&t, COUNT_OTHER), 1);
	assert_int_equal(counted(&t, COUNT_TRUNCATED), 1);
	assert_int_equal(counted(&t, COUNT_SYNTAX), 1);
	table_clear(&t);
}

/* More updates than there is room for: what was replaced makes way. */
static void
memory_follows_the_routes(void **state)
{
	(void)state;
	struct wr w = {0};
	struct table t;
	for (int i = 0; i < 100000; i++) {
		announce(&w, 1, "1.0.0.0/8", "9 10");
		withdraw(&w, 1, "1.0.0.0/8");
	}
	announce(&w, 1, "2.0.0.0/8", "9 20");
	expect(&w, &t, "2.0.0.0/8 20; ");
	table_clear(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(as_trans_is_repaired),
	    cmocka_unit_test(one_record_a_peer),
	    cmocka_unit_test(last_state_of_each_peer),
	    cmocka_unit_test(a_session_takes_its_routes_along),
	    cmocka_unit_test(several_paths_of_a_peer),
	    cmocka_unit_test(other_families),
	    cmocka_unit_test(left_out_by_reason),
	    cmocka_unit_test(memory_follows_the_routes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
