/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/ndjson.h"

#include "analysis/exchange/exchange.h"
#include "probe/base/record_json.h"
#include "tests/unit/store_place.h"
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

static char *
line_of(const struct record *r)
{
	struct json j = {0};
	record_json(r, &j);
	return json_take(&j);
}

static bool
parse(const char *line, struct record *r, struct fault *f)
{
	enum ndjson_kind kind;
	*f = (struct fault){0};
	return ndjson_parse(line, strlen(line), &kind, r, f);
}

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

/* As another tool's: nothing that it does not tell. */
static struct record
foreign_sample(uint64_t seq)
{
	static const char source[] = "{ \"fw\":5080,\"x\" : [1e2,\"\\u00e9\"]}";
	struct record r = sample_record("atlas-7", 0, seq);
	r.campaign[0] = '\0';
	r.run = -1;
	r.src = seq % 2 ? 0 : r.src;
	r.sport = r.dport = 0;
	r.duration_us = seq % 3 ? -1 : 4000000;
	r.source = (struct record_source){.format = "atlas",
	    .text = xmemdup(source, sizeof(source)),
	    .len = sizeof(source) - 1};
	for (size_t i = 0; i < r.nprobes; i++) {
		r.probes[i].attempt =
		    (uint8_t)(RECORD_ATTEMPT_TOP - 1 + r.probes[i].attempt % 2);
		if (r.probes[i].answered)
			r.probes[i].proof = PROOF_UNTOLD;
	}
	record_sort(&r);
	return r;
}

