/* SPDX-License-Identifier: ISC */
#include "tests/unit/wire_reply.h"

/* Type, code and checksum are constant: that is where others look for ports. */
static void
every_identity_survives(void **state)
{
	(void)state;
	struct flow_id flow = flow_of(METHOD_ICMP);
	struct build *b = build_open("see https://example.org", NULL);
	uint8_t p[BUILD_MAX];
	for (uint32_t check = 1; check <= 0xfffe; check++) {
		struct probe_id id = {(uint16_t)(check + 1), (uint16_t)check};
		size_t len = build_probe(b, &flow, &id, 7, p);
		assert_int_equal(len, 20 + 8 + 4 + 23);
		assert_int_equal(p[8], 7);
		assert_int_equal(p[9], 1);
		assert_int_equal(u16(p + 4), id.ipid);
		assert_int_equal(u16(p + 20), 0x0800);
		assert_int_equal(u16(p + 22), flow.sport);
		assert_int_equal(u16(p + 24), flow.sport);
		assert_int_equal(u16(p + 26), check);
		assert_int_equal(checksum_fold(checksum_sum(0, p, 20)), 0);
		assert_int_equal(
		    checksum_fold(checksum_sum(0, p + 20, len - 20)), 0);
		assert_memory_equal(p + 32, "see https://example.org", 23);
	}
	build_close(b);
}

/* Other flows have another checksum, so that a balancer tells them apart. */
static void
every_flow_has_its_checksum(void **state)
{
	(void)state;
	struct flow_id flow = flow_of(METHOD_ICMP);
	struct build *b = build_open("", NULL);
	uint8_t p[BUILD_MAX];
	for (uint32_t sport = 1; sport <= 0xfffe; sport++) {
		flow.sport = (uint16_t)sport;
		size_t len =
		    build_probe(b, &flow, &(struct probe_id){9, 8}, 1, p);
		assert_int_equal(u16(p + 22), sport);
		assert_int_equal(
		    checksum_fold(checksum_sum(0, p + 20, len - 20)), 0);
	}
	build_close(b);
}

/* What a host sends back: type 0, the checksum of that, the payload. */
static size_t
echo(const struct flow_id *flow, const uint8_t *probe, size_t len,
    uint8_t packet[static BUILD_MAX])
{
	memcpy(packet, probe, len);
	packet[8] = 52;
	return direct_answer(flow, packet, len, 1);
}

static void
an_echo_reply_brings_back_all(void **state)
{
	(void)state;
	struct flow_id flow = flow_of(METHOD_ICMP);
	uint8_t probe[BUILD_MAX], packet[BUILD_MAX];
	size_t len = build_one(&flow, (struct probe_id){0x1234, 0x5678}, probe);
	struct reply r;
	struct method_witness w;
	len = echo(&flow, probe, len, packet);
	assert_int_equal(reply_parse(packet, len, &r), REPLY_GOOD);
	assert_int_equal(r.kind, REPLY_ECHO);
	assert_true(method_witness(&method_icmp, &flow, &r, &w));
	assert_true(w.has_ipid && w.has_check && !w.wide);
	assert_int_equal(w.ipid, 0x1234);
	assert_int_equal(w.check, 0x5678);
	r.payload_len = 3; /* cut on the way */
	assert_true(method_witness(&method_icmp, &flow, &r, &w));
	assert_true(!w.has_ipid && w.has_check);
	only_its_answer(&flow, r);
}

static void
a_quote_has_both_witnesses(void **state)
{
	(void)state;
	struct flow_id flow = flow_of(METHOD_ICMP);
	struct reply r =
	    quoted_by_router(&flow, (struct probe_id){0x1234, 0x5678});
	struct method_witness w;
	assert_true(method_witness(&method_icmp, &flow, &r, &w));
	assert_true(w.has_ipid && w.has_check && !w.wide);
	assert_int_equal(w.ipid, 0x1234);
	assert_int_equal(w.check, 0x5678);
	only_its_quote(&flow, r);
	struct reply other = r;
	other.quote.icmp_check ^= 1; /* stale behind a NAT */
	assert_true(belongs(&flow, &other));
	other = r;
	other.quote.sport = 0; /* an echo reply of ours */
	assert_false(belongs(&flow, &other));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_identity_survives),
	    cmocka_unit_test(every_flow_has_its_checksum),
	    cmocka_unit_test(an_echo_reply_brings_back_all),
	    cmocka_unit_test(a_quote_has_both_witnesses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
