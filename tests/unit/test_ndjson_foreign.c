/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/exchange.h"
#include "tests/unit/ndjson_line.h"
#include "tests/unit/store_place.h"
#include "tests/unit/store_same.h"
#include "tests/unit/store_sample.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(foreign_records_come_back),
	    cmocka_unit_test(keys_come_in_any_order),
	    cmocka_unit_test(a_cut_text_asks_for_more),
	    cmocka_unit_test(other_records_are_named),
	    cmocka_unit_test(too_long_a_source_is_not_kept),
	    PLACE_TEST(export_import_export_is_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
