/* SPDX-License-Identifier: ISC */
#include "probe/trace/sweep_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ROUTER = 0xc6336400 };

/* Routers are told apart by TTL and address, however many there are. */
static void
many_routers(void **state)
{
	(void)state;
	enum { ROUTERS = 5000 };
	struct sweep_map m;
	sweep_map_open(&m, NULL, 0);
	for (int again = 0; again < 2; again++)
		for (uint32_t i = 0; i < ROUTERS; i++)
			assert_int_equal(sweep_map_add(&m, (uint8_t)(1 + i % 2),
					     ROUTER + i / 2),
			    SWEEP_START + 1 + i);
	for (uint32_t i = 0; i < ROUTERS; i++) {
		uint32_t node = SWEEP_START + 1 + i;
		assert_int_equal(
		    sweep_map_find(&m, (uint8_t)(1 + i % 2), ROUTER + i / 2),
		    node);
		assert_int_equal(m.node[node].addr, ROUTER + i / 2);
	}
	assert_int_equal(sweep_map_find(&m, 3, ROUTER), SWEEP_NONE);
	sweep_map_close(&m);
}

/* Neighbours are far apart in time: one of the first eight in each eighth. */
static void
order(void **state)
{
	(void)state;
	struct sweep_area a = {.count = 200};
	bool drawn[200] = {false};
	for (uint32_t i = 0; i < 200; i++) {
		uint32_t k = sweep_map_draw(&a);
		assert_true(k < 200 && !drawn[k]);
		drawn[k] = true;
		assert_true(i != 1 || k == 128);
	}
	assert_int_equal(sweep_map_draw(&a), 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(many_routers),
	    cmocka_unit_test(order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
