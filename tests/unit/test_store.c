/* SPDX-License-Identifier: ISC */
#include "sql/store.h"

#include "tests/unit/store_seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

static void
every_field_comes_back(void **state)
{
	struct seen seen = {0};
	struct store *s = opened(*state, STORE_CREATE);
	for (uint64_t seq = 1; seq <= 21; seq++)
		add_sample(s, "sel", seq);
	store_close(s);
	s = opened(*state, STORE_READ);
	struct store_filter all = {.with_evidence = true};
	assert_int_equal(traces(s, &all, &seen), 21);
	for (uint64_t seq = 1; seq <= 21; seq++) {
		struct record r = sample_record("sel", 77, seq);
		assert_true(same_record(&r, &seen.all[seq - 1], true));
		record_clear(&r);
	}
	forget(&seen);
	store_close(s);
}

static void
raw_packets_stay_away_unless_asked_for(void **state)
{
	struct seen seen = {0};
	struct store *s = opened(*state, STORE_CREATE);
	add_sample(s, "sel", 1);
	struct store_filter all = {0};
	traces(s, &all, &seen);
	for (size_t i = 0; i < seen.all[0].nprobes; i++) {
		assert_null(seen.all[0].probes[i].sent.p);
		assert_null(seen.all[0].probes[i].reply.p);
	}
	forget(&seen);
	store_close(s);
}

static void
the_same_trace_twice_is_one(void **state)
{
	struct store *s = opened(*state, STORE_CREATE);
	struct record r = sample_record("sel", 77, 1);
	add(s, &r, true);
	add(s, &r, false);
	store_close(s);
	s = opened(*state, STORE_WRITE);
	add(s, &r, false);
	assert_int_equal(count(s, (struct store_filter){0}), 1);
	record_clear(&r);
	store_close(s);
}

static void
evidence_that_comes_later_is_added(void **state)
{
	struct seen seen = {0};
	struct store *s = opened(*state, STORE_CREATE);
	struct record r = sample_record("sel", 77, 1);
	struct record bare = r;
	bare.probes = xmemdup(r.probes, r.nprobes * sizeof(*r.probes));
	for (size_t i = 0; i < bare.nprobes; i++)
		bare.probes[i].sent.p = bare.probes[i].reply.p = NULL;
	add(s, &bare, true);
	add(s, &r, false);
	struct store_filter all = {.with_evidence = true};
	traces(s, &all, &seen);
	assert_true(same_record(&r, &seen.all[0], true));
	forget(&seen);
	free(bare.probes);
	record_clear(&r);
	store_close(s);
}

