/* SPDX-License-Identifier: ISC */
/* Numbers as they are read: exact, whatever their length. */
#include "analysis/exchange/json_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static int64_t
scaled(const char *text, unsigned decimals, enum json_read_state *state)
{
	struct json_read in = json_read_make(text, strlen(text), true);
	int64_t v = json_read_scaled(&in, decimals, INT64_MIN, INT64_MAX);
	*state = in.state;
	if (in.state == JSON_READ_OK)
		assert_ptr_equal(in.p, in.end);
	else
		assert_int_equal(v, 0);
	return v;
}

static const struct {
	const char *text;
	unsigned decimals;
	int64_t v;
} numbers[] = {
    {"12.345", 6, 12345000}, {"0.412", 6, 412000}, {"12.3456789", 6, 12345679},
    {"0.4999999", 0, 0}, {"0.5", 0, 1}, {"-0.5", 0, -1}, {"-0.49", 0, 0},
    {"1.5", 0, 2}, {"2.5", 0, 3}, {"-2.5", 0, -3}, {"0.05", 0, 0},
    {"0.5e-1", 0, 0}, {"5e-1", 0, 1}, {"5e-2", 1, 1}, {"4.9e-2", 1, 0},
    {"0.0000000005", 9, 1}, {"0.00000000049999999999", 9, 0}, {"1e3", 0, 1000},
    {"-0", 9, 0}, {"0e999999999999", 9, 0}, {"0.0e-999999999999", 9, 0},
    {"1e-999999999999", 9, 0}, {"9223372036854775807", 0, INT64_MAX},
    {"-9223372036854775808", 0, INT64_MIN},
    {"9223372036.854775807", 9, INT64_MAX},
    {"-9223372036.854775808", 9, INT64_MIN},
    {"9223372036.8547758074", 9, INT64_MAX},
    {"92233720368547758.07e2", 0, INT64_MAX},
    {"1767225600.123456", 6, 1767225600123456},
    {"0.1", 9, 100000000}, /* 0.1 is no binary number */
    {"1.005", 2, 101},	   /* a double would give 100 */
    {"4503599627370497.5", 0, 4503599627370498},
    {"9007199254740993", 0, 9007199254740993}, /* 2^53 + 1 */
};

static void
test_numbers(void **state)
{
	(void)state;
	enum json_read_state end;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		int64_t v = scaled(numbers[i].text, numbers[i].decimals, &end);
		if (end != JSON_READ_OK || v != numbers[i].v)
			fail_msg("%s: %lld", numbers[i].text, (long long)v);
	}
}

static void
test_numbers_beyond(void **state)
{
	static const char *const beyond[] = {"9223372036854775808",
	    "-9223372036854775809", "9223372036854775807.5", "1e19", "1e999999",
	    "-1e999999", "1e99999999999999999999999", "18446744073709551616",
	    "99999999999999999999", "123456789012345678901234567890"};
	(void)state;
	enum json_read_state end;
	for (size_t i = 0; i < sizeof(beyond) / sizeof(*beyond); i++) {
		scaled(beyond[i], 0, &end);
		assert_int_equal(end, JSON_READ_BROKEN);
	}
	scaled("9223372037", 9, &end);
	assert_int_equal(end, JSON_READ_BROKEN);
}

/* 400 digits before, behind and in the exponent. */
static void
test_long_numbers(void **state)
{
	char text[1024], n[401];
	enum json_read_state end;
	(void)state;
	memset(n, '9', 400);
	n[400] = '\0';
	snprintf(text, sizeof(text), "%s", n);
	scaled(text, 0, &end);
	assert_int_equal(end, JSON_READ_BROKEN);
	snprintf(text, sizeof(text), "1.%s", n);
	assert_int_equal(scaled(text, 0, &end), 2);
	assert_int_equal(end, JSON_READ_OK);
	snprintf(text, sizeof(text), "1.%se-%s", n, n);
	assert_int_equal(scaled(text, 0, &end), 0);
	assert_int_equal(end, JSON_READ_OK);
	snprintf(text, sizeof(text), "%se-400", n);
	assert_int_equal(scaled(text, 0, &end), 1);
	snprintf(text, sizeof(text), "%se-397", n);
	assert_int_equal(scaled(text, 0, &end), 1000);
	snprintf(text, sizeof(text), "0.%se400", n);
	scaled(text, 0, &end);
	assert_int_equal(end, JSON_READ_BROKEN);
}

static void
test_ranges_and_texts(void **state)
{
	static const char text[] =
	    "{\"ttl\":65,\"rtt\":1e999999,\"size\":1.5,\"x\":\"1\"}";
	static const char *const why[] = {"ttl: 65 is not in 1..64",
	    "rtt: 1e999999 is not in 1..64", "size: no whole number",
	    "x: no number"};
	(void)state;
	for (int wanted = 0; wanted < 4; wanted++) {
		struct json_read in =
		    json_read_make(text, sizeof(text) - 1, true);
		struct json_word key;
		int i = 0;
		for (json_read_object(&in); json_read_member(&in, &key); i++)
			if (i == wanted)
				json_read_integer(&in, 1, 64);
			else
				json_read_skip(&in);
		assert_int_equal(in.state, JSON_READ_BROKEN);
		assert_string_equal(in.why, why[wanted]);
	}
}

static void
test_integer_forms(void **state)
{
	static const char *const whole_ones[] = {"1e3", "1000.0", "1000",
	    "10000e-1", "1000.000e0", "0.1e4", "100000.0e-2"};
	static const char *const others[] = {"1000.5", "1e-1", "10001e-1",
	    "0.1", "1000.0000000000000000000000001", "1e-999999999999999"};
	(void)state;
	for (size_t i = 0; i < sizeof(whole_ones) / sizeof(*whole_ones); i++) {
		struct json_read in =
		    json_read_make(whole_ones[i], strlen(whole_ones[i]), true);
		assert_int_equal(json_read_integer(&in, 0, 1000), 1000);
		assert_true(json_read_ok(&in));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct json_read in =
		    json_read_make(others[i], strlen(others[i]), true);
		json_read_integer(&in, -5000, 5000);
		assert_int_equal(in.state, JSON_READ_BROKEN);
		assert_string_equal(in.why, "no whole number");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_numbers_beyond),
	    cmocka_unit_test(test_long_numbers),
	    cmocka_unit_test(test_ranges_and_texts),
	    cmocka_unit_test(test_integer_forms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
