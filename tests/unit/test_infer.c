/* SPDX-License-Identifier: ISC */
#include "analysis/infer/infer.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "tests/unit/infer_world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The last answers of December 2025 on the Chinese side: the deciding hop is
 * in no BGP table. */
static void
chinese_side_through_the_registry(void **state)
{
	struct record r = path("175.45.176.71",
	    "112.174.200.1 219.158.100.1 103.35.255.254 * * * 175.45.176.71 "
	    "175.45.176.71");
	struct verdict v = judge(state, &r);
	assert_answer(&v, 134544, "unicom", EVIDENCE_UNROUTED_REGISTRY);
	assert_true(v.reached);
	assert_int_equal(v.border_lo, 3);
	assert_int_equal(v.border_hi, 7);
	assert_int_equal(v.silent_hops, 3);
	assert_true(fired(&v, "unrouted-holder"));
	assert_true(fired(&v, "carrier-behind-front"));
	/* One probe each 10 ms from the start, answered after 5 ms. */
	assert_int_equal(v.decided_us - v.start_us, 6 * 10000 + 5000);
	static const uint32_t want[] = {4766, 4837, 134544, 131279};
	assert_int_equal(v.nas, 4);
	assert_memory_equal(v.as_path, want, sizeof(want));
	assert_int_equal(v.reach, REACH_UP);
	record_clear(&r);
}

/* The same tail where no hop of China Unicom answered: only the front. */
static void
front_alone_is_no_carrier(void **state)
{
	struct record r = path("175.45.176.71",
	    "112.174.200.1 * 103.35.255.254 * * * 175.45.176.71");
	struct verdict v = judge(state, &r);
	assert_answer(&v, 134544, "cenbong", EVIDENCE_UNROUTED_REGISTRY);
	assert_true(fired(&v, "front-without-carrier"));
	record_clear(&r);
}

/* The Russian side: provider-numbered last hop, RFC 1918 in the middle. */
static void
russian_side_keeps_the_private_hop_in_place(void **state)
{
	struct record r = path("175.45.177.10",
	    "213.239.224.1 188.43.10.2 10.99.99.9 188.43.225.153 * * * "
	    "175.45.177.10");
	struct verdict v = judge(state, &r);
	assert_answer(&v, 20485, "ttk", EVIDENCE_GAP_ADJACENT);
	assert_int_equal(v.border_lo, 4);
	assert_int_equal(v.border_hi, 8);
	assert_int_equal(v.silent_hops, 3);
	assert_int_equal(v.hop[2].origin.layer, ORIGIN_RESERVED);
	assert_int_equal(v.hop[2].owner, 20485); /* by what is around it */
	assert_int_equal(v.nas, 3);
	record_clear(&r);
}

static void
next_hop_of_the_target_is_better_evidence(void **state)
{
	struct record r = path("175.45.177.10",
	    "213.239.224.1 188.43.225.153 175.45.177.1 175.45.177.10");
	struct verdict v = judge(state, &r);
	assert_answer(&v, 20485, "ttk", EVIDENCE_ADJACENT_SEEN);
	assert_int_equal(v.silent_hops, 0);
	assert_true(v.p > 0.95);
	record_clear(&r);
}

/*
 * The target answered beyond the gap limit, which left TTLs out: the border is
 * somewhere before it, and what was not probed is not silent.
 */
static void
target_beyond_the_gap(void **state)
{
	struct record r = path("175.45.177.10",
	    "213.239.224.1 188.43.225.153 * * * * * 175.45.177.10");
	r.probes[r.nprobes - 1].ttl = 32;
	struct verdict v = judge(state, &r);
	assert_answer(&v, 20485, "ttk", EVIDENCE_GAP_ADJACENT);
	assert_int_equal(v.border_lo, 2);
	assert_int_equal(v.border_hi, 32);
	assert_int_equal(v.silent_hops, 5);
	assert_true(v.reached);
	record_clear(&r);
}

