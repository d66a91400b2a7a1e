/* SPDX-License-Identifier: ISC */
/* The pure parts of the accounting: numbers, slots, counts, conclusions. */
#include "sql/account.h"
#include "sql/ranges.h"
#include "sql/slots.h"
#include "sql/tally.h"
#include "tests/unit/store_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* In any order, ranges are what an array of booleans says. */
static void
ranges_are_a_set(void **state)
{
	(void)state;
	enum { N = 300 };
	uint64_t random = 7;
	for (int round = 0; round < 200; round++) {
		bool there[N + 2] = {false};
		struct ranges r = {0};
		struct range gap;
		int64_t count = 0;
		int draws = (int)(sample_random(&random) % (2 * N));
		for (int i = 0; i < draws; i++) {
			int64_t k = 1 + sample_random(&random) % N;
			assert_int_equal(ranges_add(&r, k), !there[k]);
			count += !there[k];
			there[k] = true;
		}
		assert_int_equal(r.count, count);
		for (int64_t k = 0; k <= N + 1; k++)
			assert_int_equal(ranges_has(&r, k), there[k]);
		for (int64_t k = 1; ranges_gap(&r, k, N, &gap);
		     k = gap.last + 1) {
			for (; k < gap.first; k++)
				assert_true(there[k]);
			for (; k <= gap.last; k++)
				assert_false(there[k]);
			assert_true(gap.last == N || there[gap.last + 1]);
		}
		ranges_free(&r);
	}
}

static void
a_gap_is_cut_at_both_ends(void **state)
{
	(void)state;
	struct ranges r = {0};
	struct range gap;
	assert_true(ranges_gap(&r, 1, 3, &gap));
	assert_int_equal(gap.first, 1);
	assert_int_equal(gap.last, 3);
	ranges_add(&r, 10);
	assert_true(ranges_gap(&r, 4, 12, &gap));
	assert_int_equal(gap.last, 9);
	assert_true(ranges_gap(&r, 10, 12, &gap));
	assert_int_equal(gap.first, 11);
	assert_false(ranges_gap(&r, 10, 10, &gap));
	assert_false(ranges_gap(&r, 12, 11, &gap));
	ranges_free(&r);
}

/* Two million gaps take no more memory than the limit says. */
static void
too_many_gaps_are_bounded(void **state)
{
	(void)state;
	struct ranges r = {0};
	for (int64_t k = 1; k < 4000000; k += 2)
		ranges_add(&r, k);
	assert_in_range(r.n, RANGES_MAX / 2, RANGES_MAX);
	assert_int_equal(r.count, 2000000);
	assert_int_equal(ranges_span(&r).first, 1);
	assert_int_equal(ranges_span(&r).last, 3999999);
	ranges_free(&r);
}

static struct slots_step
slot(struct slots *s, int64_t no, int64_t planned_s)
{
	struct slots_row row = {no, 1, planned_s * 1000000};
	return slots_step(s, &row);
}

static void
slots_follow_each_other(void **state)
{
	(void)state;
	struct slots s = {0};
	assert_int_equal(slot(&s, 5, 500).what, SLOTS_NEXT);
	assert_int_equal(slot(&s, 6, 600).what, SLOTS_NEXT);
	struct slots_step step = slot(&s, 9, 900);
	assert_int_equal(step.what, SLOTS_MISSING);
	assert_int_equal(step.first, 7);
	assert_int_equal(step.last, 8);
	assert_int_equal(step.planned_us, 700000000);
	assert_int_equal(slot(&s, 9, 900).what, SLOTS_TWICE);
	assert_int_equal(slot(&s, 10, 1000).what, SLOTS_NEXT);
}

/* Twice as often: the numbers double. Half as often: they halve. */
static void
a_changed_interval_is_no_hole(void **state)
{
	(void)state;
	struct slots s = {0};
	slot(&s, 1000, 600000);
	slot(&s, 1001, 600600);
	assert_int_equal(slot(&s, 2003, 600900).what, SLOTS_NEXT);
	assert_int_equal(slot(&s, 2004, 601200).what, SLOTS_NEXT);
	assert_int_equal(slot(&s, 2006, 601800).what, SLOTS_MISSING);
	assert_int_equal(slot(&s, 602, 602000).what, SLOTS_NEXT);
	assert_int_equal(slot(&s, 603, 603000).what, SLOTS_NEXT);
	assert_int_equal(slot(&s, 605, 605000).what, SLOTS_MISSING);
}

static const struct tally_key key_a = {1, 1, 10, 77}, key_b = {2, 1, 10, 78};

static void
begin(struct tally *t, const struct tally_key *key, int64_t at_us, int64_t n)
{
	struct tally_run r = {
	    .key = *key, .until_us = at_us + 100, .expected = n};
	tally_run(t, &r, at_us);
}

