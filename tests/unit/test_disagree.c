/* SPDX-License-Identifier: ISC */
#include "analysis/report/disagree.h"

#include "tests/unit/timeline_seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* What BGP had, in minutes; upstream 0: no route; -1: not known. */
struct heard {
	const struct prefix *prefix;
	int64_t from, to; /* to -1: the newest, heard until minute 1000 */
	int64_t upstream;
};

static void
hear(struct control *c, struct heard h)
{
	struct control_run run = {.prefix = *h.prefix,
	    .since_us = (h.from - 1) * SEEN_MINUTE,
	    .settled_us = h.from * SEEN_MINUTE,
	    .until_us = h.to < 0 ? -1 : h.to * SEEN_MINUTE,
	    .last_us = 1000 * SEEN_MINUTE,
	    .known = h.upstream >= 0,
	    .routed = h.upstream > 0,
	    .nupstreams = h.upstream > 0,
	    .upstream = {{(uint32_t)h.upstream, 9}},
	    .peers = 9,
	    .peers_known = 10};
	c->run = xreallocarray(c->run, c->n + 1, sizeof(*c->run));
	c->run[c->n++] = run;
}

/* "kind carrier since..until vantages", in minutes; the list ends with NULL. */
static void
finds(struct timeline *t, struct control *c, const char *const *want)
{
	static const char *const kinds[] = {
	    "upstream", "no-route", "no-answer"};
	struct carriers classes;
	struct disagreements d;
	struct fault f = {0};
	size_t n = 0;
	assert_true(carriers_load(&classes, NULL, &f));
	disagree_find(&d, t, c, &classes);
	for (; n < d.n && want[n] != NULL; n++) {
		const struct disagreement *item = &d.item[n];
		char text[128];
		snprintf(text, sizeof(text), "%s %s %d..%d %zu %s",
		    kinds[item->kind], item->carrier,
		    (int)(item->since_us / SEEN_MINUTE),
		    (int)(item->until_us / SEEN_MINUTE), item->vantages,
		    item->vantage[item->vantages - 1]);
		assert_string_equal(text, want[n]);
	}
	assert_int_equal(n, d.n);
	assert_null(want[n]);
	disagree_free(&d);
	carriers_free(&classes);
	control_close(c);
	timeline_close(t);
}

static void
agreed(void **state)
{
	struct timeline t = {0};
	struct control c = {0};
	(void)state;
	seen_run(&t, (struct seen){&seen_176, "a", "unicom", 10, 90});
	seen_run(&t, (struct seen){&seen_176, "a", "none", 101, 190});
	seen_run(&t, (struct seen){&seen_176, "a", "ttk", 210, 300});
	seen_reach(&t, (struct seen){&seen_176, "a", "up", 10, 90});
	seen_reach(&t, (struct seen){&seen_176, "a", "down", 101, 190});
	seen_reach(&t, (struct seen){&seen_176, "a", "unknown", 191, 209});
	seen_reach(&t, (struct seen){&seen_176, "a", "up", 210, 300});
	hear(&c, (struct heard){&seen_176, 5, 95, 134544});
	hear(&c, (struct heard){&seen_176, 96, 200, 0});
	hear(&c, (struct heard){&seen_176, 201, -1, 20485});
	finds(&t, &c, (const char *[]){NULL});
}

/* Between two observations, and in a wave, nobody says anything. */
static void
while_it_changes(void **state)
{
	struct timeline t = {0};
	struct control c = {0};
	(void)state;
	seen_run(&t, (struct seen){&seen_176, "a", "unicom", 10, 90});
	seen_run(&t, (struct seen){&seen_176, "a", "ttk", 120, 300});
	hear(&c, (struct heard){&seen_176, 5, 91, 134544});
	hear(&c, (struct heard){&seen_176, 92, -1, 20485});
	finds(&t, &c, (const char *[]){NULL});
	seen_run(&t, (struct seen){&seen_176, "a", "unicom", 10, 100});
	seen_run(&t, (struct seen){&seen_176, "a", "ttk", 120, 300});
	hear(&c, (struct heard){&seen_176, 5, 91, 134544});
	hear(&c, (struct heard){&seen_176, 92, -1, 20485});
	finds(&t, &c, (const char *[]){"upstream unicom 92..100 1 a", NULL});
}

