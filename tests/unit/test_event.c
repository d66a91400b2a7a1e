/* SPDX-License-Identifier: ISC */
#include "analysis/change/event.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE (INT64_C(60) * 1000000)

static const struct prefix p176 = {.addr = 0xaf2db000, .len = 24};
static const struct prefix p177 = {.addr = 0xaf2db100, .len = 24};

static struct event *
add(struct events *e, enum event_kind kind, const char *vantage, int64_t minute)
{
	bool reach = kind == EVENT_DOWN || kind == EVENT_UP;
	struct event *v = events_add(e);
	v->kind = kind;
	v->prefix = p176;
	v->after_us = (minute - 1) * MINUTE;
	v->before_us = minute * MINUTE;
	snprintf(v->vantage, sizeof(v->vantage), "%s", vantage);
	snprintf(v->from, sizeof(v->from), "%s",
	    !reach	       ? "unicom"
	    : kind == EVENT_UP ? "down"
			       : "up");
	snprintf(v->to, sizeof(v->to), "%s",
	    !reach	       ? "ttk"
	    : kind == EVENT_UP ? "up"
			       : "down");
	return v;
}

static size_t
count(const struct events *e, enum event_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < e->n; i++)
		n += e->event[i].kind == kind;
	return n;
}

static void
test_empty(void **state)
{
	struct events e = {0};
	(void)state;
	events_sort(&e);
	events_find_flapping(&e);
	assert_int_equal(e.n, 0);
	events_free(&e);
	add(&e, EVENT_LOST, "", 1);
	assert_true(isnan(e.event[0].p));
	assert_int_equal(e.event[0].entry_from, -1);
	assert_int_equal(e.event[0].entry_to, -1);
	events_free(&e);
	assert_int_equal(e.room, 0);
}

/* Whatever the order they came in, and more than there was room for. */
static void
test_sorted(void **state)
{
	struct events e = {0};
	(void)state;
	for (int i = 0; i < 200; i++)
		add(&e, i % 2 ? EVENT_LOST : EVENT_CHANGED, i % 3 ? "b" : "a",
		    i * 7 % 20)
		    ->prefix = i % 5 ? p176 : p177;
	add(&e, EVENT_CHANGED, "a", 3)->plane = PLANE_CONTROL;
	events_sort(&e);
	assert_int_equal(e.n, 201);
	for (size_t i = 1; i < e.n; i++) {
		const struct event *a = &e.event[i - 1], *b = &e.event[i];
		assert_true(a->prefix.addr <= b->prefix.addr);
		if (a->prefix.addr != b->prefix.addr)
			continue;
		assert_true(a->before_us <= b->before_us);
		if (a->before_us != b->before_us)
			continue;
		assert_true(a->plane <= b->plane);
		if (a->plane != b->plane)
			continue;
		assert_true(strcmp(a->vantage, b->vantage) <= 0);
		assert_true(
		    strcmp(a->vantage, b->vantage) != 0 || a->kind <= b->kind);
	}
	events_free(&e);
}

static void
test_four_in_a_row_flap(void **state)
{
	struct events e = {0};
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct event *v = add(&e, EVENT_CHANGED, "a", 10 + 59 * i);
		v->p = 0.9 - i / 10.0;
		v->has_traces = true;
		v->trace_from[0] = (uint8_t)(2 * i + 1);
		v->trace_to[0] = (uint8_t)(2 * i + 2);
	}
	snprintf(e.event[3].to, sizeof(e.event[3].to), "intelsat");
	events_find_flapping(&e);
	assert_int_equal(e.n, 5);
	const struct event *f = &e.event[4];
	assert_int_equal(f->kind, EVENT_FLAPPING);
	assert_int_equal(f->flaps, 4);
	assert_false(f->in_flap);
	assert_int_equal(f->after_us, 9 * MINUTE);
	assert_int_equal(f->before_us, (10 + 59 * 3) * MINUTE);
	assert_string_equal(f->from, "unicom");
	assert_string_equal(f->to, "intelsat");
	assert_true(fabs(f->p - 0.6) < 1e-9);
	assert_int_equal(f->trace_from[0], 1);
	assert_int_equal(f->trace_to[0], 8);
	for (size_t i = 0; i < 4; i++)
		assert_true(e.event[i].in_flap);
	events_free(&e);
}

