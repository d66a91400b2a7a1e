/* SPDX-License-Identifier: ISC */
#include "tests/sim/silence_rig.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/*
 * The names of silences against the truth of the played network, which knows
 * of each probe whether it was lost on a link, met an empty bucket, or came to
 * something that never answers.
 *
 * A probe that was lost, and that nobody would have answered anyway (a mute
 * router, a firewall, or no token at that moment), has two sufficient reasons:
 * either name is right, and such probes stand in rows of their own. Hidden is
 * what lies behind a firewall that drops all probes to all of a prefix without
 * a word: nothing tells that from a network that is not there.
 */
enum row {
	ROW_LOST,
	ROW_LIMITED,
	ROW_MUTE,
	ROW_HIDDEN,
	ROW_NOBODY,
	ROW_LOST_MUTE,
	ROW_LOST_LIMITED,
	ROW_LIMITED_MUTE,
	ROW_OTHER,
	ROWS
};
enum { NAMES = SILENT_UNKNOWN + 1 };

static const char *const row_name[ROWS] = {"lost", "limited", "mute", "hidden",
    "nobody", "lost, mute", "lost, limited", "limited, mute", "?"};
static const bool right[ROWS][NAMES] = {
    [ROW_LOST][SILENT_LOST] = true,
    [ROW_LIMITED][SILENT_RATE_LIMITED] = true,
    [ROW_MUTE][SILENT_FILTERED] = true,
    [ROW_HIDDEN][SILENT_FILTERED] = true,
    [ROW_LOST_MUTE][SILENT_LOST] = true,
    [ROW_LOST_MUTE][SILENT_FILTERED] = true,
    [ROW_LIMITED_MUTE][SILENT_RATE_LIMITED] = true,
    [ROW_LIMITED_MUTE][SILENT_FILTERED] = true,
    [ROW_LOST_LIMITED][SILENT_LOST] = true,
    [ROW_LOST_LIMITED][SILENT_RATE_LIMITED] = true,
};

struct score {
	uint64_t n[ROWS][NAMES];
	int from_round;
	uint64_t situations, traces;
};

static struct build *builder;

static enum row
row(const struct net_truth *t)
{
	switch (t->fate) {
	case PLAY_ANSWERED:
		return ROW_OTHER;
	case PLAY_LOST:
		return t->muted	    ? ROW_LOST_MUTE
		       : t->limited ? ROW_LOST_LIMITED
				    : ROW_LOST;
	case PLAY_RATE_LIMITED:
		return t->muted ? ROW_LIMITED_MUTE : ROW_LIMITED;
	case PLAY_SILENT:
	case PLAY_FILTERED:
		return t->hidden ? ROW_HIDDEN : ROW_MUTE;
	case PLAY_NOBODY:
		return ROW_NOBODY;
	}
	return ROW_OTHER;
}

static void
count(void *context, const struct record *r, const struct rig_job *job,
    const struct rig_truth *truth)
{
	struct score *s = context;
	s->traces++;
	if (job->round < s->from_round)
		return;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (!p->answered)
			s->n[row(&truth->of[p->ttl][p->attempt])][p->silent]++;
	}
}

static uint64_t
named(const struct score *s, enum record_silent name, bool only_right)
{
	uint64_t n = 0;
	for (int r = 0; r < ROWS; r++)
		if (!only_right || right[r][name])
			n += s->n[r][name];
	return n;
}

/* Of the silences in a row: so many named right, or named at all. */
static uint64_t
of_row(const struct score *s, enum row r, bool only_right)
{
	uint64_t n = 0;
	for (int name = 0; name < NAMES; name++)
		if (!only_right || right[r][name])
			n += s->n[r][name];
	return n;
}

static const enum record_silent judged[] = {
    SILENT_LOST, SILENT_RATE_LIMITED, SILENT_FILTERED};

