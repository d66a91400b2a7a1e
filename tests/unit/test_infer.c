/* SPDX-License-Identifier: ISC */
#include "analysis/infer/infer.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The table that ships and the default carriers: what a user has. */
struct world {
	struct origin_set *tables;
	struct carriers carriers;
};

static int
open_world(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct fault f = {0};
	setenv("TUMEN_DATADIR", "build", 0);
	w->tables = origin_set_open(NULL, 0, &f);
	if (w->tables == NULL || !carriers_load(&w->carriers, NULL, &f))
		fail_msg("%s", f.text);
	*state = w;
	return 0;
}

static int
close_world(void **state)
{
	struct world *w = *state;
	origin_set_close(w->tables);
	carriers_free(&w->carriers);
	free(w);
	return 0;
}

/*
 * A path as a text, one word a TTL: an address, "*" for silence, or an address
 * with "!code" for an unreachable. The target answers as itself.
 */
static struct record
path(const char *target, const char *hops)
{
	struct record r = {.vantage = "sel",
	    .method = METHOD_UDP,
	    .run = -1,
	    .port = -1,
	    .epoch = 1,
	    .seq = 1,
	    .stop = STOP_GAP};
	char *text = xstrdup(hops), *save = NULL;
	assert_true(addr_parse(target, &r.target));
	r.prefix = (struct prefix){r.target & prefix_mask(24), 24};
	assert_true(clock_parse_us("2026-11-21", &r.start_us));
	r.probes = xcalloc(RECORD_TTL_MAX, sizeof(*r.probes));
	for (char *w = strtok_r(text, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save)) {
		struct record_probe *p = &r.probes[r.nprobes++];
		*p = (struct record_probe){.ttl = (uint8_t)r.nprobes,
		    .attempt = 1,
		    .tx_ns =
			(r.start_us + (int64_t)(r.nprobes - 1) * 10000) * 1000,
		    .rtt_ns = *w == '*' ? -1 : 5000000,
		    .silent = SILENT_UNKNOWN};
		char *bang = strchr(w, '!');
		if (*w == '*')
			continue;
		if (bang != NULL)
			*bang = '\0';
		assert_true(addr_parse(w, &p->addr));
		p->answered = true;
		p->silent = 0;
		p->proof = PROOF_BOTH;
		p->icmp_type = bang || p->addr == r.target ? 3 : 11;
		p->icmp_code = bang ? (int16_t)atoi(bang + 1) : 0;
		if (bang != NULL)
			r.stop = STOP_UNREACHABLE;
		if (p->addr == r.target)
			r.stop = STOP_REACHED;
	}
	free(text);
	return r;
}

static struct verdict
judge(void **state, struct record *r)
{
	struct world *w = *state;
	struct verdict v;
	infer(r, w->tables, &w->carriers, &v);
	return v;
}

static bool
fired(const struct verdict *v, const char *rule)
{
	for (size_t i = 0; i < v->nrules; i++)
		if (strcmp(v->rule[i], rule) == 0)
			return true;
	return false;
}

static void
assert_answer(const struct verdict *v, int64_t entry_as, const char *carrier,
    enum evidence evidence)
{
	assert_int_equal(v->entry_as, entry_as);
	assert_string_equal(v->carrier, carrier);
	assert_string_equal(
	    evidence_name(v->evidence), evidence_name(evidence));
}

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
	assert_int_equal(v.decided_us - v.start_us, 7 * 10000 + 5000);
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
	assert_int_equal(v.hop[2].owner, -1);
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
	assert_true(v.p < 0.8);
	assert_true(v.candidate[0].p + v.candidate[1].p == 1.0);
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
	assert_int_equal(v.ncandidates, 0);
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
	r.probes[1].proof = PROOF_ONE;
	v = judge(state, &r);
	assert_true(fired(&v, "half-proof"));
	assert_true(v.p < 0.8);
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
	assert_true(fired(&v, "no-table-of-that-day"));
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
	    "\"days\":157}]"));
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
	    cmocka_unit_test(silence_to_the_end_is_weaker),
	    cmocka_unit_test(insufficient_evidence_is_an_answer),
	    cmocka_unit_test(no_route_is_down),
	    cmocka_unit_test(unproved_replies_decide_nothing),
	    cmocka_unit_test(unknown_neighbour_is_named_by_number),
	    cmocka_unit_test(no_table_of_that_day),
	    cmocka_unit_test(same_input_same_bytes),
	};
	return cmocka_run_group_tests(tests, open_world, close_world);
}