/* The limits of the rule: three, an hour apart, other rows. */
static void
test_what_is_no_flapping(void **state)
{
	struct events e = {0};
	(void)state;
	for (int i = 0; i < 3; i++)
		add(&e, EVENT_CHANGED, "a", i);
	for (int64_t i = 0; i < 9; i++)
		add(&e, EVENT_CHANGED, "b", 60 * i);
	for (int i = 0; i < 2; i++)
		add(&e, EVENT_CHANGED, "c", i)->prefix = p177;
	for (int i = 2; i < 4; i++)
		add(&e, EVENT_CHANGED, "c", i);
	for (int i = 0; i < 3; i++)
		add(&e, EVENT_CHANGED, "d", i)->plane =
		    i ? PLANE_DATA : PLANE_CONTROL;
	/* One outage: an event of each row at its begin and its end. */
	add(&e, EVENT_LOST, "e", 0);
	add(&e, EVENT_DOWN, "e", 0);
	add(&e, EVENT_GAINED, "e", 9);
	add(&e, EVENT_UP, "e", 9);
	size_t before = e.n;
	events_find_flapping(&e);
	assert_int_equal(e.n, before);
	for (size_t i = 0; i < e.n; i++)
		assert_false(e.event[i].in_flap);
	events_free(&e);
}

/* The control plane has one row: withdrawals and gains belong together. */
static void
test_control_is_one_row(void **state)
{
	static const enum event_kind kinds[] = {
	    EVENT_GAINED, EVENT_DOWN, EVENT_UP, EVENT_LOST};
	struct events e = {0};
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct event *v = add(&e, kinds[i], "", i);
		v->plane = PLANE_CONTROL;
		v->nto = 1;
		v->upstream_to[0] = 100 + (uint32_t)i;
		v->suspect = "upstream";
	}
	events_find_flapping(&e);
	assert_int_equal(count(&e, EVENT_FLAPPING), 1);
	const struct event *f = &e.event[e.n - 1];
	assert_int_equal(f->upstream_to[0], 103);
	assert_null(f->suspect);
	events_free(&e);
}

/* Two stretches with a quiet hour between them are two. */
static void
test_two_stretches(void **state)
{
	struct events e = {0};
	(void)state;
	for (int64_t i = 0; i < 5; i++) {
		add(&e, EVENT_DOWN, "a", 2 * i);
		add(&e, EVENT_UP, "a", 2 * i + 200);
	}
	events_find_flapping(&e);
	assert_int_equal(count(&e, EVENT_FLAPPING), 2);
	assert_int_equal(e.n, 12);
	events_free(&e);
}

static void
json_is(const struct event *e, const char *want)
{
	struct json j = {0};
	event_json(e, &j);
	char *text = json_take(&j);
	assert_string_equal(text, want);
	free(text);
}

static void
test_json(void **state)
{
	struct events e = {0};
	(void)state;
	struct event *v = add(&e, EVENT_CHANGED, "mow", 2);
	v->entry_from = 134544;
	v->p = 0.99;
	v->in_flap = true;
	v->has_traces = true;
	memset(v->trace_to, 0x11, UUID_LEN);
	json_is(v, "{\"record\":\"event\",\"v\":1,\"plane\":\"data\","
		   "\"prefix\":\"175.45.176.0/24\",\"vantage\":\"mow\","
		   "\"kind\":\"changed\",\"from\":\"unicom\",\"to\":\"ttk\","
		   "\"carrier\":null,\"entry_from\":134544,\"entry_to\":null,"
		   "\"after_us\":60000000,\"before_us\":120000000,\"p\":0.990,"
		   "\"flapping\":true,\"changes\":null,"
		   "\"traces\":[\"00000000-0000-0000-0000-000000000000\","
		   "\"11111111-1111-1111-1111-111111111111\"]}");
	v = add(&e, EVENT_FLAPPING, "", 2);
	v->plane = PLANE_CONTROL;
	v->flaps = 7;
	v->nto = 2;
	v->upstream_to[0] = 20485;
	v->upstream_to[1] = 134544;
	v->peers = 3;
	v->peers_known = 4;
	v->suspect = "upstream";
	v->suspect_as = 4200000000;
	snprintf(v->carrier, sizeof(v->carrier), "ttk");
	json_is(v, "{\"record\":\"event\",\"v\":1,\"plane\":\"control\","
		   "\"prefix\":\"175.45.176.0/24\",\"vantage\":null,"
		   "\"kind\":\"flapping\",\"from\":\"unicom\",\"to\":\"ttk\","
		   "\"carrier\":\"ttk\",\"entry_from\":null,\"entry_to\":null,"
		   "\"after_us\":60000000,\"before_us\":120000000,\"p\":null,"
		   "\"flapping\":false,\"changes\":7,\"traces\":null,"
		   "\"upstreams_from\":[],\"upstreams_to\":[20485,134544],"
		   "\"peers\":3,\"peers_known\":4,\"suspect\":\"upstream\","
		   "\"suspect_as\":4200000000}");
	events_free(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_sorted),
	    cmocka_unit_test(test_four_in_a_row_flap),
	    cmocka_unit_test(test_what_is_no_flapping),
	    cmocka_unit_test(test_control_is_one_row),
	    cmocka_unit_test(test_two_stretches),
	    cmocka_unit_test(test_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