static void
print(const char *what, const struct score *s)
{
	print_message("# %s: %" PRIu64 " situations, %" PRIu64 " traces\n",
	    what, s->situations, s->traces);
	print_message("# %-14s %9s %9s %9s %9s %9s\n", "truth \\ name", "lost",
	    "limited", "filtered", "unknown", "right");
	for (int r = 0; r < ROWS; r++) {
		uint64_t all = of_row(s, (enum row)r, false);
		if (all == 0)
			continue;
		print_message("# %-14s %9" PRIu64 " %9" PRIu64 " %9" PRIu64
			      " %9" PRIu64 " %8.2f%%\n",
		    row_name[r], s->n[r][SILENT_LOST],
		    s->n[r][SILENT_RATE_LIMITED], s->n[r][SILENT_FILTERED],
		    s->n[r][SILENT_UNKNOWN],
		    100. * (double)of_row(s, (enum row)r, true) / (double)all);
	}
	print_message("# %-14s", "right");
	for (size_t i = 0; i < 3; i++)
		print_message(
		    " %8.2f%%", 100. * (double)named(s, judged[i], true) /
				    (double)named(s, judged[i], false));
	print_message("\n");
}

/* --- situations ------------------------------------------------------------
 */

struct plan {
	int targets, rounds, methods, flows;
};

/* Every target by every method and flow, in every round in another order. */
static size_t
jobs(const struct silence_net *net, const struct plan *plan,
    struct random *random, struct rig_job *job)
{
	size_t n = 0;
	for (int round = 1; round <= plan->rounds; round++) {
		size_t first = n;
		for (int i = 0; i < plan->targets; i++)
			for (int m = 0; m < plan->methods; m++)
				for (int f = 0; f < plan->flows; f++)
					job[n++] = (struct rig_job){
					    silence_net_target(
						i % net->prefixes,
						1 + i / net->prefixes),
					    (uint32_t)f,
					    m == 0 ? METHOD_UDP : METHOD_ICMP,
					    round};
		for (size_t i = first; i + 1 < n; i++) {
			size_t j = i + random_below(random, (uint32_t)(n - i));
			struct rig_job t = job[i];
			job[i] = job[j];
			job[j] = t;
		}
	}
	return n;
}

static void
situation(const struct plan *plan, uint64_t seed, struct score *score)
{
	static const uint32_t rate[] = {20, 20, 50, 100, 200};
	static const int at_once[] = {1, 2, 4, 8, 16};
	static struct rig_job job[4096];
	static struct silence_net net;
	static struct silence_rig g;
	struct random random = {seed ^ 0xabcdef};
	silence_net_open(&net, seed);
	silence_rig_open(&g, rate[random_below(&random, 5)], &random);
	g.net = &net;
	g.build = builder;
	g.at_once = at_once[random_below(&random, 5)];
	g.ended = count;
	g.context = score;
	silence_rig_run(&g, job, jobs(&net, plan, &random, job));
	silence_rig_close(&g);
	silence_net_close(&net);
	score->situations++;
}

static uint64_t
number(const char *name, uint64_t usual)
{
	const char *s = getenv(name);
	return s == NULL ? usual : strtoull(s, NULL, 10);
}

static void
run(const char *what, const struct plan *plan, uint64_t n, struct score *score)
{
	uint64_t seed = number("TUMEN_SEED", 1);
	for (uint64_t i = 0; i < n; i++)
		situation(plan, seed * 1000003 + i, score);
	print(what, score);
}

static void
check_named(const struct score *s)
{
	for (size_t i = 0; i < 3; i++)
		assert_true(named(s, judged[i], true) * 100 >=
			    named(s, judged[i], false) * 99);
}

static void
campaigns(void **state)
{
	(void)state;
	static const struct plan plan = {30, 4, 2, 1};
	struct score s = {.from_round = 3};
	run("campaigns, from the third round", &plan,
	    number("TUMEN_SILENCES", 10), &s);
	check_named(&s);
}

static void
a_few_traces(void **state)
{
	(void)state;
	static const struct plan plan = {8, 1, 1, 1};
	struct score s = {0};
	run("eight targets once", &plan, 10 * number("TUMEN_SILENCES", 10), &s);
	check_named(&s);
}

static void
single_traces(void **state)
{
	(void)state;
	static const struct plan plan = {1, 1, 1, 1};
	struct score s = {0};
	run("one trace", &plan, 100 * number("TUMEN_SILENCES", 10), &s);
	check_named(&s);
}

static int
setup(void **state)
{
	(void)state;
	struct fault f = {0};
	builder = build_open("noc@example.net", &f);
	return builder == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	build_close(builder);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(campaigns),
	    cmocka_unit_test(a_few_traces),
	    cmocka_unit_test(single_traces),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
