/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "tests/unit/kept_health.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/*
 * What is kept of timelines says what a fold of all verdicts says, whatever
 * came when, also at an earlier moment; and it can be made again.
 */

static void
dump_rows(struct store *s, const char *sql, int columns, FILE *out)
{
	struct fault f = {0};
	struct db_stmt *st = db_prepare(s->db, sql, &f);
	assert_non_null(st);
	while (db_step(st, &f) == DB_ROW) {
		for (int i = 0; i < columns; i++)
			fprintf(out, "%s ", db_text(st, i));
		fputc('\n', out);
	}
	db_finish(st);
}

/* All that is kept, as text; free() it. */
static char *
dump(struct store *s)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	dump_rows(s,
	    "SELECT prefix_id, vantage_id, day_us, run_no, next_us, carrier, "
	    "entry_as, p, since_us, last_us, seen_us, pending, pending_us, "
	    "decided_us FROM state_run "
	    "ORDER BY prefix_id, vantage_id, day_us, run_no",
	    14, out);
	dump_rows(s,
	    "SELECT prefix_id, vantage_id, day_us, run_no, next_us, reach, "
	    "since_us, decided_us, last_us, seen_us, witness_method, "
	    "witness_us, pending, pending_us FROM reach_run "
	    "ORDER BY prefix_id, vantage_id, day_us, run_no",
	    14, out);
	fclose(out);
	return text;
}

/* In pieces that come in any order, some of them again with other verdicts. */
static void
kept_is_what_all_say(void **state)
{
	struct random random = {20171001};
	struct store *s = opened(*state, STORE_CREATE);
	const struct store_filter all = {0};
	for (int turn = 0; turn < 60; turn++) {
		int64_t from = random_range(&random, 0, SLOTS - 1);
		int64_t to = from + random_range(&random, 1, 40);
		if (turn < 12) {
			from = turn * SLOTS / 12;
			to = from + SLOTS / 12;
		}
		put_slots(s, &random, from, to < SLOTS ? to : SLOTS);
		if (random_chance(&random, 700000))
			renew(s);
		same_as_all(s, &all);
		struct store_filter then = {
		    .until_us = random_range(&random, 1, DAYS * US_PER_DAY)};
		same_as_all(s, &then);
		/* Just when a round begins that is the first of its day. */
		for (int64_t day = 1; day < DAYS; day++) {
			then.until_us = day * US_PER_DAY;
			same_as_all(s, &then);
		}
	}
	renew(s);
	char *before = dump(s);
	assert_true(
	    ask(s, "SELECT count(*) FROM state_run") >= (int64_t)SERIES * DAYS);
	exec(s, "DELETE FROM state_run; DELETE FROM reach_run");
	same_as_all(s, &all);
	renew(s);
	char *after = dump(s);
	assert_string_equal(after, before);
	free(before);
	free(after);
	store_close(s);
}

/* Now, at any moment, and when a day begins. */
static void
same_at_all_times(struct store *s, struct random *random)
{
	const struct store_filter all = {0};
	struct store_filter then = {0};
	same_as_all(s, &all);
	for (int i = 0; i < 2; i++) {
		then.until_us = random_range(random, 1, DAYS * US_PER_DAY);
		same_as_all(s, &then);
	}
	then.until_us = random_range(random, 1, DAYS) * US_PER_DAY;
	same_as_all(s, &then);
}

static const struct window whole_time = {0, INT64_MAX};

/* Made again of nothing it is the same. */
static void
made_again_the_same(struct store *s)
{
	renew(s);
	char *before = dump(s);
	assert_true(
	    ask(s, "SELECT count(*) FROM reach_run") >= (int64_t)SERIES * DAYS);
	exec(s, "DELETE FROM state_run; DELETE FROM reach_run");
	renew(s);
	char *after = dump(s);
	assert_string_equal(after, before);
	free(before);
	free(after);
}

