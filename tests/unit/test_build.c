/* SPDX-License-Identifier: ISC */
#include "probe/wire/build.h"
#include "probe/wire/checksum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct flow_id loopback = {.src = 0x7f000001,
    .dst = 0x7f000001,
    .sport = 0x8c6d,
    .dport = 0x9c40,
    .method = METHOD_UDP};

static size_t
build(const char *contact, const struct flow_id *flow, struct probe_id id,
    uint8_t ttl, uint8_t packet[static BUILD_MAX])
{
	struct fault f = {0};
	struct build *b = build_open(contact, &f);
	assert_non_null(b);
	size_t len = build_probe(b, flow, &id, ttl, packet);
	build_close(b);
	return len;
}

static uint16_t
u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* The UDP checksum computed here, over pseudo-header and all, must be 0. */
static bool
udp_checksum_right(const uint8_t *p, size_t len, const struct flow_id *flow)
{
	uint16_t l4 = (uint16_t)(len - 20);
	uint32_t sum = checksum_pseudo(flow->src, flow->dst, 17, l4);
	return checksum_fold(checksum_sum(sum, p + 20, l4)) == 0;
}

/*
 * The first probe of scamper 20211212's udp-paris as captured on lo: identity
 * 1 in IP-ID and checksum, 44 octets, and a payload that sums to d90b (which
 * is the sum for 127.0.0.1 to 127.0.0.2). By hand: the pseudo-header sums to
 * fe2c, with ports and length to 26f3, and 26f3 + d90b = fffe = ~1.
 */
static void
scampers_algebra(void **state)
{
	(void)state;
	static const uint8_t head[] = {0x45, 0, 0, 0x2c, 0, 1, 0x40, 0, 1, 0x11,
	    0x7b, 0xbd, 127, 0, 0, 1, 127, 0, 0, 2, 0x8c, 0x6d, 0x9c, 0x40, 0,
	    0x18, 0, 1};
	struct flow_id flow = loopback;
	static const char contact[] = "mailto:a@b.org";
	uint8_t p[BUILD_MAX];
	flow.dst = 0x7f000002;
	size_t len = build(contact, &flow, (struct probe_id){1, 1}, 1, p);
	assert_int_equal(len, 44);
	assert_memory_equal(p, head, sizeof(head));
	assert_memory_equal(p + 30, contact, 14);
	uint32_t payload = checksum_sum(0, p + 28, 16);
	assert_int_equal(payload, 0xd90b);
	assert_true(udp_checksum_right(p, len, &flow));
}

/* libnet must not replace a checksum that it was given, at any value. */
static void
every_check_survives(void **state)
{
	(void)state;
	struct fault f = {0};
	struct build *b = build_open("see https://example.org", &f);
	uint8_t p[BUILD_MAX];
	for (uint32_t check = 1; check <= 0xfffe; check++) {
		struct probe_id id = {(uint16_t)(check + 1), (uint16_t)check};
		size_t len = build_probe(b, &loopback, &id, 7, p);
		assert_int_equal(len, 20 + 8 + 2 + 23);
		assert_int_equal(u16(p + 26), check);
		assert_int_equal(u16(p + 4), id.ipid);
		assert_true(udp_checksum_right(p, len, &loopback));
		assert_int_equal(checksum_fold(checksum_sum(0, p, 20)), 0);
	}
	build_close(b);
}

/* What a balancer may hash: all but IP-ID, TTL, checksums and the absorber. */
static void
a_flow_is_constant(void **state)
{
	(void)state;
	struct flow_id flow = loopback;
	uint8_t a[BUILD_MAX], b[BUILD_MAX];
	flow.src = 0xc0000201;
	flow.dst = 0xaf2db047;
	size_t n = build("x", &flow, (struct probe_id){1, 2}, 1, a);
	size_t m = build("x", &flow, (struct probe_id){0xffff, 0xfffe}, 64, b);
	assert_int_equal(n, m);
	assert_int_equal(n, 31);
	a[8] = b[8] = 0;
	for (size_t i = 4; i <= 10; i += i == 4 ? 6 : 2) {
		memset(a + i, 0, 2);
		memset(b + i, 0, 2);
	}
	memset(a + 26, 0, 4);
	memset(b + 26, 0, 4);
	assert_memory_equal(a, b, n);
}

static void
longest_contact(void **state)
{
	(void)state;
	char contact[BUILD_CONTACT_MAX + 10];
	uint8_t p[BUILD_MAX];
	memset(contact, 'c', sizeof(contact) - 1);
	contact[sizeof(contact) - 1] = '\0';
	size_t len = build(contact, &loopback, (struct probe_id){9, 9}, 3, p);
	assert_int_equal(len, 20 + 8 + 2 + BUILD_CONTACT_MAX);
	assert_int_equal(u16(p + 2), len);
	assert_int_equal(
	    build("", &loopback, (struct probe_id){9, 9}, 3, p), 30);
	assert_true(udp_checksum_right(p, 30, &loopback));
}

static void
no_method(void **state)
{
	(void)state;
	struct flow_id flow = loopback;
	uint8_t p[BUILD_MAX];
	flow.method = 0;
	assert_int_equal(build("", &flow, (struct probe_id){1, 1}, 1, p), 0);
}

/* One builder serves all methods: nothing of one is left in the next. */
static void
methods_in_turn(void **state)
{
	(void)state;
	static const size_t want[] = {[METHOD_UDP] = 20 + 8 + 2 + 3,
	    [METHOD_ICMP] = 20 + 8 + 4 + 3,
	    [METHOD_TCP] = 20 + 24};
	struct build *b = build_open("abc", NULL);
	uint8_t p[BUILD_MAX], alone[BUILD_MAX];
	for (int i = 0; i < 9; i++) {
		struct flow_id flow = loopback;
		struct probe_id id = {(uint16_t)(i + 1), (uint16_t)(i + 9)};
		flow.method = (enum record_method)(METHOD_UDP + i % 3);
		size_t len = build_probe(b, &flow, &id, 3, p);
		assert_int_equal(len, want[flow.method]);
		assert_int_equal(build("abc", &flow, id, 3, alone), len);
		assert_memory_equal(p, alone, len);
	}
	build_close(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(scampers_algebra),
	    cmocka_unit_test(every_check_survives),
	    cmocka_unit_test(a_flow_is_constant),
	    cmocka_unit_test(longest_contact),
	    cmocka_unit_test(no_method),
	    cmocka_unit_test(methods_in_turn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
