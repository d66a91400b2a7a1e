/* SPDX-License-Identifier: ISC */
#include "probe/net/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

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

static int
bind_error(int type, uint16_t port)
{
	struct sockaddr_in any = {
	    .sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, type, 0);
	int e = bind(fd, (const struct sockaddr *)&any, sizeof(any));
	int error = e == 0 ? 0 : errno;
	close(fd);
	return error;
}

/* Held for UDP and for TCP, and whoever holds either keeps us away. */
static void
both_protocols_are_held(void **state)
{
	(void)state;
	struct ports *p = ports_open(0, 2, NULL);
	uint16_t port = ports_of(p, 1);
	assert_int_equal(bind_error(SOCK_DGRAM, port), EADDRINUSE);
	assert_int_equal(bind_error(SOCK_STREAM, port), EADDRINUSE);
	ports_close(p);
	assert_int_equal(bind_error(SOCK_STREAM, port), 0);
	struct sockaddr_in any = {
	    .sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(
	    bind(fd, (const struct sockaddr *)&any, sizeof(any)), 0);
	p = ports_open(0, 2, NULL);
	assert_int_equal(ports_of(p, 1), port + PORTS_FLOWS_MAX);
	ports_close(p);
	close(fd);
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
	    "source ports for 1 flows from flow 9: Address already in "
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
	    cmocka_unit_test(both_protocols_are_held),
	    cmocka_unit_test(none_is_free),
	};
	/* Ports of its own, where that is allowed: tests run side by side. */
	if (unshare(CLONE_NEWNET) != 0)
		(void)unshare(CLONE_NEWUSER | CLONE_NEWNET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