/* Segments come in order and cut runs in two: the health of those is late. */
static void
health_comes_late(void **state)
{
	struct random random = {20131212};
	struct store *s = opened(*state, STORE_CREATE);
	struct window w = {0};
	while (w.from_us < DAYS * US_PER_DAY) {
		w.to_us =
		    w.from_us + random_range(&random, 60, 30000) * US_PER_S;
		arrive(s, &random, w);
		w.from_us = w.to_us;
		if (random_chance(&random, 700000))
			renew(s);
		same_at_all_times(s, &random);
	}
	/* It was kept all along, up to the run that is not over. */
	renew(s);
	assert_true(ask(s, "SELECT min(x.us) FROM (SELECT max(next_us) AS us "
			   "FROM reach_run GROUP BY prefix_id, vantage_id) x") >
		    (DAYS - 1) * US_PER_DAY);
	w.to_us = INT64_MAX;
	arrive(s, &random, w);
	same_at_all_times(s, &random);
	made_again_the_same(s);
	store_close(s);
}

/* In any order, and some of it again with other verdicts. */
static void
pieces_come_in_any_order(void **state)
{
	enum { PIECES = 12 };
	struct random random = {20221231};
	struct store *s = opened(*state, STORE_CREATE);
	int order[PIECES];
	for (int i = 0; i < PIECES; i++) {
		int k = (int)random_below(&random, (uint32_t)i + 1);
		order[i] = order[k];
		order[k] = i;
	}
	for (int i = 0; i < 2 * PIECES; i++) {
		int64_t length = DAYS * US_PER_DAY / PIECES;
		struct window w = {order[i % PIECES] * length, 0};
		w.to_us = w.from_us + length;
		if (i >= PIECES)
			w.from_us += random_below(&random, 40000) * US_PER_S;
		arrive(s, &random, w);
		if (random_chance(&random, 700000))
			renew(s);
		same_at_all_times(s, &random);
	}
	arrive(s, &random, whole_time);
	same_at_all_times(s, &random);
	made_again_the_same(s);
	store_close(s);
}

/*
 * A trace of a run that was under way when kept rounds were measured: what its
 * health will say of them is not known before it is over.
 */
static void
a_late_run_takes_states_away(void **state)
{
	struct random random = {2013};
	struct store *s = opened(*state, STORE_CREATE);
	const struct store_filter all = {0};
	struct window w = {0, 3 * US_PER_DAY};
	static const struct observed late = {.vantage = "mow",
	    .campaign = "by hand",
	    .began_us = 200000 * US_PER_S,
	    .ended_us = 220000 * US_PER_S,
	    .uplink = "down"};
	struct store_verdict control = {.target = 0x08080808,
	    .prefix = {0x08080800, 24},
	    .start_us = late.began_us + US_PER_S,
	    .trace = {1, 2, 3}};
	static const char newest[] =
	    "SELECT max(r.next_us) FROM reach_run r JOIN vantage v "
	    "ON v.vantage_id = r.vantage_id WHERE v.name = 'mow'";
	arrive(s, &random, w);
	renew(s);
	assert_true(ask(s, newest) > late.ended_us);
	struct db_stmt *st = adding_traces(s);
	add_trace(s, st, &late, &control, 900000);
	db_finish(st);
	renew(s);
	assert_true(ask(s, newest) < late.began_us);
	same_as_all(s, &all);
	add_run(s, &late);
	same_as_all(s, &all);
	renew(s);
	same_as_all(s, &all);
	assert_true(ask(s, newest) > late.ended_us);
	store_close(s);
}

static void
filters_select_series_and_targets(void **state)
{
	struct random random = {7};
	struct store *s = opened(*state, STORE_CREATE);
	static const struct prefix whole = {0xaf2db000, 22},
				   half = {0xaf2db180, 25};
	put_slots(s, &random, 0, SLOTS / 2);
	renew(s);
	put_slots(s, &random, SLOTS / 2, SLOTS);
	const struct store_filter filters[] = {{.vantage = "mow"},
	    {.prefix = &p178}, {.prefix = &whole, .vantage = "sel"},
	    {.prefix = &half}, {.vantage = "nobody"},
	    {.prefix = &half, .until_us = 3 * US_PER_DAY}};
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		same_as_all(s, &filters[i]);
	store_close(s);
}

