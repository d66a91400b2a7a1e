/* SPDX-License-Identifier: ISC */
#include "tests/unit/mda_reply.h"

/* Looks three TTLs ahead with one flow; then six flows prove one successor. */
static void
begins_with_one_flow(void **state)
{
	struct mda_config c = config();
	struct rig *g = begin(&c, METHOD_UDP);
	struct mono wake;
	size_t done = 1, all = 1;
	(void)state;
	mda_ops.progress(g->m, &done, &all);
	assert_int_equal(done + all, 0);
	assert_true(mda_ops.wake(g->m, rig_now(g), &wake));
	assert_int_equal(wake.ns, g->now_ns);
	assert_int_equal(pull(g), 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(g->probe[i].ttl, i + 1);
		assert_int_equal(g->probe[i].flow.sport, SPORT);
	}
	assert_true(mda_ops.wake(g->m, rig_now(g), &wake));
	assert_int_equal(wake.ns, g->now_ns + c.wait_ns);
	answer_all(g, straight);
	finish_by(g, straight);
	struct mda_graph graph;
	mda_graph(g->m, &graph);
	assert_true(graph.complete);
	assert_int_equal(graph.nnodes, 4);
	assert_int_equal(graph.nlinks, 3);
	assert_int_equal(graph.ndiamonds, 0);
	assert_int_equal(graph.probes, 4 * 6 + 2);
	assert_int_equal(graph.nodes[3].addr, TARGET);
	assert_int_equal(graph.nids, 6);
	mda_ops.progress(g->m, &done, &all);
	assert_int_equal(done, 6);
	assert_int_equal(all, 6);
	mda_graph_clear(&graph);
	rig_close(g);
}

static void
records_say_why_they_end(void **state)
{
	struct rig *g = begin(NULL, METHOD_UDP);
	(void)state;
	finish_by(g, straight);
	struct record r = record_of(g, 2);
	assert_int_equal(r.stop, STOP_REACHED);
	assert_string_equal(r.stop_detail, "");
	assert_int_equal(r.seq, 5 + 2);
	assert_int_equal(r.flow, 3 + 2);
	assert_int_equal(r.sport, SPORT + 2);
	assert_int_equal(r.nprobes, 4);
	assert_int_equal(r.probes[0].rtt_ns, 10 * NS_PER_MS);
	assert_int_equal(r.probes[0].proof, PROOF_BOTH);
	assert_true(r.start_us > EPOCH / 1000);
	record_clear(&r);
	rig_close(g);
}

static struct says
dies_out(uint8_t ttl, unsigned flow)
{
	return straight(ttl < 3 ? ttl : 3, flow).addr == ROUTER + 3
		   ? (struct says){0, 0}
		   : straight(ttl, flow);
}

static void
ends_in_silence(void **state)
{
	static const uint8_t max_ttl[] = {30, 5};
	static const enum record_stop stop[] = {STOP_GAP, STOP_MAX_TTL};
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct mda_config c = config();
		struct mda_graph graph;
		c.max_ttl = max_ttl[i];
		struct rig *g = begin(&c, METHOD_TCP);
		finish_by(g, dies_out);
		mda_graph(g->m, &graph);
		assert_int_equal(graph.nnodes, 2);
		assert_true(graph.complete);
		struct record r = record_of(g, 0);
		assert_int_equal(r.stop, stop[i]);
		assert_int_equal(
		    r.probes[r.nprobes - 1].silent, SILENT_UNKNOWN);
		record_clear(&r);
		r = record_of(g, 0); /* of flow 1 */
		assert_int_equal(r.stop, STOP_MAX_TTL);
		assert_string_equal(
		    r.stop_detail, "mda: only where it was needed");
		record_clear(&r);
		mda_graph_clear(&graph);
		rig_close(g);
	}
}

/* Nothing was found: then nothing is known, and nothing promised. */
static void
knows_when_it_knows_nothing(void **state)
{
	struct mda_graph graph;
	struct rig *g = begin(NULL, METHOD_UDP);
	(void)state;
	finish_by(g, nobody);
	mda_graph(g->m, &graph);
	assert_int_equal(graph.nnodes, 0);
	assert_false(graph.complete);
	assert_true(graph.failure_bound == 1);
	mda_graph_clear(&graph);
	rig_close(g);
}

/* The third router refuses every other flow. */
static struct says
refuses(uint8_t ttl, unsigned flow)
{
	if (ttl == 3 && flow % 2 == 0)
		return (struct says){ROUTER + 3, PROHIBITED};
	return straight(ttl, flow);
}

