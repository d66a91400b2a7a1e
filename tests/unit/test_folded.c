/* SPDX-License-Identifier: ISC */
#include "analysis/change/folded.h"
#include "analysis/change/timeline_text.h"
#include "analysis/change/vantage_events.h"
#include "tests/unit/timeline_seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define DAY INT64_C(1440) /* minutes */

/* "kind carrier from>to after..before", in minutes. */
static void
event_is(const struct event *e, const char *want)
{
	char text[128];
	snprintf(text, sizeof(text), "%s %s %s>%s %d..%d",
	    event_kind_name(e->kind), e->carrier[0] ? e->carrier : "-", e->from,
	    e->to, (int)(e->after_us / SEEN_MINUTE),
	    (int)(e->before_us / SEEN_MINUTE));
	assert_string_equal(text, want);
	int64_t old = 0, new = 0;
	memcpy(&old, e->trace_from, sizeof(old));
	memcpy(&new, e->trace_to, sizeof(new));
	assert_true(e->has_traces);
	assert_int_equal(old, e->after_us / SEEN_MINUTE);
	assert_int_equal(new, e->before_us / SEEN_MINUTE);
}

/* The events of the fold, in order; the list ends with NULL. */
static void
folds_to(struct timeline *t, const char *const *want)
{
	struct events e = {0};
	size_t n = 0;
	folded_events(t, &e);
	events_sort(&e);
	for (; want[n] != NULL && n < e.n; n++) {
		event_is(&e.event[n], want[n]);
		assert_string_equal(e.event[n].vantage, "");
	}
	if (n < e.n)
		event_is(&e.event[n], "nothing more");
	assert_null(want[n]);
	events_free(&e);
	timeline_close(t);
}

static void
all_go_over_one_by_one(void **state)
{
	struct timeline t = {0};
	(void)state;
	seen_run(&t, (struct seen){&seen_176, "a", "unicom", 1, 100});
	seen_run(&t, (struct seen){&seen_176, "a", "ttk", 105, 300});
	seen_run(&t, (struct seen){&seen_176, "b", "unicom", 2, 101});
	seen_run(&t, (struct seen){&seen_176, "b", "ttk", 106, 300});
	seen_run(&t, (struct seen){&seen_176, "c", "unicom", 3, 102});
	seen_run(&t, (struct seen){&seen_176, "c", "ttk", 107, 300});
	folds_to(&t, (const char *[]){"gained ttk unicom>both 100..105",
			 "lost unicom both>ttk 102..107", NULL});
}

static void
what_one_vantage_does_alone(void **state)
{
	struct timeline t = {0};
	(void)state;
	seen_run(&t, (struct seen){&seen_176, "a", "unicom", 1, 100});
	seen_run(&t, (struct seen){&seen_176, "a", "ttk", 105, 200});
	seen_run(&t, (struct seen){&seen_176, "a", "none", 205, 300});
	seen_run(&t, (struct seen){&seen_176, "a", "ttk", 305, 400});
	folds_to(&t, (const char *[]){"changed - unicom>ttk 100..105",
			 "lost ttk ttk>none 200..205",
			 "gained ttk none>ttk 300..305", NULL});
}

/* Beside one that stays: {unicom, ttk} to {unicom, intelsat} is two events. */
static void
one_of_two_is_replaced(void **state)
{
	struct timeline t = {0};
	(void)state;
	seen_run(&t, (struct seen){&seen_176, "a", "ttk", 1, 100});
	seen_run(&t, (struct seen){&seen_176, "a", "intelsat", 105, 300});
	seen_run(&t, (struct seen){&seen_176, "b", "unicom", 1, 300});
	folds_to(&t, (const char *[]){"gained intelsat both>both 100..105",
			 "lost ttk both>both 100..105", NULL});
}

