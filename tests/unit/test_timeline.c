/* SPDX-License-Identifier: ISC */
#include "analysis/change/vantage_events.h"
#include "analysis/report/status.h"
#include "probe/base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct prefix p177 = {0xaf2db100, 24}, p178 = {0xaf2db200, 24};

/* All the time. */
static const struct store_uplink works = {0, INT64_MAX, true, true};

static void
begin(struct timeline *t)
{
	timeline_open(t);
	timeline_uplinks(t, &works, 1);
}

struct seen {
	const char *vantage, *carrier;
	int64_t s; /* seconds */
	uint32_t target;
};

/* carrier "-": no route; "*": nothing could be said. */
static void
feed(struct timeline *t, const struct prefix *prefix, struct seen seen)
{
	bool none = *seen.carrier == '-', blind = *seen.carrier == '*';
	struct store_verdict v = {.prefix = *prefix,
	    .target = prefix->addr + seen.target,
	    .method = METHOD_UDP,
	    .start_us = seen.s * 1000000,
	    .decided_us = seen.s * 1000000 + 500000,
	    .entry_as = none || blind			   ? -1
			: strcmp(seen.carrier, "ttk") == 0 ? 20485
							   : 134544,
	    .carrier = none || blind ? "unknown" : seen.carrier,
	    .reach = none    ? "down"
		     : blind ? "unknown"
			     : "up",
	    .reached = !none && !blind,
	    .p = none || blind ? NAN : 0.9,
	    .evidence = "gap-adjacent",
	    .json = "{}"};
	snprintf(v.vantage, sizeof(v.vantage), "%s", seen.vantage);
	v.trace[0] = (uint8_t)seen.s;
	timeline_add(t, &v);
}

/* One verdict of 175.45.177.1, flow after flow. */
static struct store_verdict
of_flow(uint32_t flow, int64_t s, const char *carrier)
{
	bool blind = *carrier == '*';
	return (struct store_verdict){.vantage = "atlas-6025",
	    .imported = true,
	    .prefix = p177,
	    .target = p177.addr + 1,
	    .method = METHOD_ICMP,
	    .flow = flow,
	    .start_us = s * 1000000,
	    .decided_us = s * 1000000,
	    .entry_as = blind ? -1 : 20485,
	    .carrier = blind ? "unknown" : carrier,
	    .reach = blind ? "unknown" : "up",
	    .p = blind ? NAN : 0.9,
	    .evidence = "gap-adjacent",
	    .json = "{}"};
}

static void
feed_flow(struct timeline *t, uint32_t flow, int64_t s, const char *carrier)
{
	struct store_verdict v = of_flow(flow, s, carrier);
	timeline_add(t, &v);
}

/*
 * A campaign of ours takes flow after flow of all its targets: at 5 packets a
 * second, 20 minutes each. Balancers make no change of it.
 */
static void
flows_of_a_slow_slot_are_one_round(void **state)
{
	struct timeline t;
	(void)state;
	timeline_open(&t);
	for (int64_t slot = 0; slot < 4; slot++)
		for (uint32_t i = 0; i < 5; i++) {
			struct store_verdict v =
			    of_flow(i, slot * 21600 + (int64_t)i * 1200,
				i < 3 ? "ttk" : "unicom");
			v.imported = false;
			timeline_add(&t, &v);
		}
	timeline_end(&t);
	assert_int_equal(t.n, 1);
	assert_string_equal(t.run[0].carrier, "ttk");
	timeline_close(&t);
}

/* RIPE Atlas takes the next of 16 flows each time: each is a round. */
static void
another_flow_later_is_another_round(void **state)
{
	struct store_place began = {0};
	struct timeline t;
	(void)state;
	begin(&t);
	for (uint32_t i = 0; i < 16; i++)
		feed_flow(
		    &t, i % 16, (int64_t)i * 900, i < 8 ? "ttk" : "unicom");
	assert_int_equal(timeline_round(&t, &began), 16);
	assert_int_equal(began.start_us, INT64_C(15) * 900 * 1000000);
	timeline_end(&t);
	assert_int_equal(t.n, 2);
	assert_string_equal(t.run[0].carrier, "ttk");
	assert_int_equal(t.run[0].last_us, INT64_C(7) * 900 * 1000000);
	assert_string_equal(t.run[1].carrier, "unicom");
	assert_int_equal(t.run[1].since_us, INT64_C(8) * 900 * 1000000);
	timeline_close(&t);
	/* The flows of one slot are one round, while none rests 10 minutes. */
	begin(&t);
	feed_flow(&t, 0, 1000, "ttk");
	feed_flow(&t, 1, 1599, "ttk");
	feed_flow(&t, 2, 2198, "ttk");
	assert_int_equal(timeline_round(&t, &began), 1);
	feed_flow(&t, 3, 2798, "ttk");
	assert_int_equal(timeline_round(&t, &began), 2);
	timeline_end(&t);
	timeline_close(&t);
}

