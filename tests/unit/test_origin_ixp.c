/* SPDX-License-Identifier: ISC */
#include "tests/unit/origin_text.h"

#include "analysis/origin/json_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* "section depth.key=text ...; " of every record, "!" behind a broken one. */
static const char *
scanned(const char *json, bool lines)
{
	static const char *const sections[] = {"one", "two", NULL};
	static char text[2048];
	struct json_scan j = {.r = rd_make(json, strlen(json)),
	    .lines = lines,
	    .sections = sections};
	size_t used = 0;
	*text = '\0';
	while (json_scan_record(&j)) {
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s%s", j.section, j.meta ? "meta" : "");
		while (json_scan_value(&j))
			used +=
			    (size_t)snprintf(text + used, sizeof(text) - used,
				" %u.%s=%s", j.depth, j.key, j.text);
		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, j.broken ? "!; " : "; ");
	}
	return text;
}

static void
json_records(void **state)
{
	(void)state;
	static const struct {
		const char *json;
		bool lines;
		const char *records;
	} rows[] = {
	    {"", false, ""},
	    {"{}", false, ""},
	    {"[{}]", false, "; "},
	    {"{\"one\":{\"data\":[{\"a\":1,\"b\":\"x\"},{\"a\":-2.5e+3}],"
	     "\"meta\":{\"generated\":7}},\"x\":3,\"two\":[{\"a\":null}]}",
		false,
		"one 1.a=1 1.b=x; one 1.a=-2.5e+3; onemeta 1.generated=7; "
		"two 1.a=; "},
	    {" [ { \"a\" : [ 1 , [ \"2\" , { \"b\" : true } , 3 ] ] , "
	     "\"c\" : { } , } , ] ",
		false, " 2.a=1 3.a=2 4.b=true 3.a=3; "},
	    {"[{\"a\":\"\\\"\\u00e9\\ud83d\\ude00\\n\\u0000\"}]", false,
		" 1.a=\"\xc3\xa9\xf0\x9f\x98\x80\n\xef\xbf\xbd; "},
	    {"# c\n{\"a\":1}\n{\"a\":2}{\"a\":3}\n", true,
		" 1.a=1;  1.a=2;  1.a=3; "},
	    {"{\"a\":{\"b\":[\"c\",\"d\"]},\"e\":4}\n", true,
		" 3.b=c 3.b=d 1.e=4; "},
	    /* broken ones: the next good record is read */
	    {"[{\"a\":1,\"b\":\"x, \"c\":2},{\"a\":2},{\"a\":3}]", false,
		" 1.a=1 1.b=x, !;  1.a=2;  1.a=3; "},
	    {"[{\"a\":1,{\"a\":2}]", false, " 1.a=1!;  1.a=2; "},
	    {"[{\"a\":tru},{\"a\":},{\"a\" 1},{a:1},{\"a\":2}]", false,
		"!; !; !; !;  1.a=2; "},
	    {"[{\"a\":1],{\"a\":[1}},{\"a\":2}]", false,
		" 1.a=1!;  2.a=1!;  1.a=2; "},
	    {"[{\"a\":\"\\x\"},{\"a\":\"\\u12g4\"},{\"a\":2}]", false,
		"!; !;  1.a=2; "},
	    {"[{\"a\":\"1\n\"},{\"a\":2}]", false, "!;  1.a=2; "},
	    {"{\"one\":[{\"a\":\"x}],\"two\":[{\"a\":1}]}", false,
		"one 1.a=x}],!; two 1.a=1; "},
	    {"{one\":[{\"a\":\"x\"}],\"two\":[{\"a\":1}]}", false,
		" 1.a=x; two 1.a=1; "},
	    {"{\"a\":1\n{\"a\":2}\n\"}{\n{\"a\":3}\n", true,
		" 1.a=1!;  1.a=2; !;  1.a=3; "},
	    {"[{\"a\":1},{\"a\":2", false, " 1.a=1;  1.a=2!; "},
	    {"[{\"a\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]},{\"a\":2}]", false,
		"!;  1.a=2; "},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
		    scanned(rows[i].json, rows[i].lines), rows[i].records);
}

