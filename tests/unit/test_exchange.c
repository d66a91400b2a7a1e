/* SPDX-License-Identifier: ISC */
/* How objects lie in files, and what a broken one costs. */
#include "analysis/exchange/exchange.h"
#include "probe/base/wr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* A trace of RIPE Atlas at second n, and one of scamper. */
#define ATLAS(n)                                                               \
	"{\"fw\":5080,\"mver\":\"2.6.2\",\"lts\":12,\"af\":4,\"dst_addr\":"    \
	"\"175.45.176.71\",\"dst_name\":\"175.45.176.71\",\"endtime\":"        \
	"1760000003,\"from\":\"192.0.2.10\",\"msm_id\":5001,\"msm_name\":"     \
	"\"Traceroute\",\"paris_id\":3,\"prb_id\":1001,\"proto\":\"ICMP\","    \
	"\"size\":48,\"src_addr\":\"192.168.1.20\",\"timestamp\":176000000" #n \
	",\"type\":\"traceroute\",\"result\":[{\"hop\":1,\"result\":[{"        \
	"\"from\":\"192.168.1.1\",\"rtt\":0.5,\"size\":28,\"ttl\":64}]}]}"
#define PING                                                                   \
	"{\"type\":\"ping\",\"fw\":5080,\"af\":4,\"prb_id\":7,\"msm_id\":1,"   \
	"\"timestamp\":1760000000}"

struct told {
	char *log;
	size_t len, room;
	struct exchange x;
	struct fault f;
	bool ok;
	int stop_at, calls;
};

static bool __attribute__((format(printf, 2, 3)))
note(struct told *t, const char *fmt, ...)
{
	va_list ap;
	if (t->room - t->len < 4096) {
		t->room = 2 * t->room + 8192;
		t->log = realloc(t->log, t->room);
		assert_non_null(t->log);
	}
	va_start(ap, fmt);
	int n = vsnprintf(t->log + t->len, 4096, fmt, ap);
	va_end(ap);
	t->len += n < 4096 ? (size_t)n : 4095;
	return ++t->calls != t->stop_at;
}

static bool
trace(void *arg, const struct record *r, struct fault *f)
{
	struct told *t = arg;
	(void)f;
	note(t, "trace %s %" PRId64 ":%" PRId64 "+%" PRId64 " %" PRId64 " ",
	    foreign_format_name(t->x.at.format), t->x.at.offset, t->x.at.line,
	    t->x.at.octets, r->start_us);
	if (r->source.text != NULL)
		assert_int_equal(strlen(r->source.text), r->source.len);
	return note(t, "%s %.3000s\n", r->source.format,
	    r->source.text == NULL ? "-" : r->source.text);
}

static bool
fact(void *arg, const char *vantage, const struct fact *fact, struct fault *f)
{
	(void)f;
	return note(arg, "fact %s %s=%s\n", vantage, fact->name, fact->value);
}

static bool
broken(void *arg, const struct exchange_broken *b, struct fault *f)
{
	struct told *t = arg;
	(void)f;
	assert_true(b->len <= EXCHANGE_KEPT_MAX);
	assert_true(b->octets >= (int64_t)b->len);
	return note(t,
	    "broken %d %" PRId64 ":%" PRId64 "+%" PRId64 " %s: %.*s\n",
	    (int)b->format, b->offset, b->line, b->octets, b->why,
	    (int)(b->len < 2000 ? b->len : 2000), b->text);
}

static bool
other(void *arg, enum exchange_format format, const char *what, struct fault *f)
{
	(void)f;
	return note(arg, "other %s %s\n", foreign_format_name(format), what);
}

static struct told
read_stream(FILE *in, size_t window, int stop_at)
{
	struct told t = {.stop_at = stop_at};
	t.x = (struct exchange){.name = "x",
	    .hints = {.start_us = -1},
	    .window = window,
	    .alone = window % 2 != 0,
	    .sink = {trace, fact, broken, other, &t}};
	struct feed *feed = feed_open(in, "x", &t.f);
	assert_non_null(feed);
	note(&t, "%s", "");
	t.calls = 0;
	t.x.sink.arg = &t;
	t.ok = exchange_read(&t.x, feed, &t.f);
	feed_close(feed);
	return t;
}

static FILE *
file_of(const char *text, size_t len)
{
	FILE *in = tmpfile();
	assert_non_null(in);
	assert_int_equal(fwrite(text, 1, len, in), len);
	rewind(in);
	return in;
}

static struct told
read_text(const char *text, size_t len, size_t window)
{
	FILE *in = file_of(text, len);
	struct told t = read_stream(in, window, 0);
	fclose(in);
	if (t.ok)
		assert_int_equal(t.x.offset, len);
	return t;
}

