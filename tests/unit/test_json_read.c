/* SPDX-License-Identifier: ISC */
/*
 * Texts as RFC 8259 allows and forbids them, in the spirit of JSONTestSuite's
 * y_ and n_ cases (N. Seriot, "Parsing JSON is a Minefield"), and what a text
 * cut anywhere gives.
 */
#include "analysis/exchange/json_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct json_read
skipped(const char *text, size_t len, bool last)
{
	struct json_read in = json_read_make(text, len, last);
	json_read_skip(&in);
	return in;
}

/* The value is the whole text but for white space. */
static bool
whole(struct json_read *in)
{
	if (!json_read_ok(in))
		return false;
	return strspn(in->p, " \t\r\n") == (size_t)(in->end - in->p);
}

static const char *const right[] = {
    "{}",
    "[]",
    " { } ",
    "[ ]\n",
    "[[]   ]",
    "[\"\"]",
    "[null, true, false]",
    "{\"a\":1,\"a\":2}",
    "{\"\":0}",
    "{\"a\":{\"b\":[{},{\"c\":[[]]}]},\"d\":[1,[2,[3]]]}",
    "[0,-0,1,-1,123,-123,10,100]",
    "[0.0,0.5,-0.1,1.25,0e1,0e+1,0E-1,1e22,1E+2,1.5e-7]",
    "[123456789012345678901234567890123456789012345678901234567890]",
    "[1e999999999999999999999999]",
    "[-0.000000000000000000000000000000000000000000000000000000000001]",
    "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
    "[\"\\u0060\\u012a\\u12AB\\uABCD\\uabcd\"]",
    "[\"\\uD801\\udc37\\ud83d\\ude39\"]",
    "[\"\\u0000\"]",
    "[\"\\\\u0000\"]",
    "[\"\\ud800\"]", /* half a pair is well formed; not when resolved */
    "[\"\x7f\"]",
    "[\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"]",
    "[\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"]",
    "[\"\xed\x95\x9c\xea\xb5\xad 12345678 \xd0\xa0\xd0\xa4\"]",
    "[\"0123456\\n\",\"01234567\\n\",\"012345678\\n\",\"0123456789abcdef\"]",
    "{\"hop\":1,\"result\":[{\"rtt\":0.412},{\"x\":\"*\"}]}",
};

static const char *const wrong[] = {
    "",
    " ",
    "{",
    "}",
    "[",
    "]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[,]",
    "[1,,2]",
    "[1 2]",
    "[1}",
    "{]",
    "{,}",
    "{1:1}",
    "{a:1}",
    "{'a':1}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\" 1}",
    "{\"a\":1,}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1,,\"b\":2}",
    "{\"a\":1]",
    "{\"a\"::1}",
    "{\"a\":1,2}",
    "{null:1}",
    "[nul]",
    "[nulL]",
    "[True]",
    "[tru]",
    "[truee]",
    "[fals]",
    "[nan]",
    "[NaN]",
    "[Infinity]",
    "[-Infinity]",
    "[undefined]",
    "[+1]",
    "[-]",
    "[--1]",
    "[-a]",
    "[- 1]",
    "[01]",
    "[-01]",
    "[00]",
    "[.5]",
    "[-.5]",
    "[1.]",
    "[1.e1]",
    "[1.5.5]",
    "[1e]",
    "[1e+]",
    "[1e1.5]",
    "[1ee2]",
    "[0x10]",
    "[1_000]",
    "[1a]",
    "[1 000]",
    "[\xef\xbc\x91]",
    "[\"]",
    "[\"a]",
    "['a']",
    "[\"\t\"]",
    "[\"\n\"]",
    "[\"\x1f\"]",
    "[\"01234567\x01\"]",
    "[\"\\x41\"]",
    "[\"\\a\"]",
    "[\"\\'\"]",
    "[\"\\u\"]",
    "[\"\\u12\"]",
    "[\"\\u123g\"]",
    "[\"\\U1234\"]",
    "[\"\\u 123\"]",
    "[\"\\\"]",
    "[\"\x80\"]",
    "[\"\xbf\"]",
    "[\"\xc0\x80\"]",
    "[\"\xc1\xbf\"]",
    "[\"\xc2\"]",
    "[\"\xc2\xc2\"]",
    "[\"\xe0\x9f\xbf\"]",
    "[\"\xe1\x80\"]",
    "[\"\xed\xa0\x80\"]", /* a surrogate */
    "[\"\xf0\x8f\xbf\xbf\"]",
    "[\"\xf4\x90\x80\x80\"]",
    "[\"\xf5\x80\x80\x80\"]",
    "[\"\xff\"]",
    "[\"012345678\xfe\"]",
    "\xef\xbb\xbf[]",
    "[\xa0]",
    "[\v1]",
    "[\f1]",
    "[1]\x01",
    "[1]x",
    "[1]]",
    "{}}",
    "{}{}",
    "[1],",
    "/**/[]",
    "[1] // no",
    "#",
    "*",
    "<null>",
    "abc",
    "\"a",
    "\"\\",
    "-",
    "tr",
    "1 2",
    "\"a\"b",
};

