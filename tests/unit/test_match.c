/* SPDX-License-Identifier: ISC */
#include "tests/unit/trace_answer.h"

static bool
match(const struct rig *g, const struct reply *r, size_t *index,
    enum record_proof *proof)
{
	*index = SIZE_MAX;
	*proof = 0;
	return trace_match(&g->t, r, index, proof);
}

static void
both_witnesses(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	begin(&g, &c);
	for (size_t i = 0; i < 5; i++) {
		struct reply r = error_reply(&g, i, ROUTER, EXCEEDED);
		size_t index;
		enum record_proof proof;
		assert_true(match(&g, &r, &index, &proof));
		assert_int_equal(index, i);
		assert_int_equal(proof, PROOF_BOTH);
	}
	trace_close(&g.t);
}

static void
one_witness(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	size_t index;
	enum record_proof proof;
	begin(&g, &c);
	struct reply r = error_reply(&g, 3, ROUTER, EXCEEDED);
	r.quote.check = 0; /* a NAT that spared itself the checksum */
	assert_true(match(&g, &r, &index, &proof));
	assert_int_equal(index, 3);
	assert_int_equal(proof, PROOF_ONE);
	r = error_reply(&g, 2, ROUTER, EXCEEDED);
	r.quote.ipid = 0;
	assert_true(match(&g, &r, &index, &proof));
	assert_int_equal(index, 2);
	assert_int_equal(proof, PROOF_ONE);
	r.quote.check = 0;
	assert_false(match(&g, &r, &index, &proof));
	trace_close(&g.t);
}

/* Two witnesses that name two probes contradict each other. */
static void
contradiction(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	size_t index;
	enum record_proof proof;
	begin(&g, &c);
	struct reply r = error_reply(&g, 3, ROUTER, EXCEEDED);
	r.quote.check = trace_probe_id(&g.t, 4).check;
	assert_false(match(&g, &r, &index, &proof));
	g.t.slot[4].id.ipid = g.t.slot[3].id.ipid; /* a collision */
	r.quote.check = 0;
	assert_false(match(&g, &r, &index, &proof));
	r.quote.check = trace_probe_id(&g.t, 4).check;
	assert_true(match(&g, &r, &index, &proof));
	assert_int_equal(index, 4);
	trace_close(&g.t);
}

/* Behind a NAT the identity may be whole, the proof is not. */
static void
rewritten_addresses(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	size_t index;
	enum record_proof proof;
	begin(&g, &c);
	struct reply r = error_reply(&g, 1, ROUTER, EXCEEDED);
	r.quote.src = 0xcb007101;
	assert_true(match(&g, &r, &index, &proof));
	assert_int_equal(proof, PROOF_ONE);
	r.quote.check = 0x1111;
	assert_true(match(&g, &r, &index, &proof));
	assert_int_equal(index, 1);
	r = error_reply(&g, 1, ROUTER, EXCEEDED);
	r.dst = 0xcb007101;
	assert_true(match(&g, &r, &index, &proof));
	assert_int_equal(proof, PROOF_ONE);
	trace_close(&g.t);
}

static void
another_flow(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	size_t index;
	enum record_proof proof;
	begin(&g, &c);
	const struct reply good = error_reply(&g, 0, ROUTER, EXCEEDED);
	struct reply r = good;
	r.quote.dst++;
	assert_false(match(&g, &r, &index, &proof));
	r = good;
	r.quote.sport++;
	assert_false(match(&g, &r, &index, &proof));
	r = good;
	r.quote.dport++;
	assert_false(match(&g, &r, &index, &proof));
	r = good;
	r.quote.protocol = 6;
	assert_false(match(&g, &r, &index, &proof));
	r = good;
	r.kind = REPLY_ECHO;
	assert_false(match(&g, &r, &index, &proof));
	r.kind = REPLY_TCP;
	assert_false(match(&g, &r, &index, &proof));
	trace_close(&g.t);
}