/* What another still sees, or saw before, is no event of all. */
static void
others_see_it_still(void **state)
{
	struct timeline t = {0};
	(void)state;
	seen_run(&t, (struct seen){&seen_176, "a", "ttk", 1, 100});
	seen_run(&t, (struct seen){&seen_176, "a", "unicom", 105, 300});
	seen_run(&t, (struct seen){&seen_176, "b", "ttk", 1, 300});
	seen_run(&t, (struct seen){&seen_176, "c", "unicom", 1, 150});
	seen_run(&t, (struct seen){&seen_176, "c", "none", 155, 200});
	seen_run(&t, (struct seen){&seen_176, "c", "unicom", 205, 300});
	folds_to(&t, (const char *[]){NULL});
}

/* A new vantage, and one that is not heard any more, change nothing. */
static void
who_comes_and_who_goes(void **state)
{
	struct timeline t = {0};
	(void)state;
	seen_run(&t, (struct seen){&seen_176, "a", "unicom", 1, 3 * DAY});
	seen_run(&t, (struct seen){&seen_176, "b", "ttk", 100, 200});
	seen_run(&t, (struct seen){&seen_177, "b", "ttk", 100, 200});
	struct folded f;
	folded_open(&f, &t);
	assert_int_equal(f.newest_us, 3 * DAY * SEEN_MINUTE);
	assert_int_equal(f.n, 5);
	const char *words[] = {"unicom", "both", "unicom", "ttk", "unknown"};
	const int64_t until[] = {100, 200 + DAY, 3 * DAY, 200 + DAY, 3 * DAY};
	const size_t votes[] = {1, 2, 1, 1, 0};
	for (size_t i = 0; i < f.n; i++) {
		assert_string_equal(f.piece[i].carrier, words[i]);
		assert_int_equal(f.piece[i].until_us, until[i] * SEEN_MINUTE);
		assert_int_equal(f.piece[i].n, votes[i]);
		assert_int_equal(f.piece[i].agreeing, votes[i]);
	}
	folded_close(&f);
	folds_to(&t, (const char *[]){NULL});
}

/* The stale do not vote, but what they see when they come back counts. */
static void
back_after_days(void **state)
{
	struct timeline t = {0};
	(void)state;
	seen_run(&t, (struct seen){&seen_176, "a", "unicom", 1, 9 * DAY});
	seen_run(&t, (struct seen){&seen_176, "b", "ttk", 1, 100});
	seen_run(&t, (struct seen){&seen_176, "b", "unicom", 4 * DAY, 9 * DAY});
	seen_run(&t, (struct seen){&seen_176, "c", "unicom", 1, 200});
	seen_run(&t, (struct seen){&seen_176, "c", "ttk", 2 * DAY, 3 * DAY});
	folds_to(&t, (const char *[]){"gained ttk unicom>both 200..2880",
			 "lost ttk both>unicom 100..5760", NULL});
}

/* Another neighbour of the same carrier: once, with the first that sees it. */
static void
another_entry(void **state)
{
	struct timeline t = {0};
	(void)state;
	seen_run(&t, (struct seen){&seen_176, "a", "unicom", 1, 100});
	seen_run(&t, (struct seen){&seen_176, "a", "unicom", 105, 300});
	t.run[1].entry_as = 4837;
	seen_run(&t, (struct seen){&seen_176, "b", "unicom", 1, 101});
	seen_run(&t, (struct seen){&seen_176, "b", "unicom", 106, 300});
	t.run[3].entry_as = 4837;
	struct events e = {0};
	vantage_events(&t, &e);
	assert_int_equal(e.n, 2);
	assert_int_equal(e.event[1].kind, EVENT_CHANGED);
	assert_int_equal(e.event[1].entry_from, 134544);
	assert_int_equal(e.event[1].entry_to, 4837);
	events_free(&e);
	folds_to(
	    &t, (const char *[]){"changed - unicom>unicom 100..105", NULL});
}

