/* SPDX-License-Identifier: ISC */
#include "probe/campaign/methods.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include <cmocka.h>

static void
in_the_order_they_were_named(void **state)
{
	(void)state;
	struct methods m;
	assert_true(methods_parse(&m, "tcp,udp icmp", NULL));
	assert_int_equal(m.n, 3);
	assert_int_equal(m.method[0], METHOD_TCP);
	assert_int_equal(m.method[1], METHOD_UDP);
	assert_int_equal(m.method[2], METHOD_ICMP);
	assert_true(methods_parse(&m, " icmp, ", NULL));
	assert_int_equal(m.n, 1);
	assert_true(methods_have(&m, METHOD_ICMP));
	assert_false(methods_have(&m, METHOD_TCP));
	assert_false(methods_have_port(&m));
	assert_true(methods_parse(&m, "icmp,udp", NULL));
	assert_true(methods_have_port(&m));
}

static void
wrong_lists(void **state)
{
	(void)state;
	static const char *const texts[][2] = {
	    {"", "not one of udp, icmp, tcp"},
	    {",", "not one of udp, icmp, tcp"},
	    {"sctp", "not one of udp, icmp, tcp"},
	    {"udp,UDP", "not one of udp, icmp, tcp"},
	    {"udp,tcp,udp", "udp is named twice"},
	    {"udp,icmp,tcp,tcp", "tcp is named twice"},
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct methods m;
		struct fault f = {0};
		assert_false(methods_parse(&m, texts[i][0], &f));
		assert_string_equal(f.text, texts[i][1]);
		assert_int_equal(f.status, EX_USAGE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(in_the_order_they_were_named),
	    cmocka_unit_test(wrong_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