static void
another_upstream(void **state)
{
	struct timeline t = {0};
	struct control c = {0};
	(void)state;
	seen_run(&t, (struct seen){&seen_176, "a", "ttk", 10, 300});
	seen_run(&t, (struct seen){&seen_176, "b", "ttk", 50, 2000});
	seen_run(&t, (struct seen){&seen_176, "c", "unicom", 50, 300});
	seen_run(&t, (struct seen){&seen_177, "a", "ttk", 10, 300});
	hear(&c, (struct heard){&seen_176, 5, -1, 134544});
	hear(&c, (struct heard){&seen_177, 5, 100, -1});
	hear(&c, (struct heard){&seen_177, 100, -1, 0});
	finds(&t, &c,
	    (const char *[]){"upstream ttk 10..1000 2 b",
		"upstream ttk 100..300 1 a", NULL});
}

/* Whoever hands over is not seen: the class of an upstream will do, and a front
 * may stand before anybody. */
static void
no_entry(void **state)
{
	struct timeline t = {0};
	struct control c = {0};
	(void)state;
	seen_run(&t, (struct seen){&seen_176, "a", "unicom", 10, 300});
	seen_run(&t, (struct seen){&seen_177, "a", "unicom", 10, 300});
	t.run[0].entry_as = t.run[1].entry_as = -1;
	hear(&c, (struct heard){&seen_176, 5, 100, 4837});
	hear(&c, (struct heard){&seen_176, 100, 200, 134544});
	hear(&c, (struct heard){&seen_176, 200, -1, 20485});
	hear(&c, (struct heard){&seen_177, 5, -1, 64500});
	finds(&t, &c,
	    (const char *[]){"upstream unicom 200..300 1 a",
		"upstream unicom 10..300 1 a", NULL});
}

/* 2013 and 2022: routes up, nothing answers. And the reverse. */
static void
routes_and_answers(void **state)
{
	struct timeline t = {0};
	struct control c = {0};
	(void)state;
	seen_reach(&t, (struct seen){&seen_176, "a", "up", 10, 90});
	seen_reach(&t, (struct seen){&seen_176, "a", "down", 100, 190});
	seen_reach(&t, (struct seen){&seen_176, "a", "up", 200, 300});
	seen_reach(&t, (struct seen){&seen_176, "b", "down", 150, 195});
	hear(&c, (struct heard){&seen_176, 5, 250, 134544});
	hear(&c, (struct heard){&seen_176, 250, -1, 0});
	finds(&t, &c,
	    (const char *[]){
		"no-route  250..300 1 a", "no-answer  100..195 2 b", NULL});
}

/* A stuck route is a route: nobody is said to have none. */
static void
what_is_said_of_few(void **state)
{
	(void)state;
	for (size_t peers = 0; peers < 2; peers++) {
		struct timeline t = {0};
		struct control c = {0};
		struct disagreements d;
		struct carriers classes = {0};
		char text[512] = "";
		FILE *out = fmemopen(text, sizeof(text), "w");
		seen_reach(&t, (struct seen){&seen_176, "a", "up", 10, 90});
		hear(&c, (struct heard){&seen_176, 5, 95, 0});
		c.run[0].peers = peers;
		disagree_find(&d, &t, &c, &classes);
		disagree_print(&d, 0, 0, 200, out);
		fclose(out);
		assert_non_null(strstr(
		    text, peers ? "answers, but only 1 of 10 peers has a route"
				: "answers, but no peer has a route"));
		disagree_free(&d);
		control_close(&c);
		timeline_close(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(agreed),
	    cmocka_unit_test(while_it_changes),
	    cmocka_unit_test(another_upstream),
	    cmocka_unit_test(no_entry),
	    cmocka_unit_test(routes_and_answers),
	    cmocka_unit_test(what_is_said_of_few),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
