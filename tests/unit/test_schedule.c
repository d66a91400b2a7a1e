/* SPDX-License-Identifier: ISC */
#include "probe/campaign/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define S INT64_C(1000000)

static const struct schedule hourly = {
    .interval_us = 3600 * S, .anchor_us = 1000 * S, .phase_us = 60 * S};

static void
slots_are_counted_from_the_anchor(void **state)
{
	(void)state;
	assert_int_equal(schedule_planned_us(&hourly, 0), 1060 * S);
	assert_int_equal(schedule_planned_us(&hourly, 2), 8260 * S);
	assert_int_equal(schedule_slot(&hourly, 1060 * S), 0);
	assert_int_equal(schedule_slot(&hourly, 1060 * S - 1), -1);
	assert_int_equal(schedule_slot(&hourly, 1060 * S - 3600 * S), -1);
	assert_int_equal(schedule_slot(&hourly, 8259 * S), 1);
	assert_int_equal(schedule_slot(&hourly, 8260 * S), 2);
}

static void
phases_are_stable_and_spread(void **state)
{
	(void)state;
	int64_t a = schedule_phase_us("sel", "border", 900 * S);
	assert_int_equal(a, schedule_phase_us("sel", "border", 900 * S));
	assert_int_not_equal(a, schedule_phase_us("vvo", "border", 900 * S));
	assert_int_not_equal(a, schedule_phase_us("sel", "other", 900 * S));
	assert_int_equal(a % S, 0);
	assert_in_range(a, 0, 899 * S);
	assert_int_equal(schedule_phase_us("sel", "border", S), 0);
}

static void
waits_runs_and_skips(void **state)
{
	(void)state;
	struct schedule_step s = schedule_step(&hourly, 2, 8000 * S);
	assert_int_equal(s.what, SCHEDULE_WAIT);
	assert_int_equal(s.wait_us, 260 * S);
	s = schedule_step(&hourly, 2, 8260 * S);
	assert_int_equal(s.what, SCHEDULE_RUN);
	assert_int_equal(s.slot, 2);
	assert_int_equal(s.late_us, 0);
	s = schedule_step(&hourly, 2, (8260 + 1800) * S);
	assert_int_equal(s.what, SCHEDULE_RUN);
	s = schedule_step(&hourly, 2, (8260 + 1801) * S);
	assert_int_equal(s.what, SCHEDULE_SKIP);
	assert_int_equal(s.late_us, 1801 * S);
}

static void
a_clock_that_was_set_back(void **state)
{
	(void)state;
	struct schedule_step s = schedule_step(&hourly, 100, 8000 * S);
	assert_int_equal(s.what, SCHEDULE_WAIT);
	assert_int_equal(s.slot, 2);
	assert_int_equal(s.wait_us, 260 * S);
}

static void
an_anchor_in_the_future(void **state)
{
	(void)state;
	struct schedule_step s = schedule_step(&hourly, -400, -90000 * S);
	assert_int_equal(s.what, SCHEDULE_WAIT);
	assert_int_equal(s.slot, 0);
	assert_int_equal(s.wait_us, 91060 * S);
	assert_int_equal(schedule_next(&hourly, -90000 * S), 0);
	assert_int_equal(schedule_next(&hourly, 8000 * S), 2);
}

/*
 * A year on a virtual clock with naps, long runs and a sleep of a day: every
 * slot is dealt with once, in order, and none begins too early or too late.
 */
static void
a_year_of_slots(void **state)
{
	(void)state;
	int64_t now = 1000 * S, next = schedule_slot(&hourly, now) + 1;
	int64_t expected = next, ran = 0, skipped = 0;
	uint64_t random = 1;
	while (now < INT64_C(366) * 86400 * S) {
		struct schedule_step s = schedule_step(&hourly, next, now);
		random = random * UINT64_C(6364136223846793005) + 1;
		if (s.what == SCHEDULE_WAIT) {
			now += s.wait_us;
			continue;
		}
		assert_int_equal(s.slot, expected);
		expected++;
		next = s.slot + 1;
		if (s.what == SCHEDULE_SKIP) {
			skipped++;
			continue;
		}
		assert_in_range(s.late_us, 0, 1800 * S);
		ran++;
		now += (int64_t)(random >> 33) % 5000 * S;
		if (random % 500 == 0)
			now += INT64_C(86400) * S;
	}
	assert_int_equal(ran + skipped, next);
	assert_true(ran > 5000 && skipped > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(slots_are_counted_from_the_anchor),
	    cmocka_unit_test(phases_are_stable_and_spread),
	    cmocka_unit_test(waits_runs_and_skips),
	    cmocka_unit_test(a_clock_that_was_set_back),
	    cmocka_unit_test(an_anchor_in_the_future),
	    cmocka_unit_test(a_year_of_slots),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