static void
silence_to_the_end_is_weaker(void **state)
{
	struct record r =
	    path("175.45.177.10", "213.239.224.1 188.43.225.153 * * * * *");
	struct verdict v = judge(state, &r);
	assert_answer(&v, 20485, "ttk", EVIDENCE_GAP_ONLY);
	assert_int_equal(v.border_hi, -1);
	assert_int_equal(v.silent_hops, 5);
	assert_int_equal(v.reach, REACH_UNKNOWN);
	double weak = v.p;
	record_clear(&r);
	r = path("175.45.177.10",
	    "213.239.224.1 188.43.225.153 175.45.177.1 * * * *");
	v = judge(state, &r);
	assert_answer(&v, 20485, "ttk", EVIDENCE_ADJACENT_SEEN);
	assert_true(v.p > weak);
	record_clear(&r);
}

/* A path may die anywhere: only a known neighbour's silence names one. */
static void
insufficient_evidence_is_an_answer(void **state)
{
	struct record r =
	    path("175.45.177.10", "112.174.200.1 129.250.2.1 * * * * *");
	struct verdict v = judge(state, &r);
	assert_answer(&v, -1, "unknown", EVIDENCE_UNREACHED);
	assert_int_equal(v.candidate[0].entry_as, -1);
	assert_true(isnan(v.p) && isnan(v.carrier_p));
	record_clear(&r);
	r = path("175.45.177.10", "* * * * *");
	v = judge(state, &r);
	assert_answer(&v, -1, "unknown", EVIDENCE_UNREACHED);
	assert_int_equal(v.border_lo, -1);
	record_clear(&r);
	/* A vantage inside a carrier whose first hops are all there is. */
	r = path("175.45.177.10", "188.43.10.1 188.43.10.2 * * * * *");
	v = judge(state, &r);
	assert_answer(&v, -1, "unknown", EVIDENCE_UNREACHED);
	assert_true(fired(&v, "ends-in-first-as"));
	record_clear(&r);
}

static void
no_route_is_down(void **state)
{
	struct record r = path("175.45.177.10", "213.239.224.1 188.43.10.2!0");
	struct verdict v = judge(state, &r);
	assert_answer(&v, -1, "unknown", EVIDENCE_UNREACHED);
	assert_int_equal(v.reach, REACH_DOWN);
	assert_true(fired(&v, "stop-no-route"));
	record_clear(&r);
	/* A filter at the edge stands behind the route. */
	r = path("175.45.177.10", "213.239.224.1 188.43.225.153!13");
	v = judge(state, &r);
	assert_answer(&v, 20485, "ttk", EVIDENCE_GAP_ONLY);
	assert_int_equal(v.reach, REACH_UNKNOWN);
	assert_true(fired(&v, "stop-prohibited"));
	record_clear(&r);
}

/* In 2013 a site faked a trace that ended in the target's space. */
static void
unproved_replies_decide_nothing(void **state)
{
	struct record r = path("175.45.177.10",
	    "213.239.224.1 188.43.225.153 219.158.100.1 * 175.45.177.10");
	r.probes[2].proof = PROOF_NONE;
	struct verdict v = judge(state, &r);
	assert_answer(&v, 20485, "ttk", EVIDENCE_GAP_ADJACENT);
	assert_true(fired(&v, "unproved-reply-ignored"));
	record_clear(&r);
	r = path("175.45.177.10", "213.239.224.1 188.43.225.153 175.45.177.10");
	v = judge(state, &r);
	double whole = v.p;
	r.probes[1].proof = PROOF_ONE;
	v = judge(state, &r);
	assert_true(fired(&v, "half-proof"));
	assert_true(v.p < whole);
	record_clear(&r);
	/* The target's own answer, too: a datagram from its port. */
	r = path("175.45.177.10", "213.239.224.1 188.43.225.153 175.45.177.10");
	r.probes[2].proof = PROOF_NONE;
	v = judge(state, &r);
	assert_answer(&v, 20485, "ttk", EVIDENCE_GAP_ONLY);
	assert_false(v.reached);
	assert_int_equal(v.reach, REACH_UNKNOWN);
	record_clear(&r);
}

static void
unknown_neighbour_is_named_by_number(void **state)
{
	struct record r = path("175.45.177.10",
	    "213.239.224.1 129.250.2.1 175.45.177.1 175.45.177.10");
	struct verdict v = judge(state, &r);
	assert_answer(&v, 2914, "other:2914", EVIDENCE_ADJACENT_SEEN);
	record_clear(&r);
}

/* What is in flight behind the target's first answer is no part of the path:
 * a second answer of it, or a router of a way that is no more. */