static int
count(const struct told *t, const char *what)
{
	int n = 0;
	size_t len = strlen(what);
	for (const char *p = t->log; (p = strstr(p, what)) != NULL; p += len)
		n += p == t->log || p[-1] == '\n';
	return n;
}

/* The same in windows of any size, with threads or without; how it was told. */
static struct told
told_of_len(const char *text, size_t len)
{
	struct told all = read_text(text, len, 0);
	for (size_t window = 1; window < 3000; window = 3 * window + 1) {
		struct told t = read_text(text, len, window);
		assert_string_equal(t.log, all.log);
		assert_int_equal(t.ok, all.ok);
		assert_string_equal(t.f.text, all.f.text);
		free(t.log);
	}
	return all;
}

static struct told
told_of(const char *text)
{
	return told_of_len(text, strlen(text));
}

/* More lines than are read ahead at a time, some of them of no use for that. */
static void
test_many_lines(void **state)
{
	static const char *const line[] = {ATLAS(0) "\n", PING "\n",
	    " ," ATLAS(1) "\n", "{\"fw\":5000,\"msm_id\":}\n", "\n",
	    ATLAS(0) PING "\n", "{\"results\":[" ATLAS(1) "]}\n",
	    "{\"fw\":5000,\n\"type\":\"ping\"}\n", "7\n"};
	enum { LINES = sizeof(line) / sizeof(*line), ROUNDS = 300 };
	struct wr text = {0};
	(void)state;
	for (size_t i = 0; i < (size_t)ROUNDS * LINES; i++)
		wr_bytes(&text, line[i % LINES], strlen(line[i % LINES]));
	struct told t = told_of_len((const char *)text.p, text.len);
	assert_int_equal(t.x.traces[FORMAT_ATLAS], 4 * ROUNDS);
	assert_int_equal(t.x.others[FORMAT_ATLAS], 3 * ROUNDS);
	assert_int_equal(count(&t, "broken "), 2 * ROUNDS);
	free(t.log);
	wr_free(&text);
}

/* What it holds: traces, others, broken; and its status. */
static void
expect(const char *text, const int want[static 3], int status)
{
	struct told t = told_of(text);
	int got[3] = {
	    count(&t, "trace "), count(&t, "other "), count(&t, "broken ")};
	if (memcmp(got, want, sizeof(got)) != 0 || t.f.status != status)
		fail_msg("%s: %d traces, %d others, %d broken, %d %s\n%s", text,
		    got[0], got[1], got[2], t.f.status, t.f.text, t.log);
	assert_int_equal(t.ok, status == 0);
	free(t.log);
}

static void
test_frames(void **state)
{
	static const char *const frames[] = {ATLAS(0) "\n" PING
						      "\n" ATLAS(1) "\n",
	    ATLAS(0) PING ATLAS(1), "[" ATLAS(0) "," PING "," ATLAS(1) "]",
	    "[\n  " ATLAS(0) ",\n  " PING ",\n  " ATLAS(1) "\n]\n",
	    ATLAS(0) "\r\n\r\n" PING "\r\n" ATLAS(1) "\r\n",
	    "[" ATLAS(0) "]\n[]\n[" PING "," ATLAS(1) "]\n",
	    "\xef\xbb\xbf" ATLAS(0) "," PING "," ATLAS(1) ",\n",
	    "{\"count\":3,\"next\":null,\"results\":[" ATLAS(
		0) "," PING "," ATLAS(1) "]}",
	    "{\"meta\":{\"limit\":0,\"x\":[1]},\"objects\":[" ATLAS(
		0) "," PING "," ATLAS(1) "],\"previous\":null}\n",
	    "{\"objects\":[" ATLAS(0) "],\"results\":[" PING "]}{\"results\":["
				      "]}[{\"results\":[" ATLAS(1) "]}]",
	    "{\"results\":[" ATLAS(0) "," PING
				      "]}\n{\"results\":[" ATLAS(1) "]}\n",
	    "{\"results\":[\n" ATLAS(0) "\n,\n" PING
					"\n]\n,\n\"a\":1\n}\n" ATLAS(1)};
	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++)
		expect(frames[i], (int[]){2, 1, 0}, 0);
	expect("", (int[]){0, 0, 0}, 0);
	expect("[]\n", (int[]){0, 0, 0}, 0);
	expect("{\"results\":[]}", (int[]){0, 0, 0}, 0);
}