static void
other_content_under_the_same_key_is_refused(void **state)
{
	struct fault f = {0};
	struct seen seen = {0};
	struct store *s = opened(*state, STORE_CREATE);
	struct record r = sample_record("sel", 77, 1);
	add(s, &r, true);
	r.probes[0].rtt_ns++;
	assert_false(store_add(s, &r, NULL, &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_non_null(strstr(f.text, "sel/77/1"));
	r.probes[0].rtt_ns--;
	r.stop = STOP_GAP;
	assert_false(store_add(s, &r, NULL, &f));
	r.stop = STOP_REACHED;
	struct store_filter all = {.with_evidence = true};
	traces(s, &all, &seen);
	assert_int_equal(seen.n, 1);
	assert_true(same_record(&r, &seen.all[0], true));
	forget(&seen);
	record_clear(&r);
	store_close(s);
}

static void
impossible_records_are_refused(void **state)
{
	struct fault f = {0};
	struct store *s = opened(*state, STORE_CREATE);
	struct record good = sample_record("sel", 77, 1), r = good;
	r.seq = 0;
	assert_false(store_add(s, &r, NULL, &f));
	r = good;
	r.vantage[0] = '\0';
	assert_false(store_add(s, &r, NULL, &f));
	r = good;
	memcpy(r.vantage, "s\033[2J", 6);
	assert_false(store_add(s, &r, NULL, &f));
	assert_int_equal(f.status, EX_DATAERR);
	r = good;
	r.epoch = UINT64_C(1) << 53;
	assert_false(store_add(s, &r, NULL, &f));
	r = good;
	r.prefix.addr = good.target;
	assert_false(store_add(s, &r, NULL, &f));
	r = good;
	r.method = (enum record_method)0;
	assert_false(store_add(s, &r, NULL, &f));
	assert_int_equal(f.status, EX_DATAERR);
	r = good;
	r.probes[0].ttl = 0;
	assert_false(store_add(s, &r, NULL, &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_int_equal(count(s, (struct store_filter){0}), 0);
	record_clear(&good);
	store_close(s);
}

static void
filters_select(void **state)
{
	struct store *s = opened(*state, STORE_CREATE);
	for (uint64_t seq = 1; seq <= 10; seq++) {
		add_sample(s, "sel", seq);
		add_sample(s, "hkg", seq);
	}
	struct record r = sample_record("sel", 77, 4);
	uint8_t id[UUID_LEN];
	record_id(&r, id);
	struct prefix in = {.addr = 0xaf2db000, .len = 22};
	struct prefix out = {.addr = 0xaf2db300, .len = 24};
	struct prefix all = {0};
	assert_int_equal(count(s, (struct store_filter){0}), 20);
	assert_int_equal(count(s, (struct store_filter){.vantage = "hkg"}), 10);
	assert_int_equal(count(s, (struct store_filter){.vantage = "nrt"}), 0);
	assert_int_equal(count(s, (struct store_filter){.id = id}), 1);
	assert_int_equal(count(s, (struct store_filter){.prefix = &in}), 20);
	assert_int_equal(count(s, (struct store_filter){.prefix = &out}), 0);
	assert_int_equal(count(s, (struct store_filter){.prefix = &all}), 20);
	assert_int_equal(
	    count(s, (struct store_filter){.since_us = r.start_us}), 14);
	assert_int_equal(
	    count(s, (struct store_filter){.until_us = r.start_us}), 6);
	assert_int_equal(
	    count(s, (struct store_filter){.campaign = "hourly"}), 14);
	assert_int_equal(count(s, (struct store_filter){.campaign = ""}), 6);
	assert_int_equal(count(s, (struct store_filter){.campaign = "x"}), 0);
	assert_int_equal(count(s, (struct store_filter){.since_us = r.start_us,
				      .campaign = "hourly",
				      .until_us = r.start_us + 1,
				      .vantage = "sel",
				      .prefix = &in,
				      .id = id,
				      .without_verdict = true}),
	    1);
	record_clear(&r);
	store_close(s);
}

static void
traces_come_by_start_and_stop_on_request(void **state)
{
	struct seen seen = {.stop_at = 7};
	struct store *s = opened(*state, STORE_CREATE);
	for (uint64_t seq = 10; seq >= 1; seq--)
		add_sample(s, "sel", seq);
	struct store_filter all = {0};
	assert_int_equal(traces(s, &all, &seen), 7);
	for (size_t i = 0; i < seen.n; i++)
		assert_int_equal(seen.all[i].seq, i + 1);
	forget(&seen);
	store_close(s);
}

/* More than one piece of a long answer, without gap or double. */
static bool
next_in_order(void *arg, const struct record *r, struct fault *f)
{
	uint64_t *last = arg;
	(void)f;
	assert_int_equal(r->seq, ++*last);
	return true;
}

static void
long_answers_are_complete(void **state)
{
	struct fault f = {0};
	uint64_t last = 0;
	struct store *s = opened(*state, STORE_CREATE);
	assert_true(store_begin(s, &f));
	for (uint64_t seq = 1; seq <= 1300; seq++)
		add_sample(s, "sel", seq);
	assert_true(store_commit(s, &f));
	struct store_filter all = {0};
	assert_true(store_traces(s, &all, next_in_order, &last, &f));
	assert_int_equal(last, 1300);
	store_close(s);
}

static void
a_transaction_is_all_or_nothing(void **state)
{
	struct fault f = {0};
	struct store *s = opened(*state, STORE_CREATE);
	assert_true(store_begin(s, &f));
	add_sample(s, "sel", 1);
	store_rollback(s);
	assert_int_equal(count(s, (struct store_filter){0}), 0);
	assert_true(store_begin(s, &f));
	add_sample(s, "sel", 1); /* its dictionaries are gone too */
	assert_true(store_commit(s, &f));
	assert_true(store_begin(s, &f));
	add_sample(s, "sel", 2);
	store_close(s); /* without commit */
	s = opened(*state, STORE_READ);
	struct seen seen = {0};
	struct store_filter all = {0};
	assert_int_equal(traces(s, &all, &seen), 1);
	assert_string_equal(seen.all[0].vantage, "sel");
	forget(&seen);
	store_close(s);
}

static bool
collect_run(void *arg, const struct store_run *run, struct fault *f)
{
	size_t *n = arg;
	(void)f;
	assert_string_equal(run->vantage, "sel");
	assert_string_equal(run->campaign, "hourly");
	assert_int_equal(run->slot, *n + 1);
	assert_int_equal(run->finished_us, -1);
	assert_string_equal(run->state, "skipped");
	if (run->slot == 1)
		assert_string_equal(run->reason, "overlap");
	else
		assert_null(run->reason);
	assert_int_equal(run->drops, 3);
	++*n;
	return true;
}

static void
runs_are_kept_once(void **state)
{
	struct fault f = {0};
	size_t n = 0;
	struct store *s = opened(*state, STORE_CREATE);
	struct store_run run = {.vantage = "sel",
	    .campaign = "hourly",
	    .slot = 1,
	    .epoch = 77,
	    .planned_us = 5,
	    .started_us = 6,
	    .finished_us = -1,
	    .state = "skipped",
	    .reason = "overlap",
	    .drops = 3};
	assert_true(store_add_run(s, &run, &f));
	assert_true(store_add_run(s, &run, &f));
	run.slot = 2;
	run.reason = NULL;
	assert_true(store_add_run(s, &run, &f));
	run.state = "done";
	assert_false(store_add_run(s, &run, &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_true(store_runs(s, collect_run, &n, &f));
	assert_int_equal(n, 2);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(every_field_comes_back),
	    PLACE_TEST(raw_packets_stay_away_unless_asked_for),
	    PLACE_TEST(the_same_trace_twice_is_one),
	    PLACE_TEST(evidence_that_comes_later_is_added),
	    PLACE_TEST(other_content_under_the_same_key_is_refused),
	    PLACE_TEST(impossible_records_are_refused),
	    PLACE_TEST(filters_select),
	    PLACE_TEST(traces_come_by_start_and_stop_on_request),
	    PLACE_TEST(long_answers_are_complete),
	    PLACE_TEST(a_transaction_is_all_or_nothing),
	    PLACE_TEST(runs_are_kept_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
