/* SPDX-License-Identifier: ISC */
#include "analysis/control/stream.h"
#include "tests/unit/control_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD "{\"timestamp\":1506848871.25,\"peer\":\"192.0.2.1\","
#define ASN  "\"peer_asn\":\"101\","
#define GONE "\"type\":\"UPDATE\",\"withdrawals\":[\"175.45.176.0/24\"]}"

static void
put(struct wr *w, const char *text)
{
	wr_bytes(w, text, strlen(text));
}

/* One line with a path and the row's end that it must get. */
static void
paths_become_text(void **state)
{
	static const char *const cases[][2] = {
	    {"[101,20485,131279]", "20485<131279 [101 20485 131279]"},
	    {"[101,[7,8],131279]", "-1<131279 [101 {7,8} 131279]"},
	    {"[101,[7],[8,9]]", "-1<-1 [101 {7} {8,9}]"},
	    {"[101,4837,[131279]]", "4837<131279 [101 4837 {131279}]"},
	    {"[]", NULL},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct control_rig r;
		struct wr w = {0};
		char want[256];
		rig_open(&r, *state);
		put(&w, HEAD ASN
		    "\"host\":\"rrc00\",\"type\":\"UPDATE\","
		    "\"announcements\":[{\"prefixes\":[\"175.45.176.0/24\""
		    "],\"next_hop\":\"192.0.2.1\"}],\"path\":");
		put(&w, cases[i][0]);
		put(&w, "}\n");
		assert_true(rig_import(&r, *state, "t.ndjson", &w));
		wr_free(&w);
		snprintf(want, sizeof(want), "176.0/24 A101%s%s; ",
		    cases[i][1] ? " " : "", cases[i][1] ? cases[i][1] : "");
		if (strstr(rig_rows(&r), want) == NULL)
			fail_msg("%s: not %s", r.rows, want);
		rig_close(&r);
	}
}

/* The same line with another member; whether it is taken. */
static bool
taken(struct place *p, const char *from, const char *to)
{
	static const char line[] = HEAD ASN "\"host\":\"rrc00\"," GONE "\n";
	struct control_rig r;
	struct wr w = {0};
	const char *at = strstr(line, from);
	assert_non_null(at);
	rig_open(&r, p);
	wr_bytes(&w, line, (size_t)(at - line));
	put(&w, to);
	put(&w, at + strlen(from));
	bool ok = rig_import(&r, p, "t.ndjson", &w);
	assert_true(ok || r.fault.status == EX_DATAERR);
	assert_int_equal(r.import.in->skips[SKIP_BROKEN], !ok);
	wr_free(&w);
	rig_close(&r);
	return ok;
}

static void
members_must_make_sense(void **state)
{
	struct place *p = *state;
	assert_true(taken(p, "1506848871.25", "1506848871.25"));
	assert_true(taken(p, "1506848871.25", "1506848871"));
	assert_true(taken(p, "1506848871.25", "1506848871.123456789"));
	assert_false(taken(p, "1506848871.25", "-1"));
	assert_false(taken(p, "1506848871.25", "1e9"));
	assert_false(taken(p, "1506848871.25", "1506848871."));
	assert_false(taken(p, "1506848871.25", "99999999999999"));
	assert_false(taken(p, "\"timestamp\":1506848871.25,", ""));
	assert_true(taken(p, "192.0.2.1", "2001:db8::1"));
	assert_false(taken(p, "192.0.2.1", "192.0.2"));
	assert_false(taken(p, "\"peer\":\"192.0.2.1\",", ""));
	assert_true(taken(p, "\"101\"", "101"));
	assert_false(taken(p, "\"101\"", "\"4294967296\""));
	assert_false(taken(p, "\"101\"", "\"AS101\""));
	assert_true(taken(p, "175.45.176.0/24", "2001:db8::/32"));
	assert_false(taken(p, "175.45.176.0/24", "175.45.176.1/24"));
	assert_false(taken(p, "175.45.176.0/24", "175.45.176.0"));
	assert_true(taken(p, "UPDATE", "NOTIFICATION"));
	assert_true(taken(p, "\"host\":\"rrc00\",", ""));
	assert_false(taken(p, "]}", "]"));
}

