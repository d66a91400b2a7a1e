/* SPDX-License-Identifier: ISC */
#include "probe/net/ports.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
a_port_for_each_flow(void **state)
{
	(void)state;
	struct ports *p = ports_open(3, 2, NULL);
	assert_non_null(p);
	uint16_t first = ports_of(p, 3);
	assert_in_range(first, 1024, 32767); /* none that Linux gives away */
	assert_int_equal(ports_of(p, 4), first + 1);
	assert_int_equal(ports_of(p, 2), 0);
	assert_int_equal(ports_of(p, 5), 0);
	ports_close(p);
}

/* Flow 3 has one port, whatever other flows are traced beside it. */
static void
a_flow_keeps_its_port(void **state)
{
	(void)state;
	struct ports *p = ports_open(0, 8, NULL);
	uint16_t port = ports_of(p, 3);
	ports_close(p);
	p = ports_open(3, 1, NULL);
	assert_int_equal(ports_of(p, 3), port);
	ports_close(p);
}

static void
another_process_moves_up(void **state)
{
	(void)state;
	struct ports *p = ports_open(0, 4, NULL);
	struct ports *q = ports_open(3, 4, NULL);
	assert_non_null(q);
	assert_int_equal(
	    (ports_of(q, 3) - ports_of(p, 3)) % PORTS_FLOWS_MAX, 0);
	assert_int_not_equal(ports_of(q, 3), ports_of(p, 3));
	ports_close(q);
	ports_close(p);
}

static void
none_is_free(void **state)
{
	(void)state;
	struct ports *held[16];
	struct fault f = {0};
	size_t n = 0;
	while (n < 16 && (held[n] = ports_open(9, 1, &f)) != NULL)
		n++;
	assert_in_range(n, 1, 8);
	assert_string_equal(f.text,
	    "UDP source ports for 1 flows from flow 9: Address already in "
	    "use");
	while (n > 0)
		ports_close(held[--n]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_port_for_each_flow),
	    cmocka_unit_test(a_flow_keeps_its_port),
	    cmocka_unit_test(another_process_moves_up),
	    cmocka_unit_test(none_is_free),
	};
	/* Ports of its own, where that is allowed: tests run side by side. */
	if (unshare(CLONE_NEWNET) != 0)
		(void)unshare(CLONE_NEWUSER | CLONE_NEWNET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
