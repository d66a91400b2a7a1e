/* SPDX-License-Identifier: ISC */
#include "analysis/change/alerts.h"

#include "probe/base/clock.h"
#include "probe/base/log.h"
#include "tests/unit/sample_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sysexits.h>

#include <cmocka.h>

#define MINUTE (60 * US_PER_S)

static const struct prefix p176 = {.addr = 0xaf2db000, .len = 24};

/* "a changed ttk unicom", between two minutes. */
static struct event *
add(struct events *e, enum event_kind kind, const char *vantage, int after,
    int before)
{
	struct event *v = events_add(e);
	bool reach = kind == EVENT_DOWN || kind == EVENT_UP;
	v->kind = kind;
	v->prefix = p176;
	v->after_us = after * MINUTE;
	v->before_us = before * MINUTE;
	snprintf(v->vantage, sizeof(v->vantage), "%s", vantage);
	snprintf(v->from, sizeof(v->from), "%s", reach ? "up" : "ttk");
	snprintf(v->to, sizeof(v->to), "%s", reach ? "down" : "unicom");
	return v;
}

/* Tells all that is new; how many that was. */
static size_t
tell(struct alerts *a, const struct events *e)
{
	struct fault f = {0};
	size_t *list = xcalloc(e->n + 1, sizeof(*list));
	size_t n = alerts_new(a, e, list);
	for (size_t i = 0; i < n; i++) {
		assert_true(alerts_call(a, &e->event[list[i]], &f));
		assert_true(alerts_done(a, "ok", &f));
	}
	free(list);
	return n;
}

static void
each_once(void **state)
{
	struct alerts a;
	struct events e = {0};
	struct fault f = {0};
	(void)state;
	assert_true(alerts_open(&a, NULL, 10 * MINUTE, &f));
	add(&e, EVENT_CHANGED, "a", 1, 9); /* history */
	add(&e, EVENT_CHANGED, "a", 9, 10);
	add(&e, EVENT_CHANGED, "b", 9, 10);
	add(&e, EVENT_CHANGED, "", 9, 10);
	add(&e, EVENT_DOWN, "a", 9, 10);
	assert_int_equal(tell(&a, &e), 4);
	assert_int_equal(tell(&a, &e), 0);
	add(&e, EVENT_CHANGED, "a", 9, 10)->plane = PLANE_CONTROL;
	add(&e, EVENT_CHANGED, "a", 9, 10)->prefix.addr += 256;
	snprintf(add(&e, EVENT_CHANGED, "a", 9, 10)->to, 5, "none");
	snprintf(add(&e, EVENT_CHANGED, "a", 9, 10)->from, 5, "none");
	add(&e, EVENT_UP, "a", 9, 10);
	/* By the words for many alone they would be one. */
	snprintf(add(&e, EVENT_LOST, "", 9, 10)->carrier, 4, "ttk");
	snprintf(add(&e, EVENT_LOST, "", 9, 10)->carrier, 4, "xyz");
	assert_int_equal(tell(&a, &e), 7);
	assert_int_equal(tell(&a, &e), 0);
	events_free(&e);
	alerts_close(&a);
}

/* Late observations: narrower, moved, and one more between two. */
static void
brackets_move(void **state)
{
	struct alerts a;
	struct events e = {0};
	struct fault f = {0};
	(void)state;
	assert_true(alerts_open(&a, NULL, 0, &f));
	add(&e, EVENT_CHANGED, "a", 10, 20);
	add(&e, EVENT_CHANGED, "a", 30, 40);
	assert_int_equal(tell(&a, &e), 2);
	e.event[0].after_us = 15 * MINUTE;
	e.event[1].before_us = 35 * MINUTE;
	assert_int_equal(tell(&a, &e), 0);
	e.event[0].after_us = 5 * MINUTE;
	e.event[0].before_us = 12 * MINUTE;
	assert_int_equal(tell(&a, &e), 0);
	/* There and back in a gap: one of the three is new. */
	add(&e, EVENT_CHANGED, "a", 14, 16);
	assert_int_equal(tell(&a, &e), 1);
	/* Two that overlap stay two. */
	add(&e, EVENT_CHANGED, "a", 8, 13);
	assert_int_equal(tell(&a, &e), 1);
	assert_int_equal(tell(&a, &e), 0);
	events_free(&e);
	alerts_close(&a);
}

static void
flapping_is_one(void **state)
{
	struct alerts a;
	struct events e = {0};
	struct fault f = {0};
	(void)state;
	assert_true(alerts_open(&a, NULL, 0, &f));
	add(&e, EVENT_FLAPPING, "a", 10, 40);
	assert_int_equal(tell(&a, &e), 1);
	e.event[0].before_us = 90 * MINUTE;
	snprintf(e.event[0].to, 9, "intelsat");
	assert_int_equal(tell(&a, &e), 0);
	add(&e, EVENT_FLAPPING, "a", 200, 230);
	assert_int_equal(tell(&a, &e), 1);
	/* Of the other row: it is not who carries it that flaps. */
	snprintf(add(&e, EVENT_FLAPPING, "a", 10, 40)->from, 3, "up");
	assert_int_equal(tell(&a, &e), 1);
	assert_int_equal(tell(&a, &e), 0);
	events_free(&e);
	alerts_close(&a);
}

