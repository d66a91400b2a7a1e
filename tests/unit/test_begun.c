/* SPDX-License-Identifier: ISC */
#include "sql/begun.h"
#include "tests/unit/sample_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

static void
put(struct begun_runs *runs, const char *campaign, int64_t slot, int64_t at)
{
	struct begun b = {.slot = slot, .planned_us = at, .started_us = 1};
	snprintf(b.campaign, sizeof(b.campaign), "%s", campaign);
	begun_put(runs, &b);
}

static void
slots_are_remembered_as_ranges(void **state)
{
	struct begun_runs runs = {0};
	(void)state;
	for (int64_t slot = 10; slot < 20; slot++)
		put(&runs, "a", slot, slot);
	put(&runs, "a", 1000, 5);
	put(&runs, "b", 15, 5);
	put(&runs, "a", 77, -1); /* by hand: a number that is no slot */
	assert_true(begun_used(&runs, "a", 10));
	assert_true(begun_used(&runs, "a", 19));
	assert_true(begun_used(&runs, "a", 1000));
	assert_false(begun_used(&runs, "a", 9));
	assert_false(begun_used(&runs, "a", 20));
	assert_false(begun_used(&runs, "a", 77));
	assert_false(begun_used(&runs, "b", 10));
	assert_false(begun_used(&runs, "c", 10));
	assert_int_equal(begun_find(&runs, "a")->slot, 77);
	assert_int_equal(begun_find(&runs, "a")->plan_slot, 1000);
	assert_int_equal(begun_find(&runs, "a")->plan_us, 5);
	assert_int_equal(begun_find(&runs, "a")->hand, 77);
	assert_int_equal(begun_find(&runs, "b")->hand, -1);
	begun_free(&runs);
}

/* However many there are: none that was given out is ever free again. */
static void
ranges_only_grow(void **state)
{
	struct begun_runs runs = {0};
	uint64_t random = 7;
	int64_t given[500];
	(void)state;
	for (int i = 0; i < 500; i++) {
		random = random * UINT64_C(6364136223846793005) + 1;
		given[i] = (int64_t)(random >> 40);
		put(&runs, "a", given[i], i);
		assert_in_range(runs.v[0].nused, 1, BEGUN_RANGES);
		for (int k = 0; k <= i; k++)
			assert_true(begun_used(&runs, "a", given[k]));
	}
	begun_free(&runs);
}

static void
what_is_written_is_read(void **state)
{
	struct begun_runs runs = {0}, again = {0};
	struct fault f = {0};
	const char *dir = *state;
	put(&runs, "a", 5, 50);
	put(&runs, "a", 9, 90);
	put(&runs, "b b", 1, -1);
	runs.v[0].ended = true;
	assert_true(begun_write(dir, 42, &runs, &f));
	assert_true(begun_read(dir, 42, &again, &f));
	assert_int_equal(again.n, 2);
	assert_true(begun_used(&again, "a", 5));
	assert_false(begun_used(&again, "a", 6));
	assert_int_equal(again.v[0].plan_slot, 9);
	assert_true(again.v[0].ended);
	assert_int_equal(again.v[1].plan_us, -1);
	assert_int_equal(again.v[1].nused, 0);
	assert_int_equal(again.v[0].hand, -1);
	assert_int_equal(again.v[1].hand, 1);
	begun_free(&again);
	assert_true(begun_read(dir, 43, &again, &f)); /* another epoch */
	assert_int_equal(again.n, 0);
	begun_free(&again);
	begun_free(&runs);
}

static void
write_runs(const char *dir, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/runs", dir);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
an_older_memory_and_damaged_ones(void **state)
{
	static const char *const bad[] = {"", "tumen-runs 3 epoch 42\n",
	    "tumen-runs 2 epoch 42\nused 1 2\n",
	    "tumen-runs 2 epoch 42\nrun 1 1 1 1 a\nused 2 1\n",
	    "tumen-runs 2 epoch 42\nrun 1 1 1 1 a\nrun 2 1 1 1 a\n",
	    "tumen-runs 2 epoch 42\nrun 1 1 1 1 a\nelse\n"};
	struct begun_runs runs = {0};
	struct fault f = {0};
	const char *dir = *state;
	write_runs(dir, "tumen-runs 1 epoch 42\nrun 7 70 71 1 a\n");
	assert_true(begun_read(dir, 42, &runs, &f));
	assert_true(begun_used(&runs, "a", 7));
	assert_int_equal(runs.v[0].plan_slot, 7);
	begun_free(&runs);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_runs(dir, bad[i]);
		assert_false(begun_read(dir, 42, &runs, &f));
		assert_int_equal(f.status, EX_DATAERR);
		begun_free(&runs);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(slots_are_remembered_as_ranges),
	    cmocka_unit_test(ranges_only_grow),
	    cmocka_unit_test_setup_teardown(
		what_is_written_is_read, sample_set_up, sample_tear_down),
	    cmocka_unit_test_setup_teardown(an_older_memory_and_damaged_ones,
		sample_set_up, sample_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
