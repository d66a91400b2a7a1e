/* SPDX-License-Identifier: ISC */
#include "tests/unit/control_told.h"

enum { UNICOM = 4837, TTK = 20485 };

/* What is known of the peers, and what silence means. */

static void
a_gap_of_the_files_is_unknown(void **state)
{
	(void)state;
	struct rows r = {0};
	struct cover cover = COVER_NONE;
	struct store_route_source file = {
	    .collector = "rrc00", .messages = 9, .last_us = 900000000};
	cover_add(&cover, &file);
	file.first_us = INT64_C(4600) * 1000000; /* 3700 s later */
	file.last_us = INT64_C(9000) * 1000000;
	cover_add(&cover, &file);
	file.first_us = INT64_C(12500) * 1000000; /* no gap */
	file.last_us = INT64_C(13000) * 1000000;
	cover_add(&cover, &file);
	cover_close(&cover);
	assert_int_equal(cover.n, 1);
	rows_tell(&r, 0, 0, UNICOM);
	rows_drop(&r, 4700, 0);
	struct control c = rows_fold(&r, NULL, &cover);
	char text[256];
	assert_string_equal(rows_runs(&c, text, sizeof(text)),
	    "0 4837; 900 unknown; 4700 none");
	assert_true(c.run[1].since_us == 900000001);
	assert_true(c.run[2].last_us == INT64_C(13000) * 1000000);
	assert_string_equal(
	    rows_events(&c, text, sizeof(text)), "down 900..4700");
	assert_ptr_equal(control_at(&c, &rows_176, 900000000), &c.run[0]);
	assert_ptr_equal(control_at(&c, &rows_176, INT64_MAX), &c.run[2]);
	assert_null(control_at(&c, &rows_176, -1));
	assert_null(control_at(&c, &(struct prefix){1 << 24, 8}, 0));
	control_close(&c);
	cover_free(&cover);
	rows_free(&r);
}

/* A table says what updates had not. */
static void
a_table_corrects(void **state)
{
	(void)state;
	struct rows r = {0};
	for (uint32_t i = 0; i < ROWS_PEERS; i++) {
		struct store_route *row = rows_add(&r, 0, i, ROUTE_TABLE);
		row->origin_as = 131279;
		row->upstream_as = UNICOM;
		rows_add(&r, 7200, i, ROUTE_ABSENT);
	}
	rows_folds(&r, "0 4837; 7200 none", "down 7200..7200");
}

/* A collector is added that sees one upstream alone: no event of the world. */
static void
witnesses_turn_nothing(void **state)
{
	(void)state;
	struct rows r = {0};
	for (uint32_t i = 0; i < 4; i++)
		rows_tell(&r, 0, i, i == 0 ? TTK : UNICOM);
	for (uint32_t i = 4; i < 200; i++)
		rows_tell(&r, 5000, i, UNICOM);
	for (uint32_t i = 4; i < 200; i++)
		rows_add(&r, 6000, i, ROUTE_DOWN);
	rows_folds(&r, "0 4837,20485", "");
}

/* Of a table's peers those who never had it, as they tell only their own. */
static void
who_never_had_it_is_no_witness(void **state)
{
	(void)state;
	struct rows r = {0};
	for (uint32_t i = 0; i < 30; i++) {
		struct store_route *row =
		    rows_add(&r, 0, i, i < 3 ? ROUTE_TABLE : ROUTE_ABSENT);
		if (i < 3) {
			row->origin_as = 131279;
			row->upstream_as = i == 0 ? TTK : UNICOM;
			rows_drop(&r, 5000 + i, i);
		}
	}
	struct control c = rows_fold(&r, NULL, NULL);
	char text[256];
	assert_string_equal(
	    rows_runs(&c, text, sizeof(text)), "0 4837,20485; 5000 none");
	assert_int_equal(c.run[0].peers_known, 3);
	control_close(&c);
	rows_free(&r);
}

static void
what_nobody_ever_had_is_withdrawn(void **state)
{
	(void)state;
	struct rows r = {0};
	for (uint32_t i = 0; i < 3; i++) {
		rows_add(&r, 0, i, ROUTE_ABSENT);
		rows_tell(&r, 5000 + i, i, UNICOM);
	}
	rows_folds(&r, "0 none; 5000 4837", "up 5000..5002 origin 131279");
}

/* A session that is down stands for no route. */
static void
a_silent_peer_keeps_nothing_alive(void **state)
{
	(void)state;
	struct rows r = {0};
	rows_all_tell(&r, 0, 1, UNICOM);
	for (uint32_t i = 0; i < ROWS_PEERS; i++)
		if (i < 3)
			rows_add(&r, 900, i, ROUTE_DOWN);
		else
			rows_drop(&r, 1000 + i, i);
	rows_folds(&r, "0 4837; 1003 none", "down 1003..1011");
}

/*
 * The only one with an upstream is not heard any more: that is told of no
 * longer, and is no loss of it, for nobody said so.
 */