static void
test_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++) {
		struct json_read in = skipped(right[i], strlen(right[i]), true);
		if (!whole(&in))
			fail_msg("%s: %s", right[i], in.why);
		assert_int_equal(in.depth, 0);
		in = skipped(right[i], strlen(right[i]), false);
		if (!whole(&in))
			fail_msg("%s, not the last: %s", right[i], in.why);
	}
}

static void
test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct json_read in = skipped(wrong[i], strlen(wrong[i]), true);
		if (whole(&in))
			fail_msg("%s is read", wrong[i]);
		if (!json_read_ok(&in))
			assert_true(in.why[0] != '\0');
	}
}

static void
test_nul_in_the_text(void **state)
{
	static const char text[] = "[\"a\0b\"]", outside[] = "[1,\0]";
	struct json_read in = skipped(text, sizeof(text) - 1, true);
	(void)state;
	assert_int_equal(in.state, JSON_READ_BROKEN);
	assert_string_equal(
	    in.why, "no JSON at its octet 3: a control character in a string");
	in = skipped(outside, sizeof(outside) - 1, true);
	assert_int_equal(in.state, JSON_READ_BROKEN);
	static const char escaped[] = "[\"\\\0\"]";
	in = skipped(escaped, sizeof(escaped) - 1, true);
	assert_int_equal(in.state, JSON_READ_BROKEN);
}

/* A value, all of it, with the calls that a reader of a format uses. */
static void
walk(struct json_read *in)
{
	char text[64];
	struct json_word key;
	switch (json_read_kind(in)) {
	case JSON_OBJECT:
		for (json_read_object(in); json_read_member(in, &key);)
			walk(in);
		break;
	case JSON_ARRAY:
		for (json_read_array(in); json_read_item(in);)
			walk(in);
		break;
	case JSON_STRING:
		json_read_text(in, text, sizeof(text));
		break;
	case JSON_NUMBER:
		json_read_scaled(in, 9, INT64_MIN, INT64_MAX);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		json_read_bool(in);
		break;
	case JSON_NULL:
		json_read_null(in);
		break;
	case JSON_NONE:
		break;
	}
}

/* A copy of just that length, so that a step too far is seen by ASan. */
static void
cut_at(const char *text, size_t len)
{
	char *cut = malloc(len + 1);
	assert_non_null(cut);
	memcpy(cut, text, len);
	struct json_read in = json_read_make(cut, len, false);
	json_read_skip(&in);
	if (in.state != JSON_READ_SHORT)
		fail_msg("%.*s: not short: %s", (int)len, text, in.why);
	in = json_read_make(cut, len, true);
	json_read_skip(&in);
	if (in.state != JSON_READ_BROKEN)
		fail_msg("%.*s: not broken at the end", (int)len, text);
	in = json_read_make(cut, len, false);
	walk(&in);
	assert_int_not_equal(in.state, JSON_READ_OK);
	free(cut);
}

