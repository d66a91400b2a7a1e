/* SPDX-License-Identifier: ISC */
#include "tests/unit/diff_sides.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* What a difference says beside its class and its edits. */

static void
round_trips(void **state)
{
	(void)state;
	static const struct {
		const char *a, *b;
		enum diff_class class;
		uint8_t ttl;
		int a_ms, b_ms;
	} kind[] = {
	    {"A@10 B@20 T@30", "A@10 B@80 T@90", DIFF_RTT_ONLY, 2, 30, 90},
	    {"A@10 B@80 T@90", "A@10 B@20 T@30", DIFF_RTT_ONLY, 2, 90, 30},
	    {"A@9 B@20 C@30 T@40", "A@9 B@80 C@35 T@90", DIFF_RTT_ONLY, 4, 40,
		90},
	    {"A@10 B@20 T@30", "A@10 B@80 T@31", DIFF_SAME, 0, 30, 31},
	    {"A@50 B@20 T@30", "A@10 B@80 T@90", DIFF_RTT_ONLY, 2, 30, 90},
	    /* more than 10 ms, and more than 20 % */
	    {"A@20 T@20", "A@30 T@30", DIFF_SAME, 0, 20, 30},
	    {"A@20 T@20", "A@31 T@31", DIFF_RTT_ONLY, 1, 20, 31},
	    {"A@200 T@200", "A@240 T@240", DIFF_SAME, 0, 200, 240},
	    {"A@200 T@241", "A@200 T@200", DIFF_RTT_ONLY, 2, 241, 200},
	    /* of attempts the quickest */
	    {"A@10 B@20 T@30", "A@10 B@20 T@300/T@30", DIFF_SAME, 0, 30, 30},
	    /* past silence, but then silence may hide why */
	    {"A@10 B@20 C@20 T@30", "A@10 B@90 * T@90", DIFF_SILENT_ONLY, 2, 30,
		90},
	    {"A@10 B@20 C@20", "A@10 B@90 C@90", DIFF_RTT_ONLY, 2, 20, 90},
	    /* of another path it says nothing */
	    {"A@10 B@20 T@30", "A@10 X@80 T@90", DIFF_CHANGED, 0, 30, 90},
	    {"A@10 B@20 C D E", "A@10 B@80", DIFF_INSUFFICIENT, 0, 20, 80},
	    {"A B", "* *", DIFF_INSUFFICIENT, 0, -1, -1},
	};
	for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++) {
		struct diff d;
		path_diff(
		    &d, kind[i].a, kind[i].b, &(struct path_flows){NULL, NULL});
		int64_t a_ns = kind[i].a_ms < 0 ? -1 : kind[i].a_ms * 1000000;
		int64_t b_ns = kind[i].b_ms < 0 ? -1 : kind[i].b_ms * 1000000;
		assert_string_equal(
		    diff_class_name(d.class), diff_class_name(kind[i].class));
		assert_int_equal(d.rtt_ttl, kind[i].ttl);
		assert_int_equal(d.rtt_a_ns, a_ns);
		assert_int_equal(d.rtt_b_ns, b_ns);
	}
}

static void
a_clock_that_was_set(void **state)
{
	(void)state;
	for (int side = 0; side < 2; side++) {
		struct trail t[2];
		struct diff d;
		path_trail(&t[0], "A@10 B@20 T@30");
		path_trail(&t[1], "A@90 B@90 T@90");
		t[side].clock_step = true;
		diff(&d, &(struct diff_sides){
			     .a = &t[0], .b = &t[1], .same_flow = true});
		assert_int_equal(d.class, DIFF_SAME);
		assert_int_equal(d.rtt_a_ns, -1);
	}
}

static void
detours(void **state)
{
	(void)state;
	static const struct {
		const char *a, *b;
		bool rejoins, symmetric;
		int from_a, to_a, from_b, to_b;
	} kind[] = {
	    {"A B C D T", "A X Y D T", true, true, 2, 3, 2, 3},
	    {"A B C D T", "A X Y Z D T", true, false, 2, 3, 2, 4},
	    {"A B C D T", "A X D T", true, false, 2, 3, 2, 2},
	    {"A B C D T", "A B C X D T", true, false, 4, 3, 4, 4},
	    {"A B * D T", "A X * D T", true, true, 2, 3, 2, 3},
	    {"A B C D", "A B X Y", false, false, 3, 4, 3, 4},
	    {"A B C T", "X Y Z T", false, false, 1, 3, 1, 3},
	    {"A B C D E F T", "A X C D Y F T", true, true, 2, 2, 2, 2},
	    {"A B C!1", "A B D!1", false, false, 3, 3, 3, 3},
	    {"A B C T", "A B C T", false, false, 1, 0, 1, 0},
	};
	for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++) {
		struct diff d;
		path_diff(
		    &d, kind[i].a, kind[i].b, &(struct path_flows){NULL, NULL});
		assert_int_equal(d.detour.rejoins, kind[i].rejoins);
		assert_int_equal(d.detour.symmetric, kind[i].symmetric);
		assert_int_equal(d.detour.from_a, kind[i].from_a);
		assert_int_equal(d.detour.to_a, kind[i].to_a);
		assert_int_equal(d.detour.from_b, kind[i].from_b);
		assert_int_equal(d.detour.to_b, kind[i].to_b);
	}
}

