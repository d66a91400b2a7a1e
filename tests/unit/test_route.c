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

static struct routes
from(const char *interface, uint32_t source)
{
	struct routes r;
	assert_true(routes_open(&r, interface, source, NULL));
	return r;
}

static void
loopback(void **state)
{
	(void)state;
	struct route found;
	struct routes r = from("lo", 0);
	assert_true(route_check_interface(&r, NULL));
	assert_int_not_equal(routes_interface(&r), 0);
	assert_true(route_check_source(&r, LOOPBACK, NULL));
	routes_close(&r);
	r = from(NULL, 0);
	assert_int_equal(routes_interface(&r), 0);
	assert_true(route_find(&r, LOOPBACK + 6, &found, NULL));
	assert_int_equal(found.source, LOOPBACK);
	assert_string_equal(found.interface, "lo");
	routes_close(&r);
}

static void
not_ours(void **state)
{
	(void)state;
	struct fault f = {0};
	struct routes r = from("nope0", 0);
	assert_false(route_check_interface(&r, &f));
	assert_string_equal(f.text, "nope0: no such interface");
	assert_int_equal(f.status, EX_UNAVAILABLE);
	assert_false(route_check_source(&r, TEST_NET, &f));
	assert_string_equal(
	    f.text, "192.0.2.99: no interface of this host has this address");
	assert_int_equal(f.status, EX_UNAVAILABLE);
	routes_close(&r);
	r = from("a name that no interface can have", 0);
	assert_int_equal(routes_interface(&r), 0);
	routes_close(&r);
}

static void
no_way(void **state)
{
	(void)state;
	struct fault f = {0};
	struct route found;
	struct routes r = from(NULL, 0);
	assert_false(route_find(&r, 0xffffffff, &found, &f)); /* broadcast */
	assert_int_equal(f.status, EX_UNAVAILABLE);
	routes_close(&r);
	r = from(NULL, TEST_NET);
	assert_false(route_find(&r, LOOPBACK, &found, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	routes_close(&r);
}

/* One socket serves all questions: none is answered from the one before. */
static void
again(void **state)
{
	(void)state;
	struct fault f = {0};
	struct route found;
	struct routes r = from("lo", LOOPBACK + 1);
	for (uint32_t i = 0; i < 3; i++) {
		assert_false(route_find(&r, 0xffffffff, &found, &f));
		assert_true(route_find(&r, LOOPBACK + i, &found, &f));
		assert_int_equal(found.source, LOOPBACK + 1);
	}
	r.source = 0;
	for (uint32_t i = 0; i < 3; i++) {
		assert_true(route_find(&r, LOOPBACK + i, &found, &f));
		assert_int_equal(found.source, LOOPBACK);
	}
	routes_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(loopback),
	    cmocka_unit_test(not_ours),
	    cmocka_unit_test(no_way),
	    cmocka_unit_test(again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
