/* SPDX-License-Identifier: ISC */
#include "tests/unit/wire_reply.h"

enum { TCP_LEN = 24, RST = 0x04, SYN = 0x02, ACK = 0x10 };

static bool
checksum_right(const uint8_t *p, size_t len)
{
	uint16_t l4 = (uint16_t)(len - 20);
	uint32_t sum = checksum_pseudo(US, TARGET, 6, l4);
	return checksum_fold(checksum_sum(sum, p + 20, l4)) == 0;
}

static void
every_identity_survives(void **state)
{
	(void)state;
	static const uint8_t mss[] = {2, 4, 0x05, 0xb4};
	struct flow_id flow = flow_of(METHOD_TCP);
	struct build *b = build_open("a SYN carries no data", NULL);
	uint8_t p[BUILD_MAX];
	for (uint32_t check = 1; check <= 0xfffe; check++) {
		struct probe_id id = {(uint16_t)(check + 1), (uint16_t)check};
		size_t len = build_probe(b, &flow, &id, 7, p);
		assert_int_equal(len, 20 + TCP_LEN);
		assert_int_equal(u16(p + 2), len);
		assert_int_equal(p[9], 6);
		assert_int_equal(u16(p + 4), id.ipid);
		assert_int_equal(u16(p + 20), flow.sport);
		assert_int_equal(u16(p + 22), 80);
		assert_int_equal(u16(p + 24), id.ipid);
		assert_int_equal(u16(p + 26), check);
		assert_int_equal(u16(p + 32), 0x6002); /* 24 octets, SYN */
		assert_int_equal(u16(p + 34), 64240);
		assert_memory_equal(p + 40, mss, sizeof(mss));
		assert_true(checksum_right(p, len));
		assert_int_equal(checksum_fold(checksum_sum(0, p, 20)), 0);
	}
	build_close(b);
}

/* All but IP-ID, TTL, IP checksum, sequence number and TCP checksum. */
static void
a_flow_is_constant(void **state)
{
	(void)state;
	struct flow_id flow = flow_of(METHOD_TCP);
	uint8_t a[BUILD_MAX], b[BUILD_MAX];
	size_t n = build_one(&flow, (struct probe_id){1, 2}, a);
	size_t m = build_one(&flow, (struct probe_id){0xffff, 0xfffe}, b);
	static const size_t differs[] = {4, 10, 24, 26, 36};
	assert_int_equal(n, m);
	for (size_t i = 0; i < sizeof(differs) / sizeof(differs[0]); i++) {
		memset(a + differs[i], 0, 2);
		memset(b + differs[i], 0, 2);
	}
	assert_memory_equal(a, b, n);
}

/* The segment that the target sends, 20 octets of TCP. */
static struct reply
segment(const struct flow_id *flow, uint8_t flags, uint32_t ack)
{
	static uint8_t packet[BUILD_MAX];
	struct reply r;
	memset(packet, 0, sizeof(packet));
	packet[0] = 0x45;
	packet[8] = 52;
	put16(packet + 20, flow->dport);
	put16(packet + 22, flow->sport);
	put32(packet + 28, ack);
	packet[32] = 0x50;
	packet[33] = flags;
	size_t len = direct_answer(flow, packet, 40, 6);
	assert_int_equal(reply_parse(packet, len, &r), REPLY_GOOD);
	return r;
}

static void
an_acknowledgement_names_the_probe(void **state)
{
	(void)state;
	struct flow_id flow = flow_of(METHOD_TCP);
	static const uint8_t flags[] = {SYN | ACK, RST | ACK, ACK};
	struct method_witness w;
	for (size_t i = 0; i < sizeof(flags); i++) {
		struct reply r = segment(&flow, flags[i], 0x12345679);
		assert_true(method_witness(&method_tcp, &flow, &r, &w));
		assert_true(!w.has_ipid && w.has_check && w.wide);
		assert_int_equal(w.check, 0x12345678);
	}
	struct reply r = segment(&flow, RST | ACK, 0);
	assert_true(method_witness(&method_tcp, &flow, &r, &w));
	assert_int_equal(w.check, 0xffffffff); /* no legal identity */
}

static void
without_ack_no_witness(void **state)
{
	(void)state;
	struct flow_id flow = flow_of(METHOD_TCP);
	struct method_witness w;
	struct reply r = segment(&flow, RST, 0);
	assert_true(method_witness(&method_tcp, &flow, &r, &w));
	assert_true(!w.has_ipid && !w.has_check);
	r = segment(&flow, SYN, 0);
	assert_false(method_witness(&method_tcp, &flow, &r, &w));
	r = segment(&flow, 0, 0);
	assert_false(method_witness(&method_tcp, &flow, &r, &w));
}

static void
another_flow(void **state)
{
	(void)state;
	struct flow_id flow = flow_of(METHOD_TCP);
	const struct reply good = segment(&flow, SYN | ACK, 5);
	struct reply r = good;
	only_its_answer(&flow, good);
	r.dport++;
	assert_false(belongs(&flow, &r));
}

static void
a_quote_has_both_witnesses(void **state)
{
	(void)state;
	struct flow_id flow = flow_of(METHOD_TCP);
	struct reply r =
	    quoted_by_router(&flow, (struct probe_id){0x1234, 0x5678});
	struct method_witness w;
	assert_true(method_witness(&method_tcp, &flow, &r, &w));
	assert_true(w.has_ipid && w.has_check && w.wide);
	assert_int_equal(w.ipid, 0x1234);
	assert_int_equal(w.check, 0x12345678);
	only_its_quote(&flow, r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_identity_survives),
	    cmocka_unit_test(a_flow_is_constant),
	    cmocka_unit_test(an_acknowledgement_names_the_probe),
	    cmocka_unit_test(without_ack_no_witness),
	    cmocka_unit_test(another_flow),
	    cmocka_unit_test(a_quote_has_both_witnesses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