/* IP-ID and checksum of the next probe, byte-swapped or one off: no match. */
static void
near_misses(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	size_t index;
	enum record_proof proof;
	begin(&g, &c);
	const struct reply good = error_reply(&g, 0, ROUTER, EXCEEDED);
	struct reply r = good;
	r.quote.ipid++;
	r.quote.check++;
	assert_false(match(&g, &r, &index, &proof));
	r.quote.ipid = (uint16_t)(good.quote.ipid << 8 | good.quote.ipid >> 8);
	r.quote.check = 0;
	assert_false(match(&g, &r, &index, &proof));
	r.quote.ipid = good.quote.check;
	r.quote.check = good.quote.ipid;
	assert_false(match(&g, &r, &index, &proof));
	trace_close(&g.t);
}

/*
 * TTL 1 is a router, 2 and 3 are silent, the target at 4 answers 4 and 5 by
 * datagrams: whatever their order, they end up there.
 */
static void
datagrams_of_the_target(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = narrow();
	begin(&g, &c);
	hop(&g, 1); /* ttl 6 follows */
	for (int i = 0; i < 3; i++) {
		struct reply r = datagram_to(&g.t.flow);
		g.now_ns += NS_PER_MS;
		assert_true(deliver(&g, &r));
	}
	assert_int_equal(g.t.record.stop, STOP_REACHED);
	assert_int_equal(g.t.target_ttl, 4);
	struct record *r = finish(&g);
	const struct record_probe *p = find(r, 4, 1, 0);
	assert_int_equal(p->proof, PROOF_NONE);
	assert_int_equal(p->addr, TARGET);
	assert_int_equal(p->rtt_ns, -1);
	assert_int_equal(p->icmp_type, -1);
	assert_int_equal(p->quoted_ttl, -1);
	assert_false(find(r, 3, 1, 0)->answered);
	record_clear(r);
}

/* Below a router that answered, the target cannot be. */
static void
datagram_never_before_a_router(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	size_t index;
	enum record_proof proof;
	c.max_ttl = 5;
	begin(&g, &c);
	hop(&g, 5);
	struct reply r = datagram_to(&g.t.flow);
	assert_false(match(&g, &r, &index, &proof));
	trace_close(&g.t);
	begin(&g, &c);
	r.src++;
	assert_false(match(&g, &r, &index, &proof));
	r = datagram_to(&g.t.flow);
	r.dst++;
	assert_false(match(&g, &r, &index, &proof));
	r = datagram_to(&g.t.flow);
	r.sport = 53;
	assert_false(match(&g, &r, &index, &proof));
	r = datagram_to(&g.t.flow);
	r.dport++;
	assert_false(match(&g, &r, &index, &proof));
	trace_close(&g.t);
}

/* Nor can a probe be meant that has not left yet. */
static void
datagram_for_nothing_sent(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	size_t index;
	enum record_proof proof;
	wait_to_send(&g, &c);
	struct reply r = datagram_to(&g.t.flow);
	assert_false(match(&g, &r, &index, &proof));
	step(&g, (struct trace_event){.kind = TRACE_SENT, .index = 1});
	assert_true(match(&g, &r, &index, &proof));
	assert_int_equal(index, 1);
	trace_close(&g.t);
}

/* Every method: a whole quote, one witness, none. */
static void
quotes_of_every_method(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	size_t index;
	enum record_proof proof;
	for (int m = METHOD_UDP; m <= METHOD_TCP; m++) {
		begin_by(&g, &c, (enum record_method)m);
		struct reply r = error_reply(&g, 2, ROUTER, EXCEEDED);
		assert_true(match(&g, &r, &index, &proof));
		assert_int_equal(index, 2);
		assert_int_equal(proof, PROOF_BOTH);
		r.quote.ipid ^= 1;
		assert_true(match(&g, &r, &index, &proof));
		assert_int_equal(proof, PROOF_ONE);
		r = error_reply(&g, 2, ROUTER, EXCEEDED);
		r.quote.check ^= 1;
		r.quote.tcp_seq ^= 1;
		assert_true(match(&g, &r, &index, &proof));
		assert_int_equal(index, 2);
		assert_int_equal(proof, PROOF_ONE);
		r.quote.ipid ^= 1;
		assert_false(match(&g, &r, &index, &proof));
		trace_close(&g.t);
	}
}

