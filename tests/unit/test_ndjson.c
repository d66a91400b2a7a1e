/* SPDX-License-Identifier: ISC */
#include "tests/unit/ndjson_line.h"
#include "tests/unit/store_same.h"
#include "tests/unit/store_sample.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include <cmocka.h>

static void
records_come_back(void **state)
{
	(void)state;
	for (uint64_t seq = 1; seq <= 200; seq++) {
		struct record r = sample_record("sel", 77, seq), back;
		struct fault f;
		char *line = line_of(&r);
		if (!parse(line, &back, &f))
			fail_msg("%s\n%s", f.text, line);
		assert_true(same_record(&r, &back, false));
		char *again = line_of(&back);
		assert_string_equal(line, again);
		free(again);
		free(line);
		record_clear(&back);
		record_clear(&r);
	}
}

/* Where a path joins another one is for people and scripts: no field yet. */
static void
a_joined_trace_is_a_trace(void **state)
{
	(void)state;
	struct record r = sample_record("sel", 77, 5), other, back;
	struct record_joins joins = {.ttl = 4, .finished = true};
	struct json j = {0};
	struct fault f;
	char id[UUID_STRLEN], want[128];
	other = sample_record("sel", 77, 3);
	record_id(&other, joins.trace);
	record_json_joined(&r, &joins, &j);
	char *line = json_take(&j);
	snprintf(want, sizeof(want), ",\"joins\":{\"ttl\":4,\"trace\":\"%s\"}}",
	    uuid_format(joins.trace, id));
	assert_string_equal(line + strlen(line) - strlen(want), want);
	assert_true(parse(line, &back, &f));
	assert_true(same_record(&r, &back, false));
	free(line);
	record_clear(&back);
	record_clear(&other);
	record_clear(&r);
}

static void
extremes_come_back(void **state)
{
	struct record r = sample_record("sel", (UINT64_C(1) << 53) - 1, 1);
	struct record back;
	struct fault f;
	(void)state;
	r.flow = UINT32_MAX;
	r.drops = UINT32_MAX;
	r.prefix = (struct prefix){0};
	r.target = UINT32_MAX;
	r.port = 0;
	r.duration_us = 0;
	r.probes[0].rtt_ns = 0;
	r.probes[1].rtt_ns = INT64_C(3599999999999);
	r.probes[2].tx_ns = -1;
	snprintf(r.stop_detail, sizeof(r.stop_detail), "%s",
	    "\"quotes\" \\ and \t tabs, \xd0\xa2\xd1\x83\xd0\xbc");
	char *line = line_of(&r);
	if (!parse(line, &back, &f))
		fail_msg("%s", f.text);
	assert_true(same_record(&r, &back, false));
	free(line);
	record_clear(&back);
	record_clear(&r);
}

static void
replies_are_read(void **state)
{
	struct record r = sample_record("sel", 77, 1), back;
	struct json j = {0};
	struct fault f = {0};
	enum ndjson_kind kind = NDJSON_TRACE;
	(void)state;
	record_json_reply(&r, &r.probes[2], &j);
	char *line = json_take(&j);
	assert_true(ndjson_parse(line, strlen(line), &kind, &back, &f));
	assert_int_equal(kind, NDJSON_REPLY);
	assert_int_equal(back.nprobes, 1);
	assert_true(same_probe(&back.probes[0], &r.probes[2], false));
	assert_int_equal(back.target, r.target);
	free(line);
	record_clear(&back);
	record_clear(&r);
}

/* An extension whose last object claims more than there is, and one too short
 * to be an object: not an octet is lost. */
