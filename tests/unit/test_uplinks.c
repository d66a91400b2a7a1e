/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "sql/dictionary.h"
#include "sql/health.h"
#include "tests/unit/kept_health.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The uplinks of a vantage by time, and what of its health may still come. */

static bool
print(void *arg, const struct store_uplink *u, struct fault *f)
{
	(void)f;
	fprintf(arg, "%d-%d%s ", (int)(u->began_us / US_PER_S),
	    (int)(u->ended_us / US_PER_S),
	    u->up	? "+"
	    : !u->known ? "?"
			: "");
	return true;
}

/* In seconds. */
static void
between(struct store *s, int64_t from, int64_t until, const char *want)
{
	struct fault f = {0};
	char text[200] = "";
	const struct store_window w = {row_text_id("mow"), from * US_PER_S,
	    until == 0 ? INT64_MAX : until * US_PER_S};
	FILE *out = fmemopen(text, sizeof(text), "w");
	assert_true(store_uplinks(s, &w, print, out, &f));
	fclose(out);
	assert_string_equal(text, want);
}

static struct observed
run_of(const char *campaign, int64_t no, int64_t began, int64_t ended)
{
	return (struct observed){.vantage = "mow",
	    .campaign = campaign,
	    .no = no,
	    .began_us = began * US_PER_S,
	    .ended_us = ended * US_PER_S,
	    .uplink = "up"};
}

static void
uplinks_come_by_their_end(void **state)
{
	struct store *s = opened(*state, STORE_CREATE);
	static const int64_t WEEK_S = INT64_C(7) * 24 * 3600;
	struct observed runs[] = {run_of("slots", 1, 10, 20),
	    run_of("slots", 2, 30, 40), run_of("long", 1, 5, 35),
	    run_of("slots", 3, 50, 60), run_of("slots", 4, 61, 2 * WEEK_S)};
	runs[1].uplink = "down";
	runs[2].uplink = "unstable";
	runs[3].uplink = "unknown";
	for (size_t i = 0; i < 5; i++)
		add_run(s, &runs[i]);
	struct observed other = run_of("slots", 1, 10, 20);
	other.vantage = "sel";
	add_run(s, &other);
	between(s, 0, 0, "10-20+ 5-35 30-40 50-60? 61-1209600+ ");
	between(s, 20, 0, "10-20+ 5-35 30-40 50-60? 61-1209600+ ");
	between(s, 21, 0, "5-35 30-40 50-60? 61-1209600+ ");
	between(s, 41, 45, "50-60? ");
	between(s, 0, WEEK_S + 1, "10-20+ 5-35 30-40 50-60? 61-1209600+ ");
	store_close(s);
}

/* Health comes before the row of its run, which says when that began. */
static void
a_run_without_its_row_is_not_over(void **state)
{
	struct fault f = {0};
	struct store *s = opened(*state, STORE_CREATE);
	struct store_health h = {.vantage = "mow",
	    .campaign = "slots",
	    .slot = 1,
	    .epoch = 7,
	    .at_us = 20 * US_PER_S,
	    .uplink = "up"};
	assert_true(store_add_health(s, &h, &f));
	between(s, 0, 0, "");
	struct observed run = run_of("slots", 1, 10, 20);
	add_run(s, &run);
	between(s, 0, 0, "10-20+ ");
	store_close(s);
}

static int64_t
awaited(struct store *s)
{
	struct fault f = {0};
	int64_t us = 0;
	assert_true(store_awaited(s, row_text_id("mow"), &us, &f));
	return us;
}

static void
trace_at(struct store *s, const struct observed *o, int64_t at, int64_t seq)
{
	struct store_verdict v = {
	    .target = 1, .prefix = p177, .start_us = at * US_PER_S};
	memcpy(v.trace, &seq, sizeof(seq));
	struct db_stmt *st = adding_traces(s);
	add_trace(s, st, o, &v, seq);
	db_finish(st);
}

static void
verdict_at(struct store *s, int64_t at)
{
	struct store_verdict v = {.prefix = p177,
	    .target = p177.addr,
	    .method = METHOD_UDP,
	    .vantage = "mow",
	    .start_us = at * US_PER_S,
	    .decided_us = at * US_PER_S,
	    .carrier = "unknown",
	    .reach = "unknown",
	    .evidence = "unreached",
	    .entry_as = -1,
	    .border_lo = -1,
	    .border_hi = -1,
	    .border_rtt_us = -1,
	    .p = (double)NAN,
	    .json = "{}"};
	memcpy(v.trace, &at, sizeof(at));
	put(s, &v);
}

static void
runs_are_awaited_for_a_day(void **state)
{
	enum { DAY = 24 * 3600, NOW = 10 * DAY };
	struct store *s = opened(*state, STORE_CREATE);
	struct observed done = run_of("slots", 1, NOW, NOW + 50),
			open = run_of("slots", 2, NOW + 100, NOW + 150),
			lost = run_of("slots", 0, NOW - DAY - 50, NOW - DAY),
			other = run_of("slots", 9, NOW + 10, NOW + 20);
	other.vantage = "sel";
	trace_at(s, &lost, NOW - DAY - 20, 1);
	trace_at(s, &done, NOW + 1, 2);
	trace_at(s, &other, NOW + 12, 3);
	trace_at(s, &open, NOW + 101, 4);
	trace_at(s, &open, NOW + 102, 5);
	/* Without a verdict nothing is folded. */
	assert_true(awaited(s) == INT64_MAX);
	verdict_at(s, NOW + 1);
	assert_true(awaited(s) == (NOW + 1) * US_PER_S);
	add_run(s, &done);
	assert_true(awaited(s) == (NOW + 101) * US_PER_S);
	/* Not before its own row, and of its own epoch. */
	verdict_at(s, NOW + 101);
	add_run(s, &open);
	assert_true(awaited(s) == INT64_MAX);
	/* Those of another slot, and of a campaign of another name. */
	open.campaign = "others";
	trace_at(s, &open, NOW + 103, 6);
	assert_true(awaited(s) == (NOW + 103) * US_PER_S);
	/* A day on it is lost. */
	verdict_at(s, NOW + DAY + 103);
	assert_true(awaited(s) == (NOW + 103) * US_PER_S);
	verdict_at(s, NOW + DAY + 104);
	assert_true(awaited(s) == INT64_MAX);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(uplinks_come_by_their_end),
	    PLACE_TEST(a_run_without_its_row_is_not_over),
	    PLACE_TEST(runs_are_awaited_for_a_day),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
