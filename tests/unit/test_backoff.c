/* SPDX-License-Identifier: ISC */
#include "sql/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Every wait lies below a limit that doubles up to the most. */
static void
waits_grow_up_to_a_limit(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		struct backoff b = {.random = seed};
		int64_t limit = BACKOFF_FIRST_MS;
		for (int i = 0; i < 40; i++) {
			int64_t ms = backoff_ms(&b);
			assert_in_range(ms, 1, limit);
			limit = limit * 2 < BACKOFF_MOST_MS ? limit * 2
							    : BACKOFF_MOST_MS;
		}
		backoff_reset(&b);
		assert_in_range(backoff_ms(&b), 1, BACKOFF_FIRST_MS);
	}
}

/* Agents that fail at one instant come back spread over the whole time. */
static void
a_fleet_comes_back_spread_out(void **state)
{
	(void)state;
	int quarter[4] = {0};
	for (uint64_t seed = 0; seed < 1000; seed++) {
		struct backoff b = {.most_ms = 60000, .random = seed * 7919};
		int64_t ms = 0;
		for (int i = 0; i < 10; i++)
			ms = backoff_ms(&b);
		quarter[(ms - 1) * 4 / 60000]++;
	}
	for (int i = 0; i < 4; i++)
		assert_in_range(quarter[i], 180, 320);
}

/* A day of backlog at 100 a second in transactions of 100. */
static void
no_second_has_more_than_the_rate(void **state)
{
	(void)state;
	struct pace_of_rows p = {.rate = 100};
	int64_t now = 86400000, sent_in_second = 0, second = 0;
	for (int i = 0; i < 5000; i++) {
		now += pace_of_rows_ms(&p, 100, now);
		sent_in_second = now / 1000 == second ? sent_in_second : 0;
		second = now / 1000;
		sent_in_second += 100;
		assert_in_range(sent_in_second, 100, 100);
		now += i % 7; /* the work itself */
	}
	/* And no slower than it. */
	assert_in_range(now, 86400000 + 4999000, 86400000 + 5001000);
}

static void
idle_time_is_not_saved_up(void **state)
{
	(void)state;
	struct pace_of_rows p = {.rate = 10};
	assert_int_equal(pace_of_rows_ms(&p, 10, 1000), 0);
	assert_int_equal(pace_of_rows_ms(&p, 10, 1000), 1000);
	assert_int_equal(pace_of_rows_ms(&p, 10, 3600000), 0);
	assert_int_equal(pace_of_rows_ms(&p, 10, 3600000), 1000);
	struct pace_of_rows free = {.rate = 0};
	for (int i = 0; i < 5; i++)
		assert_int_equal(pace_of_rows_ms(&free, 1000, 5), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(waits_grow_up_to_a_limit),
	    cmocka_unit_test(a_fleet_comes_back_spread_out),
	    cmocka_unit_test(no_second_has_more_than_the_rate),
	    cmocka_unit_test(idle_time_is_not_saved_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