/* No runs, no health: what answers is up, silence stays unknown. */
static void
without_health_silence_is_unknown(void **state)
{
	struct timeline t;
	(void)state;
	timeline_open(&t);
	for (uint32_t i = 0; i < 4; i++)
		feed_flow(&t, i, (int64_t)i * 900, "*");
	timeline_end(&t);
	assert_int_equal(t.nreach, 1);
	assert_string_equal(t.reach[0].reach, "unknown");
	timeline_close(&t);
	timeline_open(&t);
	for (uint32_t i = 0; i < 12; i++)
		feed_flow(
		    &t, i, (int64_t)i * 900, i < 4 || i >= 8 ? "ttk" : "*");
	timeline_end(&t);
	assert_int_equal(t.nreach, 3);
	assert_string_equal(t.reach[0].reach, "up");
	assert_string_equal(t.reach[1].reach, "unknown");
	assert_string_equal(t.reach[1].uplink, "unknown");
	assert_string_equal(t.reach[2].reach, "up");
	timeline_close(&t);
}

static void
rounds_fold_into_runs(void **state)
{
	(void)state;
	struct timeline t;
	begin(&t);
	feed(&t, &p177, (struct seen){"mow", "ttk", 10, 1});
	feed(&t, &p177, (struct seen){"mow", "ttk", 20, 1});
	feed(&t, &p177, (struct seen){"mow", "-", 30, 1});
	feed(&t, &p177, (struct seen){"mow", "-", 32, 1});
	feed(&t, &p177, (struct seen){"mow", "ttk", 40, 1});
	feed(&t, &p177, (struct seen){"mow", "ttk", 42, 1});
	feed(&t, &p178, (struct seen){"mow", "ttk", 10, 1});
	feed(&t, &p178, (struct seen){"mow", "unicom", 30, 1});
	feed(&t, &p178, (struct seen){"mow", "unicom", 40, 1});
	feed(&t, &p178, (struct seen){"sel", "unicom", 10, 1});
	timeline_end(&t);
	assert_int_equal(t.n, 6);
	assert_string_equal(t.run[0].carrier, "ttk");
	assert_true(t.run[0].since_us == 10000000);
	assert_true(t.run[0].last_us == 20000000);
	assert_string_equal(t.run[1].carrier, "none");
	assert_string_equal(t.run[1].reach, "down");
	assert_true(t.run[2].seen_us == 42000000);
	assert_null(timeline_before(&t, 0));
	assert_ptr_equal(timeline_before(&t, 1), &t.run[0]);
	assert_null(timeline_before(&t, 3)); /* another prefix */
	assert_null(timeline_before(&t, 5)); /* another vantage */
	struct events e = {0};
	vantage_events(&t, &e);
	assert_int_equal(e.n, 5);
	assert_int_equal(e.event[0].kind, EVENT_LOST);
	assert_int_equal(e.event[1].kind, EVENT_GAINED);
	assert_int_equal(e.event[2].kind, EVENT_DOWN);
	assert_int_equal(e.event[3].kind, EVENT_UP);
	assert_int_equal(e.event[4].kind, EVENT_CHANGED);
	assert_string_equal(e.event[4].from, "ttk");
	assert_string_equal(e.event[4].to, "unicom");
	assert_int_equal(e.event[4].entry_from, 20485);
	assert_int_equal(e.event[4].entry_to, 134544);
	assert_int_equal(e.event[4].after_us, 10000000);
	assert_int_equal(e.event[4].before_us, 30500000);
	events_free(&e);
	timeline_close(&t);
}

/* Loss is not change: a round that cannot say neither ends nor makes a run. */
static void
silence_changes_nothing(void **state)
{
	(void)state;
	struct timeline t;
	begin(&t);
	feed(&t, &p177, (struct seen){"mow", "ttk", 10, 1});
	feed(&t, &p177, (struct seen){"mow", "*", 20, 1});
	feed(&t, &p177, (struct seen){"mow", "*", 30, 1});
	feed(&t, &p177, (struct seen){"mow", "ttk", 40, 1});
	timeline_end(&t);
	assert_int_equal(t.n, 1);
	assert_true(t.run[0].last_us == 40000000);
	timeline_close(&t);
}

/* Before the first round that can say something nothing is known: no change
 * from "unknown" to the first state, which needs no second round either. */
