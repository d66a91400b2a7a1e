/* SPDX-License-Identifier: ISC */
#include "tests/unit/origin_text.h"

#include "analysis/origin/intern.h"
#include "analysis/origin/reserved.h"
#include "probe/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Rules that hold for readers of every kind. */

static const struct {
	const char *name, *date; /* NULL: none */
} names[] = {
    {"routeviews-rv2-20221015-1200.pfx2as.gz", "2022-10-15T12:00"},
    {"rib.20140523.1600.bz2", "2014-05-23T16:00"},
    {"bview.20000111.2360", "2000-01-11T00:00"},
    {"bview.20000111.2400", "2000-01-11T00:00"},
    {"20221001.as-org2info.txt.gz", "2022-10-01T00:00"},
    {"20221001", "2022-10-01T00:00"},
    {"delegated-apnic-extended-20221029", "2022-10-29T00:00"},
    {"vrps-2025-03-18.csv", "2025-03-18T00:00"},
    {"2025-03-18-0930.csv", "2025-03-18T09:30"},
    {"peeringdb_2_dump_2024_01_01.json", "2024-01-01T00:00"},
    {"ixs_202210.jsonl", "2022-10-01T00:00"},
    {"x-202213-202212.txt", "2022-12-01T00:00"},
    {"202210-then-20221105", "2022-11-05T00:00"},
    {"20201131.20200229", "2020-02-29T00:00"},
    {"AS131279-99999999-20210101", "2021-01-01T00:00"},
    {"20190229", NULL},
    {"19941231", NULL},
    {"21010101", NULL},
    {"199412", NULL},
    {"2022101", NULL},
    {"202210151", NULL},
    {"2.3.2026061719", NULL},
    {"2022-10.txt", NULL},
    {"2022-10-2", NULL},
    {"2022-10_29", NULL},
    {"2022-10-299", NULL},
    {"apnic.db.route.gz", NULL},
    {"", NULL},
};

/* The date of a name, to the minute; NULL when it has none. */
static const char *
date_of(const char *name, char full[static CLOCK_STRLEN])
{
	struct source s = {.name = xstrdup(name), .asof_us = -1};
	source_date_by_name(&s);
	assert_int_equal(s.counts[COUNT_NAME_DATE], s.asof_us >= 0);
	if (s.asof_us >= 0)
		clock_format_us(s.asof_us, full)[16] = '\0';
	const char *date = s.asof_us >= 0 ? full : NULL;
	source_clear(&s);
	return date;
}

static void
dates_of_names(void **state)
{
	(void)state;
	char full[CLOCK_STRLEN];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *date = date_of(names[i].name, full);
		assert_string_equal(date ? date : names[i].name,
		    names[i].date ? names[i].date : names[i].name);
	}
}

/* What a file says itself goes before its name. */
static void
dates_of_contents(void **state)
{
	(void)state;
	static const struct {
		enum origin_layer layer;
		const char *text;
		int64_t asof_us;
		uint64_t by_name;
	} rows[] = {
	    {ORIGIN_BGP, "1.0.0.0/8 1\n", INT64_C(1420070400000000), 1},
	    {ORIGIN_BGP, "# as-of: 2022-10-29\n1.0.0.0/8 1\n",
		INT64_C(1667001600000000), 0},
	    {ORIGIN_BGP, "# Generated: yesterday\n1.0.0.0/8 1\n",
		INT64_C(1420070400000000), 1},
	    /* the last day that a registry's file is of, else its serial */
	    {ORIGIN_REGISTRY,
		"2|ripencc|1667080799|4|19830705|20221028|+0100\n"
		"ripencc|RU|ipv4|188.43.0.0|65536|20091221|allocated|x\n",
		INT64_C(1666915200000000), 0},
	    {ORIGIN_REGISTRY,
		"2.3|arin|20221029|4|00000000|00000000|-0500\n"
		"arin|US|ipv4|4.0.0.0|65536|20091221|allocated|x\n"
		"2|apnic|20221027|4|19830705|20221027|+1000\n",
		INT64_C(1667001600000000), 0},
	    {ORIGIN_NONE,
		"{\"metadata\":{\"generated\":1},\"roas\":["
		"{\"asn\":1,\"prefix\":\"1.0.0.0/8\"}]}",
		INT64_C(1420070400000000), 1},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct origin_text o = {0};
		origin_text_take(
		    &o, rows[i].layer, "in.2022-10/x.20150101", rows[i].text);
		assert_int_equal(o.f.status, 0);
		const struct source *s = table_source(&o.t);
		assert_int_equal(s->asof_us, rows[i].asof_us);
		assert_int_equal(s->counts[COUNT_NAME_DATE], rows[i].by_name);
		origin_text_clear(&o);
	}
}

