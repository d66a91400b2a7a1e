/* SPDX-License-Identifier: ISC */
#include "probe/base/addr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
parses_and_formats(void **state)
{
	(void)state;
	uint32_t a = 0;
	char text[ADDR_STRLEN];
	assert_true(addr_parse("175.45.176.71", &a));
	assert_int_equal(a, 0xaf2db047);
	assert_string_equal(addr_format(a, text), "175.45.176.71");
	assert_true(addr_parse("255.255.255.255", &a));
	assert_int_equal(a, UINT32_MAX);
	assert_true(addr_parse("0.0.0.0", &a));
	assert_int_equal(a, 0);
}

static void
refuses_bad_addresses(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "1", "1.2.3", "1.2.3.4.5",
	    "256.1.1.1", "1.2.3.04", "1.2.3.4 ", " 1.2.3.4", "1.2.3.-4",
	    "1..3.4", "a.b.c.d", "1.2.3.4/24", "99999999999.1.1.1"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint32_t a = 7;
		assert_false(addr_parse(bad[i], &a));
		assert_int_equal(a, 7);
	}
}

static void
prefixes(void **state)
{
	(void)state;
	struct prefix p;
	char text[PREFIX_STRLEN];
	assert_true(prefix_parse("175.45.176.0/22", &p));
	assert_string_equal(prefix_format(&p, text), "175.45.176.0/22");
	assert_true(prefix_contains(&p, 0xaf2db3ff));
	assert_false(prefix_contains(&p, 0xaf2db400));
	assert_true(prefix_parse("0.0.0.0/0", &p));
	assert_true(prefix_contains(&p, UINT32_MAX));
	assert_false(prefix_parse("175.45.176.1/22", &p)); /* host bits */
	assert_false(prefix_parse("175.45.176.0", &p));
	assert_false(prefix_parse("175.45.176.0/33", &p));
	assert_false(prefix_parse("175.45.176.0/", &p));
	assert_int_equal(prefix_mask(0), 0);
	assert_int_equal(prefix_mask(32), UINT32_MAX);
}

static void
largest_prefix_in_a_range(void **state)
{
	(void)state;
	char text[PREFIX_STRLEN];
	/* 103.35.252.0 - 103.35.254.255: the fourth /24 is not in it. */
	struct prefix p = prefix_in_range(0x6723fd01, 0x6723fc00, 0x6723feff);
	assert_string_equal(prefix_format(&p, text), "103.35.252.0/23");
	p = prefix_in_range(0x6723fe01, 0x6723fc00, 0x6723feff);
	assert_string_equal(prefix_format(&p, text), "103.35.254.0/24");
	p = prefix_in_range(5, 0, UINT32_MAX);
	assert_string_equal(prefix_format(&p, text), "0.0.0.0/0");
	p = prefix_in_range(5, 5, 5);
	assert_string_equal(prefix_format(&p, text), "0.0.0.5/32");
}

/* Against the definition: the longest step up that stays inside. */
static void
largest_prefix_is_largest(void **state)
{
	(void)state;
	for (uint32_t first = 0; first < 40; first++) {
		for (uint32_t last = first; last < 80; last++) {
			uint32_t addr = first + (last - first) / 3;
			struct prefix p = prefix_in_range(addr, first, last);
			uint32_t end = p.addr | ~prefix_mask(p.len);
			assert_true(p.addr >= first && end <= last);
			assert_true(prefix_contains(&p, addr));
			uint32_t up = prefix_mask((uint8_t)(p.len - 1));
			assert_true((addr & up) < first || (addr | ~up) > last);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parses_and_formats),
	    cmocka_unit_test(refuses_bad_addresses),
	    cmocka_unit_test(prefixes),
	    cmocka_unit_test(largest_prefix_in_a_range),
	    cmocka_unit_test(largest_prefix_is_largest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