static void
the_path_ends_at_the_target(void **state)
{
	struct record r = path("175.45.177.10",
	    "213.239.224.1 188.43.225.153 * 175.45.177.10 129.250.2.1 "
	    "175.45.177.10");
	struct verdict v = judge(state, &r);
	assert_answer(&v, 20485, "ttk", EVIDENCE_GAP_ADJACENT);
	assert_int_equal(v.border_hi, 4);
	assert_int_equal(v.nhops, 3);
	assert_int_equal(v.decided_us - v.start_us, 3 * 10000 + 5000);
	record_clear(&r);
}

/* Packets of one flow that take two ways: the first answer is not all. */
static void
two_owners_at_the_border_are_a_conflict(void **state)
{
	struct record r = path("175.45.177.10",
	    "112.174.200.1 219.158.100.1 188.43.225.153 103.35.252.1 "
	    "175.45.177.10");
	r.probes[3].ttl = 3; /* a second attempt */
	r.probes[3].attempt = 2;
	r.probes[4].ttl = 4;
	struct verdict v = judge(state, &r);
	assert_answer(&v, 134544, "unicom", EVIDENCE_CONFLICT);
	assert_true(fired(&v, "two-owners-at-border"));
	assert_true(v.p < 0.9);
	assert_int_equal(v.candidate[1].entry_as, 20485);
	assert_string_equal(v.candidate[1].carrier, "ttk");
	double sum = 0;
	for (size_t i = 0; i < v.ncandidates; i++)
		sum += v.candidate[i].p;
	assert_true(sum > 0.999999 && sum < 1.000001);
	record_clear(&r);
}

/* A path enters the target's network once. */
static void
a_path_that_comes_back_is_a_conflict(void **state)
{
	struct record r = path("175.45.177.10",
	    "213.239.224.1 175.45.177.1 188.43.225.153 * 175.45.177.10");
	struct verdict v = judge(state, &r);
	assert_answer(&v, 20485, "ttk", EVIDENCE_CONFLICT);
	assert_true(fired(&v, "target-before-border"));
	record_clear(&r);
	r = path(
	    "175.45.177.10", "213.239.224.1 175.45.177.1 188.43.225.153 * * *");
	v = judge(state, &r);
	assert_answer(&v, 20485, "ttk", EVIDENCE_CONFLICT);
	record_clear(&r);
}

/* A hop of a network that no table names stands in the border: perhaps it is
 * the neighbour. A private one may be anybody's, as silence. */
static void
an_unknown_network_in_the_border_weakens(void **state)
{
	struct record r = path("175.45.177.10",
	    "213.239.224.1 188.43.225.153 10.9.9.9 175.45.177.10");
	struct verdict v = judge(state, &r);
	assert_answer(&v, 20485, "ttk", EVIDENCE_GAP_ADJACENT);
	assert_false(fired(&v, "unowned-hop-in-border"));
	double p = v.p;
	record_clear(&r);
	r = path("175.45.177.10",
	    "213.239.224.1 188.43.225.153 203.254.0.9 175.45.177.10");
	v = judge(state, &r);
	assert_int_equal(v.hop[2].origin.layer, ORIGIN_NONE);
	assert_answer(&v, 20485, "ttk", EVIDENCE_GAP_ADJACENT);
	assert_true(fired(&v, "unowned-hop-in-border"));
	assert_true(v.p < p);
	assert_int_equal(v.silent_hops, 0);
	record_clear(&r);
}

/* Its own border router says "no route" about a host: the way there is open,
 * and whose it is, is known. */
static void
an_answer_out_of_the_network_is_up(void **state)
{
	struct record r = path(
	    "175.45.177.10", "213.239.224.1 188.43.225.153 175.45.177.1!0");
	struct verdict v = judge(state, &r);
	assert_answer(&v, 20485, "ttk", EVIDENCE_ADJACENT_SEEN);
	assert_false(v.reached);
	assert_int_equal(v.reach, REACH_UP);
	assert_true(fired(&v, "stop-inside"));
	record_clear(&r);
}

