/* SPDX-License-Identifier: ISC */
#include "sql/room.h"

#include "tests/unit/store_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

static const int64_t gib = INT64_C(1) << 30;

static void
a_large_disk_is_not_full_by_percent(void **state)
{
	(void)state;
	const struct room small = {8 << 20, 300 << 10, 97};
	const struct room large = {2000 * gib, 60 * gib, 97};
	const struct room tight = {2000 * gib, gib - 1, 100};
	assert_true(room_is_used(&small, 95, ROOM_TO_PROBE));
	assert_false(room_is_used(&small, 98, ROOM_TO_PROBE));
	assert_false(room_is_used(&large, 95, ROOM_TO_PROBE));
	assert_true(room_is_used(&tight, 95, ROOM_TO_PROBE));
	assert_int_equal(room_reserve(&small), 1 << 20);
	assert_int_equal(
	    room_reserve(&(struct room){.total = 4 << 20}), 512 << 10);
}

static void
a_reserve_is_made_once_and_given_once(void **state)
{
	const struct place *p = *state;
	struct fault f = {0};
	struct room before, after;
	assert_false(room_reserve_give(p->spool));
	assert_true(room_of(p->spool, &before, &f));
	assert_true(before.total >= before.free && before.used <= 100);
	assert_true(room_reserve_make(p->spool, &f));
	assert_true(room_reserve_make(p->spool, &f));
	assert_true(room_of(p->spool, &after, &f));
	assert_true(room_reserve_give(p->spool));
	assert_false(room_reserve_give(p->spool));
	assert_false(room_of("/nonexistent", &before, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_large_disk_is_not_full_by_percent),
	    PLACE_TEST(a_reserve_is_made_once_and_given_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
