/* SPDX-License-Identifier: ISC */
#include "analysis/change/reach.h"
#include "analysis/change/timeline.h"
#include "probe/base/clock.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * Rounds in words, and the runs that they fold into. A round is its uplink
 * (u up, ~ unstable, d down, ? not known, - nothing was measured) and what was
 * probed: A, B, ... by UDP, a, b, ... the same targets by ICMP; with + it
 * answered, ! a router said "no route", . nothing came. One begins every ten
 * minutes. Runs are their state, the numbers of their first and last round and
 * the witness; behind ? what is pending.
 */
enum { EVERY_S = 600, RUN_S = 60, ROUNDS_MAX = 400 };

static const struct prefix p177 = {0xaf2db100, 24};

struct played {
	struct timeline t;
	size_t n, nuplinks;
	struct store_uplink uplink[ROUNDS_MAX];
	char text[400];
};

static struct store_verdict
verdict_of(const char *probe, int64_t at_us)
{
	bool udp = probe[0] < 'a', up = probe[1] == '+', no = probe[1] == '!';
	struct store_verdict v = {.prefix = p177,
	    .vantage = "mow",
	    .target = p177.addr + (uint32_t)(probe[0] & 31),
	    .method = udp ? METHOD_UDP : METHOD_ICMP,
	    .start_us = at_us,
	    .decided_us = at_us + 500000,
	    .reached = up,
	    .reach = up	  ? "up"
		     : no ? "down"
			  : "unknown",
	    .carrier = up ? "ttk" : "unknown",
	    .entry_as = up ? 20485 : -1,
	    .p = up ? 0.9 : (double)NAN};
	v.trace[0] = (uint8_t)(at_us / US_PER_S / EVERY_S);
	v.trace[1] = (uint8_t)probe[0];
	return v;
}

static void
measure(struct played *p, char uplink, int64_t at_us)
{
	if (uplink == '-')
		return;
	p->uplink[p->nuplinks++] =
	    (struct store_uplink){.began_us = at_us - US_PER_S,
		.ended_us = at_us + RUN_S * US_PER_S,
		.up = uplink == 'u',
		.known = uplink != '?'};
}

/* One word is a round; a word "x30" repeats the one before 30 times. */
static void
play(struct played *p, const char *const *rounds)
{
	*p = (struct played){0};
	const char *round[ROUNDS_MAX];
	for (; *rounds != NULL; rounds++) {
		size_t times = 1;
		if (**rounds == 'x')
			times = strtoul(*rounds + 1, NULL, 10);
		for (; times > 0; times--, p->n++) {
			assert_true(p->n < ROUNDS_MAX);
			round[p->n] =
			    **rounds == 'x' ? round[p->n - 1] : *rounds;
			measure(p, *round[p->n],
			    (int64_t)p->n * EVERY_S * US_PER_S);
		}
	}
	timeline_open(&p->t);
	timeline_uplinks(&p->t, p->uplink, p->nuplinks);
	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 1; round[i][k] != '\0'; k += 3) {
			int64_t s = (int64_t)(i * EVERY_S + k / 3);
			struct store_verdict v =
			    verdict_of(round[i] + k + 1, s * US_PER_S);
			timeline_add(&p->t, &v);
		}
	timeline_end(&p->t);
	reach_blind(&p->t, p->uplink, p->nuplinks);
}

static int
round_of(int64_t us)
{
	return (int)(us / US_PER_S / EVERY_S);
}

static const char *
reach_text(struct played *p)
{
	FILE *out = fmemopen(p->text, sizeof(p->text), "w");
	for (size_t i = 0; i < p->t.nreach; i++) {
		const struct reach_run *r = &p->t.reach[i];
		char name = (char)(r->witness - p177.addr + 64);
		fprintf(out, "%s%s %d-%d", i > 0 ? ", " : "", r->reach,
		    round_of(r->since_us), round_of(r->last_us));
		if (r->witness_method != 0)
			fprintf(out, " %c",
			    r->witness_method == METHOD_UDP ? name : name + 32);
		if (r->pending.reach[0] != '\0')
			fprintf(out, " ?%s %d", r->pending.reach,
			    round_of(r->pending.since_us));
	}
	fclose(out);
	return p->text;
}