static void
malformed_extensions_come_back(void **state)
{
	(void)state;
	static const uint8_t octets[][10] = {
	    {0, 6, 2, 1, 0xaa, 0xbb, 0, 9, 2, 1}, {0, 3, 2, 1}, {7}};
	static const uint16_t lens[] = {10, 4, 1};
	for (size_t i = 0; i < 3; i++) {
		struct fault f = {0};
		struct json j = {0};
		struct record r = sample_record("sel", 77, 1), back;
		enum ndjson_kind kind;
		struct record_probe *p = &r.probes[2];
		free(p->ext.p);
		p->ext.p = xmemdup(octets[i], lens[i]);
		p->ext.len = lens[i];
		assert_true(p->answered);
		record_json(&r, &j);
		char *line = json_take(&j);
		if (!ndjson_parse(line, strlen(line), &kind, &back, &f))
			fail_msg("%s", f.text);
		assert_int_equal(back.probes[2].ext.len, lens[i]);
		assert_memory_equal(back.probes[2].ext.p, octets[i], lens[i]);
		record_clear(&back);
		record_clear(&r);
		free(line);
	}
}

/* The sample's line with one text replaced by another. */
static char *
changed(const char *from, const char *to)
{
	struct record r = sample_record("sel", 77, 1);
	char *line = line_of(&r), *at = strstr(line, from);
	record_clear(&r);
	if (at == NULL)
		fail_msg("no %s in %s", from, line);
	char *out = xasprintf(
	    "%.*s%s%s", (int)(at - line), line, to, at + strlen(from));
	free(line);
	return out;
}

static void
refuses(const char *from, const char *to, const char *text)
{
	struct record r;
	struct fault f;
	char *line = changed(from, to);
	if (parse(line, &r, &f))
		fail_msg("%s was taken for %s", to, from);
	assert_int_equal(f.status, EX_DATAERR);
	if (strstr(f.text, text) == NULL)
		fail_msg("%s: %s", to, f.text);
	assert_null(r.probes);
	assert_int_equal(r.nprobes, 0);
	free(line);
}

static void
wrong_values_are_refused(void **state)
{
	(void)state;
	refuses("\"v\":1", "\"v\":2", "v: not 1");
	refuses("\"record\":\"trace\",", "", "record: missing");
	refuses("\"record\":\"trace\"", "\"record\":\"verdict\"", "neither");
	refuses("\"vantage\":\"sel\"", "\"vantage\":null", "vantage: missing");
	refuses("\"vantage\":\"sel\"", "\"vantage\":7", "vantage: no string");
	refuses("\"vantage\":\"sel\"",
	    "\"vantage\":\"a-name-that-is-longer-than-32-octets\"",
	    "vantage: a string that is too long");
	refuses("\"vantage\":\"sel\"", "\"vantage\":\"hkg\"", "id: not");
	refuses("\"epoch\":77", "\"epoch\":9007199254740992",
	    "epoch: 9007199254740992 is not in 0..9007199254740991");
	refuses("\"epoch\":77", "\"epoch\":\"77\"", "epoch: no number");
	refuses("\"seq\":1", "\"seq\":0", "seq: 0");
	refuses("\"seq\":1", "\"seq\":-1", "seq: -1 is not in 0..");
	refuses("\"seq\":1", "\"seq\":1.5", "seq: no whole number");
	refuses("175.45.176.71", "175.45.176.271", "target: not an IPv4");
	refuses("175.45.176.0/24", "175.45.176.1/24", "prefix: not");
	refuses("\"method\":\"icmp\"", "\"method\":\"sctp\"", "method: not");
	refuses("\"sport\":33456", "\"sport\":65536", "sport: 65536 is not in");
	refuses("\"stop\":\"reached\"", "\"stop\":\"?\"", "stop: not one of");
	refuses("\"hops\":[", "\"hops\":7,\"x\":[", "hops: no array");
	refuses("\"ttl\":1,", "\"ttl\":65,", "ttl: 65 is not in 1..64");
	refuses("\"ttl\":2,", "\"ttl\":1,", "twice");
	refuses("\"attempt\":1", "\"attempt\":33", "hop 1: attempt: 33 is");
	refuses("\"addr\":\"10.0.1.1\"", "\"addr\":null", "hop 1: silent:");
	refuses("\"addr\":\"10.0.1.1\"", "\"addr\":\"x\"", "hop 1: addr:");
	refuses("\"proof\":\"both\"", "\"proof\":\"all\"", "hop 1: proof:");
	refuses("\"reply_ttl\":63", "\"reply_ttl\":256", "reply_ttl: 256 is");
	refuses("\"rtt_us\":", "\"rtt_us\":-", "rtt_us: -");
	refuses("\"late\":false", "\"late\":0", "late: not true or false");
	refuses("\"class\":2", "\"class\":256", "class: 256 is not");
	refuses("\"data\":\"", "\"data\":\"0", "odd number");
	refuses("\"data\":\"", "\"data\":\"zz", "not hexadecimal");
	refuses("\"drops\":1", "\"drops\":1,\"drops\":1", "duplicate");
	refuses("{\"record\"", "[{\"record\"", "no object");
	refuses("null,\"source\":null}", "null,\"source\":null", "too early");
	refuses("\"source\":null}", "\"source\":null}}", "behind the object");
	refuses("\"source\":null", "\"source\":{}", "source: it and");
	refuses("format\":null", "format\":\"x\"", "source: it and");
	refuses("format\":null,\"source\":null",
	    "format\":\"a b\",\"source\":{}", "source_format: not of");
	refuses("format\":null,\"source\":null",
	    "format\":\"longer-than-any-word\",\"source\":{}",
	    "source_format: a string that is too long");
	refuses("format\":null,\"source\":null",
	    "format\":\"atlas\",\"source\":{\"a\":}", "no value begins so");
	refuses("\"proof\":\"both\"", "\"proof\":\"both\",\"proof\":null",
	    "hop 1: proof: a duplicate key");
	refuses("\"ttl\":1,", "", "ttl: missing");
	refuses("\"attempt\":1,", "", "hop 1: attempt: missing");
	refuses("\"control\":false", "\"control\":0", "control: not true");
}

