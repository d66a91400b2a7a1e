/* SPDX-License-Identifier: ISC */
#include "tests/unit/mda_reply.h"

/* What is no answer to a probe of ours is refused. */
static void
refuses_strangers(void **state)
{
	struct rig *g = begin(NULL, METHOD_UDP);
	(void)state;
	pull(g);
	struct reply good = error_reply(g, 0, ROUTER + 1, EXCEEDED), r = good;
	r.quote.sport = SPORT + 1; /* a flow that was not sent */
	assert_false(give(g, &r));
	r = good;
	r.quote.sport = SPORT - 1;
	assert_false(give(g, &r));
	r = good;
	r.quote.dst = TARGET + 1;
	assert_false(give(g, &r));
	r = good;
	r.quote.ipid ^= 1;
	r.quote.check ^= 1;
	assert_false(give(g, &r));
	r.quote.ipid = g->probe[0].id.ipid; /* two probes named */
	r.quote.check = g->probe[1].id.check;
	assert_false(give(g, &r));
	assert_true(give(g, &good));
	mda_ops.abort(g->m, rig_now(g), 0);
	assert_false(give(g, &good));
	rig_close(g);
}

/* A NAT, or a forger who knows half: recorded, but no node. */
static void
half_a_proof_makes_no_node(void **state)
{
	struct mda_graph graph;
	struct rig *g = begin(NULL, METHOD_UDP);
	(void)state;
	pull(g);
	struct reply r = error_reply(g, 0, ROUTER + 9, EXCEEDED);
	r.quote.check ^= 1;
	assert_true(give(g, &r));
	r = error_reply(g, 1, ROUTER + 2, EXCEEDED);
	r.quote.src = US + 1;
	assert_true(give(g, &r));
	mda_graph(g->m, &graph);
	assert_int_equal(graph.nnodes, 0);
	mda_graph_clear(&graph);
	r = error_reply(g, 0, ROUTER + 1, EXCEEDED); /* the true one, second */
	assert_true(give(g, &r));
	mda_graph(g->m, &graph);
	assert_int_equal(graph.nnodes, 1);
	assert_int_equal(graph.nodes[0].addr, ROUTER + 1);
	mda_graph_clear(&graph);
	mda_ops.abort(g->m, rig_now(g), EPERM);
	mda_ops.abort(g->m, rig_now(g), 0);
	struct record rec = record_of(g, 0);
	assert_int_equal(rec.stop, STOP_ERROR);
	assert_string_equal(rec.stop_detail, "Operation not permitted");
	assert_int_equal(rec.nprobes, 4);
	assert_int_equal(rec.probes[0].proof, PROOF_ONE);
	assert_int_equal(rec.probes[1].proof, PROOF_BOTH);
	assert_int_equal(rec.probes[1].reply_no, 1);
	assert_int_equal(rec.probes[1].rtt_ns, 0);
	record_clear(&rec);
	rig_close(g);
}

/* Datagrams name no probe: the flow ends, the highest TTL gets the first. */
static void
datagrams_end_a_flow(void **state)
{
	struct rig *g = begin(NULL, METHOD_UDP);
	struct mda_graph graph;
	(void)state;
	pull(g);
	struct reply r = error_reply(g, 0, ROUTER + 1, EXCEEDED);
	assert_true(give(g, &r));
	r = direct_reply(g, 2, 0, 0);
	assert_true(give(g, &r));
	assert_true(give(g, &r));
	assert_false(give(g, &r)); /* below is a router */
	finish_by(g, nobody);
	for (size_t i = 3; i < g->n; i++)
		assert_false(
		    g->probe[i].flow.sport == SPORT && g->probe[i].ttl > 2);
	mda_graph(g->m, &graph);
	assert_int_equal(graph.nodes[0].addr, ROUTER + 1);
	mda_graph_clear(&graph);
	struct record rec = record_of(g, 0);
	assert_int_equal(rec.stop, STOP_REACHED);
	assert_int_equal(rec.probes[1].proof, PROOF_NONE);
	assert_int_equal(rec.probes[2].proof, PROOF_NONE);
	assert_int_equal(rec.probes[2].rtt_ns, -1);
	record_clear(&rec);
	rig_close(g);
}

