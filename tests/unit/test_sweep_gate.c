/* SPDX-License-Identifier: ISC */
#include "probe/base/record.h"
#include "probe/trace/sweep_gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ROUTER = 0xc6336400 };

static void
gates(void **state)
{
	(void)state;
	struct sweep_gates *g = sweep_gates_open(10, 1);
	struct sweep_want w = {.trace = 1}, out;
	struct mono now = {NS_PER_S}, at;
	uint16_t a = sweep_gate_of(g, ROUTER), b = sweep_gate_of(g, ROUTER + 4);
	uint16_t gate;
	assert_int_equal(sweep_gate_of(g, ROUTER + 3), a);
	assert_int_not_equal(a, b);
	for (w.trace = 1; w.trace <= 3; w.trace++)
		sweep_gate_put(g, w.trace == 3 ? b : a, &w);
	assert_true(sweep_gate_get(g, now, &out, &gate));
	sweep_gate_charge(g, gate, now);
	assert_true(sweep_gate_get(g, now, &out, &gate));
	sweep_gate_charge(g, gate, now);
	assert_false(sweep_gate_get(g, now, &out, &gate));
	assert_true(sweep_gate_next(g, &at));
	assert_int_equal(at.ns, now.ns + NS_PER_S / 10);
	sweep_gate_merge(g, b, a); /* and the one in line goes along */
	assert_true(sweep_gate_same(g, a, b));
	assert_true(sweep_gate_get(g, at, &out, &gate));
	assert_int_equal(out.trace, 2);
	sweep_gates_close(g);
}

/* Two lines that become one, each in its order. */
static void
merged_lines(void **state)
{
	(void)state;
	struct sweep_gates *g = sweep_gates_open(1000, 10);
	struct sweep_want w, out;
	uint16_t a = sweep_gate_of(g, ROUTER), b = sweep_gate_of(g, ROUTER + 4);
	uint16_t gate;
	for (w = (struct sweep_want){.trace = 1}; w.trace <= 4; w.trace++)
		sweep_gate_put(g, w.trace <= 2 ? a : b, &w);
	sweep_gate_merge(g, a, b);
	sweep_gate_put(g, b, &w);
	for (uint32_t i = 1; i <= 5; i++) {
		assert_true(sweep_gate_get(g, (struct mono){0}, &out, &gate));
		assert_int_equal(out.trace, i);
	}
	assert_false(sweep_gate_get(g, (struct mono){0}, &out, &gate));
	sweep_gates_close(g);
}

/* A number for each /30 as long as there are numbers; then all pass freely. */
static void
many_gates(void **state)
{
	(void)state;
	struct sweep_gates *g = sweep_gates_open(10, 1);
	uint32_t all = SWEEP_GATES_MAX - (RECORD_TTL_MAX + 1);
	size_t empty = sweep_gates_bytes(g);
	for (int again = 0; again < 2; again++)
		for (uint32_t i = 0; i < all; i++)
			assert_int_equal(sweep_gate_of(g, ROUTER + 4 * i),
			    RECORD_TTL_MAX + 1 + i);
	assert_int_equal(sweep_gate_of(g, ROUTER + 4 * all), SWEEP_GATE_FREE);
	assert_int_equal(sweep_gate_of(g, ROUTER + 3), RECORD_TTL_MAX + 1);
	assert_true(sweep_gates_bytes(g) > empty + all * sizeof(uint32_t));
	sweep_gates_close(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gates),
	    cmocka_unit_test(merged_lines),
	    cmocka_unit_test(many_gates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