static void
test_broken_costs_itself(void **state)
{
	static const char *const texts[] = {
	    /* An unclosed brace or string costs its line. */
	    ATLAS(0) "\n{\"fw\":5080,\"af\":4\n" ATLAS(1) "\n",
	    ATLAS(0) "\n{\"fw\":5080,\"af\":\"4\n" ATLAS(1) "\n",
	    ATLAS(0) "\n{\n" ATLAS(1) "\n",
	    /* No JSON, but its braces match: on one line, too. */
	    ATLAS(0) "{\"fw\":5080,\"af\":4,}" ATLAS(1),
	    "[" ATLAS(0) ",{\"fw\":1,\"a\":{1}}," ATLAS(1) "]",
	    "[" ATLAS(0) ",{\"fw\":1,\"a\":\"}\\\"{\",\"b\":[}," ATLAS(1) "]",
	    "[\n  " ATLAS(0) ",\n  {\"fw\":1,\n    \"a\":[1\n,  "
			     "\n  " ATLAS(1) "\n]",
	    /* JSON, but no trace; with lines that begin with braces. */
	    ATLAS(0) "\n{\"fw\":5080,\"af\":\"four\",\"x\":\n{\n},\"y\":[\n{}"
		     "]}\n" ATLAS(1),
	    /* Nothing that is known. */
	    ATLAS(0) "\n{\"x\":1}\n" ATLAS(1),
	    ATLAS(0) "\n{}\n" ATLAS(1),
	    /* No object at all. */
	    ATLAS(0) "\nnone of it\n" ATLAS(1),
	    ATLAS(0) "\n<html>{}</html>\n" ATLAS(1),
	    ATLAS(0) "\n\"a\" 12 null ]\n" ATLAS(1),
	    ATLAS(0) "\n}}}\n" ATLAS(1),
	    "[" ATLAS(0) ",1,\"x\",null," ATLAS(1) "]",
	    "[" ATLAS(0) "}," ATLAS(1) "]",
	    "{\"results\":[" ATLAS(0) "],\"a\":}\n" ATLAS(1),
	    /* No UTF-8, a control character. */
	    ATLAS(0) "\n{\"fw\":5080,\"x\":\"\xff\"}\n" ATLAS(1),
	    ATLAS(0) "\n{\"fw\":5080,\"x\":\"\x01\"}\n" ATLAS(1),
	};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		expect(texts[i], (int[]){2, 0, 1}, 0);
}

static void
test_ends(void **state)
{
	(void)state;
	expect("[" ATLAS(0) "," ATLAS(1), (int[]){2, 0, 0}, EX_DATAERR);
	expect("{\"results\":[" ATLAS(0), (int[]){1, 0, 0}, EX_DATAERR);
	expect(ATLAS(0) "\n{\"fw\":5080,", (int[]){1, 0, 1}, 0);
	expect("{\"results\":[" ATLAS(0) "]", (int[]){1, 0, 1}, 0);
	expect("no JSON\nnor here\n", (int[]){0, 0, 1}, EX_DATAERR);
	expect("[1,2,3]", (int[]){0, 0, 1}, EX_DATAERR);
	expect("[[[[[[", (int[]){0, 0, 0}, EX_DATAERR);
	expect("{", (int[]){0, 0, 1}, 0);
}

static void
test_places(void **state)
{
	(void)state;
	struct told t =
	    told_of("[\n" PING ",\n {\"a\":\n1,\n\"b\":2},\n\nx\n " PING
		    "]\n{\"fw\":1,\n}\n");
	size_t at = strlen("[\n" PING ",\n ");
	char want[512];
	snprintf(want, sizeof(want),
	    "other atlas ping\nbroken 0 %zu:3+15 an object of no known format: "
	    "{\"a\":\n1,\n\"b\":2}\nbroken 0 %zu:7+3 no object: x\n"
	    "other atlas ping\n",
	    at, at + 15 + 3);
	const char *got = t.log;
	if (strstr(got, want) == NULL)
		fail_msg("%s is not in %s", want, got);
	snprintf(want, sizeof(want), "broken 2 %zu:9+10 ",
	    at + 15 + 3 + 3 + strlen(PING "]\n"));
	if (strstr(got, want) == NULL)
		fail_msg("%s is not in %s", want, got);
	free(t.log);
}