static void
goes_on_with_those_not_refused(void **state)
{
	struct mda_config c = config();
	struct mda_graph graph;
	struct rig *g = begin(&c, METHOD_UDP);
	(void)state;
	finish_by(g, refuses);
	mda_graph(g->m, &graph);
	assert_true(graph.complete);
	assert_int_equal(graph.nnodes, 4);
	assert_int_equal(graph.nlinks, 3);
	for (size_t i = 0; i < g->n; i++)
		assert_false(g->probe[i].ttl > 3 + c.window &&
			     g->probe[i].flow.sport % 2 == 0);
	struct record r = record_of(g, 0);
	assert_int_equal(r.stop, STOP_UNREACHABLE);
	assert_string_equal(
	    r.stop_detail, "unreachable (3/13) from 198.51.100.3 at ttl 3");
	record_clear(&r);
	mda_graph_clear(&graph);
	rig_close(g);
}

static void
what_cannot_be_sent_ends_it(void **state)
{
	static const struct {
		int error;
		const char *detail;
	} why[] = {{ENETDOWN, "not sent: Network is down"},
	    {0, "not sent: no transmit stamp"}};
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct mda_config c = config();
		struct rig *g = begin(&c, METHOD_UDP);
		draw(g);
		mda_ops.not_sent(g->m, 0, rig_now(g), why[i].error);
		mda_ops.not_sent(g->m, 0, rig_now(g), why[i].error);
		mda_ops.sent(g->m, 1, rig_now(g), -1);
		mda_ops.sent(g->m, 2, rig_now(g), -1);
		g->now_ns += c.wait_ns;
		draw(g);
		assert_int_equal(g->probe[3].ttl, 1);
		mda_ops.not_sent(g->m, 3, rig_now(g), why[i].error);
		assert_int_equal(draw(g), 0);
		struct record rec = record_of(g, 0);
		assert_int_equal(rec.stop, STOP_ERROR);
		assert_string_equal(rec.stop_detail, why[i].detail);
		assert_int_equal(rec.probes[0].silent, SILENT_NOT_SENT);
		record_clear(&rec);
		rig_close(g);
	}
}

/* It had left after all: its stamp was only slow. */
static void
a_slow_stamp_takes_it_back(void **state)
{
	struct rig *g = begin(NULL, METHOD_UDP);
	(void)state;
	draw(g);
	mda_ops.not_sent(g->m, 0, rig_now(g), 0);
	mda_ops.sent(g->m, 0, rig_now(g), EPOCH);
	mda_ops.abort(g->m, rig_now(g), 0);
	struct record rec = record_of(g, 0);
	assert_int_equal(rec.nprobes, 1);
	assert_int_equal(rec.probes[0].silent, SILENT_UNKNOWN);
	assert_int_equal(rec.probes[0].tx_ns, EPOCH);
	record_clear(&rec);
	rig_close(g);
}

static void
keeps_its_limits(void **state)
{
	struct mda_config c = config();
	struct mda_graph graph;
	c.inflight = 2;
	c.probes = 20;
	struct rig *g = begin(&c, METHOD_UDP);
	(void)state;
	assert_int_equal(pull(g), 2);
	finish_by(g, straight);
	mda_graph(g->m, &graph);
	assert_int_equal(graph.probes, 20);
	assert_false(graph.complete);
	assert_true(graph.failure_bound > 0.05);
	mda_graph_clear(&graph);
	rig_close(g);
}

/* Every flow finds another router: there are more than can be counted. */
static struct says
crowd(uint8_t ttl, unsigned flow)
{
	return ttl == 2 ? (struct says){0x0a000000 + flow, EXCEEDED}
			: straight(ttl, flow);
}

static void
gives_up_on_a_crowd(void **state)
{
	struct mda_graph graph;
	struct rig *g = begin(NULL, METHOD_UDP);
	(void)state;
	finish_by(g, crowd);
	mda_graph(g->m, &graph);
	assert_false(graph.complete);
	assert_true(graph.failure_bound > 0.05);
	assert_int_equal(graph.diamonds[0].width, 128);
	mda_graph_clear(&graph);
	rig_close(g);
}

/* From the third TTL on, by two routers that hide behind one address less. */
static struct says
late_start(uint8_t ttl, unsigned flow)
{
	if (ttl == 3)
		return (struct says){ROUTER + 0x30 + flow % 2, EXCEEDED};
	return straight(ttl, flow);
}