static void
the_first_state_is_no_change(void **state)
{
	(void)state;
	struct timeline t;
	begin(&t);
	feed(&t, &p177, (struct seen){"mow", "*", 10, 1});
	feed(&t, &p177, (struct seen){"mow", "*", 20, 1});
	feed(&t, &p177, (struct seen){"mow", "ttk", 30, 1});
	feed(&t, &p177, (struct seen){"sel", "*", 10, 1});
	feed(&t, &p177, (struct seen){"sel", "*", 20, 1});
	timeline_end(&t);
	assert_int_equal(t.n, 2);
	assert_string_equal(t.run[0].carrier, "ttk");
	assert_true(t.run[0].since_us == 30000000);
	assert_string_equal(t.run[0].pending.carrier, "");
	assert_string_equal(t.run[1].carrier, "unknown");
	assert_true(t.run[1].since_us == 10000000);
	assert_true(t.run[1].last_us == 20000000);
	timeline_close(&t);
}

/* Two sweeps of 1,024 addresses by 4 flows are two rounds, and answers without
 * end do no harm. */
static void
sweeps_are_rounds(void **state)
{
	(void)state;
	struct timeline t;
	char carrier[24];
	begin(&t);
	struct store_verdict v = {.prefix = p177,
	    .vantage = "mow",
	    .method = METHOD_UDP,
	    .reach = "unknown",
	    .carrier = carrier,
	    .p = 0.5};
	for (uint32_t i = 0; i < 2 * 4096; i++) {
		snprintf(carrier, sizeof(carrier), "other:%u", i % 4096 / 2);
		v.target = p177.addr + i % 1024;
		v.flow = i / 1024 % 4;
		v.entry_as = i % 4096 / 2;
		v.start_us = i;
		timeline_add(&t, &v);
	}
	timeline_end(&t);
	assert_int_equal(t.n, 1);
	assert_string_equal(t.run[0].carrier, "other:0");
	assert_true(t.run[0].since_us == 0);
	assert_true(t.run[0].last_us == 4096);
	timeline_close(&t);
}

/* A torn trace: one round between two states, or between two of the same. */
static void
one_round_is_not_believed(void **state)
{
	(void)state;
	struct timeline t;
	begin(&t);
	feed(&t, &p178, (struct seen){"mow", "unicom", 10, 1});
	feed(&t, &p178, (struct seen){"mow", "other:4837", 20, 1});
	feed(&t, &p178, (struct seen){"mow", "ttk", 30, 1});
	feed(&t, &p178, (struct seen){"mow", "*", 40, 1});
	feed(&t, &p178, (struct seen){"mow", "ttk", 50, 1});
	feed(&t, &p178, (struct seen){"mow", "unicom", 60, 1});
	feed(&t, &p178, (struct seen){"mow", "ttk", 70, 1});
	feed(&t, &p178, (struct seen){"mow", "-", 80, 1});
	feed(&t, &p178, (struct seen){"sel", "-", 80, 1});
	timeline_end(&t);
	assert_int_equal(t.n, 3);
	assert_string_equal(t.run[0].carrier, "unicom");
	assert_true(t.run[0].last_us == 10000000);
	assert_string_equal(t.run[1].carrier, "ttk");
	assert_true(t.run[1].since_us == 30000000);
	assert_true(t.run[1].last_us == 70000000);
	assert_true(t.run[1].seen_us == 80000000);
	assert_string_equal(t.run[1].pending.carrier, "none");
	assert_true(t.run[1].pending.since_us == 80000000);
	assert_string_equal(t.run[0].pending.carrier, "");
	assert_string_equal(t.run[2].vantage, "sel");
	timeline_close(&t);
}

/* Three targets of one slot are one round; the silent ones do not outvote. */
static void
targets_of_a_round_vote(void **state)
{
	(void)state;
	struct timeline t;
	begin(&t);
	for (int64_t s = 10; s <= 30; s += 10) {
		feed(&t, &p177, (struct seen){"mow", "*", s, 1});
		feed(&t, &p177, (struct seen){"mow", "ttk", s + 1, 2});
		feed(&t, &p177, (struct seen){"mow", "-", s + 2, 3});
	}
	timeline_end(&t);
	assert_int_equal(t.n, 1);
	assert_string_equal(t.run[0].carrier, "ttk");
	assert_string_equal(t.run[0].reach, "up");
	assert_true(t.run[0].since_us == 10000000);
	timeline_close(&t);
}

static char *
printed(const struct timeline *t)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	struct status s;
	status_open(&s, t);
	status_print(&s, f);
	status_close(&s);
	fclose(f);
	return text;
}