static void
hosts_are_collectors(void **state)
{
	struct control_rig r;
	struct wr w = {0};
	rig_open(&r, *state);
	put(&w, HEAD ASN "\"host\":\"rrc21.ripe.net\"," GONE "\n");
	put(&w, HEAD ASN "\"host\":\"x y\\u0007\"," GONE "\n");
	put(&w, HEAD ASN GONE "\n");
	assert_true(rig_import(&r, *state, "t.ndjson", &w));
	const struct intake *in = r.import.in;
	assert_int_equal(in->nsources, 3);
	assert_string_equal(in->source[0].collector, "rrc21");
	assert_string_equal(in->source[1].collector, "x_y_");
	assert_string_equal(in->source[2].collector, "local");
	r.import.collector = "mine";
	assert_true(rig_import(&r, *state, "t.ndjson", &w));
	assert_int_equal(in->nsources, 1);
	assert_string_equal(in->source[0].collector, "mine");
	wr_free(&w);
	rig_close(&r);
}

/* Reads octets out of a pipe that a child fills. */
static bool
stream(struct control_rig *r, const struct wr *w, struct fault *f)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		size_t at = 0;
		close(ends[0]);
		while (at < w->len) {
			ssize_t n = write(ends[1], w->p + at, w->len - at);
			at += n > 0 ? (size_t)n : w->len;
		}
		_exit(0);
	}
	close(ends[1]);
	const struct stream from = {.fd = ends[0], .name = "stdin"};
	bool ok = stream_read(&r->import, &from, f);
	close(ends[0]);
	assert_int_equal(sample_wait(child), 0);
	return ok;
}

static void
a_line_without_end_is_passed_over(void **state)
{
	struct control_rig r;
	struct wr w = {0};
	struct fault f = {0};
	rig_open(&r, *state);
	put(&w, HEAD ASN GONE "\n");
	size_t at = w.len;
	put(&w, "{\"x\":\"");
	for (int i = 0; i < 2 * STREAM_LINE_MAX; i++)
		wr_u8(&w, 'x');
	put(&w, "\"}\n");
	put(&w, HEAD ASN "\"type\":\"RIS_PEER_STATE\",\"state\":\"down\"}");
	assert_false(stream(&r, &w, &f));
	assert_int_equal(f.status, EX_DATAERR);
	char *text = xasprintf("1 broken line, the first at byte %zu", at);
	if (strstr(f.text, text) == NULL)
		fail_msg("%s", f.text);
	free(text);
	assert_string_equal(
	    rig_rows(&r), "0.0.0.0/0 D101 1:0; 176.0/24 W101; ");
	wr_free(&w);
	rig_close(&r);
}

/* However many: what a stream needs is what a line needs. */
static void
a_long_stream_is_read_in_pieces(void **state)
{
	struct control_rig r;
	struct wr w = {0};
	struct fault f = {0};
	rig_open(&r, *state);
	for (int i = 0; i < 20000; i++) {
		char line[256];
		snprintf(line, sizeof(line),
		    "{\"timestamp\":%d.5,\"peer\":\"192.0.2.1\"," ASN
		    "\"type\":\"UPDATE\",\"withdrawals\":[\"%s\"]}\n",
		    1506848871 + i, i % 100 ? "8.8.8.0/24" : "175.45.177.0/24");
		put(&w, line);
	}
	assert_true(stream(&r, &w, &f));
	assert_true(rig_import(&r, *state, "t.ndjson", &w));
	assert_int_equal(r.import.in->source[0].kept, 200);
	assert_int_equal(r.import.in->added, 0);
	wr_free(&w);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(paths_become_text),
	    PLACE_TEST(members_must_make_sense),
	    PLACE_TEST(hosts_are_collectors),
	    PLACE_TEST(a_line_without_end_is_passed_over),
	    PLACE_TEST(a_long_stream_is_read_in_pieces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
