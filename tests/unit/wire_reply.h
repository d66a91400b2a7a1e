/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_WIRE_REPLY_H
#define TUMEN_TESTS_WIRE_REPLY_H

#include "tests/unit/wire_rig.h"

/* What hosts and routers make of probes, and whose answer that is. */

/* Turns the bytes of an answer into one of the target; ICMP becomes type 0. */
static inline size_t
direct_answer(
    const struct flow_id *flow, uint8_t *packet, size_t len, uint8_t protocol)
{
	ip_header(packet, len, protocol, flow->dst);
	if (protocol != 1)
		return len;
	packet[20] = 0;
	put16(packet + 22, 0);
	put16(
	    packet + 22, checksum_fold(checksum_sum(0, packet + 20, len - 20)));
	return len;
}

/* Time exceeded by a router that quotes as little as RFC 792 allows. */
static inline size_t
error_about(const uint8_t *probe, uint8_t packet[static BUILD_MAX])
{
	enum { LEN = 20 + 8 + 28 };
	memset(packet, 0, LEN);
	packet[0] = 0x45;
	packet[8] = 60;
	memcpy(packet + 28, probe, 28);
	packet[20] = 11;
	put16(packet + 22, checksum_fold(checksum_sum(0, packet + 20, 36)));
	ip_header(packet, LEN, 1, ROUTER);
	return LEN;
}

/* What this host reads of that error about the probe. */
static inline struct reply
quoted_by_router(const struct flow_id *flow, struct probe_id id)
{
	static uint8_t packet[BUILD_MAX]; /* borrowed by the reply */
	uint8_t probe[BUILD_MAX];
	struct reply r;
	build_one(flow, id, probe);
	size_t len = error_about(probe, packet);
	assert_int_equal(reply_parse(packet, len, &r), REPLY_GOOD);
	return r;
}

static inline bool
belongs(const struct flow_id *flow, const struct reply *r)
{
	struct method_witness w;
	return method_witness(method_of(flow->method), flow, r, &w);
}

/* Of an answer without a quote: what differs in any of these is not ours. */
static inline void
only_its_answer(const struct flow_id *flow, struct reply good)
{
	struct reply other[] = {good, good, good, good};
	other[0].src++;
	other[1].dst++;
	other[2].sport++;
	other[3].kind = REPLY_UDP;
	assert_true(belongs(flow, &good));
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		assert_false(belongs(flow, &other[i]));
}

static inline void
only_its_quote(const struct flow_id *flow, struct reply good)
{
	struct reply other[] = {good, good, good, good};
	other[0].quote.sport++;
	other[1].quote.dport++;
	other[2].quote.dst++;
	other[3].quote.protocol = 17;
	assert_true(belongs(flow, &good));
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		assert_false(belongs(flow, &other[i]));
}

#endif