static void
json_times(void **state)
{
	(void)state;
	int64_t us = 0;
	assert_true(json_scan_time("1666666666.123", &us));
	assert_int_equal(us, INT64_C(1666666666000000));
	assert_true(json_scan_time("2022-10-25T02:57:46Z", &us));
	assert_int_equal(us, INT64_C(1666666666000000));
	assert_false(json_scan_time("0", &us));
	assert_false(json_scan_time("soon", &us));
	assert_false(json_scan_time("", &us));
}

/*
 * The form of CAIDA's peeringdb_2_dump_YYYY_MM_DD.json; lists in an order that
 * needs all of them to be known before they can be joined. Addresses and names
 * are made up.
 */
#define META "\"meta\":{\"generated\":1666666666.5}"
#define PORTS                                                                  \
	"\"netixlan\":{\"data\":["                                             \
	"{\"id\":1,\"ix_id\":20,\"name\":\"n\",\"ixlan_id\":30,\"asn\":64500," \
	"\"ipaddr4\":\"1.2.3.4\",\"ipaddr6\":\"2001:db8::4\","                 \
	"\"operational\":true,\"status\":\"ok\"},"                             \
	"{\"id\":2,\"ixlan_id\":30,\"asn\":20485,\"ipaddr4\":\"1.2.3.5\","     \
	"\"ipaddr6\":null,\"operational\":false,\"status\":\"ok\"},"           \
	"{\"id\":3,\"ixlan_id\":30,\"asn\":4837,\"ipaddr4\":\"1.2.3.5\","      \
	"\"status\":\"ok\"},"                                                  \
	"{\"id\":4,\"ixlan_id\":30,\"asn\":7,\"ipaddr4\":\"1.2.3.6\","         \
	"\"status\":\"deleted\"},"                                             \
	"{\"id\":5,\"ixlan_id\":30,\"asn\":7,\"ipaddr4\":\"8.8.8.8\","         \
	"\"status\":\"ok\"},"                                                  \
	"{\"id\":6,\"ixlan_id\":30,\"asn\":7,\"ipaddr4\":null,"                \
	"\"ipaddr6\":\"2001:db8::7\",\"status\":\"ok\"},"                      \
	"{\"id\":7,\"ixlan_id\":30,\"asn\":7,\"ipaddr4\":null,"                \
	"\"ipaddr6\":null,\"status\":\"ok\"},"                                 \
	"{\"id\":8,\"ixlan_id\":30,\"asn\":7,\"ipaddr4\":\"1.2.3\"},"          \
	"{\"id\":9,\"ixlan_id\":30,\"asn\":null,\"ipaddr4\":\"1.2.3.9\"},"     \
	"{\"id\":9,\"asn\":7,\"ipaddr4\":\"1.2.3.9\",\"status\":\"pending\"}"  \
	"]," META "}"
#define PREFIXES                                                               \
	"\"ixpfx\":{\"data\":["                                                \
	"{\"id\":1,\"ixlan_id\":30,\"protocol\":\"IPv4\","                     \
	"\"prefix\":\"1.2.3.0/24\",\"status\":\"ok\"},"                        \
	"{\"id\":2,\"ixlan_id\":30,\"protocol\":\"IPv6\","                     \
	"\"prefix\":\"2001:db8::/64\",\"status\":\"ok\"},"                     \
	"{\"id\":3,\"ixlan_id\":31,\"prefix\":\"1.2.4.0/23\"},"                \
	"{\"id\":4,\"ixlan_id\":99,\"prefix\":\"1.2.8.0/25\"},"                \
	"{\"id\":5,\"ixlan_id\":30,\"prefix\":null},"                          \
	"{\"id\":6,\"ixlan_id\":30,\"prefix\":\"1.2.9.0/24\","                 \
	"\"status\":\"deleted\"}]}"