static const char *
carrier_text(struct played *p)
{
	FILE *out = fmemopen(p->text, sizeof(p->text), "w");
	for (size_t i = 0; i < p->t.n; i++)
		fprintf(out, "%s%s %d-%d %s", i > 0 ? ", " : "",
		    p->t.run[i].carrier, round_of(p->t.run[i].since_us),
		    round_of(p->t.run[i].last_us), p->t.run[i].reach);
	fclose(out);
	return p->text;
}

struct case_of {
	const char *round[9];
	const char *reach, *carrier; /* carrier NULL: not looked at */
};

static void
hold(const struct case_of *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		static struct played p;
		play(&p, cases[i].round);
		if (strcmp(reach_text(&p), cases[i].reach) != 0)
			fail_msg("case %zu: \"%s\", not \"%s\"", i, p.text,
			    cases[i].reach);
		if (cases[i].carrier != NULL &&
		    strcmp(carrier_text(&p), cases[i].carrier) != 0)
			fail_msg("case %zu: \"%s\", not \"%s\"", i, p.text,
			    cases[i].carrier);
		timeline_close(&p.t);
	}
}
#define HOLD(cases) hold(cases, sizeof(cases) / sizeof((cases)[0]))

/* Something answered: the uplink works, whatever its health says. */
static void
an_answer_is_up(void **state)
{
	(void)state;
	static const struct case_of cases[] = {
	    {{"u A+", "x2"}, "up 0-2 A", "ttk 0-2 up"},
	    {{"d A+", "x2"}, "up 0-2 A", "ttk 0-2 up"},
	    {{"~ A+", "x2"}, "up 0-2 A", "ttk 0-2 up"},
	    {{"? A+", "x2"}, "up 0-2 A", "ttk 0-2 up"},
	    {{"- A+", "x2"}, "up 0-2 A", "ttk 0-2 up"},
	    {{"u A! B+ C.", "x2"}, "up 0-2 B", "ttk 0-2 up"},
	};
	HOLD(cases);
}

static void
no_route_counts_behind_a_working_uplink(void **state)
{
	(void)state;
	static const struct case_of cases[] = {
	    {{"u A+", "u A!", "x2"}, "up 0-0 A, down 1-3 A",
		"ttk 0-0 up, none 1-3 down"},
	    {{"u A+", "d A!", "x2"}, "up 0-0 A, unknown 1-3 A",
		"ttk 0-0 unknown"},
	    {{"u A+", "~ A!", "x2"}, "up 0-0 A, unknown 1-3 A",
		"ttk 0-0 unknown"},
	    {{"u A+", "? A!", "x2"}, "up 0-0 A, unknown 1-3 A",
		"ttk 0-0 unknown"},
	    {{"u A+", "- A!", "x2"}, "up 0-0 A, unknown 1-3 A",
		"ttk 0-0 unknown"},
	    /* Whoever was probed: it is a router that speaks. */
	    {{"u A+ B.", "u B!", "x1"}, "up 0-0 A, down 1-2 A",
		"ttk 0-0 up, none 1-2 down"},
	    {{"u A!", "x1"}, "down 0-1", "none 0-1 down"},
	    {{"d A!", "x1"}, "unknown 0-1", "unknown 0-1 unknown"},
	    {{"- A!", "u A!", "u A+", "x1"}, "down 1-1 A, up 2-3 A",
		"none 1-1 down, ttk 2-3 up"},
	};
	HOLD(cases);
}

/* Routes up, nothing answers: the carrier stays, only reach is lost. */
static void
silence_of_the_witness_counts(void **state)
{
	(void)state;
	static const struct case_of cases[] = {
	    {{"u A+", "u A.", "x2"}, "up 0-0 A, down 1-3 A", "ttk 0-0 down"},
	    {{"u A+", "d A.", "x2"}, "up 0-0 A, unknown 1-3 A",
		"ttk 0-0 unknown"},
	    {{"u A+", "~ A.", "x2"}, "up 0-0 A, unknown 1-3 A", NULL},
	    {{"u A+", "? A.", "x2"}, "up 0-0 A, unknown 1-3 A", NULL},
	    {{"u A+", "- A.", "x2"}, "up 0-0 A, unknown 1-3 A", NULL},
	    {{"u A+", "u A.", "x1", "u A+", "x1"},
		"up 0-0 A, down 1-2 A, up 3-4 A", "ttk 0-4 up"},
	    {{"u A+", "d A.", "x1", "u A.", "x1"},
		"up 0-0 A, unknown 1-2 A, down 3-4 A", NULL},
	    /* What never answered says nothing by its silence. */
	    {{"u A.", "x5"}, "unknown 0-5", "unknown 0-5 unknown"},
	    {{"u A.", "x2", "u A+"}, "up 3-3 A", "ttk 3-3 up"},
	    {{"d A.", "x2"}, "unknown 0-2", NULL},
	};
	HOLD(cases);
}