/* Half of a sequence number is no witness. */
static void
a_sequence_counts_whole(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	size_t index;
	enum record_proof proof;
	begin_by(&g, &c, METHOD_TCP);
	struct reply r = error_reply(&g, 2, ROUTER, EXCEEDED);
	r.quote.tcp_seq ^= 0x10000;
	assert_true(match(&g, &r, &index, &proof));
	assert_int_equal(proof, PROOF_ONE);
	r.quote.ipid ^= 1;
	assert_false(match(&g, &r, &index, &proof));
	r = segment(&g, 3, SYN | ACK, 0x10001);
	assert_false(match(&g, &r, &index, &proof));
	trace_close(&g.t);
}

static void
acknowledged_syn(void **state)
{
	(void)state;
	static const uint8_t flags[] = {SYN | ACK, RST | ACK, ACK};
	struct rig g;
	struct trace_config c = narrow();
	size_t index;
	enum record_proof proof;
	begin_by(&g, &c, METHOD_TCP);
	for (size_t i = 0; i < sizeof(flags); i++) {
		struct reply r = segment(&g, i, flags[i], 1);
		assert_true(match(&g, &r, &index, &proof));
		assert_int_equal(index, i);
		assert_int_equal(proof, PROOF_BOTH);
		r = segment(&g, i, flags[i], 0);
		assert_false(match(&g, &r, &index, &proof));
		r = segment(&g, i, flags[i], 2);
		assert_false(match(&g, &r, &index, &proof));
	}
	struct reply r = segment(&g, 0, RST, 0);
	assert_true(match(&g, &r, &index, &proof));
	assert_int_equal(index, 4);
	assert_int_equal(proof, PROOF_NONE);
	trace_close(&g.t);
}

/* Sequence number and echoed payload, as two witnesses. */
static void
echo_replies(void **state)
{
	(void)state;
	struct rig g;
	struct trace_config c = config();
	size_t index;
	enum record_proof proof;
	begin_by(&g, &c, METHOD_ICMP);
	struct probe_id id = trace_probe_id(&g.t, 3);
	uint8_t payload[] = {
	    1, 2, (uint8_t)(id.ipid >> 8), (uint8_t)id.ipid, 'x'};
	struct reply r = {.kind = REPLY_ECHO,
	    .src = TARGET,
	    .dst = US,
	    .sport = 33456,
	    .dport = id.check,
	    .payload = payload,
	    .payload_len = sizeof(payload)};
	assert_true(match(&g, &r, &index, &proof));
	assert_int_equal(index, 3);
	assert_int_equal(proof, PROOF_BOTH);
	r.payload_len = 2;
	assert_true(match(&g, &r, &index, &proof));
	assert_int_equal(proof, PROOF_ONE);
	r.payload_len = sizeof(payload);
	r.dport ^= 1;
	assert_true(match(&g, &r, &index, &proof));
	assert_int_equal(index, 3);
	assert_int_equal(proof, PROOF_ONE);
	payload[3] ^= 1;
	assert_false(match(&g, &r, &index, &proof));
	trace_close(&g.t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(both_witnesses),
	    cmocka_unit_test(one_witness),
	    cmocka_unit_test(contradiction),
	    cmocka_unit_test(rewritten_addresses),
	    cmocka_unit_test(another_flow),
	    cmocka_unit_test(near_misses),
	    cmocka_unit_test(datagrams_of_the_target),
	    cmocka_unit_test(datagram_never_before_a_router),
	    cmocka_unit_test(datagram_for_nothing_sent),
	    cmocka_unit_test(quotes_of_every_method),
	    cmocka_unit_test(a_sequence_counts_whole),
	    cmocka_unit_test(acknowledged_syn),
	    cmocka_unit_test(echo_replies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
