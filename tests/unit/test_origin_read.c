/* SPDX-License-Identifier: ISC */
#include "analysis/origin/flatten.h"
#include "analysis/origin/line.h"
#include "analysis/origin/reader.h"

#include "analysis/origin/compress.h"
#include "analysis/origin/packed.h"
#include "analysis/origin/reserved.h"
#include "analysis/origin/snapshot.h"
#include "probe/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

/* Reads text as a source of the layer; the fault's status, 0 when it is good.
 */
static int
take(struct table *t, enum origin_layer layer, const char *text)
{
	struct fault f = {0};
	struct input in = {.name = xstrdup("dir/text"),
	    .bytes = xmemdup(text, strlen(text)),
	    .len = strlen(text)};
	bool ok = reader_take(t, layer, &in, &f);
	assert_true(ok == (f.status == 0));
	input_clear(&in);
	return f.status;
}

static uint64_t
counted(struct table *t, enum source_count what)
{
	return table_source(t)->counts[what];
}

/* "LAYER PREFIX ASN,ASN" of the snapshot that the table makes; clears it. */
static char *
ask(struct table *t, const char *addr)
{
	struct wr bytes = {0};
	struct fault f = {0};
	struct origin_answer a = {0};
	char prefix[PREFIX_STRLEN], asns[128] = "";
	uint32_t x = 0;
	assert_true(addr_parse(addr, &x));
	snapshot_pack(t, 0, &bytes);
	struct snapshot *s = snapshot_borrow(bytes.p, bytes.len, "memory", &f);
	assert_non_null(s);
	char *text = xstrdup("none");
	if (snapshot_find(s, x, &a)) {
		for (size_t i = 0; i < a.nasns; i++)
			snprintf(asns + strlen(asns),
			    sizeof(asns) - strlen(asns), "%s%u", i ? "," : "",
			    a.asns[i]);
		free(text);
		text = xasprintf("%s %s %s", origin_layer_name(a.layer),
		    prefix_format(&a.prefix, prefix), asns);
	}
	snapshot_close(s);
	wr_free(&bytes);
	table_clear(t);
	return text;
}

static void
answers(struct table *t, const char *addr, const char *expected)
{
	char *text = ask(t, addr);
	assert_string_equal(text, expected);
	free(text);
}

static void
ranges_dotted_and_numeric(void **state)
{
	(void)state;
	struct table t = {0};
	assert_int_equal(
	    take(&t, ORIGIN_BGP,
		"1.0.0.0,1.0.0.255,13335,\"Cloudflare, Inc.\"\r\n"
		"16778240,16779263,38803,Gtelecom\n"
		"2.26.200.0,2.26.215.255,401111,\"LLC \"\"X\"\"\"\n"
		"2001:db8::,2001:db8::1,1,v6\n"
		"5.0.0.9,5.0.0.1,7,reversed\n"
		"5.0.0.1,5.0.0.9,4294967296,too large\n"
		"6.0.0.0,6.0.0.255\n"
		"0.0.0.0,255.255.255.255,7,all\n"
		"7.0.0.0,7.0.0.255,0,zero"),
	    0);
	assert_int_equal(counted(&t, COUNT_ROWS), 3);
	assert_int_equal(counted(&t, COUNT_IPV6), 1);
	assert_int_equal(counted(&t, COUNT_SYNTAX), 3);
	assert_int_equal(counted(&t, COUNT_DEFAULT), 1);
	assert_int_equal(counted(&t, COUNT_NO_ORIGIN), 1);
	assert_string_equal(
	    table_text_at(&t, asname_get(&t.names, 13335)->text),
	    "Cloudflare, Inc.");
	assert_string_equal(
	    table_text_at(&t, asname_get(&t.names, 401111)->text), "LLC \"X\"");
	answers(&t, "2.26.207.255", "bgp 2.26.200.0/21 401111");
}