static void
pieces_say_who_differs(void **state)
{
	struct timeline t = {0};
	(void)state;
	seen_run(&t, (struct seen){&seen_176, "a", "ttk", 1, 300});
	seen_run(&t, (struct seen){&seen_176, "b", "ttk", 1, 100});
	seen_run(&t, (struct seen){&seen_176, "b", "none", 105, 300});
	seen_run(&t, (struct seen){&seen_176, "c", "unknown", 1, 300});
	seen_reach(&t, (struct seen){&seen_176, "a", "up", 1, 200});
	seen_reach(&t, (struct seen){&seen_176, "a", "unknown", 205, 300});
	seen_reach(&t, (struct seen){&seen_176, "b", "up", 1, 100});
	seen_reach(&t, (struct seen){&seen_176, "b", "down", 105, 300});
	struct folded f;
	folded_open(&f, &t);
	assert_int_equal(f.n, 3);
	assert_string_equal(f.piece[0].reach, "up");
	assert_int_equal(f.piece[0].agreeing, 2);
	assert_string_equal(f.piece[1].carrier, "ttk");
	assert_int_equal(f.piece[1].n, 3);
	assert_int_equal(f.piece[1].agreeing, 1);
	assert_string_equal(f.piece[1].vote[1]->carrier, "none");
	assert_string_equal(f.piece[1].reach, "up");
	assert_int_equal(f.piece[1].until_us, 205 * SEEN_MINUTE);
	assert_string_equal(f.piece[2].reach, "down");
	folded_close(&f);
	timeline_close(&t);
}

static void
words(void **state)
{
	struct run run[6];
	const struct run *vote[6];
	const char *names[] = {
	    "unknown", "none", "ttk", "ttk", "unicom", "intelsat"};
	const char *want[] = {
	    "unknown", "none", "ttk", "ttk", "both", "several"};
	const size_t agreeing[] = {1, 1, 1, 2, 3, 4};
	char word[RUN_CARRIER_MAX + 1];
	(void)state;
	for (size_t i = 0; i < 6; i++) {
		snprintf(
		    run[i].carrier, sizeof(run[i].carrier), "%s", names[i]);
		vote[i] = &run[i];
		assert_int_equal(folded_word(vote, i + 1, word), agreeing[i]);
		assert_string_equal(word, want[i]);
	}
	assert_int_equal(folded_word(vote, 0, word), 0);
	assert_string_equal(word, "unknown");
}

/* Down with the last that knows, up with the first. */
static void
reach_of_all(void **state)
{
	struct timeline t = {0};
	(void)state;
	seen_run(&t, (struct seen){&seen_176, "a", "ttk", 1, 300});
	seen_reach(&t, (struct seen){&seen_176, "a", "up", 1, 100});
	seen_reach(&t, (struct seen){&seen_176, "a", "down", 105, 200});
	seen_reach(&t, (struct seen){&seen_176, "a", "up", 206, 300});
	seen_reach(&t, (struct seen){&seen_176, "b", "up", 1, 101});
	seen_reach(&t, (struct seen){&seen_176, "b", "down", 106, 201});
	seen_reach(&t, (struct seen){&seen_176, "b", "up", 205, 300});
	struct events e = {0};
	vantage_events(&t, &e);
	events_sort(&e);
	assert_int_equal(e.n, 4);
	assert_string_equal(e.event[0].vantage, "a");
	event_is(&e.event[0], "down ttk up>down 100..105");
	event_is(&e.event[1], "down - up>down 101..106");
	events_free(&e);
	folds_to(&t, (const char *[]){"down - up>down 101..106",
			 "up - down>up 201..205", NULL});
}

/* Nothing was known in between: it is no event, and widens the bracket. */
static void
unknown_is_no_state(void **state)
{
	struct timeline t = {0};
	(void)state;
	seen_reach(&t, (struct seen){&seen_176, "a", "unknown", 1, 9});
	seen_reach(&t, (struct seen){&seen_176, "a", "up", 10, 100});
	seen_reach(&t, (struct seen){&seen_176, "a", "unknown", 105, 110});
	seen_reach(&t, (struct seen){&seen_176, "a", "up", 115, 120});
	seen_reach(&t, (struct seen){&seen_176, "a", "unknown", 125, 130});
	seen_reach(&t, (struct seen){&seen_176, "a", "down", 135, 140});
	seen_reach(&t, (struct seen){&seen_177, "a", "up", 145, 150});
	struct events e = {0};
	vantage_events(&t, &e);
	assert_int_equal(e.n, 1);
	event_is(&e.event[0], "down - up>down 120..135");
	events_free(&e);
	folds_to(&t, (const char *[]){"down - up>down 120..135", NULL});
}