#define NAMES                                                                  \
	"\"ixlan\":{\"data\":[{\"id\":30,\"ix_id\":20,\"name\":null},"         \
	"{\"id\":31,\"ix_id\":21}]},"                                          \
	"\"ix\":{\"data\":[{\"id\":20,\"name\":\"LINX LON1\"},"                \
	"{\"id\":21,\"name\":\"MSK-IX \\\"Moscow\\\"\",\"city\":\"Moscow\"}]}"
#define OTHERS                                                                 \
	"\"org\":{\"data\":[{\"id\":20,\"name\":\"an org\"},"                  \
	"{\"id\":21,\"name\":\"another\"}]}"

static void
peeringdb_dump(void **state)
{
	(void)state;
	struct origin_text o = {0};
	assert_string_equal(
	    origin_text_take(&o, ORIGIN_IXP, "dump.json",
		"{" PORTS "," PREFIXES "," OTHERS "," NAMES "}"),
	    "rows=6 syntax=2 ipv6=2 no-origin=1 not-in-use=1 deleted=2 "
	    "outside-lan=1 other-record=3 private-kept=1");
	assert_string_equal(table_source(&o.t)->kind, "peeringdb");
	assert_int_equal(
	    table_source(&o.t)->asof_us, INT64_C(1666666666000000));
	assert_string_equal(origin_text_ask(&o, "1.2.3.4"),
	    "ixp 1.2.3.4/32 64500 [member at LINX LON1]");
	assert_string_equal(origin_text_ask(&o, "1.2.3.5"),
	    "ixp 1.2.3.5/32 20485,4837 [member at LINX LON1]");
	assert_string_equal(
	    origin_text_ask(&o, "1.2.3.6"), "ixp 1.2.3.0/24  [LINX LON1]");
	assert_string_equal(origin_text_ask(&o, "1.2.5.255"),
	    "ixp 1.2.4.0/23  [MSK-IX \"Moscow\"]");
	assert_string_equal(origin_text_ask(&o, "1.2.8.1"),
	    "ixp 1.2.8.0/25  [PeeringDB ixlan 99]");
	assert_string_equal(origin_text_ask(&o, "8.8.8.8"), "none");
	assert_string_equal(origin_text_ask(&o, "1.2.9.1"), "none");
	origin_text_clear(&o);
}

/* Answers of the API, a kind of object each; ports behind their LANs. */
static void
peeringdb_answers(void **state)
{
	(void)state;
	struct origin_text o = {0};
	static const char lans[] =
	    "{\"data\": [{\"id\": 1, \"ixlan_id\": 30, \"protocol\": \"IPv4\", "
	    "\"prefix\": \"1.2.3.0/24\", \"status\": \"ok\"}], "
	    "\"meta\": {\"generated\": 1666666666.5}}";
	static const char ports[] =
	    "{\"data\": [{\"ixlan_id\": 30, \"asn\": 7, \"ipaddr4\": null}, "
	    "{\"ixlan_id\": 30, \"asn\": 7, \"ipaddr4\": \"1.2.3.7\"}]}";
	origin_text_take(&o, ORIGIN_IXP, "netixlan.json", ports);
	assert_int_not_equal(o.f.status, 0); /* LANs are not made up */
	assert_non_null(strstr(o.f.text, "1 outside-lan"));
	assert_string_equal(
	    origin_text_take(&o, ORIGIN_IXP, "ixpfx.json", lans), "rows=1");
	assert_string_equal(
	    origin_text_take(&o, ORIGIN_IXP, "netixlan.json", ports),
	    "rows=1 other-record=1");
	assert_string_equal(origin_text_ask(&o, "1.2.3.7"),
	    "ixp 1.2.3.7/32 7 [member at PeeringDB ixlan 30]");
	origin_text_clear(&o);
}

