/* SPDX-License-Identifier: ISC */
#include "probe/campaign/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define S INT64_C(1000000)

static const struct schedule hourly = {.interval_us = 3600 * S,
    .anchor_us = 1000 * S,
    .phase_us = 60 * S,
    .start_us = -1,
    .until_us = -1};

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

/* A slot begins so much later each time it is asked, and never more. */
static void
jitter_is_stable_and_spread(void **state)
{
	(void)state;
	enum { SLOTS = 10000, PARTS = 10 };
	struct schedule s = hourly;
	int64_t in[PARTS] = {0}, same = 0;
	assert_int_equal(schedule_jitter_us(&s, 5), 0);
	s.jitter_us = 10 * S - 1;
	s.seed = schedule_seed("sel", "border");
	struct schedule other = s;
	other.seed = schedule_seed("vvo", "border");
	assert_int_not_equal(s.seed, schedule_seed("sel", "other"));
	for (int64_t slot = 0; slot < SLOTS; slot++) {
		int64_t us = schedule_jitter_us(&s, slot);
		assert_int_equal(us, schedule_jitter_us(&s, slot));
		assert_in_range(us, 0, 10 * S - 1);
		in[us / S]++;
		same += us == schedule_jitter_us(&other, slot);
	}
	for (int i = 0; i < PARTS; i++)
		assert_in_range(
		    in[i], SLOTS / PARTS - 150, SLOTS / PARTS + 150);
	assert_in_range(same, 0, 3);
}

static void
due_is_planned_and_jitter(void **state)
{
	(void)state;
	struct schedule s = hourly;
	s.jitter_us = 900 * S;
	s.seed = 1;
	int64_t late_us = schedule_jitter_us(&s, 2);
	int64_t due_us = 8260 * S + late_us;
	assert_in_range(late_us, 1, 900 * S);
	struct schedule_step step = schedule_step(&s, 2, 8260 * S);
	assert_int_equal(step.what, SCHEDULE_WAIT);
	assert_int_equal(step.wait_us, late_us);
	step = schedule_step(&s, 2, due_us - 1);
	assert_int_equal(step.what, SCHEDULE_WAIT);
	assert_int_equal(step.wait_us, 1);
	step = schedule_step(&s, 2, due_us);
	assert_int_equal(step.what, SCHEDULE_RUN);
	assert_int_equal(step.late_us, 0);
	step = schedule_step(&s, 2, due_us + 1800 * S);
	assert_int_equal(step.what, SCHEDULE_RUN);
	assert_int_equal(step.late_us, 1800 * S);
	step = schedule_step(&s, 2, due_us + 1800 * S + 1);
	assert_int_equal(step.what, SCHEDULE_SKIP);
	assert_int_equal(step.slot, 2);
	/* Planned is planned: the next one is not this one. */
	assert_int_equal(schedule_next(&s, 8260 * S), 3);
	assert_int_equal(schedule_slot(&s, 8260 * S), 2);
}

/* Slots 2 (8260 s) to 4 (15460 s) alone. */
static const struct schedule morning = {.interval_us = 3600 * S,
    .anchor_us = 1000 * S,
    .phase_us = 60 * S,
    .start_us = 8260 * S,
    .until_us = 19060 * S};

static void
nothing_before_the_start(void **state)
{
	(void)state;
	struct schedule s = morning;
	assert_int_equal(schedule_first(&hourly), 0);
	assert_int_equal(schedule_first(&s), 2);
	assert_int_equal(schedule_next(&s, 0), 2);
	assert_int_equal(schedule_next(&s, 8260 * S), 3);
	struct schedule_step step = schedule_step(&s, 0, 2000 * S);
	assert_int_equal(step.what, SCHEDULE_WAIT);
	assert_int_equal(step.slot, 2);
	assert_int_equal(step.wait_us, 6260 * S);
	step = schedule_step(&s, 0, 8260 * S);
	assert_int_equal(step.what, SCHEDULE_RUN);
	assert_int_equal(step.slot, 2);
	s.start_us++; /* slot 2 was planned before it */
	assert_int_equal(schedule_first(&s), 3);
	step = schedule_step(&s, 0, 8261 * S);
	assert_int_equal(step.what, SCHEDULE_WAIT);
	assert_int_equal(step.slot, 3);
}

static void
nothing_from_until_on(void **state)
{
	(void)state;
	struct schedule s = morning;
	struct schedule_step step = schedule_step(&s, 4, 15460 * S);
	assert_int_equal(step.what, SCHEDULE_RUN);
	step = schedule_step(&s, 5, 15461 * S);
	assert_int_equal(step.what, SCHEDULE_WAIT);
	assert_int_equal(step.wait_us, INT64_MAX);
	step = schedule_step(&s, 5, 30000 * S);
	assert_int_equal(step.what, SCHEDULE_WAIT);
	assert_int_equal(step.wait_us, INT64_MAX);
	/* Slept over the end: what was missed is skipped, and no more. */
	step = schedule_step(&s, 3, 900000 * S);
	assert_int_equal(step.what, SCHEDULE_SKIP);
	step = schedule_step(&s, 4, 900000 * S);
	assert_int_equal(step.what, SCHEDULE_SKIP);
	step = schedule_step(&s, 5, 900000 * S);
	assert_int_equal(step.wait_us, INT64_MAX);
	/* A clock that was set back brings its slots. */
	step = schedule_step(&s, 5, 9000 * S);
	assert_int_equal(step.what, SCHEDULE_WAIT);
	assert_int_equal(step.slot, 3);
	assert_int_equal(step.wait_us, 2860 * S);
	/* A slot that begins late, being planned before it, still counts. */
	s.until_us = 15460 * S + 1;
	s.jitter_us = 600 * S;
	s.seed = 3;
	step = schedule_step(&s, 4, 15460 * S + 601 * S);
	assert_int_equal(step.what, SCHEDULE_RUN);
	assert_int_equal(step.slot, 4);
}

/*
 * A year on a virtual clock with naps, long runs and a sleep of a day: every
 * slot is dealt with once, in order, and none begins too early or too late.
 */
static void
a_year_of_slots(void **state)
{
	(void)state;
	struct schedule year = hourly;
	year.jitter_us = 600 * S;
	year.seed = schedule_seed("sel", "year");
	int64_t now = 1000 * S, next = schedule_slot(&hourly, now) + 1;
	int64_t expected = next, ran = 0, skipped = 0;
	uint64_t random = 1;
	while (now < INT64_C(366) * 86400 * S) {
		struct schedule_step s = schedule_step(&year, next, now);
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
	    cmocka_unit_test(jitter_is_stable_and_spread),
	    cmocka_unit_test(due_is_planned_and_jitter),
	    cmocka_unit_test(nothing_before_the_start),
	    cmocka_unit_test(nothing_from_until_on),
	    cmocka_unit_test(a_year_of_slots),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
