/* SPDX-License-Identifier: ISC */
#include "tests/unit/infer_world.h"

#include "analysis/change/trail.h"
#include "probe/base/record_path.h"

/* What traces of other tools do not tell must not be made up. */

static const int64_t ms = 1000000;

/* As foreign.h has it: not numbered, no ports, nobody stamped a probe. */
static struct record
imported(const char *target, const char *hops)
{
	struct record r = path(target, hops);
	r.epoch = 0;
	r.src = 0;
	r.sport = r.dport = 0;
	r.duration_us = 4 * US_PER_S;
	for (size_t i = 0; i < r.nprobes; i++) {
		r.probes[i].tx_ns = -1;
		if (r.probes[i].answered)
			r.probes[i].proof = PROOF_UNTOLD;
	}
	return r;
}

static const char border[] =
    "213.239.224.1 188.43.225.153 * 175.45.177.10 175.45.177.10";

/* Weighed as half a proof is, and named for what it is. */
static void
untold_proof_weighs_as_half(void **state)
{
	struct record r = imported("175.45.177.10", border);
	struct verdict v = judge(state, &r);
	assert_answer(&v, 20485, "ttk", EVIDENCE_GAP_ADJACENT);
	assert_true(v.reached);
	assert_int_equal(v.reach, REACH_UP);
	assert_true(fired(&v, "proof-untold"));
	assert_false(fired(&v, "half-proof"));
	assert_false(fired(&v, "unproved-reply-ignored"));
	double untold = v.p;
	for (size_t i = 0; i < r.nprobes; i++)
		if (r.probes[i].answered)
			r.probes[i].proof = PROOF_ONE;
	v = judge(state, &r);
	assert_true(fired(&v, "half-proof"));
	assert_true(v.p == untold);
	/* A bare datagram beside it is still nothing. */
	r.probes[1].proof = PROOF_NONE;
	v = judge(state, &r);
	assert_true(fired(&v, "unproved-reply-ignored"));
	record_clear(&r);
}

static void
untold_proof_ranks_below_both(void **state)
{
	struct record r = imported("175.45.177.10", border);
	(void)state;
	r.probes[4].ttl = 2;
	r.probes[4].attempt = 2;
	r.probes[4].proof = PROOF_BOTH;
	assert_ptr_equal(record_answer(&r, 2), &r.probes[4]);
	r.probes[4].proof = PROOF_ONE;
	assert_ptr_equal(record_answer(&r, 2), &r.probes[1]);
	r.probes[1].proof = PROOF_NONE;
	assert_ptr_equal(record_answer(&r, 2), &r.probes[4]);
	record_clear(&r);
}

/* A trail believes it, but not beside a reply that is proved whole. */
static void
trails_of_untold_proofs(void **state)
{
	struct trail t;
	struct record r = imported("175.45.177.10",
	    "213.239.224.1 188.43.225.153 188.43.225.154 175.45.177.10");
	(void)state;
	trail_make(&t, &r);
	assert_true(t.reached);
	assert_int_equal(t.n, 4);
	assert_int_equal(t.hop[1].addr[0], r.probes[1].addr);
	r.probes[2].ttl = 2;
	r.probes[2].attempt = 32;
	trail_make(&t, &r);
	assert_int_equal(t.hop[1].n, 2);
	r.probes[2].proof = PROOF_BOTH;
	trail_make(&t, &r);
	assert_int_equal(t.hop[1].n, 1);
	assert_int_equal(t.hop[1].addr[0], r.probes[2].addr);
	record_clear(&r);
}

/* Without stamps the last answer had come when the trace was over. */
static void
decided_when_the_trace_was_over(void **state)
{
	struct record r = imported("175.45.177.10", border);
	struct verdict v = judge(state, &r);
	assert_int_equal(v.decided_us, r.start_us + 4 * US_PER_S);
	r.duration_us = -1;
	v = judge(state, &r);
	assert_int_equal(v.decided_us, r.start_us);
	/* One that was stamped says when, whatever the others do not. */
	r.probes[1].tx_ns = (r.start_us + 70000) * 1000;
	v = judge(state, &r);
	assert_int_equal(v.decided_us, r.start_us + 75000);
	r.duration_us = 60000;
	v = judge(state, &r);
	assert_int_equal(v.decided_us, r.start_us + 75000);
	/* Silence is decided by nothing. */
	record_clear(&r);
	r = imported("175.45.177.10", "* * *");
	v = judge(state, &r);
	assert_int_equal(v.decided_us, r.start_us);
	record_clear(&r);
}

