/* SPDX-License-Identifier: ISC */
#include "probe/net/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include <cmocka.h>

/* The loopback addresses are the only ones that every host has. */
#define LOOPBACK 0x7f000001u
#define TEST_NET 0xc0000263u /* 192.0.2.99, RFC 5737 */

static void
loopback(void **state)
{
	(void)state;
	struct route r;
	assert_true(route_check_interface("lo", NULL));
	assert_true(route_check_source(LOOPBACK, NULL));
	assert_true(route_find(LOOPBACK + 6, NULL, 0, &r, NULL));
	assert_int_equal(r.source, LOOPBACK);
	assert_string_equal(r.interface, "lo");
}

static void
not_ours(void **state)
{
	(void)state;
	struct fault f = {0};
	assert_false(route_check_interface("nope0", &f));
	assert_string_equal(f.text, "nope0: no such interface");
	assert_int_equal(f.status, EX_UNAVAILABLE);
	assert_false(route_check_source(TEST_NET, &f));
	assert_string_equal(
	    f.text, "192.0.2.99: no interface of this host has this address");
	assert_int_equal(f.status, EX_UNAVAILABLE);
}

static void
no_way(void **state)
{
	(void)state;
	struct fault f = {0};
	struct route r;
	assert_false(route_find(0xffffffff, NULL, 0, &r, &f)); /* broadcast */
	assert_int_equal(f.status, EX_UNAVAILABLE);
	assert_false(route_find(LOOPBACK, NULL, TEST_NET, &r, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(loopback),
	    cmocka_unit_test(not_ours),
	    cmocka_unit_test(no_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