static void
test_every_prefix(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++) {
		size_t len = strlen(right[i]);
		while (len > 0 && strchr(" \n", right[i][len - 1]) != NULL)
			len--;
		for (size_t n = 0; n < len; n++)
			cut_at(right[i], n);
	}
}

/* What is broken at its beginning is so whatever comes behind. */
static void
test_broken_stays_broken(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		size_t len = strlen(wrong[i]);
		struct json_read full = skipped(wrong[i], len, true);
		for (size_t n = 0; n <= len; n++) {
			struct json_read in = skipped(wrong[i], n, false);
			if (in.state != JSON_READ_BROKEN)
				continue;
			assert_int_equal(full.state, JSON_READ_BROKEN);
			assert_string_equal(in.why, full.why);
		}
	}
}

static void
test_number_or_literal_at_the_end(void **state)
{
	static const char *const open[] = {"1", "-", "1.", "1.5", "1e", "1e+",
	    "0", "t", "nul", "fals", "\"", "\"\\", "\"\\u12", "\"\xe0\xa0"};
	(void)state;
	for (size_t i = 0; i < sizeof(open) / sizeof(*open); i++) {
		struct json_read in = skipped(open[i], strlen(open[i]), false);
		assert_int_equal(in.state, JSON_READ_SHORT);
	}
	struct json_read in = skipped("12", 2, true);
	assert_true(whole(&in));
	in = skipped("true", 4, false);
	assert_true(whole(&in));
}

static void
test_text(void **state)
{
	static const char text[] =
	    "[\"\",\"plain\",\"\\\"\\\\\\/\\b\\f\\n\\r\\t\","
	    "\"\\u0041\\u00e9\\ud55c\\ud83d\\ude39z\",\"\xed\x95\x9c\"]";
	static const char *const is[] = {"", "plain", "\"\\/\b\f\n\r\t",
	    "A\xc3\xa9\xed\x95\x9c\xf0\x9f\x98\xb9z", "\xed\x95\x9c"};
	struct json_read in = json_read_make(text, sizeof(text) - 1, true);
	size_t i = 0;
	(void)state;
	for (json_read_array(&in); json_read_item(&in); i++) {
		char to[16];
		assert_int_equal(
		    json_read_text(&in, to, sizeof(to)), strlen(is[i]));
		assert_string_equal(to, is[i]);
	}
	assert_int_equal(i, 5);
	assert_true(json_read_ok(&in));
}

static void
test_texts_that_break(void **state)
{
	static const char *const broken[] = {"\"\\ud800\"", "\"\\udc00\"",
	    "\"\\ud800\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\n00000\"",
	    "\"\\udc00\\ud800\"", "\"a\\u0000b\"", "\"12345678\"",
	    "\"1234567\\u00e9\"", "\"123456\\u00e9\"", "\"12345\\ud55c\"",
	    "\"1234\\ud83d\\ude39\""};
	char to[8];
	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		struct json_read in =
		    json_read_make(broken[i], strlen(broken[i]), true);
		memset(to, 'x', sizeof(to));
		assert_int_equal(json_read_text(&in, to, sizeof(to)), 0);
		assert_int_equal(in.state, JSON_READ_BROKEN);
		assert_string_equal(to, "");
	}
	struct json_read in = json_read_make("\"12345\\u00e9\"", 13, true);
	assert_int_equal(json_read_text(&in, to, sizeof(to)), 7);
}

static void
test_keys(void **state)
{
	static const char text[] = "{\"ttl\":1,\"\\u0074tl\":2,\"ttlx\":3,"
				   "\"tt\":4,\"t\\ud800l\":5}";
	struct json_read in = json_read_make(text, sizeof(text) - 1, true);
	struct json_word key;
	int64_t sum = 0;
	(void)state;
	for (json_read_object(&in); json_read_member(&in, &key);)
		if (json_read_is(&key, "ttl"))
			sum += json_read_integer(&in, 0, 9);
		else
			json_read_skip(&in);
	assert_true(json_read_ok(&in));
	assert_int_equal(sum, 3);
	/* A key as it lies there, its escapes unread. */
	in = json_read_make("\"a\\nb\"", 6, true);
	key = json_read_word(&in);
	assert_true(key.escaped);
	assert_int_equal(key.len, 4);
	assert_memory_equal(key.p, "a\\nb", 4);
}

