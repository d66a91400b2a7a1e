/* SPDX-License-Identifier: ISC */
#include "tests/sim/builder.h"
#include "tests/sim/silence_rig.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/*
 * On the path: something answered at this TTL or beyond it, or said at a lower
 * one that the path ends. The tail lies behind the last answer: nobody need be
 * there.
 */
enum where { ON_PATH, TAIL, WHERES };

struct score {
	uint64_t n[WHERES][ROWS][NAMES];
	int from_round;
	uint64_t situations, traces;
};

/* Counts of one part, or of both. */
struct matrix {
	uint64_t n[ROWS][NAMES];
};

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

/* The lowest TTL of the tail. */
static int
tail_of(const struct record *r)
{
	enum { TIME_EXCEEDED = 11 };
	int last = 0;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->answered && p->icmp_type != TIME_EXCEEDED)
			return RECORD_TTL_MAX + 1;
		if (p->answered)
			last = p->ttl;
	}
	return last + 1;
}

static void
count(void *context, const struct record *r, const struct rig_job *job,
    const struct rig_truth *truth)
{
	struct score *s = context;
	int tail = tail_of(r);
	s->traces++;
	if (job->round < s->from_round)
		return;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		enum where where = p->ttl < tail ? ON_PATH : TAIL;
		enum row is = row(&truth->of[p->ttl][p->attempt]);
		if (!p->answered)
			s->n[where][is][p->silent]++;
	}
}

static struct matrix
both(const struct score *s)
{
	struct matrix m = {0};
	for (int w = 0; w < WHERES; w++)
		for (int r = 0; r < ROWS; r++)
			for (int n = 0; n < NAMES; n++)
				m.n[r][n] += s->n[w][r][n];
	return m;
}

static struct matrix
part(const struct score *s, enum where w)
{
	struct matrix m;
	memcpy(&m, s->n[w], sizeof(m));
	return m;
}

static uint64_t
named(const struct matrix *m, enum record_silent name, bool only_right)
{
	uint64_t n = 0;
	for (int r = 0; r < ROWS; r++)
		if (!only_right || right[r][name])
			n += m->n[r][name];
	return n;
}

/* Of the silences in a row: those named right, or all. */
static uint64_t
of_row(const struct matrix *m, enum row r, bool only_right)
{
	uint64_t n = 0;
	for (int name = 0; name < NAMES; name++)
		if (!only_right || right[r][name])
			n += m->n[r][name];
	return n;
}

static const enum record_silent judged[] = {
    SILENT_LOST, SILENT_RATE_LIMITED, SILENT_FILTERED};

static void
print(const char *what, const struct matrix *m)
{
	print_message("# %-26s %8s %8s %8s %8s %8s\n", what, "lost", "limited",
	    "filtered", "unknown", "right");
	for (int r = 0; r < ROWS; r++) {
		uint64_t all = of_row(m, (enum row)r, false);
		if (all == 0)
			continue;
		print_message("# %26s %8" PRIu64 " %8" PRIu64 " %8" PRIu64
			      " %8" PRIu64 " %7.2f%%\n",
		    row_name[r], m->n[r][SILENT_LOST],
		    m->n[r][SILENT_RATE_LIMITED], m->n[r][SILENT_FILTERED],
		    m->n[r][SILENT_UNKNOWN],
		    100. * (double)of_row(m, (enum row)r, true) / (double)all);
	}
	print_message("# %26s", "right");
	for (size_t i = 0; i < 3; i++) {
		uint64_t all = named(m, judged[i], false);
		if (all == 0)
			print_message(" %8s", "-");
		else
			print_message(" %7.2f%%",
			    100. * (double)named(m, judged[i], true) /
				(double)all);
	}
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
run(const struct plan *plan, uint64_t n, struct score *score)
{
	uint64_t seed = number("TUMEN_SEED", 1);
	print_message("# seed %" PRIu64 "\n", seed);
	for (uint64_t i = 0; i < n; i++)
		situation(plan, seed * 1000003 + i, score);
	print_message("# %" PRIu64 " situations, %" PRIu64 " traces\n",
	    score->situations, score->traces);
}

/*
 * Of each name that is given, 99 % are right; a small sample may miss that by
 * chance, here by three standard deviations.
 */
static void
check_named(const struct score *s)
{
	struct matrix m = both(s);
	for (size_t i = 0; i < 3; i++) {
		double all = (double)named(&m, judged[i], false);
		double wrong = all - (double)named(&m, judged[i], true);
		assert_true(wrong <= 0.01 * all + 3 * sqrt(0.01 * all));
	}
	assert_int_equal(of_row(&m, ROW_OTHER, false), 0);
}

/*
 * Rich evidence: thirty targets, from the third round on, on the path. There
 * few silences may stay unknown: not one in ten.
 */
static void
campaigns(void **state)
{
	(void)state;
	static const struct plan plan = {30, 4, 2, 1};
	struct score s = {.from_round = 3};
	run(&plan, number("TUMEN_SILENCES", 3), &s);
	struct matrix path = part(&s, ON_PATH), tail = part(&s, TAIL);
	print("campaign, on the path", &path);
	print("campaign, tail", &tail);
	check_named(&s);
	uint64_t all = 0, known = 0;
	for (int r = 0; r < ROWS; r++) {
		all += of_row(&path, (enum row)r, false);
		known += of_row(&path, (enum row)r, true);
	}
	print_message("# named right on the path: %.2f%% of %" PRIu64 "\n",
	    100. * (double)known / (double)all, all);
	assert_true(known * 10 >= all * 9);
}

/* Poor evidence: unknown is the answer, far before a wrong name. */
static void
poor(const char *what, const struct plan *plan, uint64_t n)
{
	struct score s = {0};
	uint64_t wrong = 0;
	run(plan, n * number("TUMEN_SILENCES", 3), &s);
	struct matrix m = both(&s);
	print(what, &m);
	check_named(&s);
	for (size_t i = 0; i < 3; i++)
		wrong +=
		    named(&m, judged[i], false) - named(&m, judged[i], true);
	assert_true(named(&m, SILENT_UNKNOWN, false) >= 100 * wrong);
}

static void
a_few_traces(void **state)
{
	(void)state;
	poor("eight targets once", &(struct plan){8, 1, 1, 1}, 10);
}

static void
two_flows(void **state)
{
	(void)state;
	poor("four targets, two flows", &(struct plan){4, 1, 2, 2}, 5);
}

static void
single_traces(void **state)
{
	(void)state;
	poor("one trace", &(struct plan){1, 1, 1, 1}, 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(campaigns),
	    cmocka_unit_test(a_few_traces),
	    cmocka_unit_test(two_flows),
	    cmocka_unit_test(single_traces),
	};
	return cmocka_run_group_tests(tests, builder_setup, builder_teardown);
}