static void
unknown_keys_and_missing_optional_ones_are_fine(void **state)
{
	struct record r;
	struct fault f;
	(void)state;
	char *line = changed("\"drops\":1", "\"drops\":1,\"as_path\":[1,{}]");
	assert_true(parse(line, &r, &f));
	record_clear(&r);
	free(line);
	line = changed(",\"control\":false", "");
	assert_true(parse(line, &r, &f));
	assert_false(r.control);
	record_clear(&r);
	free(line);
	line = changed("\"control\":false", "\"control\":true");
	assert_true(parse(line, &r, &f));
	assert_true(r.control);
	record_clear(&r);
	free(line);
	line = changed("\"start\":", "\"begin\":");
	assert_true(parse(line, &r, &f));
	record_clear(&r);
	free(line);
}

static int64_t
cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Prints what reading a line costs, the least of ten rounds; TUMEN_BENCH. */
static void
bench(void **state)
{
	enum { LINES = 5000, ROUNDS = 10 };
	(void)state;
	if (getenv("TUMEN_BENCH") == NULL)
		return;
	struct record r = sample_record("sel", 77, 4);
	char *line = line_of(&r);
	int64_t best = INT64_MAX;
	for (int round = 0; round < ROUNDS; round++) {
		struct record back;
		struct fault f;
		int64_t start = cpu_ns();
		for (int i = 0; i < LINES; i++) {
			assert_true(parse(line, &back, &f));
			record_clear(&back);
		}
		int64_t ns = (cpu_ns() - start) / LINES;
		best = ns < best ? ns : best;
	}
	printf("# ndjson: %" PRId64 " ns a record, %.0f ns a probe, "
	       "%.0f MB/s\n",
	    best, (double)best / (double)r.nprobes,
	    (double)strlen(line) * 1e3 / (double)best);
	free(line);
	record_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(records_come_back),
	    cmocka_unit_test(a_joined_trace_is_a_trace),
	    cmocka_unit_test(extremes_come_back),
	    cmocka_unit_test(malformed_extensions_come_back),
	    cmocka_unit_test(replies_are_read),
	    cmocka_unit_test(wrong_values_are_refused),
	    cmocka_unit_test(unknown_keys_and_missing_optional_ones_are_fine),
	    cmocka_unit_test(bench),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