/* An RST that acknowledges nothing is taken for what a datagram is. */
static void
a_bare_segment_names_no_probe(void **state)
{
	struct rig *g = begin(NULL, METHOD_TCP);
	(void)state;
	draw(g);
	struct reply r = direct_reply(g, 0, 0x04, 0);
	assert_false(give(g, &r)); /* nothing is known to have left */
	for (size_t i = 0; i < g->n; i++)
		mda_ops.sent(g->m, g->probe[i].handle, rig_now(g), -1);
	struct reply router = error_reply(g, 1, ROUTER + 2, EXCEEDED);
	assert_true(give(g, &router));
	assert_true(give(g, &r));  /* the third TTL */
	assert_false(give(g, &r)); /* nothing beyond the router is left */
	r.tcp_flags = 0x02;
	assert_false(give(g, &r));
	mda_ops.abort(g->m, rig_now(g), 0);
	struct record rec = record_of(g, 0);
	assert_int_equal(rec.stop, STOP_REACHED);
	assert_int_equal(rec.probes[2].proof, PROOF_NONE);
	record_clear(&rec);
	rig_close(g);
}

static void
segments_say_whether_it_is_open(void **state)
{
	static const struct {
		uint8_t flags;
		const char *detail;
	} said[] = {{0x12, "syn-ack"}, {0x14, "rst"}, {0x10, "ack"}};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct rig *g = begin(NULL, METHOD_TCP);
		pull(g);
		struct reply r = direct_reply(g, 1, said[i].flags, 1);
		assert_true(give(g, &r));
		mda_ops.abort(g->m, rig_now(g), 0);
		struct record rec = record_of(g, 0);
		assert_int_equal(rec.stop, STOP_REACHED);
		assert_string_equal(rec.stop_detail, said[i].detail);
		assert_int_equal(rec.probes[1].proof, PROOF_BOTH);
		assert_int_equal(rec.probes[1].tcp_flags, said[i].flags);
		record_clear(&rec);
		rig_close(g);
	}
}

/* More replies to one probe stand beside the first, up to eight in all. */
static void
keeps_more_replies_and_their_bytes(void **state)
{
	static const uint8_t bytes[2000] = {0x45};
	struct rig *g = begin(NULL, METHOD_UDP);
	(void)state;
	draw(g);
	struct reply r = error_reply(g, 0, ROUTER + 1, EXCEEDED);
	r.bytes = bytes;
	r.len = sizeof(bytes);
	r.ext = bytes;
	r.ext_len = 8;
	for (int i = 0; i < 12; i++)
		assert_true(give(g, &r));
	/* the stamp comes last, and is told to all of them */
	mda_ops.sent(g->m, 0, rig_now(g), -1);
	mda_ops.sent(g->m, 0, rig_now(g), EPOCH + g->now_ns - 5);
	mda_ops.sent(g->m, 0, rig_now(g), EPOCH);
	mda_ops.sent(g->m, 3, rig_now(g), EPOCH); /* a reply: no probe */
	mda_ops.not_sent(g->m, 3, rig_now(g), 0);
	mda_ops.not_sent(g->m, 0, rig_now(g), 0); /* it was answered */
	mda_ops.abort(g->m, rig_now(g), 0);
	mda_ops.not_sent(g->m, 1, rig_now(g), 0);
	struct record rec = record_of(g, 0);
	assert_string_equal(rec.stop_detail, "aborted");
	assert_int_equal(rec.nprobes, 8);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(rec.probes[i].reply_no, i);
		assert_int_equal(rec.probes[i].rtt_ns, 5);
		assert_int_equal(rec.probes[i].reply.len, RECORD_BYTES_MAX);
		assert_int_equal(rec.probes[i].ext.len, 8);
	}
	record_clear(&rec);
	rig_close(g);
}

/* An answer that comes after its time is late, and counts. */
static void
late_answers_count(void **state)
{
	struct mda_config c = config();
	struct rig *g = begin(&c, METHOD_UDP);
	struct mda_graph graph;
	(void)state;
	pull(g);
	g->now_ns += c.wait_ns;
	assert_int_equal(pull(g), 3); /* second attempts */
	struct reply r = error_reply(g, 0, ROUTER + 1, EXCEEDED);
	assert_true(give(g, &r));
	r = error_reply(g, 3, ROUTER + 1, EXCEEDED);
	assert_true(give(g, &r));
	mda_graph(g->m, &graph);
	assert_int_equal(graph.nnodes, 1);
	assert_int_equal(graph.nodes[0].flows, 1);
	mda_graph_clear(&graph);
	mda_ops.abort(g->m, rig_now(g), 0);
	struct record rec = record_of(g, 0);
	assert_true(rec.probes[0].late);
	assert_false(rec.probes[1].late);
	record_clear(&rec);
	rig_close(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refuses_strangers),
	    cmocka_unit_test(half_a_proof_makes_no_node),
	    cmocka_unit_test(datagrams_end_a_flow),
	    cmocka_unit_test(a_bare_segment_names_no_probe),
	    cmocka_unit_test(segments_say_whether_it_is_open),
	    cmocka_unit_test(keeps_more_replies_and_their_bytes),
	    cmocka_unit_test(late_answers_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