static void
runs_that_come_out_even_are_forgotten(void **state)
{
	(void)state;
	struct tally t = {0};
	begin(&t, &key_a, 0, 3);
	begin(&t, &key_b, 1, 2);
	for (int i = 2; i < 7; i++)
		tally_trace(&t, i % 2 ? &key_b : &key_a, i);
	struct tally_key later = key_a;
	later.slot++;
	begin(&t, &later, 500, 0);
	assert_int_equal(t.nactive, 1);
	assert_int_equal(t.nodd, 0);
	tally_end(&t);
	assert_int_equal(t.nodd, 0);
	tally_free(&t);
}

static void
others_are_remembered(void **state)
{
	(void)state;
	struct tally t = {0};
	begin(&t, &key_a, 0, 3);
	tally_trace(&t, &key_a, 1);
	tally_trace(&t, &key_b, 2);
	tally_trace(&t, &key_b, 3);
	tally_end(&t);
	assert_int_equal(t.nodd, 2);
	for (size_t i = 0; i < t.nodd; i++) {
		bool a = t.odd[i].key.epoch == 77;
		assert_int_equal(t.odd[i].expected, a ? 3 : -1);
		assert_int_equal(t.odd[i].stored, a ? 1 : 2);
	}
	tally_free(&t);
}

/* A clock that was set back: a trace before its run, or behind its end. */
static void
traces_at_odd_times_still_count(void **state)
{
	(void)state;
	struct tally t = {0};
	tally_trace(&t, &key_a, 5);
	begin(&t, &key_a, 10, 3);
	tally_trace(&t, &key_a, 11);
	tally_trace(&t, &key_a, 1000);
	tally_end(&t);
	assert_int_equal(t.nodd, 0);
	tally_free(&t);
}

static void
an_aborted_run_says_at_least(void **state)
{
	(void)state;
	struct tally t = {0};
	struct tally_run r = {
	    .key = key_a, .until_us = 9, .expected = 1, .at_least = true};
	tally_run(&t, &r, 0);
	tally_trace(&t, &key_a, 1);
	tally_trace(&t, &key_a, 2);
	r.key = key_b;
	tally_run(&t, &r, 3);
	tally_end(&t);
	assert_int_equal(t.nodd, 1);
	assert_int_equal(t.odd[0].key.epoch, 78);
	tally_free(&t);
}

/* One account, and what is said about it when it is closed. */
struct books {
	struct accounts all;
	struct findings said;
};

static struct account *
account(struct books *b)
{
	return accounts_of(&b->all, 1, 77);
}

static void
remember(void *arg, const struct account *a, const struct finding *it)
{
	struct books *b = arg;
	(void)a;
	findings_add(&b->said, it);
}

static void
lines(struct books *b, int64_t first, int64_t last, int64_t traces)
{
	struct account *a = account(b);
	for (int64_t no = first; no <= last; no++) {
		ranges_add(&a->segments, no);
		a->ledgered++;
		a->ledger_traces += traces;
	}
}

static void
traces(struct books *b, int64_t first, int64_t last)
{
	struct account *a = account(b);
	for (int64_t seq = first; seq <= last; seq++, a->traces++)
		ranges_add(&a->seqs, seq);
}

/* How many findings of a kind, of as many as there may be at all. */
static void
expect(struct books *b, enum finding_kind kind, int64_t n, size_t all)
{
	memset(&b->said, 0, sizeof(b->said));
	accounts_close(&b->all, remember, b);
	assert_int_equal(b->said.count[kind], n);
	assert_int_equal(b->said.n, all);
	findings_free(&b->said);
}

static void
close_books(struct books *b)
{
	accounts_free(&b->all);
}

static void
a_crash_leaves_numbers_unused(void **state)
{
	(void)state;
	struct books b = {0};
	lines(&b, 1, 2, 10);
	traces(&b, 1, 10);
	traces(&b, 74, 83);
	expect(&b, FINDING_GAP_UNUSED, 1, 1);
	account(&b)->next_seq = 148;
	expect(&b, FINDING_GAP_UNUSED, 2, 2);
	account(&b)->open = true;
	expect(&b, FINDING_GAP_UNUSED, 1, 1);
	close_books(&b);
}

static void
what_the_ledger_has_and_nobody_else_is_lost(void **state)
{
	(void)state;
	struct books b = {0};
	lines(&b, 1, 2, 10);
	traces(&b, 1, 4);
	traces(&b, 6, 20);
	expect(&b, FINDING_GAP_LOST, 1, 2);
	close_books(&b);
	/* One of 65 numbers: nobody can say which. */
	lines(&b, 1, 2, 10);
	traces(&b, 1, 9);
	traces(&b, 75, 84);
	expect(&b, FINDING_GAP_UNKNOWN, 1, 2);
	close_books(&b);
}