static void
one_odd_round_is_not_believed(void **state)
{
	(void)state;
	static const struct case_of cases[] = {
	    {{"u A+", "u A.", "u A+", "u A!", "u A+"}, "up 0-4 A",
		"ttk 0-4 up"},
	    {{"u A+", "u A."}, "up 0-0 A ?down 1", NULL},
	    {{"u A+", "u A.", "d A.", "u A+"}, "up 0-3 A", NULL},
	    {{"u A+", "u A.", "x1", "u A+", "u A."}, "up 0-0 A, down 1-4 A",
		NULL},
	    {{"u A+", "u A.", "x1", "u A+"}, "up 0-0 A, down 1-2 A ?up 3",
		NULL},
	    /* What says nothing neither confirms nor drops what is pending. */
	    {{"u A+", "u A.", "u B.", "u A."}, "up 0-0 A, down 1-3 A", NULL},
	    {{"u A+", "u A.", "u B.", "u A+"}, "up 0-3 A", NULL},
	};
	HOLD(cases);
}

/* One target is lost, others go on. */
static void
the_witness_stays_while_it_answers(void **state)
{
	(void)state;
	static const struct case_of cases[] = {
	    {{"u A. B+ C+", "u A+ B+ C.", "x1"}, "up 0-2 B", NULL},
	    {{"u A+ B+", "u A. B+", "x2"}, "up 0-3 B", NULL},
	    {{"u A+ B+", "u A. B+", "u A. B.", "x1"}, "up 0-1 B, down 2-3 B",
		NULL},
	    /* It comes back; what took its place stays. */
	    {{"u A+ B+", "u A. B+", "u A+ B+"}, "up 0-2 B", NULL},
	    /* The method is part of it. */
	    {{"u A. a+", "u A.", "x3"}, "up 0-0 a", NULL},
	    {{"u A. a+", "u A. a.", "x1"}, "up 0-0 a, down 1-2 a", NULL},
	};
	HOLD(cases);
}

/*
 * One campaign reaches A; another, between, probes what never answers or does
 * so once in a while (an edge that says "prohibited"). What does not repeat is
 * one round: A joins the round of B and C before it.
 */
static void
campaigns_are_interleaved(void **state)
{
	(void)state;
	static const struct case_of cases[] = {
	    {{"u A+", "u B. C.", "x5", "u A+", "u B. C.", "x5"}, "up 0-6 A",
		"ttk 0-6 up"},
	    {{"u A+", "u B. C+", "u B. C.", "x5", "u A+"}, "up 0-7 A",
		"ttk 0-7 up"},
	    {{"u A+", "u B. C.", "x5", "u A.", "u B. C.", "u A."},
		"up 0-0 A, down 6-8 A", "ttk 0-0 down"},
	    /* A is probed no more: after a day C may be the witness. */
	    {{"u A+", "u C+", "x144", "u C.", "x1"},
		"up 0-145 C, down 146-147 C", NULL},
	    {{"u A+", "u C+", "x100", "u C.", "x9"}, "up 0-101 A", NULL},
	};
	HOLD(cases);
}

static struct played uplinks_of;

/* Two verdicts of A, and all the runs that were under way then. */
static const char *
with_uplinks(const struct store_uplink *uplink, size_t n)
{
	struct played *p = &uplinks_of;
	*p = (struct played){0};
	timeline_open(&p->t);
	timeline_uplinks(&p->t, uplink, n);
	for (int64_t i = 0; i < 3; i++) {
		struct store_verdict v =
		    verdict_of(i == 0 ? "A+" : "A.", i * EVERY_S * US_PER_S);
		timeline_add(&p->t, &v);
	}
	timeline_end(&p->t);
	reach_text(p);
	timeline_close(&p->t);
	return p->text;
}