/* RIPE Atlas' last ditch: the target answered, who knows behind which TTL. */
static void
a_last_answer_is_up_but_no_border(void **state)
{
	struct record r =
	    imported("175.45.177.10", "213.239.224.1 188.43.225.153 * * *");
	struct verdict v = judge(state, &r);
	assert_answer(&v, 20485, "ttk", EVIDENCE_GAP_ONLY);
	assert_false(v.reached);
	assert_int_equal(v.reach, REACH_UNKNOWN);
	double silent = v.p;
	r.stop = STOP_REACHED;
	v = judge(state, &r);
	assert_true(record_reached(&r));
	assert_true(record_reached_nowhere(&r));
	assert_true(v.reached);
	assert_int_equal(v.reach, REACH_UP);
	assert_answer(&v, 20485, "ttk", EVIDENCE_GAP_ONLY);
	assert_true(v.p == silent);
	assert_int_equal(v.border_lo, 2);
	assert_int_equal(v.border_hi, -1);
	assert_int_equal(v.border_rtt_us, -1);
	assert_int_equal(v.decided_us, r.start_us + 4 * US_PER_S);
	/* Ours show every answer: a stop alone proves nothing. */
	r.epoch = 1;
	v = judge(state, &r);
	assert_false(record_reached(&r));
	assert_false(v.reached);
	record_clear(&r);
}

/* The least of all that is proved there; silence has none. */
static void
the_borders_round_trip(void **state)
{
	struct record r = imported("175.45.177.10", border);
	r.probes[3].rtt_ns = 97 * ms + 999;
	r.probes[4].ttl = 4;
	r.probes[4].attempt = 2;
	r.probes[4].rtt_ns = 95 * ms + 300;
	struct verdict v = judge(state, &r);
	assert_int_equal(v.border_hi, 4);
	assert_int_equal(v.border_rtt_us, 95000);
	r.probes[4].proof = PROOF_NONE;
	v = judge(state, &r);
	assert_int_equal(v.border_rtt_us, 97000);
	struct json j = {0};
	verdict_json(&v, &j);
	char *text = json_take(&j);
	assert_non_null(strstr(text, ",\"border_rtt_us\":97000}"));
	free(text);
	r.probes[3].rtt_ns = -1;
	v = judge(state, &r);
	assert_int_equal(v.border_hi, 4);
	assert_int_equal(v.border_rtt_us, -1);
	verdict_json(&v, &j);
	text = json_take(&j);
	assert_non_null(strstr(text, ",\"border_rtt_us\":null}"));
	free(text);
	assert_int_equal(rtt_least_ns(&r), -1);
	r.probes[3].rtt_ns = 3 * ms;
	assert_int_equal(rtt_least_ns(&r), 3 * ms);
	record_clear(&r);
}

static void
no_probes_at_all(void **state)
{
	struct record r = imported("175.45.177.10", "*");
	r.nprobes = 0;
	r.duration_us = -1;
	for (int stop = STOP_REACHED; stop <= STOP_ERROR; stop++) {
		r.stop = (enum record_stop)stop;
		struct verdict v = judge(state, &r);
		assert_answer(&v, -1, "unknown", EVIDENCE_UNREACHED);
		assert_int_equal(v.decided_us, r.start_us);
		assert_int_equal(v.reached, stop == STOP_REACHED);
		assert_int_equal(v.border_lo, -1);
		assert_int_equal(v.nhops, 0);
	}
	record_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(untold_proof_weighs_as_half),
	    cmocka_unit_test(untold_proof_ranks_below_both),
	    cmocka_unit_test(trails_of_untold_proofs),
	    cmocka_unit_test(decided_when_the_trace_was_over),
	    cmocka_unit_test(a_last_answer_is_up_but_no_border),
	    cmocka_unit_test(the_borders_round_trip),
	    cmocka_unit_test(no_probes_at_all),
	};
	return cmocka_run_group_tests(tests, open_world, close_world);
}