static void
a_missing_segment_makes_gaps_doubtful(void **state)
{
	(void)state;
	struct books b = {0};
	lines(&b, 1, 1, 10);
	lines(&b, 3, 3, 10);
	traces(&b, 1, 10);
	traces(&b, 21, 30);
	expect(&b, FINDING_GAP_UNKNOWN, 1, 2);
	expect(&b, FINDING_SEGMENT_MISSING, 1, 2);
	close_books(&b);
	lines(&b, 2, 2, 10);
	traces(&b, 1, 10);
	expect(&b, FINDING_SEGMENT_MISSING, 1, 1);
	account(&b)->next_segment = 5;
	expect(&b, FINDING_SEGMENT_MISSING, 2, 2);
	close_books(&b);
}

/* A disk that went to another machine: a new epoch, the numbers go on. */
static void
segments_go_on_under_another_epoch(void **state)
{
	(void)state;
	struct books b = {0};
	lines(&b, 1, 3, 0);
	ranges_add(&accounts_of(&b.all, 1, 99)->segments, 4);
	expect(&b, FINDING_SEGMENT_MISSING, 0, 0);
	ranges_add(&accounts_of(&b.all, 2, 99)->segments, 4);
	expect(&b, FINDING_SEGMENT_MISSING, 1, 1);
	close_books(&b);
}

static void
without_segments_nothing_is_proved(void **state)
{
	(void)state;
	struct books b = {0};
	traces(&b, 1, 5);
	expect(&b, FINDING_GAP_UNKNOWN, 0, 0);
	traces(&b, 7, 9);
	expect(&b, FINDING_GAP_UNKNOWN, 1, 1);
	close_books(&b);
}

static void
a_window_judges_by_runs(void **state)
{
	(void)state;
	struct books b = {.all = {.window = true}};
	lines(&b, 5, 6, 10);
	traces(&b, 41, 50);
	traces(&b, 61, 65);
	expect(&b, FINDING_GAP_UNUSED, 1, 1);
	account(&b)->short_traces = 10;
	expect(&b, FINDING_GAP_LOST, 1, 1);
	account(&b)->short_traces = 3;
	expect(&b, FINDING_GAP_UNKNOWN, 1, 1);
	close_books(&b);
}

static void
findings_are_counted_beyond_the_limit(void **state)
{
	(void)state;
	struct findings all = {0};
	struct finding it = finding_of(FINDING_TRACE_MISSING);
	for (int i = 0; i < 3 * FINDING_NAMED_MAX; i++)
		findings_add(&all, &it);
	it = finding_of(FINDING_GAP_UNUSED);
	findings_add(&all, &it);
	assert_int_equal(all.n, FINDING_NAMED_MAX + 1);
	assert_int_equal(findings_faults(&all), 3 * FINDING_NAMED_MAX);
	findings_free(&all);
}

static void
every_kind_has_words(void **state)
{
	(void)state;
	char text[FINDING_TEXT_LEN];
	for (int k = 0; k < FINDING_KINDS; k++) {
		struct finding it = finding_of((enum finding_kind)k);
		assert_non_null(finding_name(it.kind));
		memset(it.detail, 'x', sizeof(it.detail) - 1);
		memset(it.vantage, 'v', sizeof(it.vantage) - 1);
		memset(it.campaign, 'c', sizeof(it.campaign) - 1);
		it.first = INT64_MIN, it.last = INT64_MAX;
		it.epoch = it.expected = it.found = INT64_MIN;
		finding_text(&it, text);
		assert_null(strchr(text, '%'));
		assert_in_range(strlen(text), 50, FINDING_TEXT_LEN - 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ranges_are_a_set),
	    cmocka_unit_test(a_gap_is_cut_at_both_ends),
	    cmocka_unit_test(too_many_gaps_are_bounded),
	    cmocka_unit_test(slots_follow_each_other),
	    cmocka_unit_test(a_changed_interval_is_no_hole),
	    cmocka_unit_test(runs_that_come_out_even_are_forgotten),
	    cmocka_unit_test(others_are_remembered),
	    cmocka_unit_test(traces_at_odd_times_still_count),
	    cmocka_unit_test(an_aborted_run_says_at_least),
	    cmocka_unit_test(a_crash_leaves_numbers_unused),
	    cmocka_unit_test(what_the_ledger_has_and_nobody_else_is_lost),
	    cmocka_unit_test(a_missing_segment_makes_gaps_doubtful),
	    cmocka_unit_test(segments_go_on_under_another_epoch),
	    cmocka_unit_test(without_segments_nothing_is_proved),
	    cmocka_unit_test(a_window_judges_by_runs),
	    cmocka_unit_test(findings_are_counted_beyond_the_limit),
	    cmocka_unit_test(every_kind_has_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