static void
begins_where_it_is_told(void **state)
{
	struct mda_config c = config();
	struct mda_graph graph;
	c.first_ttl = 3;
	struct rig *g = begin(&c, METHOD_UDP);
	(void)state;
	finish_by(g, late_start);
	mda_graph(g->m, &graph);
	assert_int_equal(graph.nnodes, 3);
	assert_int_equal(graph.nlinks, 2);
	assert_int_equal(graph.diamonds[0].from_ttl, 2);
	assert_int_equal(graph.diamonds[0].from, 0);
	assert_int_equal(graph.diamonds[0].to, TARGET);
	mda_graph_clear(&graph);
	rig_close(g);
}

/* Silence is waited for three times as long as the slowest answer took. */
static void
waits_as_answers_take(void **state)
{
	static const struct {
		int64_t cap_ns, rtt_ns, wait_ns;
	} of[] = {{2 * NS_PER_S, 100 * NS_PER_MS, 300 * NS_PER_MS},
	    {2 * NS_PER_S, 10 * NS_PER_MS, 200 * NS_PER_MS},
	    {2 * NS_PER_S, 900 * NS_PER_MS, 2 * NS_PER_S},
	    {50 * NS_PER_MS, 10 * NS_PER_MS, 30 * NS_PER_MS}};
	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		struct mda_config c = config();
		struct mono wake;
		c.wait_ns = of[i].cap_ns;
		struct rig *g = begin(&c, METHOD_UDP);
		pull(g);
		g->now_ns += of[i].rtt_ns;
		struct reply r = error_reply(g, 0, ROUTER + 1, EXCEEDED);
		assert_true(give(g, &r));
		assert_int_not_equal(draw(g), 0); /* not said to have left */
		assert_true(mda_ops.wake(g->m, rig_now(g), &wake));
		assert_int_equal(
		    wake.ns, g->now_ns - of[i].rtt_ns + of[i].wait_ns);
		mda_ops.abort(g->m, rig_now(g), 0);
		rig_close(g);
	}
}

/* The second TTL has two routers. */
static struct says
two_ways(uint8_t ttl, unsigned flow)
{
	if (ttl == 2 && flow % 2 == 1)
		return (struct says){ROUTER + 0x20, EXCEEDED};
	return straight(ttl, flow);
}

/* No responder is asked more than its ceiling allows. */
static void
keeps_the_ceiling_of_a_responder(void **state)
{
	struct mda_config c = config();
	struct rig *g = begin(&c, METHOD_UDP);
	struct responders *r = responders_open(10, 2, 16);
	int64_t when[8] = {0};
	struct mono wake;
	size_t seen = 0, n = 0;
	(void)state;
	mda_close(g->m);
	struct survey_about about = {.key = &key,
	    .record = {.target = TARGET,
		.method = METHOD_UDP,
		.src = US,
		.sport = SPORT,
		.dport = 33434}};
	g->m = mda_open(&c, &about, r);
	do {
		pull(g);
		for (; seen < g->n && n < 8; seen++)
			if (g->probe[seen].ttl == 1)
				when[n++] = g->now_ns;
		answer_all(g, two_ways);
		if (mda_ops.wake(g->m, rig_now(g), &wake) &&
		    wake.ns > g->now_ns)
			g->now_ns = wake.ns;
	} while (!mda_ops.over(g->m) && mda_ops.wake(g->m, rig_now(g), &wake));
	assert_int_equal(n, 7);
	assert_int_equal(responders_expect(r, TARGET, 2), ROUTER + 2);
	/* the first is asked before anybody is known; then two at once */
	for (size_t i = 3; i < n; i++)
		assert_true(when[i] - when[i - 1] >= 99 * NS_PER_MS);
	rig_close(g);
	responders_close(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(begins_with_one_flow),
	    cmocka_unit_test(records_say_why_they_end),
	    cmocka_unit_test(ends_in_silence),
	    cmocka_unit_test(knows_when_it_knows_nothing),
	    cmocka_unit_test(goes_on_with_those_not_refused),
	    cmocka_unit_test(what_cannot_be_sent_ends_it),
	    cmocka_unit_test(a_slow_stamp_takes_it_back),
	    cmocka_unit_test(keeps_its_limits),
	    cmocka_unit_test(gives_up_on_a_crowd),
	    cmocka_unit_test(begins_where_it_is_told),
	    cmocka_unit_test(waits_as_answers_take),
	    cmocka_unit_test(keeps_the_ceiling_of_a_responder),
	};
	mda_close(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
