/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "sql/postgres_address.h"
#include "sql/postgres_fault.h"
#include "sql/postgres_names.h"
#include "sql/postgres_value.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

/* What needs no server; the rest is in tests/postgres. */

static int
refused(struct postgres_address a, bool *verify)
{
	struct fault f = {0};
	if (postgres_address_check(&a, verify, &f))
		return 0;
	assert_null(strstr(f.text, "secret"));
	return f.status;
}

static void
secrets_and_weak_tls_are_refused(void **state)
{
	bool verify = false;
	(void)state;
	static const char *const weak[] = {"disable", "allow", "prefer",
	    "require", "verify-ca", "", "verify-full "};
	static const char *const remote[] = {"db.example.net", "192.0.2.1",
	    "localhost,db.example.net", "", "127.example.net", "localhost.x",
	    "127.", "::2", "/run/postgresql,", NULL};
	for (size_t h = 0; h < sizeof(remote) / sizeof(remote[0]); h++) {
		struct postgres_address a = {.host = remote[h]};
		assert_int_equal(refused(a, &verify), 0);
		assert_true(verify);
		a.sslmode = "verify-full";
		assert_int_equal(refused(a, &verify), 0);
		for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
			a.sslmode = weak[i];
			assert_int_equal(refused(a, &verify), EX_USAGE);
		}
	}
	assert_int_equal(
	    refused((struct postgres_address){.password = "secret"}, &verify),
	    EX_USAGE);
	assert_int_equal(
	    refused(
		(struct postgres_address){.sslpassword = "secret"}, &verify),
	    EX_USAGE);
	assert_int_equal(
	    refused((struct postgres_address){.service = "x"}, &verify),
	    EX_USAGE);
}

static void
on_this_machine_the_address_decides(void **state)
{
	bool verify = true;
	(void)state;
	static const char *const local[] = {"/run/postgresql", "localhost",
	    "127.0.0.1", "::1", "@abstract", "localhost,127.0.0.2,/tmp"};
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
		struct postgres_address a = {
		    .host = local[i], .sslmode = "disable"};
		assert_int_equal(refused(a, &verify), 0);
		assert_false(verify);
		a.hostaddr = "192.0.2.1"; /* that is where it goes */
		assert_int_equal(refused(a, &verify), EX_USAGE);
	}
	struct postgres_address tunnel = {
	    .host = "db.example.net", .hostaddr = "127.0.0.1"};
	assert_int_equal(refused(tunnel, &verify), 0);
	assert_false(verify);
}

static int
status_of(const char *sqlstate)
{
	struct fault f = {0};
	assert_false(postgres_fault(&f, "where", sqlstate, "text"));
	assert_non_null(strstr(f.text, "where: text"));
	assert_non_null(strstr(f.text, sqlstate));
	return f.status;
}

static void
errors_have_their_status(void **state)
{
	(void)state;
	assert_int_equal(status_of(""), EX_UNAVAILABLE);
	assert_int_equal(status_of("08006"), EX_UNAVAILABLE);
	assert_int_equal(status_of("40P01"), EX_UNAVAILABLE);
	assert_int_equal(status_of("57P01"), EX_UNAVAILABLE);
	assert_int_equal(status_of("53300"), EX_UNAVAILABLE);
	assert_int_equal(status_of("53100"), EX_IOERR);
	assert_int_equal(status_of("58030"), EX_IOERR);
	assert_int_equal(status_of("25P02"), EX_IOERR);
	assert_int_equal(status_of("XX001"), EX_IOERR);
	assert_int_equal(status_of("28P01"), EX_NOPERM);
	assert_int_equal(status_of("42501"), EX_NOPERM);
	assert_int_equal(status_of("42601"), EX_SOFTWARE);
	assert_int_equal(status_of("23514"), EX_DATAERR);
	assert_int_equal(status_of("22003"), EX_DATAERR);
	assert_int_equal(status_of("XX000"), EX_SOFTWARE);
}