/* Of several campaigns of a vantage: one is up and none knows otherwise. */
static void
every_run_of_the_time_is_asked(void **state)
{
	(void)state;
	enum { S = 1000000, FIRST = EVERY_S * S, SECOND = 2 * FIRST };
	const struct store_uplink up = {FIRST - S, SECOND + S, true, true},
				  down = {FIRST, FIRST, false, true},
				  blind = {FIRST, FIRST, false, false},
				  before = {0, FIRST - 1, false, true},
				  behind = {SECOND + 1, SECOND + 2, false,
				      true},
				  whole = {0, SECOND + 2, true, true};
	const struct store_uplink well[] = {before, blind, up, behind};
	assert_string_equal(with_uplinks(well, 4), "up 0-0 A, down 1-2 A");
	const struct store_uplink one_other[] = {down, up};
	assert_string_equal(with_uplinks(one_other, 2), "up 0-0 A ?down 2");
	/* A long run that ends behind a short one. */
	const struct store_uplink nested[] = {before, blind, whole};
	assert_string_equal(with_uplinks(nested, 3), "up 0-0 A, down 1-2 A");
	assert_string_equal(with_uplinks(&blind, 1), "up 0-0 A, unknown 1-2 A");
	assert_string_equal(with_uplinks(NULL, 0), "up 0-0 A, unknown 1-2 A");
}

/* Nothing answered: it may have gone dark until the round was over. */
static void
silence_is_decided_when_the_round_is_over(void **state)
{
	(void)state;
	static struct played p;
	static const char *const rounds[] = {
	    "u A+", "u A.", "x1", "u A+", "x1", "u A!", "x1", NULL};
	play(&p, rounds);
	assert_int_equal(p.t.nreach, 4);
	const int64_t round = EVERY_S * US_PER_S;
	assert_true(p.t.reach[0].last_us == 0);
	assert_true(p.t.reach[1].decided_us == round + RUN_S * US_PER_S);
	assert_true(p.t.reach[2].decided_us == 3 * round + 500000);
	assert_true(p.t.reach[3].decided_us == 5 * round + 500000);
	assert_int_equal(p.t.reach[1].first_trace[0], 1);
	assert_int_equal(p.t.reach[1].last_trace[0], 2);
	timeline_close(&p.t);
}

static void
what_was_known_before(void **state)
{
	(void)state;
	static struct played p;
	static const char *const rounds[] = {
	    "u A+", "d A.", "x1", "u A.", "x1", "u A+", "x1", NULL};
	play(&p, rounds);
	assert_int_equal(p.t.nreach, 4);
	assert_null(timeline_reach_before(&p.t, 0));
	assert_ptr_equal(timeline_reach_before(&p.t, 2), &p.t.reach[0]);
	assert_ptr_equal(timeline_reach_before(&p.t, 3), &p.t.reach[2]);
	timeline_close(&p.t);
}

/* Runs that could not send a thing; they begin a second before their time. */
static void
who_cannot_send_is_blind(void **state)
{
	(void)state;
	static const struct case_of cases[] = {
	    {{"u A+", "x2", "d"}, "up 0-2 A", "ttk 0-2 up"},
	    {{"u A+", "x2", "d", "x1"}, "up 0-2 A, unknown 2-3 A", NULL},
	    {{"u A+", "x2", "~", "d", "x1"}, "up 0-2 A, unknown 2-4 A", NULL},
	    {{"u A+", "x2", "d", "x1", "u"}, "up 0-2 A", "ttk 0-2 up"},
	    {{"u A+", "x2", "?", "x3"}, "up 0-2 A", "ttk 0-2 up"},
	    {{"d", "x3", "u A+"}, "up 4-4 A", "ttk 4-4 up"},
	    {{"d", "x3"}, "", ""},
	};
	HOLD(cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_answer_is_up),
	    cmocka_unit_test(no_route_counts_behind_a_working_uplink),
	    cmocka_unit_test(silence_of_the_witness_counts),
	    cmocka_unit_test(one_odd_round_is_not_believed),
	    cmocka_unit_test(the_witness_stays_while_it_answers),
	    cmocka_unit_test(campaigns_are_interleaved),
	    cmocka_unit_test(every_run_of_the_time_is_asked),
	    cmocka_unit_test(silence_is_decided_when_the_round_is_over),
	    cmocka_unit_test(what_was_known_before),
	    cmocka_unit_test(who_cannot_send_is_blind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
