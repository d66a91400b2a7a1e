/* SPDX-License-Identifier: ISC */
#include "probe/trace/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct mono
at(int64_t ns)
{
	return (struct mono){1000 * NS_PER_S + ns};
}

static void
burst_then_rate(void **state)
{
	(void)state;
	struct pace p;
	pace_init(&p, 20, 3, at(0));
	for (int i = 0; i < 3; i++)
		assert_true(pace_take(&p, at(0)));
	assert_false(pace_take(&p, at(0)));
	assert_int_equal(pace_wait_ns(&p, at(0)), 50 * NS_PER_MS);
	assert_false(pace_take(&p, at(50 * NS_PER_MS - 1)));
	assert_int_equal(pace_wait_ns(&p, at(50 * NS_PER_MS - 1)), 1);
	assert_true(pace_take(&p, at(50 * NS_PER_MS)));
	assert_false(pace_take(&p, at(50 * NS_PER_MS)));
}

static void
credit_is_capped(void **state)
{
	(void)state;
	struct pace p;
	pace_init(&p, 1000, 5, at(0));
	int n = 0;
	while (pace_take(&p, at(INT64_C(1) << 60)))
		n++;
	assert_int_equal(n, 5);
	assert_false(pace_take(&p, at(0))); /* a clock that went back */
}

/* At every rate, taken as often as it gives: never more than it may. */
/* What waits in the kernel is the burst: there is none beside it. */
static void
emptied_it_fills_at_its_rate(void **state)
{
	(void)state;
	struct pace p;
	pace_init(&p, 20, 3, at(0));
	pace_empty(&p, at(0));
	assert_int_equal(pace_wait_ns(&p, at(0)), 50 * NS_PER_MS);
	pace_empty(&p, at(NS_PER_S));
	assert_false(pace_take(&p, at(NS_PER_S + 50 * NS_PER_MS - 1)));
	assert_true(pace_take(&p, at(NS_PER_S + 50 * NS_PER_MS)));
	assert_false(pace_take(&p, at(NS_PER_S + 50 * NS_PER_MS)));
}

static void
long_run(void **state)
{
	(void)state;
	static const uint32_t rates[] = {
	    1, 3, 7, 20, 999, 10000, 99991, 100000};
	for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		struct pace p;
		int64_t n = 0;
		pace_init(&p, rates[i], 1, at(0));
		for (int64_t t = 0; t < 2 * NS_PER_S;
		     t += pace_wait_ns(&p, at(t)))
			n += pace_take(&p, at(t));
		assert_in_range(n, rates[i] * 2 - 1, rates[i] * 2 + 1);
	}
}

/* What the pacer lets through never trips the guard, even a second late. */
static void
guard_lets_paced_packets_pass(void **state)
{
	(void)state;
	struct pace p;
	struct guard g;
	pace_init(&p, 20, 4, at(0));
	guard_init(&g, 20, 4);
	for (int64_t t = 0; t < 60 * NS_PER_S; t += NS_PER_MS) {
		int64_t stall = t / NS_PER_S % 3 == 0 ? 1000 * NS_PER_MS : 0;
		int64_t left = t - t % NS_PER_S + stall;
		if (pace_take(&p, at(t)))
			assert_true(guard_count(&g, at(left > t ? left : t)));
	}
}

static void
guard_ends_a_flood(void **state)
{
	(void)state;
	struct guard g;
	int n = 0;
	guard_init(&g, 20, 4);
	while (guard_count(&g, at(n)))
		n++;
	assert_int_equal(n, 24);
	guard_init(&g, 20, 4); /* 30 a second is too fast, a little later */
	for (n = 0; guard_count(&g, at(n * NS_PER_S / 30)); n++)
		assert_true(n < 100);
	assert_true(n >= 60);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(burst_then_rate),
	    cmocka_unit_test(credit_is_capped),
	    cmocka_unit_test(emptied_it_fills_at_its_rate),
	    cmocka_unit_test(long_run),
	    cmocka_unit_test(guard_lets_paced_packets_pass),
	    cmocka_unit_test(guard_ends_a_flood),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