static void
test_sources(void **state)
{
	(void)state;
	struct told t = told_of("\n{\"fw\":5080,\r\n\t"
				"\"x\":\"\\n\",\n" ATLAS(0) "\n");
	assert_int_equal(count(&t, "trace "), 1);
	free(t.log);
	/* On one line, octet for octet otherwise; the lines are counted. */
	static const char lines[] =
	    "{\"fw\":5080,\r\n\"mver\":\"2.6.2\",\"lts\":1,\"af\":4,\n"
	    "\t\"dst_addr\":\"175.45.176.71\",\"dst_name\":\"a \\n\\u00e9\","
	    "\"endtime\":1760000003,\"from\":\"192.0.2.10\",\"msm_id\":5001,"
	    "\"msm_name\":\"Traceroute\",\"paris_id\":3,\"prb_id\":1001,"
	    "\"proto\":\"ICMP\",\"size\":48,\"src_addr\":\"192.168.1.20\",\n"
	    "\"timestamp\":1760000000,\"type\":\"traceroute\",\"result\":[]}";
	char two[2 * sizeof(lines) + 1], one_line[sizeof(lines)];
	snprintf(two, sizeof(two), "%s\n%s", lines, lines);
	memcpy(one_line, lines, sizeof(lines));
	for (char *p = one_line; *p != '\0'; p++)
		*p = strchr("\n\r\t", *p) != NULL ? ' ' : *p;
	t = told_of(two);
	assert_int_equal(count(&t, "trace atlas 0:1+"), 1);
	snprintf(two, sizeof(two), "trace atlas %zu:5+", sizeof(lines));
	assert_int_equal(count(&t, two), 1);
	const char *first = strstr(t.log, one_line);
	assert_non_null(first);
	assert_non_null(strstr(first + 1, one_line));
	free(t.log);
}

static void
test_without_source(void **state)
{
	FILE *in = file_of(ATLAS(0), strlen(ATLAS(0)));
	struct told t = {0};
	(void)state;
	t.x = (struct exchange){.name = "x",
	    .without_source = true,
	    .sink = {trace, fact, broken, other, &t}};
	struct feed *feed = feed_open(in, "x", &t.f);
	assert_true(exchange_read(&t.x, feed, &t.f));
	assert_non_null(strstr(t.log, "  -\n"));
	feed_close(feed);
	fclose(in);
	free(t.log);
}

/* Too long: an object, a string in one, what is none; the next is read. */
static void
test_too_long(void **state)
{
	static const char *const begins[] = {
	    "{\"fw\":5080,\"x\":\"", "{\"x\":[{},", "{\"a\":12", "zzzz"};
	size_t len = EXCHANGE_OBJECT_MAX + (1 << 20);
	char *text = malloc(len + 4096);
	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
		memset(text, '7', len);
		memcpy(text, begins[i], strlen(begins[i]));
		int n = snprintf(text + len, 4096, "\n%s\n", ATLAS(0));
		struct told t = read_text(text, len + (size_t)n, 0);
		assert_true(t.ok);
		assert_int_equal(count(&t, "broken "), 1);
		assert_int_equal(count(&t, "trace atlas 17825793:2+"), 1);
		if (begins[i][0] == '{')
			assert_non_null(strstr(t.log, "longer than 16 MiB"));
		free(t.log);
	}
	free(text);
}

/* One that just fits is read. */
static void
test_long_enough(void **state)
{
	static const char tail[] = "\",\"type\":\"ping\"}";
	static const char head[] = "{\"fw\":5080,\"x\":\"";
	char *text = malloc(EXCHANGE_OBJECT_MAX + 1);
	(void)state;
	assert_non_null(text);
	for (size_t over = 0; over < 2; over++) {
		size_t len = EXCHANGE_OBJECT_MAX + over;
		memset(text, 'x', len);
		memcpy(text, head, sizeof(head) - 1);
		memcpy(text + len - (sizeof(tail) - 1), tail, sizeof(tail) - 1);
		struct told t = read_text(text, len, 0);
		assert_int_equal(count(&t, "other atlas ping"), 1 - over);
		assert_int_equal(count(&t, "broken "), over);
		free(t.log);
	}
	free(text);
}

static void
test_sink_stops(void **state)
{
	static const char text[] = ATLAS(0) "\n{\n" PING ATLAS(1);
	(void)state;
	FILE *in = file_of(text, sizeof(text) - 1);
	struct told all = read_stream(in, 0, 0);
	assert_true(all.ok);
	for (int stop = 1; stop <= all.calls; stop++) {
		rewind(in);
		struct told t = read_stream(in, 0, stop);
		/* A trace has two notes, of which the second is its answer. */
		if (t.calls == stop) {
			assert_false(t.ok);
			assert_int_equal(t.f.status, 0);
		}
		assert_memory_equal(t.log, all.log, t.len);
		free(t.log);
	}
	free(all.log);
	fclose(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_frames),
	    cmocka_unit_test(test_broken_costs_itself),
	    cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_places),
	    cmocka_unit_test(test_many_lines),
	    cmocka_unit_test(test_sources),
	    cmocka_unit_test(test_without_source),
	    cmocka_unit_test(test_too_long),
	    cmocka_unit_test(test_long_enough),
	    cmocka_unit_test(test_sink_stops),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