static void
remembers(void **state)
{
	char *path = xasprintf("%s/state", (char *)*state);
	struct alerts a, second;
	struct events e = {0};
	struct fault f = {0};
	assert_true(alerts_open(&a, path, 10 * MINUTE, &f));
	add(&e, EVENT_CHANGED, "", 9, 11);
	add(&e, EVENT_FLAPPING, "sel", 9, 12);
	assert_int_equal(tell(&a, &e), 2);
	assert_false(alerts_open(&second, path, 0, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	assert_non_null(strstr(f.text, "held by another process"));
	alerts_close(&second);
	alerts_close(&a);
	/* What it began with stays, whatever the next one says. */
	assert_true(alerts_open(&a, path, 0, &f));
	assert_int_equal(a.since_us, 10 * MINUTE);
	assert_int_equal(tell(&a, &e), 0);
	add(&e, EVENT_CHANGED, "a", 1, 2);
	assert_int_equal(tell(&a, &e), 0);
	add(&e, EVENT_CHANGED, "a", 11, 13)->plane = PLANE_CONTROL;
	assert_int_equal(tell(&a, &e), 1);
	alerts_close(&a);
	assert_true(alerts_open(&a, path, 0, &f));
	assert_int_equal(a.n, 3);
	assert_int_equal(tell(&a, &e), 0);
	alerts_close(&a);
	events_free(&e);
	free(path);
}

static void
append(const char *path, const char *text)
{
	FILE *f = fopen(path, "a");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* A call that was begun is never made again; a line cut short announced none.
 */
static void
after_a_crash(void **state)
{
	char *path = xasprintf("%s/state", (char *)*state);
	struct alerts a;
	struct events e = {0};
	struct fault f = {0};
	assert_true(alerts_open(&a, path, 0, &f));
	add(&e, EVENT_CHANGED, "a", 1, 2);
	assert_true(alerts_call(&a, &e.event[0], &f));
	alerts_close(&a);
	append(path, "call\t2\tdata\t175.45.176.0/24\ta\tchan");
	assert_true(alerts_open(&a, path, 0, &f));
	assert_int_equal(a.n, 1);
	add(&e, EVENT_CHANGED, "a", 11, 12);
	assert_int_equal(tell(&a, &e), 1);
	alerts_close(&a);
	size_t len = 0;
	char *text = sample_read(path, &len);
	assert_non_null(strstr(text, "\nlost\t1\ncall\t2\t"));
	assert_non_null(strstr(text, "\ndone\t2\tok\n"));
	free(text);
	assert_true(alerts_open(&a, path, 0, &f));
	assert_int_equal(tell(&a, &e), 0);
	alerts_close(&a);
	events_free(&e);
	free(path);
}

/* Cut at every octet, it opens, and knows all whose lines are whole. */
static void
cut_anywhere(void **state)
{
	char *path = xasprintf("%s/state", (char *)*state);
	struct alerts a;
	struct events e = {0};
	struct fault f = {0};
	assert_true(alerts_open(&a, path, 0, &f));
	for (int i = 0; i < 3; i++)
		add(&e, EVENT_CHANGED, "a", 10 * i, 10 * i + 1);
	assert_int_equal(tell(&a, &e), 3);
	alerts_close(&a);
	size_t len = 0;
	char *text = sample_read(path, &len);
	for (size_t cut = 0; cut <= len; cut++) {
		FILE *file = fopen(path, "w");
		assert_non_null(file);
		fwrite(text, 1, cut, file);
		fclose(file);
		size_t told = 0;
		for (size_t i = 0; i < cut; i++)
			told += text[i] == '\n' &&
				strncmp(text + i + 1, "done", 4) == 0;
		if (!alerts_open(&a, path, 0, &f))
			fail_msg("%zu: %s", cut, f.text);
		assert_int_equal(a.n, told);
		assert_int_equal(tell(&a, &e), 3 - told);
		alerts_close(&a);
	}
	free(text);
	events_free(&e);
	free(path);
}

static void
refuses_others(void **state)
{
	static const char *const texts[] = {"hello\n", "hello",
	    "tumen-alerts\t2\t0\n", "tumen-alerts\t1\tx\n",
	    "tumen-alerts\t1\t0\t0\n", "tumen-alerts\t1\t0\nwhat\t1\n",
	    "tumen-alerts\t1\t0\ndone\t1\tok\n",
	    "tumen-alerts\t1\t0\ncall\t2\tdata\t1.2.3.0/24\ta\tup\t\tx\ty\t1\t2"
	    "\n",
	    "tumen-alerts\t1\t0\ncall\t1\tsea\t1.2.3.0/24\ta\tup\t\tx\ty\t1\t2"
	    "\n",
	    "tumen-alerts\t1\t0\ncall\t1\tdata\t1.2.3.0/24\ta\tups\t\tx\ty\t1"
	    "\t2\n",
	    "tumen-alerts\t1\t0\ncall\t1\tdata\t1.2.3.0/24\ta\tup\t\tx\ty\t1"
	    "\t-2\n"};
	char *path = xasprintf("%s/state", (char *)*state);
	struct alerts a;
	struct fault f = {0};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		unlink(path);
		append(path, texts[i]);
		assert_false(alerts_open(&a, path, 0, &f));
		assert_int_equal(f.status, EX_DATAERR);
		alerts_close(&a);
		size_t len = 0;
		char *text = sample_read(path, &len);
		assert_string_equal(text, texts[i]);
		free(text);
	}
	char *none = xasprintf("%s/none/state", (char *)*state);
	assert_false(alerts_open(&a, none, 0, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	alerts_close(&a);
	free(none);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_once),
	    cmocka_unit_test(brackets_move),
	    cmocka_unit_test(flapping_is_one),
	    cmocka_unit_test_setup_teardown(
		remembers, sample_set_up, sample_tear_down),
	    cmocka_unit_test_setup_teardown(
		after_a_crash, sample_set_up, sample_tear_down),
	    cmocka_unit_test_setup_teardown(
		cut_anywhere, sample_set_up, sample_tear_down),
	    cmocka_unit_test_setup_teardown(
		refuses_others, sample_set_up, sample_tear_down),
	};
	log_level_set(LOG_ERROR); /* what is lost is said */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
