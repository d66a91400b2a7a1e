/* SPDX-License-Identifier: ISC */
#include "analysis/control/control_show.h"
#include "tests/unit/control_told.h"

enum { UNICOM = 4837, TTK = 20485 };

static void
a_wave_is_one_change(void **state)
{
	(void)state;
	struct rows r = {0};
	rows_all_tell(&r, 0, 3, UNICOM);
	rows_all_drop(&r, 1000, 3);
	rows_all_tell(&r, 2000, 3, UNICOM);
	rows_folds(&r, "0 4837; 1000 none; 2000 4837",
	    "down 1000..1033; up 2000..2033");
}

static void
one_replaces_the_other(void **state)
{
	(void)state;
	struct rows r = {0};
	rows_all_tell(&r, 0, 3, UNICOM);
	rows_all_tell(&r, 1000, 3, TTK);
	rows_folds(
	    &r, "0 4837; 1000 20485", "changed 1000..1033 upstream 20485");
}

static void
some_peers_take_the_second(void **state)
{
	(void)state;
	struct rows r = {0};
	rows_all_tell(&r, 0, 3, UNICOM);
	for (uint32_t i = 3; i < 9; i++)
		rows_tell(&r, 1000 + i, i, TTK);
	for (uint32_t i = 3; i < 9; i++)
		rows_tell(&r, 2000 + i, i, UNICOM);
	rows_folds(&r, "0 4837; 1003 4837,20485; 2003 4837",
	    "gained 1003..1008 upstream 20485; lost 2003..2008");
}

static void
a_stuck_route_keeps_nothing_alive(void **state)
{
	(void)state;
	struct rows r = {0};
	rows_all_tell(&r, 0, 3, UNICOM);
	for (uint32_t i = 1; i < ROWS_PEERS; i++)
		rows_drop(&r, 1000 + i, i);
	struct control c = rows_fold(&r, NULL, NULL);
	assert_int_equal(c.n, 2);
	assert_false(c.run[1].routed);
	assert_int_equal(c.run[1].nupstreams, 0);
	assert_int_equal(c.run[1].peers, 1);
	assert_int_equal(c.run[1].peers_known, ROWS_PEERS);
	control_close(&c);
	rows_free(&r);
}

/* Away for 40 s each, and the news takes as long: never are all away. */
static void
a_short_outage_is_found(void **state)
{
	(void)state;
	struct rows r = {0};
	rows_all_tell(&r, 0, 4, UNICOM);
	rows_all_drop(&r, 1000, 4);
	rows_all_tell(&r, 1040, 4, UNICOM);
	rows_folds(&r, "0 4837; 1000 none; 1040 4837",
	    "down 1000..1039; up 1040..1084");
}

/* Of 12 peers six were away for a moment: the others never. */
static void
a_partial_one_is_none(void **state)
{
	(void)state;
	struct rows r = {0};
	rows_all_tell(&r, 0, 4, UNICOM);
	for (uint32_t i = 0; i < 6; i++) {
		rows_drop(&r, 1000 + i, i);
		rows_tell(&r, 1030 + i, i, UNICOM);
	}
	rows_folds(&r, "0 4837", "");
}

/* Withdrawn, found again over a longer path, withdrawn for good. */
static void
exploring_is_part_of_the_wave(void **state)
{
	(void)state;
	struct rows r = {0};
	rows_all_tell(&r, 0, 4, UNICOM);
	rows_all_drop(&r, 1000, 4);
	for (uint32_t i = 0; i < 3; i++) {
		rows_tell(&r, 1003 + i * 4, i, UNICOM);
		rows_drop(&r, 1033 + i * 9, i);
	}
	rows_all_tell(&r, 1500, 1, UNICOM);
	rows_folds(&r, "0 4837; 1000 none; 1500 4837",
	    "down 1000..1051; up 1500..1511");
}

/* Most peers try the other upstream before that is gone, too. */
static void
an_upstream_that_is_only_tried_is_none(void **state)
{
	(void)state;
	struct rows r = {0};
	rows_all_tell(&r, 0, 4, UNICOM);
	for (uint32_t i = 0; i < ROWS_PEERS; i++) {
		rows_tell(&r, 1000 + i, i, TTK);
		rows_drop(&r, 1030 + i, i);
	}
	rows_folds(&r, "0 4837; 1000 none", "down 1000..1041");
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
	rows_folds(&r, "0 4837", "");
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
	rows_folds(&r,
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
	rows_folds(&r, "0 4837; 900 unknown", "");
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
	rows_all_tell(&r, 0, 1, UNICOM);
	for (uint32_t i = 0; i < 4; i++)
		rows_tell(&r, 1000 + i, i, 64666)->origin_as = 64999;
	for (uint32_t i = 0; i < 4; i++)
		rows_tell(&r, 2000 + i, i, UNICOM);
	for (uint32_t i = 0; i < 4; i++)
		rows_tell(&r, 9000 + i, i, 64666)->origin_as = 64999;
	rows_folds(&r, "0 4837; 1000 4837,64666; 2000 4837; 9000 4837,64666",
	    "gained 1000..1003 origin 64999; lost 2000..2003; gained "
	    "9000..9003");
}

static void
a_foreign_more_specific_is_suspect(void **state)
{
	(void)state;
	struct rows r = {0};
	rows_all_tell(&r, 0, 1, UNICOM);
	for (uint32_t i = 0; i < ROWS_PEERS; i++) {
		struct store_route *half = rows_tell(&r, 3000 + i, i, 64666);
		half->prefix.len = 25;
		half->origin_as = 64999;
		struct store_route *own = rows_tell(&r, 4000 + i, i, UNICOM);
		own->prefix = (struct prefix){rows_176.addr, 22};
	}
	rows_folds(
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
	rows_all_tell(&r, 0, 1, UNICOM);
	for (int64_t k = 0; k < 3; k++) {
		rows_all_drop(&r, 5000 + k * 900, 1);
		rows_all_tell(&r, 5100 + k * 900, 1, UNICOM);
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
	rows_all_tell(&r, 0, 1, UNICOM);
	rows_all_drop(&r, 1000, 1);
	for (uint32_t i = 0; i < ROWS_PEERS; i++)
		rows_tell(&r, 2000 + i, i, UNICOM)->origin_as = 666;
	for (uint32_t i = 0; i < ROWS_PEERS / 2; i++)
		rows_tell(&r, 3000 + i, i, UNICOM);
	rows_all_drop(&r, 4000, 1);
	for (uint32_t i = 0; i < ROWS_PEERS / 2; i++)
		rows_tell(&r, 5000 + i, i, UNICOM);
	struct control c = rows_fold(&r, NULL, NULL);
	FILE *out = fmemopen(text, sizeof(text), "w");
	control_runs_print(&c, &(struct control_look){.width = 120}, out);
	fclose(out);
	assert_non_null(strstr(text, "33:20  other:4837    12/12      AS4837 "
				     "at 12, origin AS666\n"));
	assert_non_null(
	    strstr(text, "AS4837 at 12, origins AS666, AS131279\n"));
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
