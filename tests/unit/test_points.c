/* SPDX-License-Identifier: ISC */
#include "analysis/infer/points.h"
#include "probe/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* Against a plain square of sums: pairs that differ in one number only. */
static void
sums_by_pair(void **state)
{
	(void)state;
	enum { SIDE = 40, ADDED = 20000 };
	struct points c = {0};
	double *sum = xcalloc((size_t)SIDE * SIDE, sizeof(*sum));
	uint64_t x = 1;
	size_t seen = 0;
	assert_true(points_sum(&c, 1, 2) == 0);
	for (int i = 0; i < ADDED; i++) {
		x = x * UINT64_C(6364136223846793005) + 1;
		uint32_t a = (uint32_t)(x >> 33) % SIDE;
		uint32_t b = (uint32_t)(x >> 50) % SIDE;
		double *here = &sum[a * SIDE + b];
		seen += *here == 0;
		*here += 1 + i % 3;
		points_add(&c, a << 24, b, 1 + i % 3);
		assert_true(points_sum(&c, a << 24, b) == *here);
		assert_int_equal(c.n, seen);
	}
	for (uint32_t a = 0; a < SIDE; a++)
		for (uint32_t b = 0; b < SIDE; b++)
			assert_true(
			    points_sum(&c, a << 24, b) == sum[a * SIDE + b]);
	assert_true(points_sum(&c, 1, 0) == 0);
	free(sum);
	points_clear(&c);
	assert_int_equal(c.n, 0);
	points_add(&c, 7, 8, 2);
	assert_true(points_sum(&c, 7, 8) == 2);
	points_clear(&c);
}

/* The order decides in which order floats are added later. */
static void
pairs_stay_in_the_order_of_coming(void **state)
{
	(void)state;
	struct points c = {0};
	for (uint32_t i = 0; i < 1000; i++)
		points_add(&c, i * 7919 % 1000, 5, 1);
	for (uint32_t i = 0; i < 1000; i++)
		points_add(&c, 999 - i, 5, 1);
	assert_int_equal(c.n, 1000);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(c.p[i].a, i * 7919 % 1000);
		assert_true(c.p[i].sum == 2);
	}
	points_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sums_by_pair),
	    cmocka_unit_test(pairs_stay_in_the_order_of_coming),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
