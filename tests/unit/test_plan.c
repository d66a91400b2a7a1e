/* SPDX-License-Identifier: ISC */
#include "probe/campaign/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static uint32_t addr[] = {0xc0000201, 0xaf2db281, 0xaf2db038, 0xaf2db047};
static const struct targets targets = {addr, 4};
static const struct methods all = {{METHOD_UDP, METHOD_ICMP, METHOD_TCP}, 3};

static struct plan
plan(size_t methods)
{
	static struct methods some;
	some = all;
	some.n = methods;
	return (struct plan){.targets = &targets,
	    .methods = &some,
	    .flow_first = 5,
	    .flows = 2,
	    .port = -1};
}

/* Each combination once, whatever the numbers have in common. */
static void
every_combination_once(void **state)
{
	(void)state;
	for (size_t methods = 1; methods <= 3; methods++) {
		struct plan p = plan(methods);
		int seen[4][4][2] = {0};
		assert_int_equal(plan_jobs(&p), 4 * methods * 2);
		for (size_t n = 0; n < plan_jobs(&p); n++) {
			struct plan_job j = plan_job(&p, n);
			assert_int_equal(j.target, addr[n % 4]);
			assert_int_equal(j.prefix.len, 24);
			assert_in_range(j.flow, 5, 6);
			seen[n % 4][j.method][j.flow - 5]++;
		}
		for (size_t t = 0; t < 4; t++)
			for (size_t m = 0; m < methods; m++)
				for (size_t f = 0; f < 2; f++)
					assert_int_equal(
					    seen[t][all.method[m]][f], 1);
	}
}

/* Neighbouring jobs of a round have different methods. */
static void
methods_are_mixed(void **state)
{
	(void)state;
	struct plan p = plan(3);
	for (size_t n = 0; n < plan_jobs(&p); n++)
		if (n % 4 != 3)
			assert_int_not_equal(
			    plan_job(&p, n).method, plan_job(&p, n + 1).method);
}

static void
ports(void **state)
{
	(void)state;
	static const int32_t known[] = {80, 22, 80, 80};
	struct plan p = plan(3);
	for (size_t n = 0; n < plan_jobs(&p); n++) {
		struct plan_job j = plan_job(&p, n);
		assert_int_equal(
		    j.port, j.method == METHOD_TCP ? known[n % 4] : -1);
	}
	p.port = 443;
	for (size_t n = 0; n < plan_jobs(&p); n++) {
		struct plan_job j = plan_job(&p, n);
		assert_int_equal(j.port, j.method == METHOD_ICMP ? -1 : 443);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_combination_once),
	    cmocka_unit_test(methods_are_mixed),
	    cmocka_unit_test(ports),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