/* Lines of CAIDA's pfx2as that other readers lose (research of issue 4). */
static void
origins_of_pfx2as(void **state)
{
	(void)state;
	static const struct {
		const char *origins, *answer, *counts;
	} rows[] = {{"64512_4837", "4837", "rows=1 private-left-out=1"},
	    {"4837_64512", "4837", "rows=1 private-left-out=1"},
	    {"400001", "400001", "rows=1"},
	    {"4200000001", "4200000001", "rows=1 private-kept=1"},
	    {"{1,2}", "1,2", "rows=1 moas-kept=1"},
	    {"1_2,3", "1,2,3", "rows=1 moas-kept=1"},
	    {"3_1", "3,1", "rows=1 moas-kept=1"},
	    {"23456", "23456", "rows=1 private-kept=1 as-trans=1"},
	    {"23456_7", "7", "rows=1 private-left-out=1 as-trans=1"},
	    {"64512_64513", "64512,64513", "rows=1 moas-kept=1 private-kept=1"},
	    {"0_64512", "64512", "rows=1 private-kept=1"},
	    {"0", NULL, "no-origin=1"},
	    {"4294967295", "4294967295", "rows=1 private-kept=1"},
	    {"4294967296", NULL, "syntax=1"}, {"1_x", NULL, "syntax=1"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct origin_text o = {0};
		char text[64], answer[64] = "none";
		snprintf(
		    text, sizeof(text), "1.0.4.0\t22\t%s\n", rows[i].origins);
		assert_string_equal(origin_text_take(&o, ORIGIN_BGP, "p", text),
		    rows[i].counts);
		if (rows[i].answer != NULL)
			snprintf(answer, sizeof(answer),
			    "bgp 1.0.4.0/22 %s [p]", rows[i].answer);
		assert_string_equal(origin_text_ask(&o, "1.0.5.0"), answer);
		origin_text_clear(&o);
	}
}

/* In every layer; longer than /24 is kept where the space is not special. */
static void
bogons(void **state)
{
	(void)state;
	static const struct {
		const char *text, *counts;
	} rows[] = {{"0.0.0.0/0 1\n", "default-route=1"},
	    {"10.29.246.49/32 286\n", "bogon=1"},
	    {"192.168.0.0/16 1\n", "bogon=1"},
	    {"224.0.0.0/3 1\n", "bogon=1"}, /* two blocks side by side */
	    {"240.0.0.0/4 1\n", "bogon=1"},
	    {"192.168.0.0/15 1\n", "rows=1"}, /* half of it is announced */
	    {"1.2.3.4/32 1\n", "rows=1"},
	    {"192.0.0.9/32 1\n", "rows=1"}, /* globally reachable */
	    {"9.0.0.0,10.255.255.255,1\n", "rows=1"},
	    {"10.0.0.0,10.0.0.9,1\n", "bogon=1"},
	    {"10.255.255.0,11.0.0.0,1\n", "rows=1"}};
	static const enum origin_layer layers[] = {
	    ORIGIN_BGP, ORIGIN_REGISTRY, ORIGIN_CURATED};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t k = 0; k < 3; k++) {
			struct origin_text o = {0};
			assert_string_equal(
			    origin_text_take(&o, layers[k], "x", rows[i].text),
			    rows[i].counts);
			origin_text_clear(&o);
		}
	struct origin_text o = {0};
	assert_string_equal(
	    origin_text_take(&o, ORIGIN_IXP, "x", "198.18.5.0/24  # LAN\n"),
	    "bogon=1");
	origin_text_clear(&o);
	assert_true(reserved_range(0xe0000000, 0xffffffff));
	assert_true(reserved_range(0x0a000001, 0x0a000001));
	assert_false(reserved_range(0, 0xffffffff));
	assert_false(reserved_range(0x0a000000, 0x0b000000));
	assert_false(reserved_range(0x09ffffff, 0x0a000000));
}

/* The plain form has no opaque-id: understood, but of no use. */
static void
delegated_plain(void **state)
{
	(void)state;
	struct origin_text o = {0};
	static const char text[] =
	    "2|apnic|20221029|3|19830613|20221028|+1000\n"
	    "apnic|*|ipv4|*|2|summary\n"
	    "apnic|HK|asn|134544|1|20150101|allocated\n"
	    "apnic|HK|ipv4|103.35.252.0|1024|20150101|allocated\n"
	    "apnic|KP|ipv4|175.45.176.0|1024|20091221|assigned\n"
	    "apnic|KP|ipv4|175.45.176.0|0|20091221|assigned\n";
	assert_string_equal(origin_text_take(&o, ORIGIN_REGISTRY, "x", text),
	    "syntax=1 holder-without-as=2");
	assert_int_equal(o.f.status, 0);
	assert_string_equal(table_source(&o.t)->kind, "delegated");
	origin_text_clear(&o);
}

static void
interned(void **state)
{
	(void)state;
	struct wr pool = {0};
	struct intern in = {0};
	uint32_t at[5000];
	char text[16];
	assert_int_equal(intern_put(&in, &pool, ""), 0);
	assert_string_equal(intern_at(&pool, 0), "");
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "t%u", i);
		at[i] = intern_put(&in, &pool, text);
		assert_int_not_equal(at[i], 0);
	}
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "t%u", i);
		assert_int_equal(intern_put(&in, &pool, text), at[i]);
		assert_string_equal(intern_at(&pool, at[i]), text);
	}
	assert_int_equal(in.n, 5000);
	size_t len = pool.len;
	wr_bytes(&pool, "t7", 3);
	assert_int_equal(intern_last(&in, &pool, (uint32_t)len), at[7]);
	assert_int_equal(pool.len, len);
	intern_clear(&in);
	wr_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dates_of_names),
	    cmocka_unit_test(dates_of_contents),
	    cmocka_unit_test(origins_of_pfx2as),
	    cmocka_unit_test(bogons),
	    cmocka_unit_test(delegated_plain),
	    cmocka_unit_test(interned),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
