/* SPDX-License-Identifier: ISC */
#include "analysis/control/control_show.h"
#include "tests/unit/control_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { UNICOM = 4837, TTK = 20485, PEERS = 12 };

/* Folds, and compares runs and events, then forgets the rows. */
static void
folds(struct rows *r, const char *runs, const char *events)
{
	char text[4096];
	struct control c = rows_fold(r, NULL, NULL);
	assert_string_equal(rows_runs(&c, text, sizeof(text)), runs);
	assert_string_equal(rows_events(&c, text, sizeof(text)), events);
	control_close(&c);
	rows_free(r);
}

/* All peers from..to, one every `step` seconds. */
static void
all_tell(struct rows *r, int64_t at_s, int64_t step, int64_t upstream)
{
	for (uint32_t i = 0; i < PEERS; i++)
		rows_tell(r, at_s + i * step, i, upstream);
}

static void
all_drop(struct rows *r, int64_t at_s, int64_t step)
{
	for (uint32_t i = 0; i < PEERS; i++)
		rows_drop(r, at_s + i * step, i);
}

static void
a_wave_is_one_change(void **state)
{
	(void)state;
	struct rows r = {0};
	all_tell(&r, 0, 3, UNICOM);
	all_drop(&r, 1000, 3);
	all_tell(&r, 2000, 3, UNICOM);
	folds(&r, "0 4837; 1000 none; 2000 4837",
	    "down 1000..1033; up 2000..2033");
}

static void
one_replaces_the_other(void **state)
{
	(void)state;
	struct rows r = {0};
	all_tell(&r, 0, 3, UNICOM);
	all_tell(&r, 1000, 3, TTK);
	folds(&r, "0 4837; 1000 20485", "changed 1000..1033 upstream 20485");
}

static void
some_peers_take_the_second(void **state)
{
	(void)state;
	struct rows r = {0};
	all_tell(&r, 0, 3, UNICOM);
	for (uint32_t i = 3; i < 9; i++)
		rows_tell(&r, 1000 + i, i, TTK);
	for (uint32_t i = 3; i < 9; i++)
		rows_tell(&r, 2000 + i, i, UNICOM);
	folds(&r, "0 4837; 1003 4837,20485; 2003 4837",
	    "gained 1003..1008 upstream 20485; lost 2003..2008");
}

static void
a_stuck_route_keeps_nothing_alive(void **state)
{
	(void)state;
	struct rows r = {0};
	all_tell(&r, 0, 3, UNICOM);
	for (uint32_t i = 1; i < PEERS; i++)
		rows_drop(&r, 1000 + i, i);
	struct control c = rows_fold(&r, NULL, NULL);
	assert_int_equal(c.n, 2);
	assert_false(c.run[1].routed);
	assert_int_equal(c.run[1].nupstreams, 0);
	assert_int_equal(c.run[1].peers, 1);
	assert_int_equal(c.run[1].peers_known, PEERS);
	control_close(&c);
	rows_free(&r);
}

/* Away for 40 s each, and the news takes as long: never are all away. */
static void
a_short_outage_is_found(void **state)
{
	(void)state;
	struct rows r = {0};
	all_tell(&r, 0, 4, UNICOM);
	all_drop(&r, 1000, 4);
	all_tell(&r, 1040, 4, UNICOM);
	folds(&r, "0 4837; 1000 none; 1040 4837",
	    "down 1000..1039; up 1040..1084");
}

/* Of 12 peers six were away for a moment: the others never. */
static void
a_partial_one_is_none(void **state)
{
	(void)state;
	struct rows r = {0};
	all_tell(&r, 0, 4, UNICOM);
	for (uint32_t i = 0; i < 6; i++) {
		rows_drop(&r, 1000 + i, i);
		rows_tell(&r, 1030 + i, i, UNICOM);
	}
	folds(&r, "0 4837", "");
}

/* Withdrawn, found again over a longer path, withdrawn for good. */
static void
exploring_is_part_of_the_wave(void **state)
{
	(void)state;
	struct rows r = {0};
	all_tell(&r, 0, 4, UNICOM);
	all_drop(&r, 1000, 4);
	for (uint32_t i = 0; i < 3; i++) {
		rows_tell(&r, 1003 + i * 4, i, UNICOM);
		rows_drop(&r, 1033 + i * 9, i);
	}
	all_tell(&r, 1500, 1, UNICOM);
	folds(&r, "0 4837; 1000 none; 1500 4837",
	    "down 1000..1051; up 1500..1511");
}