static void
status_answers_first(void **state)
{
	(void)state;
	struct timeline t;
	begin(&t);
	feed(&t, &p177, (struct seen){"mow", "-", 10, 1});
	feed(&t, &p177, (struct seen){"sel", "-", 10, 1});
	feed(&t, &p178, (struct seen){"mow", "ttk", 10, 1});
	feed(&t, &p178, (struct seen){"sel", "unicom", 11, 1});
	timeline_end(&t);
	char *text = printed(&t);
	static const char *const want =
	    "175.45.177.0/24 is reached through nobody (no route).\n"
	    "175.45.178.0/24 is reached through ttk and unicom.\n"
	    "Last observation 1970-01-01 00:00:11 UTC.\n";
	if (strncmp(text, want, strlen(want)) != 0)
		fail_msg("%s", text);
	assert_non_null(strstr(text, "both"));
	assert_non_null(strstr(text, "2 of 2 vantages"));
	free(text);
	timeline_close(&t);
	begin(&t);
	timeline_end(&t);
	text = printed(&t);
	assert_non_null(strstr(text, "`tumen infer` derives them"));
	free(text);
	timeline_close(&t);
}

static void
stale_vantages_do_not_vote(void **state)
{
	(void)state;
	struct timeline t;
	struct status s;
	begin(&t);
	feed(&t, &p178, (struct seen){"mow", "ttk", 10, 1});
	feed(&t, &p178, (struct seen){"sel", "unicom", 100000, 1});
	timeline_end(&t);
	status_open(&s, &t);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.row[0].carrier, "unicom");
	assert_int_equal(s.row[0].n, 1);
	status_close(&s);
	timeline_close(&t);
}

/* Rounds that say nothing are observations, and make a state old. */
static void
silence_is_seen_and_ages(void **state)
{
	(void)state;
	struct timeline t;
	struct status s;
	begin(&t);
	feed(&t, &p178, (struct seen){"mow", "ttk", 10, 1});
	feed(&t, &p178, (struct seen){"mow", "*", 80000, 1});
	timeline_end(&t);
	status_open(&s, &t);
	assert_true(s.newest_us == INT64_C(80000000000));
	assert_string_equal(s.row[0].carrier, "ttk");
	assert_true(s.row[0].last_us == 10000000);
	assert_true(s.row[0].seen_us == s.newest_us);
	status_close(&s);
	timeline_close(&t);
	begin(&t);
	feed(&t, &p178, (struct seen){"mow", "ttk", 10, 1});
	for (int64_t at = 20000; at <= 100000; at += 20000)
		feed(&t, &p178, (struct seen){"mow", "*", at, 1});
	timeline_end(&t);
	status_open(&s, &t);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.row[0].carrier, "unknown");
	assert_true(s.row[0].since_us == -1);
	assert_true(isnan(s.row[0].p));
	assert_true(s.newest_us == INT64_C(100000000000));
	char *text = printed(&t);
	assert_non_null(strstr(text, "through a network that was not seen"));
	free(text);
	status_close(&s);
	timeline_close(&t);
}

/* A vantage that comes later and sees the same is no change of the state. */
static void
since_is_the_last_change(void **state)
{
	(void)state;
	struct timeline t;
	struct status s;
	begin(&t);
	feed(&t, &p177, (struct seen){"hkg", "ttk", 500, 1});
	feed(&t, &p177, (struct seen){"mow", "ttk", 10, 1});
	feed(&t, &p177, (struct seen){"mow", "ttk", 600, 1});
	feed(&t, &p178, (struct seen){"hkg", "ttk", 500, 1});
	feed(&t, &p178, (struct seen){"mow", "ttk", 10, 1});
	feed(&t, &p178, (struct seen){"mow", "ttk", 600, 1});
	feed(&t, &p178, (struct seen){"sel", "unicom", 10, 1});
	feed(&t, &p178, (struct seen){"sel", "ttk", 90, 1});
	feed(&t, &p178, (struct seen){"sel", "ttk", 95, 1});
	timeline_end(&t);
	status_open(&s, &t);
	assert_int_equal(s.n, 2);
	assert_true(s.row[0].since_us == 10000000);
	assert_true(s.row[1].since_us == 90000000);
	status_close(&s);
	timeline_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rounds_fold_into_runs),
	    cmocka_unit_test(another_flow_later_is_another_round),
	    cmocka_unit_test(flows_of_a_slow_slot_are_one_round),
	    cmocka_unit_test(without_health_silence_is_unknown),
	    cmocka_unit_test(silence_changes_nothing),
	    cmocka_unit_test(the_first_state_is_no_change),
	    cmocka_unit_test(sweeps_are_rounds),
	    cmocka_unit_test(one_round_is_not_believed),
	    cmocka_unit_test(targets_of_a_round_vote),
	    cmocka_unit_test(status_answers_first),
	    cmocka_unit_test(stale_vantages_do_not_vote),
	    cmocka_unit_test(silence_is_seen_and_ages),
	    cmocka_unit_test(since_is_the_last_change),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