static void
nest(char *text, size_t levels, bool objects)
{
	static const char open[] = "{\"a\":";
	size_t n = 0;
	for (size_t i = 0; i < levels; i++) {
		memcpy(text + n, objects ? open : "[", objects ? 5 : 1);
		n += objects ? 5 : 1;
	}
	text[n++] = '1';
	memset(text + n, objects ? '}' : ']', levels);
	text[n + levels] = '\0';
}

static void
test_depth(void **state)
{
	char text[1024];
	(void)state;
	for (int objects = 0; objects < 2; objects++) {
		nest(text, 64, objects);
		struct json_read in = skipped(text, strlen(text), true);
		assert_true(whole(&in));
		nest(text, 65, objects);
		in = skipped(text, strlen(text), true);
		assert_int_equal(in.state, JSON_READ_BROKEN);
		in = json_read_make(text, strlen(text), true);
		walk(&in);
		assert_int_equal(in.state, JSON_READ_BROKEN);
		assert_non_null(strstr(in.why, "nested deeper than 64"));
	}
	/* Skipping begins anywhere: 60 levels in 10 are too many. */
	nest(text, 70, false);
	struct json_read in = json_read_make(text, strlen(text), true);
	for (int i = 0; i < 10; i++) {
		json_read_array(&in);
		assert_true(json_read_item(&in));
	}
	json_read_skip(&in);
	assert_int_equal(in.state, JSON_READ_BROKEN);
}

static void
test_failure_sticks(void **state)
{
	struct json_read in = json_read_make("[1,2]", 5, true);
	struct json_word key;
	char to[4] = "x";
	(void)state;
	json_read_bad(&in, "hop %d: %s", 3, "first");
	json_read_bad(&in, "second");
	json_read_array(&in);
	json_read_object(&in);
	json_read_skip(&in);
	assert_false(json_read_item(&in) || json_read_member(&in, &key));
	assert_false(json_read_null(&in) || json_read_bool(&in));
	assert_int_equal(json_read_kind(&in), JSON_NONE);
	assert_int_equal(json_read_integer(&in, 1, 5), 0);
	assert_int_equal(json_read_scaled(&in, 3, 1, 5), 0);
	assert_int_equal(json_read_text(&in, to, sizeof(to)), 0);
	assert_string_equal(to, "");
	assert_int_equal(json_read_word(&in).len, 0);
	assert_ptr_equal(in.p, in.begin);
	assert_string_equal(in.why, "hop 3: first");
}

static void
test_null_bool(void **state)
{
	struct json_read in = json_read_make("[null,true,false,1]", 19, true);
	(void)state;
	json_read_array(&in);
	assert_true(json_read_item(&in));
	assert_true(json_read_null(&in));
	assert_true(json_read_item(&in));
	assert_false(json_read_null(&in));
	assert_true(json_read_bool(&in));
	assert_true(json_read_item(&in));
	assert_false(json_read_bool(&in));
	assert_true(json_read_item(&in));
	assert_true(json_read_ok(&in));
	json_read_bool(&in);
	assert_int_equal(in.state, JSON_READ_BROKEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_right),
	    cmocka_unit_test(test_wrong),
	    cmocka_unit_test(test_nul_in_the_text),
	    cmocka_unit_test(test_every_prefix),
	    cmocka_unit_test(test_broken_stays_broken),
	    cmocka_unit_test(test_number_or_literal_at_the_end),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_texts_that_break),
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_depth),
	    cmocka_unit_test(test_failure_sticks),
	    cmocka_unit_test(test_null_bool),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