/* The blind one neither makes the others right nor keeps them from it. */
static void
one_falls_blind(void **state)
{
	struct timeline t = {0};
	(void)state;
	seen_reach(&t, (struct seen){&seen_176, "a", "up", 1, 100});
	seen_reach(&t, (struct seen){&seen_176, "a", "unknown", 105, 200});
	seen_reach(&t, (struct seen){&seen_176, "a", "up", 205, 300});
	seen_reach(&t, (struct seen){&seen_176, "b", "up", 1, 50});
	seen_reach(&t, (struct seen){&seen_176, "b", "down", 55, 300});
	/* b alone is no word of all, before, while and after a is blind. */
	folds_to(&t, (const char *[]){NULL});

	seen_reach(&t, (struct seen){&seen_176, "a", "up", 1, 100});
	seen_reach(&t, (struct seen){&seen_176, "a", "unknown", 105, 200});
	seen_reach(&t, (struct seen){&seen_176, "a", "up", 205, 300});
	seen_reach(&t, (struct seen){&seen_176, "b", "up", 1, 150});
	seen_reach(&t, (struct seen){&seen_176, "b", "down", 155, 300});
	/* Nobody else knew; then a comes back and sees it up. */
	folds_to(&t, (const char *[]){"down - up>down 150..155",
			 "up - down>up 155..205", NULL});
}

static void
nothing(void **state)
{
	struct timeline t = {0};
	struct folded f;
	(void)state;
	folded_open(&f, &t);
	assert_int_equal(f.n, 0);
	folded_close(&f);
	folds_to(&t, (const char *[]){NULL});
}

/* A path is no answer: what is known of that stands in the first sentence. */
static void
the_answer_is_no_more_than_known(void **state)
{
	static const struct {
		const char *carrier, *reach, *says;
	} kind[] = {
	    {"unicom", "up", " was reached through unicom. "},
	    {"unicom", "down", " was routed through unicom, but nothing "},
	    {"unicom", "unknown", " was routed through unicom; whether "},
	    {"none", "down", " was reached through nobody (no route). "},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++) {
		struct timeline t = {0};
		struct folded f;
		struct events e = {0};
		char text[512] = "";
		FILE *out = fmemopen(text, sizeof(text), "w");
		seen_run(
		    &t, (struct seen){&seen_176, "a", kind[i].carrier, 10, 90});
		seen_reach(
		    &t, (struct seen){&seen_176, "a", kind[i].reach, 10, 90});
		folded_open(&f, &t);
		timeline_answer(
		    &f, &e, &(struct timeline_look){.width = 200}, out);
		fclose(out);
		assert_non_null(strstr(text, kind[i].says));
		folded_close(&f);
		timeline_close(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_go_over_one_by_one),
	    cmocka_unit_test(what_one_vantage_does_alone),
	    cmocka_unit_test(one_of_two_is_replaced),
	    cmocka_unit_test(others_see_it_still),
	    cmocka_unit_test(who_comes_and_who_goes),
	    cmocka_unit_test(back_after_days),
	    cmocka_unit_test(another_entry),
	    cmocka_unit_test(pieces_say_who_differs),
	    cmocka_unit_test(words),
	    cmocka_unit_test(reach_of_all),
	    cmocka_unit_test(unknown_is_no_state),
	    cmocka_unit_test(one_falls_blind),
	    cmocka_unit_test(nothing),
	    cmocka_unit_test(the_answer_is_no_more_than_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