/* A bracket, a quote or a half is missing: the other objects are read. */
static void
peeringdb_damaged(void **state)
{
	(void)state;
	static const char whole[] = "{" NAMES "," PREFIXES "," PORTS "}";
	for (size_t at = 1; at < sizeof(whole) - 1; at++) {
		struct origin_text o = {0};
		char *text = xmemdup(whole, sizeof(whole));
		memmove(text + at, text + at + 1, sizeof(whole) - at - 1);
		origin_text_take(&o, ORIGIN_IXP, "x", text);
		/* one LAN with its three ports is the most that a sign costs */
		if (o.t.nrows < 2)
			fail_msg("without byte %zu: %s %s\n%s", at, o.counts,
			    o.f.text, text);
		origin_text_clear(&o);
		free(text);
	}
	for (size_t len = 0; len < sizeof(whole); len++) {
		struct origin_text o = {0};
		char *text = xmemdup(whole, sizeof(whole));
		text[len] = '\0';
		origin_text_take(&o, ORIGIN_IXP, "x", text);
		assert_true(o.f.status == 0 || o.t.nrows == 0);
		origin_text_clear(&o);
		free(text);
	}
}

/* CAIDA's ixs_YYYYMM.jsonl and ix-asns_YYYYMM.jsonl; contents are made up. */
static void
ixs_of_caida(void **state)
{
	(void)state;
	struct origin_text o = {0};
	static const char ixs[] =
	    "# {\"date\":\"2022-10-01\"}\n"
	    "{\"ix_id\":1,\"pdb_id\":20,\"prefixes\":{\"ipv4\":[\"1.2.3.0/24\","
	    "\"1.2.3.128/25\"],\"ipv6\":[\"2001:db8::/64\"]},"
	    "\"alternatenames\":[\"x\"],\"name\":\"IX ONE\"}\n"
	    "{\"ix_id\":2,\"name\":\"CUT\",\"prefixes\":{\"ipv4\":[\"2.0.0.0/"
	    "8\"\n"
	    "{\"ix_id\":3,\"name\":null,\"prefixes\":{\"ipv4\":[\"1.2.5.0/24\","
	    "\"1.2.5/24\"],\"ipv6\":[]}}\n"
	    "{\"ix_id\":4,\"name\":\"NONE\",\"prefixes\":{}}\n";
	static const char asns[] =
	    "# comment\n"
	    "{\"asn\":20485,\"ix_id\":1,\"ipv4\":[\"1.2.3.4\",\"1.2.3.200\","
	    "\"9.9.9.9\"],\"ipv6\":[\"2001:db8::1\"]}\n"
	    "{\"ix_id\":1,\"ipv4\":[\"1.2.3.4\",\"1.2.3\"],\"asn\":4837}\n"
	    "{\"ix_id\":1,\"ipv4\":[\"1.2.3.9\"]}\n";
	assert_string_equal(
	    origin_text_take(&o, ORIGIN_IXP, "ixs_202210.jsonl", ixs),
	    "rows=3 syntax=2 ipv6=1 date-of-name=1");
	assert_string_equal(table_source(&o.t)->kind, "ixs");
	assert_int_equal(
	    table_source(&o.t)->asof_us, INT64_C(1664582400000000));
	assert_string_equal(
	    origin_text_take(&o, ORIGIN_IXP, "ix-asns_202210.jsonl", asns),
	    "rows=3 syntax=1 ipv6=1 no-origin=1 outside-lan=1 date-of-name=1");
	assert_string_equal(origin_text_ask(&o, "1.2.3.4"),
	    "ixp 1.2.3.4/32 20485,4837 [member at IX ONE]");
	assert_string_equal(origin_text_ask(&o, "1.2.3.200"),
	    "ixp 1.2.3.200/32 20485 [member at IX ONE]");
	assert_string_equal(
	    origin_text_ask(&o, "1.2.3.201"), "ixp 1.2.3.128/25  [IX ONE]");
	assert_string_equal(origin_text_ask(&o, "1.2.5.1"),
	    "ixp 1.2.5.0/24  [ixs_202210.jsonl]");
	assert_string_equal(origin_text_ask(&o, "2.0.0.1"), "none");
	assert_string_equal(origin_text_ask(&o, "9.9.9.9"), "none");
	origin_text_clear(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json_records),
	    cmocka_unit_test(json_times),
	    cmocka_unit_test(peeringdb_dump),
	    cmocka_unit_test(peeringdb_answers),
	    cmocka_unit_test(peeringdb_damaged),
	    cmocka_unit_test(ixs_of_caida),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
