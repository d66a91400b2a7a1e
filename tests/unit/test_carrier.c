/* SPDX-License-Identifier: ISC */
#include "analysis/infer/carrier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

static void
default_classes(void **state)
{
	(void)state;
	struct carriers c;
	struct fault f = {0};
	assert_true(carriers_load(&c, NULL, &f));
	assert_string_equal(carriers_find(&c, 4837)->name, "unicom");
	assert_string_equal(carriers_find(&c, 10099)->name, "unicom");
	assert_string_equal(carriers_find(&c, 20485)->name, "ttk");
	assert_false(carriers_find(&c, 20485)->satellite);
	assert_true(carriers_find(&c, 22351)->satellite);
	assert_int_equal(carriers_find(&c, 22351)->kind, CARRIER_TRANSIT);
	assert_int_equal(carriers_find(&c, 134544)->kind, CARRIER_FRONT);
	assert_int_equal(carriers_find(&c, 131279)->kind, CARRIER_TARGET);
	assert_null(carriers_find(&c, 43727)); /* often called TTK: unproven */
	assert_null(carriers_find(&c, -1));
	carriers_free(&c);
}

static void
errors_name_line_and_value(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want;
	} bad[] = {
	    {"carrier unicom 4837\nhaul ttk 1\n",
		"t:2: haul: not one of carrier, satellite, front, target"},
	    {"carrier\n", "t:1: (nothing): no class name ([a-z0-9-], 1..24)"},
	    {"carrier TTK 1\n", "t:1: TTK: no class name ([a-z0-9-], 1..24)"},
	    {"# x\n\ncarrier ttk\n", "t:3: ttk has no AS number"},
	    {"carrier ttk 0\n", "t:1: 0: no AS number (1..4294967295)"},
	    {"carrier ttk AS1\n", "t:1: AS1: no AS number (1..4294967295)"},
	    {"carrier ttk 4294967296\n",
		"t:1: 4294967296: no AS number (1..4294967295)"},
	    {"carrier a 1\ncarrier b 1\n", "t:2: AS1 is already in a"},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct carriers c;
		struct fault f = {0};
		assert_false(carriers_parse(&c, "t", bad[i].text, &f));
		assert_string_equal(f.text, bad[i].want);
		assert_int_equal(f.status, EX_CONFIG);
		carriers_free(&c);
	}
}

static void
missing_file(void **state)
{
	(void)state;
	struct carriers c;
	struct fault f = {0};
	assert_false(carriers_load(&c, "/nonexistent/carriers", &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	assert_non_null(strstr(f.text, "/nonexistent/carriers"));
	carriers_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(default_classes),
	    cmocka_unit_test(errors_name_line_and_value),
	    cmocka_unit_test(missing_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