static void
errors_are_one_line(void **state)
{
	struct fault f = {0};
	char sqlstate[SQLSTATE_LEN];
	static const char text[] =
	    "connection to server failed: FATAL:  28P01: no\x1b[2J\n"
	    "LOCATION:  auth_failed, auth.c:335\n\tand more\n";
	(void)state;
	postgres_sqlstate_in(text, sqlstate);
	assert_string_equal(sqlstate, "28P01");
	postgres_fault(&f, "w", sqlstate, text);
	assert_string_equal(f.text,
	    "w: connection to server failed: FATAL:  28P01: no?[2J and more "
	    "(SQLSTATE 28P01)");
	postgres_sqlstate_in("refused:  nobody: there", sqlstate);
	assert_string_equal(sqlstate, "");
	postgres_fault(&f, "w", "", "");
	assert_string_equal(f.text, "w: ");
	postgres_fault(&f, "w", "", "\n\n \n");
	assert_string_equal(f.text, "w: ");
}

static void
numbers_are_read(void **state)
{
	(void)state;
	static const uint8_t minus[] = {
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe};
	/* 1234567890123 and -0.5 as numeric_send() writes them. */
	static const uint8_t sum[] = {
	    0, 4, 0, 3, 0, 0, 0, 0, 0, 1, 0x09, 0x29, 0x1a, 0x85, 0, 123};
	static const uint8_t half[] = {
	    0, 1, 0xff, 0xff, 0x40, 0, 0, 1, 0x13, 0x88};
	static const uint8_t nan[] = {0, 0, 0, 0, 0xc0, 0, 0, 0};
	static const uint8_t real[] = {0x3f, 0xf8, 0, 0, 0, 0, 0, 0};
	assert_true(postgres_int(20, minus, 8) == -2);
	assert_true(postgres_int(23, minus + 4, 4) == -2);
	assert_true(postgres_int(21, minus + 6, 2) == -2);
	assert_true(postgres_int(16, "\1", 1) == 1);
	assert_true(postgres_int(1700, sum, 16) == INT64_C(1234567890123));
	assert_true(postgres_real(1700, half, 10) == -0.5);
	assert_true(isnan(postgres_real(1700, nan, 8)));
	assert_true(postgres_int(1700, nan, 8) == 0);
	assert_true(postgres_real(701, real, 8) == 1.5);
	assert_true(postgres_real(700, "\xbf\xc0\0\0", 4) == -1.5);
	assert_true(postgres_real(20, minus, 8) == -2);
	assert_true(postgres_int(25, "12", 2) == 0);
	assert_false(postgres_readable(1184)); /* timestamptz */
	assert_true(postgres_readable(POSTGRES_BYTEA));
	for (size_t len = 0; len < sizeof(sum); len++) /* cut short */
		postgres_int(1700, sum, len);
}

static bool
text_ok(const char *s)
{
	return postgres_text_ok(s, strlen(s));
}

static void
texts_are_utf8(void **state)
{
	(void)state;
	assert_true(text_ok(""));
	assert_true(
	    text_ok("\x01\x7f"
		    "a\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80"
		    "\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
	static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf",
	    "\xc2", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe1\x80",
	    "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xff",
	    "\xf1\x80\x80\x41"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_ok(bad[i]));
	assert_false(postgres_text_ok("a\0b", 3));
}

static void
names_are_used_again(void **state)
{
	struct postgres_names n = {0};
	char a[NAME_LEN], b[NAME_LEN], old[NAME_LEN];
	int gone = 0;
	(void)state;
	assert_false(names_take(&n, "SELECT 1", a));
	assert_false(names_take(&n, "SELECT 1", b));
	assert_string_not_equal(a, b);
	names_give(&n, strdup("SELECT 1"), a, old);
	assert_string_equal(old, "");
	assert_true(names_take(&n, "SELECT 1", b));
	assert_string_equal(a, b);
	/* The oldest goes for the one too many. */
	for (int i = 0; i < NAMES_MAX + 1; i++) {
		char *sql = xasprintf("SELECT %d AS n", i);
		assert_false(names_take(&n, sql, a));
		names_give(&n, sql, a, old);
		gone += old[0] != '\0';
	}
	assert_int_equal(gone, 1);
	char *newest = xasprintf("SELECT %d AS n", NAMES_MAX);
	assert_true(names_take(&n, newest, b));
	assert_string_equal(a, b);
	free(newest);
	names_free(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(secrets_and_weak_tls_are_refused),
	    cmocka_unit_test(on_this_machine_the_address_decides),
	    cmocka_unit_test(errors_have_their_status),
	    cmocka_unit_test(errors_are_one_line),
	    cmocka_unit_test(numbers_are_read),
	    cmocka_unit_test(texts_are_utf8),
	    cmocka_unit_test(names_are_used_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
