/* SPDX-License-Identifier: ISC */
#include "analysis/change/kept.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "sql/store_db.h"
#include "tests/sim/random.h"
#include "tests/unit/store_fill.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/*
 * What is kept of timelines says what a fold of all verdicts says, whatever
 * came when, also at an earlier moment; and it can be made again.
 */
enum { SERIES = 3, DAYS = 6, TARGETS = 3, SLOTS = 36 * DAYS };

static const struct prefix p177 = {0xaf2db100, 24}, p178 = {0xaf2db200, 24};
static const struct {
	const struct prefix *prefix;
	const char *vantage;
} all_series[SERIES] = {{&p177, "mow"}, {&p178, "mow"}, {&p177, "sel"}};

/* A verdict of a world that changes now and then, tears and is silent. Two
 * start in one microsecond; one of them may belong to the round before, when
 * that one lacks it. */
static struct store_verdict
draw(struct random *random, size_t series, int64_t slot, uint32_t target)
{
	static const char *const carriers[] = {
	    "ttk", "ttk", "unicom", "other:4837", "unknown"};
	const struct prefix *prefix = all_series[series].prefix;
	bool torn = random_chance(random, 60000);
	size_t state = torn ? random_below(random, 5)
			    : (size_t)(slot / 17 + (int64_t)series) % 5;
	bool down = slot % 71 < 5, blind = state == 4;
	struct store_verdict v = {.prefix = *prefix,
	    .target = prefix->addr + 1 + target % 2 * 200,
	    .method = target == 2 ? METHOD_TCP : METHOD_UDP,
	    .start_us = (slot * 24 + target / 2) * 100 * US_PER_S,
	    .carrier = down ? "unknown" : carriers[state],
	    .reach = down    ? "down"
		     : blind ? "unknown"
			     : "up",
	    .reached = !down && !blind,
	    .entry_as = down || blind ? -1 : (int64_t)(1000 + state),
	    .p = down || blind ? (double)NAN : 0.9 + (double)state / 100,
	    .evidence = "gap-adjacent",
	    .border_lo = -1,
	    .border_hi = -1,
	    .json = "{}"};
	v.decided_us = v.start_us + 1 + random_below(random, 5000000);
	memcpy(v.trace, &slot, 2);
	v.trace[2] = (uint8_t)target;
	v.trace[3] = (uint8_t)series;
	memcpy(v.vantage, all_series[series].vantage, 4);
	return v;
}

static void
put(struct store *s, const struct store_verdict *v)
{
	struct fault f = {0};
	if (!store_put_verdicts(s, v, 1, &f))
		fail_msg("%s", f.text);
}

static void
put_slots(struct store *s, struct random *random, int64_t from, int64_t to)
{
	struct fault f = {0};
	assert_true(store_begin(s, &f));
	for (int64_t slot = from; slot < to; slot++)
		for (size_t i = 0; i < SERIES; i++)
			for (uint32_t k = 0; k < TARGETS; k++) {
				struct store_verdict v =
				    draw(random, i, slot, k);
				if (!random_chance(random, 200000))
					put(s, &v);
			}
	assert_true(store_commit(s, &f));
}

static bool
fold_one(void *arg, const struct store_verdict *v, struct fault *f)
{
	(void)f;
	timeline_add(arg, v);
	return true;
}

static struct timeline
fold_all(struct store *s, const struct store_filter *filter)
{
	struct fault f = {0};
	struct timeline t;
	timeline_open(&t);
	if (!store_verdicts(s, filter, fold_one, &t, &f))
		fail_msg("%s", f.text);
	timeline_end(&t);
	return t;
}

static char *
text_of(const struct timeline *t)
{
	char *text = NULL, a[UUID_STRLEN], b[UUID_STRLEN], c[UUID_STRLEN];
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	for (size_t i = 0; i < t->n; i++) {
		const struct run *r = &t->run[i];
		bool open = r->pending.carrier[0] != '\0';
		fprintf(out,
		    "%s %08x/%d %s %lld %s %a %lld %lld %lld %lld %s %s "
		    "(%s %lld %lld %lld %s)\n",
		    r->vantage, r->prefix.addr, r->prefix.len, r->carrier,
		    (long long)r->entry_as, r->reach, isnan(r->p) ? -1 : r->p,
		    (long long)r->since_us, (long long)r->decided_us,
		    (long long)r->last_us, (long long)r->seen_us,
		    uuid_format(r->first_trace, a),
		    uuid_format(r->last_trace, b), r->pending.carrier,
		    open ? (long long)r->pending.entry_as : 0,
		    (long long)r->pending.since_us,
		    (long long)r->pending.decided_us,
		    uuid_format(r->pending.first_trace, c));
	}
	fclose(out);
	return text;
}

static void
same_as_all(struct store *s, const struct store_filter *filter)
{
	struct fault f = {0};
	struct timeline kept, whole = fold_all(s, filter);
	if (!kept_read(&kept, s, filter, &f))
		fail_msg("%s", f.text);
	char *a = text_of(&kept), *b = text_of(&whole);
	assert_string_equal(a, b);
	free(a);
	free(b);
	timeline_close(&kept);
	timeline_close(&whole);
}

static void
renew(struct store *s)
{
	struct fault f = {0};
	if (!kept_renew(s, 0, NULL, &f))
		fail_msg("%s", f.text);
}

/* All that is kept, as text; free() it. */
static char *
dump(struct store *s)
{
	struct fault f = {0};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct db_stmt *st = db_prepare(s->db,
	    "SELECT prefix_id, vantage_id, day_us, run_no, next_us, carrier, "
	    "entry_as, p, since_us, last_us, seen_us, pending, pending_us, "
	    "decided_us FROM state_run "
	    "ORDER BY prefix_id, vantage_id, day_us, run_no",
	    &f);
	assert_non_null(st);
	while (db_step(st, &f) == DB_ROW) {
		for (int i = 0; i < 14; i++)
			fprintf(out, "%s ", db_text(st, i));
		fputc('\n', out);
	}
	db_finish(st);
	fclose(out);
	return text;
}

static int64_t
ask(struct store *s, const char *sql)
{
	struct fault f = {0};
	struct db_stmt *st = db_prepare(s->db, sql, &f);
	assert_non_null(st);
	assert_int_equal(db_step(st, &f), DB_ROW);
	int64_t n = db_int(st, 0);
	db_finish(st);
	return n;
}

static void
exec(struct store *s, const char *sql)
{
	struct fault f = {0};
	if (!store_begin(s, &f) || !db_exec(s->db, sql, &f) ||
	    !store_commit(s, &f))
		fail_msg("%s", f.text);
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
	exec(s, "DELETE FROM state_run");
	same_as_all(s, &all);
	renew(s);
	char *after = dump(s);
	assert_string_equal(after, before);
	free(before);
	free(after);
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
	    PLACE_TEST(filters_select_series_and_targets),
	    PLACE_TEST(only_what_is_new_is_folded),
	    PLACE_TEST(a_late_one_at_the_edge_counts),
	    PLACE_TEST(days_that_are_dropped_stay),
	    PLACE_TEST(damage_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