/* Work that is done is not done again, and what is new touches no old day. */
static void
only_what_is_new_is_folded(void **state)
{
	struct random random = {9};
	struct fault f = {0};
	struct store *s = opened(*state, STORE_CREATE);
	put_slots(s, &random, 0, SLOTS - 40);
	struct store_verdict v = draw(&random, 0, 3, 0);
	put(s, &v);
	renew(s);
	int64_t days = ask(s, "SELECT count(*) FROM state_run");
	/* A mark that a second fold would wipe away. */
	exec(s, "UPDATE state_run SET p = 0.125 WHERE day_us = 86400000000");
	put_slots(s, &random, SLOTS - 40, SLOTS);
	renew(s);
	assert_true(ask(s, "SELECT count(*) FROM state_run") > days);
	assert_true(
	    ask(s, "SELECT count(*) FROM state_run WHERE p = 0.125") > 0);
	/* What says the same again changes nothing, nor what fails. */
	put(s, &v);
	v.decided_us++;
	assert_true(store_begin(s, &f));
	put(s, &v);
	store_rollback(s);
	assert_true(
	    ask(s, "SELECT count(*) FROM state_run WHERE p = 0.125") > 0);
	put(s, &v);
	assert_true(ask(s, "SELECT count(*) FROM state_run r JOIN prefix p "
			   "ON p.prefix_id = r.prefix_id "
			   "JOIN vantage v ON v.vantage_id = r.vantage_id "
			   "WHERE p.name = '175.45.177.0/24' "
			   "AND v.name = 'mow'") == 0);
	store_close(s);
}

/* In the microsecond of the first round of a day, and before its trace. */
static void
a_late_one_at_the_edge_counts(void **state)
{
	struct random random = {15};
	struct store *s = opened(*state, STORE_CREATE);
	const struct store_filter all = {0};
	for (int64_t slot = 35; slot <= 38; slot++)
		for (uint32_t k = 0; k < 2; k++) {
			struct store_verdict v = draw(&random, 0, slot, k);
			bool names = k == 0;
			v.carrier = !names	 ? "unknown"
				    : slot == 35 ? "ttk"
						 : "unicom";
			v.p = names ? 0.9 : (double)NAN;
			v.reach = "up";
			if (slot != 36 || k != 0)
				put(s, &v);
		}
	renew(s);
	struct store_verdict late = draw(&random, 0, 36, 0);
	late.carrier = "unicom";
	late.reach = "up";
	put(s, &late);
	same_as_all(s, &all);
	store_close(s);
}

/* What retention drops stays as it was concluded, also when some come late. */
static void
days_that_are_dropped_stay(void **state)
{
	struct random random = {11};
	struct store *s = opened(*state, STORE_CREATE);
	const struct store_filter all = {0};
	put_slots(s, &random, 0, SLOTS);
	renew(s);
	struct timeline before = fold_all(s, &all), after;
	exec(s, "INSERT INTO retention (at_us, vantage_id, epoch, before_us, "
		"last_seq, traces_n, runs_n) SELECT 1, vantage_id, 1, "
		"259200000000, 1, 1, 1 FROM vantage");
	exec(s, "DELETE FROM verdict WHERE started_us < 259200000000");
	put_slots(s, &random, 30, 31);
	renew(s);
	struct fault f = {0};
	assert_true(kept_read(&after, s, &all, &f));
	char *a = text_of(&before), *b = text_of(&after);
	assert_string_equal(a, b);
	free(a);
	free(b);
	timeline_close(&before);
	timeline_close(&after);
	store_close(s);
}

static void
damage_is_told(void **state)
{
	struct random random = {13};
	struct fault f = {0};
	struct timeline t;
	struct store *s = opened(*state, STORE_CREATE);
	const struct store_filter all = {0};
	put_slots(s, &random, 0, SLOTS);
	renew(s);
	exec(s, "DELETE FROM state_run WHERE run_no = 1");
	assert_false(kept_read(&t, s, &all, &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_non_null(strstr(f.text, "delete the rows of state_run"));
	timeline_close(&t);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(kept_is_what_all_say),
	    PLACE_TEST(health_comes_late),
	    PLACE_TEST(pieces_come_in_any_order),
	    PLACE_TEST(a_late_run_takes_states_away),
	    PLACE_TEST(filters_select_series_and_targets),
	    PLACE_TEST(only_what_is_new_is_folded),
	    PLACE_TEST(a_late_one_at_the_edge_counts),
	    PLACE_TEST(days_that_are_dropped_stay),
	    PLACE_TEST(damage_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