static void
who_is_not_heard_loses_nothing(void **state)
{
	(void)state;
	struct rows r = {0};
	for (uint32_t i = 0; i < ROWS_PEERS; i++)
		rows_tell(&r, i, i, i < 2 ? TTK : UNICOM);
	rows_add(&r, 1000, 0, ROUTE_DOWN);
	rows_add(&r, 1500, 1, ROUTE_DOWN);
	rows_tell(&r, 9000, 5, UNICOM);
	rows_drop(&r, 20000, 6);
	rows_folds(&r, "0 4837,20485; 5100 4837", "");
}

/* Another collector's table shows what the peers there had all the time. */
static void
who_is_heard_first_gains_nothing(void **state)
{
	(void)state;
	for (int new_origin = 0; new_origin < 2; new_origin++) {
		struct rows r = {0};
		for (uint32_t i = 0; i < ROWS_PEERS; i++)
			rows_tell(&r, i, i, UNICOM);
		for (uint32_t i = 20; i < 25; i++) {
			struct store_route *row =
			    rows_add(&r, 5000, i, ROUTE_TABLE);
			row->origin_as = new_origin ? 666 : 131279;
			row->upstream_as = TTK;
		}
		rows_drop(&r, 9000, 1);
		rows_folds(&r, "0 4837; 5000 4837,20485",
		    new_origin ? "gained 5000..5000 origin 666" : "");
	}
}

/* But that nobody has a route is said by all the others. */
static void
the_last_one_is_not_heard(void **state)
{
	(void)state;
	struct rows r = {0};
	for (uint32_t i = 0; i < 5; i++)
		rows_tell(&r, i, i, UNICOM);
	for (uint32_t i = 1; i < 5; i++)
		rows_drop(&r, 500 + i, i);
	rows_add(&r, 1000, 0, ROUTE_DOWN);
	rows_drop(&r, 20000, 2);
	rows_folds(&r, "0 4837; 501 4837 few; 4600 none",
	    "changed 501..504; down 4600..4600");
}

/* A table alone is known in its own moment. */
static void
tables_alone_are_moments(void **state)
{
	(void)state;
	struct rows r = {0};
	struct cover cover = COVER_NONE;
	for (int64_t t = 0; t < 3; t++) {
		struct store_route *row =
		    rows_add(&r, t * 28800, 0, ROUTE_TABLE);
		row->origin_as = 131279;
		row->upstream_as = t < 2 ? UNICOM : TTK;
		cover_add(
		    &cover, &(struct store_route_source){.collector = "rrc00",
				.messages = 1,
				.first_us = row->at_us,
				.last_us = row->at_us});
	}
	cover_close(&cover);
	struct control c = rows_fold(&r, NULL, &cover);
	char text[256];
	assert_string_equal(rows_runs(&c, text, sizeof(text)),
	    "0 4837; 0 unknown; 28800 4837; 28800 unknown; 57600 20485");
	assert_string_equal(rows_events(&c, text, sizeof(text)),
	    "changed 28800..57600 upstream 20485");
	control_close(&c);
	cover_free(&cover);
	rows_free(&r);
}

/* As it was known then: what came later says nothing. */
static void
until_a_time(void **state)
{
	(void)state;
	struct rows r = {0};
	struct cover cover = COVER_NONE;
	const struct control_ask ask = {.until_us = INT64_C(500000001)};
	cover_add(&cover, &(struct store_route_source){.collector = "rrc00",
			      .messages = 1,
			      .last_us = INT64_C(9000) * 1000000});
	cover_close(&cover);
	rows_tell(&r, 0, 0, UNICOM);
	struct control c = rows_fold(&r, &ask, &cover);
	assert_int_equal(c.n, 1);
	assert_true(c.run[0].last_us == 500000000);
	control_close(&c);
	cover_free(&cover);
	rows_free(&r);
}

/* A wave that may go on is no event yet for who tells each once. */
static void
only_what_has_settled(void **state)
{
	(void)state;
	struct rows r = {0};
	const struct control_ask ask = {.settled = true};
	rows_all_tell(&r, 0, 1, UNICOM);
	rows_all_drop(&r, 1000, 1);
	struct control c = rows_fold(&r, &ask, NULL);
	assert_int_equal(c.n, 2);
	assert_int_equal(c.events.n, 0);
	control_close(&c);
	for (int64_t late = 1070; late <= 1071; late++) {
		rows_drop(&r, late, 0);
		c = rows_fold(&r, &ask, NULL);
		assert_int_equal(c.events.n, late - 1070);
		control_close(&c);
	}
	rows_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_gap_of_the_files_is_unknown),
	    cmocka_unit_test(a_table_corrects),
	    cmocka_unit_test(witnesses_turn_nothing),
	    cmocka_unit_test(who_never_had_it_is_no_witness),
	    cmocka_unit_test(what_nobody_ever_had_is_withdrawn),
	    cmocka_unit_test(a_silent_peer_keeps_nothing_alive),
	    cmocka_unit_test(who_is_not_heard_loses_nothing),
	    cmocka_unit_test(who_is_heard_first_gains_nothing),
	    cmocka_unit_test(the_last_one_is_not_heard),
	    cmocka_unit_test(tables_alone_are_moments),
	    cmocka_unit_test(until_a_time),
	    cmocka_unit_test(only_what_has_settled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