static void
foreign_records_come_back(void **state)
{
	(void)state;
	for (uint64_t seq = 1; seq <= 30; seq++) {
		struct record r = foreign_sample(seq), back;
		struct fault f;
		char *line = line_of(&r);
		assert_non_null(strstr(line, "\"source\":{ \"fw\":5080,"));
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

/* The same value with all members of all objects the other way round. */
static void
backwards(struct json_read *in, struct wr *out)
{
	enum { MEMBERS = 64 };
	struct wr member[MEMBERS] = {{0}};
	struct json_word key;
	size_t n = 0;
	enum json_kind kind = json_read_kind(in);
	const char *text = in->p;
	if (kind == JSON_ARRAY) {
		wr_u8(out, '[');
		json_read_array(in);
		for (bool more = false; json_read_item(in); more = true) {
			wr_bytes(out, ", ", more ? 2 : 0);
			backwards(in, out);
		}
		wr_u8(out, ']');
	} else if (kind != JSON_OBJECT) {
		json_read_skip(in);
		wr_bytes(out, text, (size_t)(in->p - text));
	} else {
		for (json_read_object(in); json_read_member(in, &key); n++) {
			wr_bytes(&member[n], "\n\"", 2);
			wr_bytes(&member[n], key.p, key.len);
			wr_bytes(&member[n], "\" : ", 4);
			backwards(in, &member[n]);
		}
		wr_bytes(out, "{", 1);
		for (size_t i = n; i-- > 0; wr_free(&member[i])) {
			wr_bytes(out, member[i].p, member[i].len);
			wr_bytes(out, ",", i > 0);
		}
		wr_bytes(out, "}", 1);
	}
}

static void
keys_come_in_any_order(void **state)
{
	(void)state;
	for (uint64_t seq = 1; seq <= 30; seq++) {
		struct record back, r = seq % 2 ? foreign_sample(seq)
						: sample_record("sel", 7, seq);
		struct fault f;
		struct wr w = {0};
		char *line = line_of(&r);
		struct json_read in = json_read_make(line, strlen(line), true);
		backwards(&in, &w);
		wr_u8(&w, '\0');
		assert_true(json_read_ok(&in));
		if (!parse((const char *)w.p, &back, &f))
			fail_msg("%s\n%s", f.text, (const char *)w.p);
		assert_string_not_equal(line, (const char *)w.p);
		free(back.source.text); /* its members, too, changed places */
		back.source.text = r.source.text;
		back.source.len = r.source.len;
		assert_true(same_record(&r, &back, false));
		back.source.text = NULL;
		wr_free(&w);
		free(line);
		record_clear(&back);
		record_clear(&r);
	}
}

/* Wherever a text is cut, more of it is asked for; nothing is broken. */
static void
a_cut_text_asks_for_more(void **state)
{
	(void)state;
	struct record r = foreign_sample(4);
	struct foreign f = {0};
	char *line = line_of(&r);
	size_t len = strlen(line);
	for (size_t n = 0; n <= len; n++) {
		struct json_read in = json_read_make(line, n, n == len);
		foreign_reset(&f);
		tumen_read(&in, &f);
		if (n < len)
			assert_int_equal(in.state, JSON_READ_SHORT);
	}
	assert_int_equal(f.n, 1);
	assert_int_equal(f.format, FORMAT_TUMEN);
	assert_true(same_record(&r, &f.record[0], false));
	foreign_free(&f);
	free(line);
	record_clear(&r);
}

static void
assert_other(const char *text, const char *other)
{
	struct foreign f = {0};
	struct json_read in = json_read_make(text, strlen(text), true);
	tumen_read(&in, &f);
	assert_int_equal(in.state, JSON_READ_OK);
	assert_ptr_equal(in.p, in.end);
	assert_int_equal(f.n, 0);
	assert_string_equal(f.other, other);
	foreign_free(&f);
}

static void
other_records_are_named(void **state)
{
	(void)state;
	assert_other("{\"record\":\"verdict\",\"v\":7,\"hops\":{}}", "verdict");
	assert_other("{\"hops\":[7],\"record\":\"graph\"}", "graph");
	assert_other("{\"v\":1,\"record\":\"reply\"}", "reply");
	assert_other("{\"record\":\"\\u001b[2J\"}", "unknown");
}

static void
too_long_a_source_is_not_kept(void **state)
{
	(void)state;
	struct record r = foreign_sample(1), back;
	struct fault f;
	free(r.source.text);
	r.source.text = xcalloc(RECORD_SOURCE_MAX + 2, 1);
	r.source.len = RECORD_SOURCE_MAX;
	memset(r.source.text, ' ', RECORD_SOURCE_MAX + 1);
	memcpy(r.source.text, "[", 1);
	r.source.text[RECORD_SOURCE_MAX - 1] = ']';
	char *line = line_of(&r);
	assert_true(parse(line, &back, &f));
	assert_int_equal(back.source.len, RECORD_SOURCE_MAX);
	record_clear(&back);
	free(line);
	r.source.text[RECORD_SOURCE_MAX - 1] = ' ';
	r.source.text[RECORD_SOURCE_MAX] = ']';
	r.source.len++;
	line = line_of(&r);
	assert_true(parse(line, &back, &f));
	assert_null(back.source.text);
	assert_string_equal(back.source.format, "");
	record_clear(&back);
	free(line);
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

struct writing {
	struct store *s;
	FILE *out;
};

static bool
import(void *arg, const struct record *r, struct fault *f)
{
	const struct writing *w = arg;
	return store_add(w->s, r, NULL, f);
}

static bool export(void *arg, const struct record *r, struct fault *f)
{
	const struct writing *w = arg;
	struct json j = {0};
	(void)f;
	record_json(r, &j);
	return json_line(&j, w->out) == 0;
}

/* All traces of the database as text. */
static char *
exported(struct store *s)
{
	char *text = NULL;
	size_t len = 0;
	struct fault f = {0};
	struct store_filter all = {.with_source = true};
	struct writing w = {s, open_memstream(&text, &len)};
	assert_true(store_traces(s, &all, export, &w, &f));
	fclose(w.out);
	return text;
}

static bool
broken(void *arg, const struct exchange_broken *b, struct fault *f)
{
	(void)arg, (void)f;
	fail_msg("line %" PRId64 ": %s", b->line, b->why);
	return false;
}

static void
read_into(const char *text, struct writing *to)
{
	struct fault f = {0};
	struct exchange x = {.name = "in",
	    .sink = {.trace = import, .broken = broken, .arg = to}};
	FILE *in = tmpfile();
	fputs(text, in);
	rewind(in);
	struct feed *feed = feed_open(in, "in", &f);
	if (feed == NULL || !exchange_read(&x, feed, &f))
		fail_msg("%s", f.text);
	assert_int_equal(x.traces[FORMAT_TUMEN], 50);
	feed_close(feed);
	fclose(in);
}

static void
export_import_export_is_the_same(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	char *other = xasprintf("%s/other.db", p->dir);
	struct writing a = {.s = store_open(p->db, STORE_CREATE, &f)};
	struct writing b = {.s = store_open(other, STORE_CREATE, &f)};
	for (uint64_t seq = 1; seq <= 50; seq++) {
		struct record r = seq % 5 ? sample_record("sel", 77, seq)
					  : foreign_sample(seq);
		assert_true(store_add(a.s, &r, NULL, &f));
		record_clear(&r);
	}
	char *text = exported(a.s);
	read_into(text, &b);
	read_into(text, &a); /* and what is there already is the same */
	char *again = exported(b.s);
	assert_string_equal(text, again);
	store_close(a.s);
	store_close(b.s);
	free(again);
	free(text);
	free(other);
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
	    cmocka_unit_test(foreign_records_come_back),
	    cmocka_unit_test(keys_come_in_any_order),
	    cmocka_unit_test(a_cut_text_asks_for_more),
	    cmocka_unit_test(other_records_are_named),
	    cmocka_unit_test(too_long_a_source_is_not_kept),
	    cmocka_unit_test(replies_are_read),
	    cmocka_unit_test(wrong_values_are_refused),
	    cmocka_unit_test(unknown_keys_and_missing_optional_ones_are_fine),
	    PLACE_TEST(export_import_export_is_the_same),
	    cmocka_unit_test(bench),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
