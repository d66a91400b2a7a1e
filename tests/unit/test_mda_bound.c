/* SPDX-License-Identifier: ISC */
#include "probe/trace/mda_bound.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* The tables of Augustin et al. for 2..16 successors, and of scamper. */
static void
stops_as_published(void **state)
{
	static const unsigned at95[] = {
	    6, 11, 16, 21, 27, 33, 38, 44, 51, 57, 63, 70, 76, 83, 90};
	static const unsigned at99[] = {
	    8, 15, 21, 28, 36, 43, 51, 58, 66, 74, 82, 90, 98, 106, 115};
	(void)state;
	for (unsigned k = 1; k <= 15; k++) {
		assert_int_equal(mda_bound_stop(k, 0.05), at95[k - 1]);
		assert_int_equal(mda_bound_stop(k, 0.01), at99[k - 1]);
	}
}

/* Counted in whole numbers: k! S(n, k) of the k^n ways miss none. */
static double
counted(unsigned k, unsigned n)
{
	double onto[16] = {1}; /* exact below 2^53 */
	for (unsigned i = 0; i < n; i++) {
		for (unsigned j = k; j > 0; j--)
			onto[j] = j * (onto[j] + onto[j - 1]);
		onto[0] = 0;
	}
	return 1 - onto[k] / pow(k, n);
}

static void
misses_as_counted(void **state)
{
	(void)state;
	for (unsigned k = 1; k <= 8; k++)
		for (unsigned n = 1; n <= 16; n++)
			assert_true(
			    fabs(mda_bound_miss(k, n) - counted(k, n)) < 1e-12);
}

/* From certain to unlikely without a step back, and stable at any width. */
static void
misses_less_with_more_flows(void **state)
{
	(void)state;
	for (unsigned k = 2; k <= 129; k += 127 / 4) {
		double last = 1;
		for (unsigned n = 1; n < 2000; n++) {
			double p = mda_bound_miss(k, n);
			assert_true(p >= 0 && p <= last + 1e-12);
			last = p;
		}
		assert_true(last < 0.001);
	}
}

static void
stops_as_soon_as_allowed(void **state)
{
	(void)state;
	for (unsigned k = 1; k <= 128; k++) {
		unsigned n = mda_bound_stop(k, 0.004);
		assert_true(mda_bound_miss(k + 1, n) <= 0.004);
		assert_true(mda_bound_miss(k + 1, n - 1) > 0.004);
	}
	for (unsigned w = 1; w <= 64; w++) {
		unsigned n = mda_bound_share(w, 0.03);
		assert_true(mda_bound_share_miss(w, n) <= 0.03);
		assert_true(mda_bound_share_miss(w, n - 1) > 0.03);
	}
	assert_int_equal(mda_bound_repeats(2, 0.05), 5);
	assert_int_equal(mda_bound_repeats(4, 0.05), 3);
	assert_int_equal(mda_bound_repeats(2, 0.01), 7);
}

static double
worst_more(double epsilon, const struct mda_found *others)
{
	static const unsigned width[] = {
	    3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 24, 32, 64};
	double worst = 0;
	for (unsigned i = 0; i < sizeof(width) / sizeof(width[0]); i++)
		worst =
		    fmax(worst, mda_bound_failure(epsilon, others, width[i]));
	return worst;
}

/* Two of n that are missed at once, each held to what holds without both. */
static double
pairs(double epsilon, const struct mda_found *all)
{
	struct mda_found rest = *all;
	unsigned n = all->twos + all->more;
	if (n < 2)
		return 0;
	for (int i = 0; i < 2; i++)
		if (rest.twos > 0)
			rest.twos--;
		else
			rest.more--;
	double alpha = mda_bound_level(epsilon, &rest, 1);
	double miss = ldexp(1, 1 - (int)mda_bound_stop(1, alpha));
	return n * (n - 1) / 2.0 * miss * miss;
}

/*
 * The whole trace fails with at most epsilon, for every number of balancers
 * with two successors and with more, these of the worst width.
 */
static void
levels_bound_the_whole(void **state)
{
	static const double epsilon[] = {0.05, 0.01};
	(void)state;
	for (int e = 0; e < 2; e++)
		for (unsigned i = 1; i < 17 * 17; i++) {
			struct mda_found all = {i % 17, i / 17}, others = all;
			double sum = pairs(epsilon[e], &all);
			others.twos--;
			if (all.twos > 0)
				sum += all.twos * mda_bound_failure(
						      epsilon[e], &others, 2);
			others = (struct mda_found){all.twos, all.more - 1};
			if (all.more > 0)
				sum +=
				    all.more * worst_more(epsilon[e], &others);
			assert_true(sum <= epsilon[e]);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stops_as_published),
	    cmocka_unit_test(misses_as_counted),
	    cmocka_unit_test(misses_less_with_more_flows),
	    cmocka_unit_test(stops_as_soon_as_allowed),
	    cmocka_unit_test(levels_bound_the_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