/* A first TTL above 1, and the longest path that a record holds. */
static void
paths_of_odd_length(void **state)
{
	char text[RECORD_TTL_MAX * 16] = "";
	struct record r =
	    path("175.45.177.10", "129.250.2.1 188.43.225.153 * 175.45.177.10");
	for (size_t i = 0; i < r.nprobes; i++)
		r.probes[i].ttl = (uint8_t)(r.probes[i].ttl + 7);
	struct verdict v = judge(state, &r);
	assert_answer(&v, 20485, "ttk", EVIDENCE_GAP_ADJACENT);
	assert_int_equal(v.border_lo, 9);
	assert_int_equal(v.border_hi, 11);
	assert_int_equal(v.silent_hops, 1);
	record_clear(&r);
	for (size_t i = 0, n = 0; i < RECORD_TTL_MAX / 2; i++)
		n += (size_t)snprintf(
		    text + n, sizeof(text) - n, "129.250.2.1 188.43.225.153 ");
	r = path("175.45.177.10", text);
	v = judge(state, &r);
	assert_int_equal(v.nhops, RECORD_TTL_MAX);
	assert_in_range(v.nas, 2, RECORD_TTL_MAX);
	assert_int_equal(v.border_lo, RECORD_TTL_MAX);
	assert_int_equal(v.silent_hops, 0);
	record_clear(&r);
	r = path("175.45.177.10", "*");
	r.nprobes = 0; /* nothing was sent */
	v = judge(state, &r);
	assert_answer(&v, -1, "unknown", EVIDENCE_UNREACHED);
	struct json j = {0};
	verdict_json(&v, &j);
	char *json = json_take(&j);
	assert_non_null(
	    strstr(json, "\"border_ttl\":null,\"silent_hops\":null"));
	free(json);
	record_clear(&r);
}

/* A time before every table: no later table is used in silence. */
static void
no_table_of_that_day(void **state)
{
	struct record r = path(
	    "175.45.177.10", "213.239.224.1 188.43.225.153 * 175.45.177.10");
	assert_true(clock_parse_us("2019-02-05", &r.start_us));
	struct verdict v = judge(state, &r);
	assert_int_equal(v.entry_as, -1);
	assert_string_equal(v.carrier, "unknown");
	assert_true(fired(&v, "tables-all-later"));
	assert_int_equal(v.ntables, 0);
	assert_int_equal(v.asof_us, -1);
	record_clear(&r);
}

static void
same_input_same_bytes(void **state)
{
	struct record r = path("175.45.176.71",
	    "112.174.200.1 219.158.100.1 103.35.255.254 * * * 175.45.176.71");
	char *text[2];
	for (int i = 0; i < 2; i++) {
		struct verdict v = judge(state, &r);
		struct json j = {0};
		verdict_json(&v, &j);
		text[i] = json_take(&j);
	}
	assert_string_equal(text[0], text[1]);
	assert_non_null(strstr(text[0], "\"border_ttl\":[3,7]"));
	assert_non_null(strstr(text[0], "\"layer\":\"registry\""));
	assert_non_null(strstr(text[0],
	    "\"tables\":[{\"kind\":\"bgp\",\"asof\":\"2026-06-17\","
	    "\"days\":157},{\"kind\":\"registry\""));
	free(text[0]);
	free(text[1]);
	record_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(chinese_side_through_the_registry),
	    cmocka_unit_test(front_alone_is_no_carrier),
	    cmocka_unit_test(russian_side_keeps_the_private_hop_in_place),
	    cmocka_unit_test(next_hop_of_the_target_is_better_evidence),
	    cmocka_unit_test(target_beyond_the_gap),
	    cmocka_unit_test(silence_to_the_end_is_weaker),
	    cmocka_unit_test(insufficient_evidence_is_an_answer),
	    cmocka_unit_test(no_route_is_down),
	    cmocka_unit_test(unproved_replies_decide_nothing),
	    cmocka_unit_test(unknown_neighbour_is_named_by_number),
	    cmocka_unit_test(the_path_ends_at_the_target),
	    cmocka_unit_test(two_owners_at_the_border_are_a_conflict),
	    cmocka_unit_test(a_path_that_comes_back_is_a_conflict),
	    cmocka_unit_test(an_unknown_network_in_the_border_weakens),
	    cmocka_unit_test(an_answer_out_of_the_network_is_up),
	    cmocka_unit_test(paths_of_odd_length),
	    cmocka_unit_test(no_table_of_that_day),
	    cmocka_unit_test(same_input_same_bytes),
	};
	return cmocka_run_group_tests(tests, open_world, close_world);
}