/* Most peers try the other upstream before that is gone, too. */
static void
an_upstream_that_is_only_tried_is_none(void **state)
{
	(void)state;
	struct rows r = {0};
	all_tell(&r, 0, 4, UNICOM);
	for (uint32_t i = 0; i < PEERS; i++) {
		rows_tell(&r, 1000 + i, i, TTK);
		rows_drop(&r, 1030 + i, i);
	}
	folds(&r, "0 4837; 1000 none", "down 1000..1041");
}

static void
a_session_that_flaps_changes_nothing(void **state)
{
	(void)state;
	struct rows r = {0};
	rows_tell(&r, 0, 0, UNICOM);
	rows_tell(&r, 0, 1, UNICOM);
	for (int64_t t = 100; t < 4000; t += 400) {
		rows_add(&r, t, 0, ROUTE_DOWN);
		rows_add(&r, t + 20, 0, ROUTE_UP);
		rows_tell(&r, t + 30, 0, UNICOM);
	}
	folds(&r, "0 4837", "");
}

static void
without_a_session_nothing_is_known(void **state)
{
	(void)state;
	struct rows r = {0};
	rows_tell(&r, 0, 0, UNICOM);
	rows_add(&r, 500, 0, ROUTE_DOWN);
	rows_add(&r, 900, 0, ROUTE_UP);
	rows_tell(&r, 910, 0, UNICOM);
	rows_add(&r, 10000, 0, ROUTE_DOWN);
	rows_tell(&r, 20000, 0, TTK);
	rows_tell(&r, 20100, 0, UNICOM);
	folds(&r,
	    "0 4837; 500 unknown; 910 4837; 10000 unknown; 20000 20485; 20100 "
	    "4837",
	    "changed 10000..20000 upstream 20485; changed 20100..20100");
}

/* In one second: a session ends and begins, and the route is told anew. */
static void
the_order_of_a_peers_messages_counts(void **state)
{
	(void)state;
	struct rows r = {0};
	rows_tell(&r, 0, 0, UNICOM);
	rows_add(&r, 500, 0, ROUTE_DOWN);
	rows_add(&r, 500, 0, ROUTE_UP);
	rows_tell(&r, 500, 0, UNICOM);
	rows_tell(&r, 900, 0, TTK);
	rows_add(&r, 900, 0, ROUTE_DOWN);
	folds(&r, "0 4837; 900 unknown", "");
}

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
	for (uint32_t i = 0; i < PEERS; i++) {
		struct store_route *row = rows_add(&r, 0, i, ROUTE_TABLE);
		row->origin_as = 131279;
		row->upstream_as = UNICOM;
		rows_add(&r, 7200, i, ROUTE_ABSENT);
	}
	folds(&r, "0 4837; 7200 none", "down 7200..7200");
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
	folds(&r, "0 4837,20485", "");
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
	folds(&r, "0 none; 5000 4837", "up 5000..5002 origin 131279");
}

/* A session that is down stands for no route. */
static void
a_silent_peer_keeps_nothing_alive(void **state)
{
	(void)state;
	struct rows r = {0};
	all_tell(&r, 0, 1, UNICOM);
	for (uint32_t i = 0; i < PEERS; i++)
		if (i < 3)
			rows_add(&r, 900, i, ROUTE_DOWN);
		else
			rows_drop(&r, 1000 + i, i);
	folds(&r, "0 4837; 1003 none", "down 1003..1011");
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
	for (uint32_t i = 0; i < PEERS; i++)
		rows_tell(&r, i, i, i < 2 ? TTK : UNICOM);
	rows_add(&r, 1000, 0, ROUTE_DOWN);
	rows_add(&r, 1500, 1, ROUTE_DOWN);
	rows_tell(&r, 9000, 5, UNICOM);
	rows_drop(&r, 20000, 6);
	folds(&r, "0 4837,20485; 5100 4837", "");
}