static void
overlapping_ranges(void **state)
{
	(void)state;
	static const char text[] =
	    "16777226,16778216,1,a\n16778116,16778316,2,b\n";
	static const struct {
		const char *addr, *answer;
	} rows[] = {{"1.0.0.9", "none"}, {"1.0.3.131", "bgp 1.0.3.128/26 1"},
	    {"1.0.3.132", "bgp 1.0.3.132/30 2"},
	    {"1.0.4.76", "bgp 1.0.4.76/32 2"}, {"1.0.4.77", "none"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct table t = {0};
		assert_int_equal(take(&t, ORIGIN_BGP, text), 0);
		assert_int_equal(counted(&t, COUNT_OVERLAP), 1);
		answers(&t, rows[i].addr, rows[i].answer);
	}
}

static void
pairs_of_all_spellings(void **state)
{
	(void)state;
	static const char text[] = "; pyasn\n1.0.0.0/24\t13335\n"
				   "1.0.4.0\t22\t64512_4837_9929\n"
				   "1.0.4.0/22\t9929_20485\n"
				   "2.0.0.0\t16\t{7,8}\n"
				   "3.0.0.0/8 4200000001\n"
				   "4.0.0.0/8 -1\n"
				   "5.0.0.1/8 5\n"
				   "2001::/16\t5\n"
				   "0.0.0.0/0\t6939\n"
				   "6.0.0.0/8 12x\n";
	static const struct {
		const char *addr, *answer;
	} rows[] = {{"1.0.0.1", "bgp 1.0.0.0/24 13335"},
	    {"1.0.5.1", "bgp 1.0.4.0/22 4837,9929,20485"},
	    {"2.0.0.1", "bgp 2.0.0.0/16 7,8"},
	    {"3.0.0.1", "bgp 3.0.0.0/8 4200000001"}, {"4.0.0.1", "none"},
	    {"9.0.0.1", "none"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct table t = {0};
		assert_int_equal(take(&t, ORIGIN_BGP, text), 0);
		assert_int_equal(counted(&t, COUNT_ROWS), 5);
		assert_int_equal(counted(&t, COUNT_MOAS), 3);
		assert_int_equal(counted(&t, COUNT_PRIVATE), 1);
		assert_int_equal(counted(&t, COUNT_NO_ORIGIN), 1);
		assert_int_equal(counted(&t, COUNT_SYNTAX), 2);
		assert_int_equal(counted(&t, COUNT_IPV6), 1);
		assert_int_equal(counted(&t, COUNT_DEFAULT), 1);
		answers(&t, rows[i].addr, rows[i].answer);
	}
}

static void
too_many_origins_are_cut(void **state)
{
	(void)state;
	struct table t = {0};
	assert_int_equal(
	    take(&t, ORIGIN_BGP, "1.0.0.0/8 1_2_3_4_5_6_7_8_9_10\n"), 0);
	assert_int_equal(counted(&t, COUNT_MOAS_CUT), 1);
	answers(&t, "1.1.1.1", "bgp 1.0.0.0/8 1,2,3,4,5,6,7,8");
}

static void
longest_prefix_and_layers(void **state)
{
	(void)state;
	static const struct {
		const char *addr, *answer;
	} rows[] = {{"1.2.3.4", "ixp 1.2.3.0/25 "},
	    {"1.2.3.200", "bgp 1.2.3.0/24 30"},
	    {"1.2.9.9", "bgp 1.2.0.0/16 20"}, {"1.9.9.9", "bgp 1.0.0.0/8 10"},
	    {"2.0.0.1", "registry 2.0.0.0/8 40"},
	    {"3.0.0.1", "curated 3.0.0.0/8 50"}, {"4.0.0.1", "none"},
	    {"223.255.255.255", "bgp 223.255.255.255/32 60"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct table t = {0};
		take(&t, ORIGIN_CURATED, "3.0.0.0/8 50\n2.0.0.0/8 51\n");
		take(&t, ORIGIN_REGISTRY, "2.0.0.0/8 40\n1.2.3.0/28 41\n");
		take(&t, ORIGIN_BGP,
		    "1.0.0.0/8 10\n1.2.0.0/16 20\n1.2.3.0/24 30\n"
		    "223.255.255.255/32 60\n");
		take(&t, ORIGIN_IXP, "# LANs\n1.2.3.0/25  # DE-CIX\n");
		answers(&t, rows[i].addr, rows[i].answer);
	}
}

#define DELEGATED                                                              \
	"2|apnic|20261121|9|19830613|20261120|+1000\n"                         \
	"apnic|*|ipv4|*|4|summary\n"                                           \
	"apnic|HK|asn|134544|1|20150101|allocated|A91\n"                       \
	"apnic|HK|ipv4|103.35.252.0|1024|20150101|allocated|A91\n"             \
	"apnic|KP|asn|131279|2|20091221|allocated|A92\n"                       \
	"apnic|KP|ipv4|175.45.176.128|768|20091221|assigned|A92\n"             \
	"ripencc|RU|ipv4|188.43.0.0|65536|20091221|allocated|A91\n"            \
	"apnic||ipv4|1.0.0.0|256||available|\n"                                \
	"apnic|JP|ipv4|5.0.0.0|256|00000000|allocated\n"                       \
	"apnic|JP|ipv6|2001::|16|20000101|allocated|A92\n"                     \
	"apnic|JP|ipv4|255.255.255.0|512|20000101|allocated|A92\n"             \
	"apnic|JP|ipv4|x|512|20000101|allocated|A92\n"

static void
delegated_joins_by_holder(void **state)
{
	(void)state;
	static const struct {
		const char *addr, *answer;
	} rows[] = {{"103.35.255.254", "registry 103.35.252.0/22 134544"},
	    {"175.45.176.127", "none"},
	    {"175.45.176.130", "registry 175.45.176.128/25 131279,131280"},
	    {"175.45.178.1", "registry 175.45.178.0/24 131279,131280"},
	    {"175.45.179.127", "registry 175.45.179.0/25 131279,131280"},
	    {"175.45.179.128", "none"}, {"188.43.0.1", "none"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct table t = {0};
		assert_int_equal(take(&t, ORIGIN_REGISTRY, DELEGATED), 0);
		assert_int_equal(counted(&t, COUNT_ROWS), 2);
		assert_int_equal(counted(&t, COUNT_NO_HOLDER), 2);
		assert_int_equal(counted(&t, COUNT_STATUS), 1);
		assert_int_equal(counted(&t, COUNT_IPV6), 1);
		assert_int_equal(counted(&t, COUNT_SYNTAX), 2);
		answers(&t, rows[i].addr, rows[i].answer);
	}
}

static void
rows_with_a_source(void **state)
{
	(void)state;
	static const char text[] =
	    "# licence: ISC\n# as-of: 2026-06-17\n"
	    "103.35.252.0/22 | AS134544 | Cenbong | 2026-06-17 | the source\n"
	    "1.0.0.0/8 | 1 2 | Two | 2026-06-17 | a | b\n"
	    "2.0.0.0/8 | 1 | No date | soon | s\n"
	    "2.0.0.0/8 | 1 | No source | 2026-06-17 |\n"
	    "2.0.0.0/8 | 1 | Short | 2026-06-17\n";
	struct table t = {0};
	assert_int_equal(take(&t, ORIGIN_CURATED, text), 0);
	const struct source *s = table_source(&t);
	assert_int_equal(s->counts[COUNT_ROWS], 2);
	assert_int_equal(s->counts[COUNT_SYNTAX], 3);
	assert_string_equal(s->licence, "ISC");
	assert_string_equal(s->name, "text");
	assert_int_equal(s->asof_us, INT64_C(1781654400000000));
	assert_string_equal(
	    table_text_at(&t, t.rows[0].note), "the source (2026-06-17)");
	answers(&t, "103.35.255.254", "curated 103.35.252.0/22 134544");
}

static void
relations(void **state)
{
	(void)state;
	struct table t = {0};
	struct wr bytes = {0};
	struct fault f = {0};
	assert_int_equal(take(&t, ORIGIN_NONE,
			     "# serial-2\n4837|134544|-1|bgp\n1|2|0|mlp\n"
			     "134544|131279|-1\n3|3|0\n4|5|9\n"),
	    0);
	assert_int_equal(counted(&t, COUNT_ROWS), 3);
	assert_int_equal(counted(&t, COUNT_SYNTAX), 2);
	assert_int_equal(take(&t, ORIGIN_BGP, "1.0.0.0/8 1\n"), 0);
	snapshot_pack(&t, 0, &bytes);
	struct snapshot *s = snapshot_borrow(bytes.p, bytes.len, "m", &f);
	assert_non_null(s);
	assert_int_equal(snapshot_relate(s, 134544, 131279), ORIGIN_PROVIDER);
	assert_int_equal(snapshot_relate(s, 131279, 134544), ORIGIN_CUSTOMER);
	assert_int_equal(snapshot_relate(s, 2, 1), ORIGIN_PEER);
	assert_int_equal(snapshot_relate(s, 4837, 131279), ORIGIN_UNRELATED);
	snapshot_close(s);
	wr_free(&bytes);
	table_clear(&t);
}

static void
wrong_files_are_refused(void **state)
{
	(void)state;
	static const struct {
		enum origin_layer layer;
		const char *text;
	} rows[] = {{ORIGIN_BGP, ""}, {ORIGIN_BGP, "# nothing\n"},
	    {ORIGIN_BGP, "hello world\n"}, {ORIGIN_BGP, DELEGATED},
	    {ORIGIN_IXP, "1.0.0.0/8 1\n"}, {ORIGIN_BGP, "1.0.0.0/8 # LAN\n"},
	    {ORIGIN_BGP, "0.0.0.0/0 7\n"}, {ORIGIN_REGISTRY, "1|2|-1\n"},
	    {ORIGIN_BGP, "TUMEN TABLE 1\n\n\1"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct table t = {0};
		assert_int_equal(
		    take(&t, rows[i].layer, rows[i].text), EX_DATAERR);
		table_clear(&t);
	}
}

static void
packed_and_back(void **state)
{
	(void)state;
	struct table t = {0}, back = {0};
	struct wr plain = {0}, frame = {0}, again = {0};
	take(&t, ORIGIN_BGP,
	    "1.0.0.0,1.0.0.255,401111,A\n1.0.0.9,1.0.2.7,3,B\n"
	    "223.0.0.0,223.255.255.255,3,B\n");
	static const char head[] = PACKED_MAGIC "as-of: 2026-06-17\n\n";
	wr_bytes(&plain, head, strlen(head));
	packed_columns(&t, &plain);
	compress_zstd(plain.p, plain.len, &frame);
	struct rd r = rd_make(frame.p, frame.len);
	assert_int_equal(decompress_zstd(&r, plain.len, &again), UNPACK_WHOLE);
	assert_int_equal(again.len, plain.len);
	table_begin(&back, ORIGIN_BGP);
	read_packed(&(struct input){.bytes = again.p, .len = again.len}, &back);
	assert_int_equal(counted(&back, COUNT_OVERLAP), 1);
	assert_int_equal(back.nrows, t.nrows);
	for (size_t i = 0; i < t.nrows; i++) {
		assert_int_equal(back.rows[i].first, t.rows[i].first);
		assert_int_equal(back.rows[i].last, t.rows[i].last);
		assert_int_equal(
		    back.asns[back.rows[i].asn_at], t.asns[t.rows[i].asn_at]);
	}
	assert_string_equal(
	    table_text_at(&back, asname_get(&back.names, 3)->text), "B");
	wr_free(&plain);
	wr_free(&frame);
	wr_free(&again);
	table_clear(&t);
	table_clear(&back);
}

static void
long_lines_and_nuls(void **state)
{
	(void)state;
	char text[LINE_MAX_LEN + 64], line[LINE_MAX_LEN];
	memset(text, 'x', sizeof(text));
	text[LINE_MAX_LEN] = '\n';
	text[LINE_MAX_LEN + 9] = '\0';
	text[LINE_MAX_LEN + 20] = '\n';
	struct rd r = rd_make(text, LINE_MAX_LEN + 22);
	assert_true(line_next(&r, line));
	assert_string_equal(line, "?");
	assert_true(line_next(&r, line));
	assert_string_equal(line, "?");
	assert_true(line_next(&r, line));
	assert_string_equal(line, "x");
	assert_false(line_next(&r, line));
}

static void
reserved_blocks(void **state)
{
	(void)state;
	static const char *const in[] = {"0.0.0.0", "10.255.255.255",
	    "100.64.0.1", "127.0.0.1", "169.254.1.1", "172.31.255.255",
	    "192.0.0.8", "192.0.0.171", "192.0.2.1", "192.168.0.1",
	    "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
	    "255.255.255.255"};
	static const char *const out[] = {"1.0.0.0", "9.255.255.255",
	    "100.128.0.0", "128.0.0.0", "172.32.0.0", "192.0.0.9",
	    "192.88.99.1", "198.20.0.0", "223.255.255.255"};
	uint32_t a = 0;
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		assert_true(addr_parse(in[i], &a) && reserved_find(a));
	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		assert_true(addr_parse(out[i], &a) && !reserved_find(a));
	assert_true(reserved_asn(23456) && reserved_asn(64512));
	assert_true(reserved_asn(4200000000) && reserved_asn(0));
	assert_false(reserved_asn(401111) || reserved_asn(131279));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ranges_dotted_and_numeric),
	    cmocka_unit_test(overlapping_ranges),
	    cmocka_unit_test(pairs_of_all_spellings),
	    cmocka_unit_test(too_many_origins_are_cut),
	    cmocka_unit_test(longest_prefix_and_layers),
	    cmocka_unit_test(delegated_joins_by_holder),
	    cmocka_unit_test(rows_with_a_source),
	    cmocka_unit_test(relations),
	    cmocka_unit_test(wrong_files_are_refused),
	    cmocka_unit_test(packed_and_back),
	    cmocka_unit_test(long_lines_and_nuls),
	    cmocka_unit_test(reserved_blocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
