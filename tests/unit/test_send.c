/* SPDX-License-Identifier: ISC */
#include "probe/net/send.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A probe to 10.0.0.2 with TTL 1, and what veth looped back on 6.18. */
static const uint8_t packet[] = {0x45, 0, 0, 44, 0x12, 1, 0x40, 0, 1, 17, 0, 0,
    10, 0, 0, 1, 10, 0, 0, 2, 0x80, 0, 0x82, 0x9a, 0, 24, 1, 1, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t link_header[] = {0x0a, 0xc4, 0x83, 0xe6, 0xf9, 0xe7, 0x3a,
    0x4c, 0x96, 0x61, 0xd3, 0xac, 8, 0};

static struct send_stamp
looped(size_t link_len)
{
	struct send_stamp s = {.ns = 1, .len = link_len + sizeof(packet)};
	memcpy(s.frame, link_header, link_len);
	memcpy(s.frame + link_len, packet, sizeof(packet));
	s.frame[link_len + 10] = 0x53; /* the kernel's IP checksum */
	return s;
}

static void
found_behind_any_link_header(void **state)
{
	(void)state;
	struct send_stamp s = looped(0);
	assert_true(send_stamp_is(&s, packet, sizeof(packet)));
	s = looped(sizeof(link_header));
	assert_true(send_stamp_is(&s, packet, sizeof(packet)));
}

static void
another_probe_is_another(void **state)
{
	(void)state;
	static const size_t differs[] = {4, 5, 8, 9, 16, 19};
	for (size_t i = 0; i < sizeof(differs) / sizeof(differs[0]); i++) {
		struct send_stamp s = looped(sizeof(link_header));
		s.frame[sizeof(link_header) + differs[i]] ^= 1;
		assert_false(send_stamp_is(&s, packet, sizeof(packet)));
	}
}

static void
a_short_frame_is_nobodys(void **state)
{
	(void)state;
	struct send_stamp s = looped(0);
	s.len = sizeof(packet) - 1;
	assert_false(send_stamp_is(&s, packet, sizeof(packet)));
	assert_false(send_stamp_is(&s, packet, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(found_behind_any_link_header),
	    cmocka_unit_test(another_probe_is_another),
	    cmocka_unit_test(a_short_frame_is_nobodys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