/* Another collector's table shows what the peers there had all the time. */
static void
who_is_heard_first_gains_nothing(void **state)
{
	(void)state;
	for (int new_origin = 0; new_origin < 2; new_origin++) {
		struct rows r = {0};
		for (uint32_t i = 0; i < PEERS; i++)
			rows_tell(&r, i, i, UNICOM);
		for (uint32_t i = 20; i < 25; i++) {
			struct store_route *row =
			    rows_add(&r, 5000, i, ROUTE_TABLE);
			row->origin_as = new_origin ? 666 : 131279;
			row->upstream_as = TTK;
		}
		rows_drop(&r, 9000, 1);
		folds(&r, "0 4837; 5000 4837,20485",
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
	folds(&r, "0 4837; 501 4837 few; 4600 none",
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
	all_tell(&r, 0, 1, UNICOM);
	all_drop(&r, 1000, 1);
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

static void
few_see_it_after_a_bad_roa(void **state)
{
	(void)state;
	struct rows r = {0};
	for (uint32_t i = 0; i < 36; i++) {
		rows_tell(&r, 0, i, UNICOM);
		if (i >= 4)
			rows_drop(&r, 5000 + i * 9, i);
		if (i >= 4)
			rows_tell(&r, 90000 + i, i, UNICOM);
	}
	struct control c = rows_fold(&r, NULL, NULL);
	char text[256];
	assert_string_equal(rows_runs(&c, text, sizeof(text)),
	    "0 4837; 5036 4837 few; 90004 4837");
	assert_string_equal(rows_events(&c, text, sizeof(text)),
	    "changed 5036..5315; changed 90004..90035");
	assert_int_equal(c.events.event[0].peers, 4);
	assert_int_equal(c.events.event[0].peers_known, 36);
	control_close(&c);
	rows_free(&r);
}

static void
an_origin_never_seen_is_suspect(void **state)
{
	(void)state;
	struct rows r = {0};
	all_tell(&r, 0, 1, UNICOM);
	for (uint32_t i = 0; i < 4; i++)
		rows_tell(&r, 1000 + i, i, 64666)->origin_as = 64999;
	for (uint32_t i = 0; i < 4; i++)
		rows_tell(&r, 2000 + i, i, UNICOM);
	for (uint32_t i = 0; i < 4; i++)
		rows_tell(&r, 9000 + i, i, 64666)->origin_as = 64999;
	folds(&r, "0 4837; 1000 4837,64666; 2000 4837; 9000 4837,64666",
	    "gained 1000..1003 origin 64999; lost 2000..2003; gained "
	    "9000..9003");
}

static void
a_foreign_more_specific_is_suspect(void **state)
{
	(void)state;
	struct rows r = {0};
	all_tell(&r, 0, 1, UNICOM);
	for (uint32_t i = 0; i < PEERS; i++) {
		struct store_route *half = rows_tell(&r, 3000 + i, i, 64666);
		half->prefix.len = 25;
		half->origin_as = 64999;
		struct store_route *own = rows_tell(&r, 4000 + i, i, UNICOM);
		own->prefix = (struct prefix){rows_176.addr, 22};
	}
	folds(
	    &r, "4000 4837; 0 4837; 3000 64666", "up 3000..3011 origin 64999");
}

/* RFC 7911: a peer with two paths is one peer. */
static void
a_peer_may_tell_several_paths(void **state)
{
	(void)state;
	struct rows r = {0};
	for (uint32_t i = 0; i < 3; i++) {
		rows_tell(&r, 0, i, UNICOM)->path_id = 1;
		rows_tell(&r, 1000 + i, i, TTK)->path_id = 2;
		rows_drop(&r, 2000 + i, i)->path_id = 1;
		rows_drop(&r, 3000 + i, i)->path_id = 2;
	}
	struct control c = rows_fold(&r, NULL, NULL);
	char text[256];
	assert_string_equal(rows_runs(&c, text, sizeof(text)),
	    "0 4837; 1000 4837,20485; 2000 20485; 3000 none");
	assert_int_equal(c.run[1].peers, 3);
	control_close(&c);
	rows_free(&r);
}

static void
what_repeats_soon_is_flapping(void **state)
{
	(void)state;
	struct rows r = {0};
	all_tell(&r, 0, 1, UNICOM);
	for (int64_t k = 0; k < 3; k++) {
		all_drop(&r, 5000 + k * 900, 1);
		all_tell(&r, 5100 + k * 900, 1, UNICOM);
	}
	struct control c = rows_fold(&r, NULL, NULL);
	size_t flapping = 0, within = 0;
	for (size_t i = 0; i < c.events.n; i++) {
		flapping += c.events.event[i].kind == EVENT_FLAPPING;
		within += c.events.event[i].in_flap;
	}
	assert_int_equal(flapping, 1);
	assert_int_equal(within, 6);
	control_close(&c);
	rows_free(&r);
}

/* Also one that came while there was no route. */
static void
other_origins_are_shown(void **state)
{
	(void)state;
	struct rows r = {0};
	char text[2048] = "";
	all_tell(&r, 0, 1, UNICOM);
	all_drop(&r, 1000, 1);
	for (uint32_t i = 0; i < PEERS; i++)
		rows_tell(&r, 2000 + i, i, UNICOM)->origin_as = 666;
	for (uint32_t i = 0; i < PEERS / 2; i++)
		rows_tell(&r, 3000 + i, i, UNICOM);
	all_drop(&r, 4000, 1);
	for (uint32_t i = 0; i < PEERS / 2; i++)
		rows_tell(&r, 5000 + i, i, UNICOM);
	struct control c = rows_fold(&r, NULL, NULL);
	FILE *out = fmemopen(text, sizeof(text), "w");
	control_runs_print(&c, NULL, 0, 0, out);
	fclose(out);
	assert_non_null(strstr(text, "33:20  other:4837    12/12      AS4837 "
				     "at 12, origin AS666\n"));
	assert_non_null(strstr(text, "AS4837 at 12, origin AS666, AS131279\n"));
	assert_non_null(strstr(text, "AS4837 at 6, origin AS131279"));
	control_close(&c);
	rows_free(&r);
}

static void
upstreams_have_names(void **state)
{
	(void)state;
	struct carriers classes;
	struct fault f = {0};
	char name[RUN_CARRIER_MAX + 1];
	assert_true(carriers_parse(&classes, "t",
	    "carrier unicom 4837 9929\ncarrier ttk 20485\n", &f));
	struct control_run run = {.known = true,
	    .routed = true,
	    .nupstreams = 1,
	    .upstream = {{4837, 1}, {9929, 1}, {20485, 1}, {64500, 1}}};
	static const char *const names[] = {
	    "unknown", "unicom", "unicom", "both", "several"};
	for (size_t i = 0; i < 5; i++) {
		run.nupstreams = i;
		control_name(&run, &classes, name);
		assert_string_equal(name, names[i]);
	}
	run.nupstreams = 1;
	control_name(&run, NULL, name);
	assert_string_equal(name, "other:4837");
	run = (struct control_run){.known = true};
	control_name(&run, &classes, name);
	assert_string_equal(name, "none");
	carriers_free(&classes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_wave_is_one_change),
	    cmocka_unit_test(one_replaces_the_other),
	    cmocka_unit_test(some_peers_take_the_second),
	    cmocka_unit_test(a_stuck_route_keeps_nothing_alive),
	    cmocka_unit_test(a_short_outage_is_found),
	    cmocka_unit_test(a_partial_one_is_none),
	    cmocka_unit_test(exploring_is_part_of_the_wave),
	    cmocka_unit_test(an_upstream_that_is_only_tried_is_none),
	    cmocka_unit_test(a_session_that_flaps_changes_nothing),
	    cmocka_unit_test(without_a_session_nothing_is_known),
	    cmocka_unit_test(the_order_of_a_peers_messages_counts),
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
	    cmocka_unit_test(few_see_it_after_a_bad_roa),
	    cmocka_unit_test(an_origin_never_seen_is_suspect),
	    cmocka_unit_test(a_foreign_more_specific_is_suspect),
	    cmocka_unit_test(a_peer_may_tell_several_paths),
	    cmocka_unit_test(what_repeats_soon_is_flapping),
	    cmocka_unit_test(other_origins_are_shown),
	    cmocka_unit_test(upstreams_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