/* As long as it gets: nothing in common, all of it, and 64 hops more. */
static void
longest(void **state)
{
	(void)state;
	static struct trail a, b, none;
	struct diff d;
	struct path p;
	path_read(&p, "");
	for (uint32_t i = 0; i < RECORD_TTL_MAX; i++) {
		p.probe[i] = record_unanswered((uint8_t)(i + 1), 1);
		p.probe[i].answered = true;
		p.probe[i].proof = PROOF_BOTH;
		p.probe[i].addr = 100u + i;
	}
	p.r.nprobes = RECORD_TTL_MAX;
	trail_make(&a, &p.r);
	for (uint32_t i = 0; i < RECORD_TTL_MAX; i++)
		p.probe[i].addr = 200u + i;
	trail_make(&b, &p.r);
	struct diff_sides sides = {.a = &a, .b = &b, .same_flow = true};
	diff(&d, &sides);
	assert_int_equal(d.class, DIFF_CHANGED);
	assert_int_equal(d.nedits, RECORD_TTL_MAX);
	/* the last of a is the first of b: all others are in one side alone */
	b.hop[0].addr[0] = a.hop[RECORD_TTL_MAX - 1].addr[0];
	diff(&d, &sides);
	assert_int_equal(d.class, DIFF_CHANGED);
	assert_in_range(d.nedits, RECORD_TTL_MAX, DIFF_EDITS_MAX);
	path_trail(&none, "");
	sides.b = &none;
	diff(&d, &sides);
	assert_int_equal(d.class, DIFF_INSUFFICIENT);
	assert_int_equal(d.nedits, RECORD_TTL_MAX);
}

static void
one_flow(void **state)
{
	(void)state;
	const struct record r = {.vantage = "sel",
	    .epoch = 6,
	    .target = 1,
	    .method = METHOD_UDP,
	    .port = -1,
	    .flow = 2,
	    .src = 3,
	    .sport = 4,
	    .dport = 5};
	const char *why = "";
	struct record o = r;
	o.start_us = 7; /* and whatever is no part of a flow */
	assert_true(diff_same_flow(&r, &o, &why));
	assert_null(why);
	o.src = 0; /* not known */
	o.sport = o.dport = 0;
	assert_true(diff_same_flow(&r, &o, &why));
	assert_true(diff_same_flow(&o, &r, &why));
#define OTHER(field, value, text)                                              \
	o = r;                                                                 \
	o.field = value;                                                       \
	assert_false(diff_same_flow(&r, &o, &why));                            \
	assert_string_equal(why, text)
	OTHER(vantage[0], 'x', "two vantages");
	OTHER(target, 9, "two targets");
	OTHER(method, METHOD_ICMP, "two methods");
	OTHER(port, 80, "two services");
	OTHER(flow, 9, "two flow numbers");
	OTHER(src, 9, "two source addresses");
	OTHER(sport, 9, "two source ports");
	OTHER(dport, 9, "two destination ports");
#undef OTHER
}

/* Another tool tells a number of the flow and no ports, or not even that. */
static void
untold_flows(void **state)
{
	(void)state;
	const char *why = "";
	const struct record ours = {.epoch = 6, .flow = 2, .sport = 4};
	struct record r = {.epoch = 0, .flow = 2}, o = r;
	assert_true(diff_same_flow(&r, &o, &why));
	assert_false(diff_same_flow(&r, &ours, &why));
	assert_string_equal(why, "ports that one does not tell");
	assert_false(diff_same_flow(&ours, &r, &why));
	r.sport = 4; /* told, and those of ours: scamper -s */
	assert_true(diff_same_flow(&r, &ours, &why));
	assert_false(diff_same_flow(&r, &o, &why));
	r = o;
	r.flow = o.flow = 0;
	assert_false(diff_same_flow(&r, &o, &why));
	assert_string_equal(why, "flows that are not told");
	r.sport = o.sport = 5;
	assert_true(diff_same_flow(&r, &o, &why));
}

static void
names(void **state)
{
	(void)state;
	assert_string_equal(diff_class_name(DIFF_RTT_ONLY), "rtt-only");
	assert_string_equal(diff_class_name(DIFF_INSUFFICIENT), "insufficient");
	assert_string_equal(edit_op_name(EDIT_EQUAL), "equal");
	assert_string_equal(edit_op_name(EDIT_SILENT), "silent");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trips),
	    cmocka_unit_test(a_clock_that_was_set),
	    cmocka_unit_test(detours),
	    cmocka_unit_test(longest),
	    cmocka_unit_test(one_flow),
	    cmocka_unit_test(untold_flows),
	    cmocka_unit_test(names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
