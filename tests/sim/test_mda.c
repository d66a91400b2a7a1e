/* SPDX-License-Identifier: ISC */
#include "tests/sim/mda_exact.h"
#include "tests/sim/mda_net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * How often the algorithm fails, that is, does not find every link of the
 * played network, held against what it promises. TUMEN_MDA_TRACES: surveys of
 * each topology.
 */
enum { TRACES = MDA_SANITIZED ? 1000 : 10000 };

static unsigned
traces(void)
{
	const char *s = getenv("TUMEN_MDA_TRACES");
	return s != NULL ? (unsigned)strtoul(s, NULL, 10) : TRACES;
}

static struct mda_config
config(void)
{
	struct mda_config c;
	mda_config_default(&c);
	c.max_ttl = 12;
	c.flows = 200;
	c.probes = 700;
	return c;
}

struct sum {
	unsigned runs, failed, wrong, incomplete;
	double bound, probes, full;
};

/* The same seeds for every topology: each hashes by its own nodes. */
static struct sum
survey(const char *text, unsigned runs, const struct mda_config *c)
{
	static struct mda_net net;
	struct sum s = {.runs = runs};
	struct mda_run run = {.config = *c, .method = METHOD_UDP};
	mda_net_open(&net, text);
	for (unsigned i = 0; i < runs; i++) {
		net.seed = 7 + i * UINT64_C(1000003);
		mda_run(&run, &net);
		s.failed += mda_run_missed(&run, &net) > 0;
		s.wrong += mda_run_false(&run, &net) > 0;
		s.incomplete += !run.graph.complete;
		s.bound += run.graph.failure_bound / runs;
		s.probes += (double)run.probes / runs;
		s.full += (double)run.graph.probes_full_mda / runs;
		mda_run_close(&run);
	}
	return s;
}

static void
tell(const char *what, const struct sum *s, double p)
{
	printf("%s: %u of %u failed, %.4f (stated %.4f, bound told %.4f), "
	       "%.1f probes (full %.1f)\n",
	    what, s->failed, s->runs, (double)s->failed / s->runs, p, s->bound,
	    s->probes, s->full);
}

/* "s>r r>d d>n0,n1.. n0>z n1>z .. z>T", and so on for a second width. */
static void
diamonds(const unsigned *width, unsigned n, char text[static 2048])
{
	size_t at = (size_t)sprintf(text, "s>r r>d0 ");
	for (unsigned d = 0; d < n; d++) {
		for (unsigned i = 0; i < width[d]; i++)
			at += (size_t)sprintf(text + at, "%s%c%u",
			    i == 0 ? (d == 0 ? "d0>" : "d1>") : ",",
			    (int)('a' + d), i);
		for (unsigned i = 0; i < width[d]; i++)
			at += (size_t)sprintf(
			    text + at, " %c%u>d%u", (int)('a' + d), i, d + 1);
		text[at++] = ' ';
	}
	sprintf(text + at, "d%u>T", n);
}

/*
 * Simple diamonds, one or two on the way: the share of surveys that miss a
 * link lies between the 0.5 % and 99.5 % quantiles of Bin(traces, p), where p
 * is computed exactly for this topology and these stopping rules
 * (mda_exact.h), and p itself is at most what --mda promises. A link that is
 * not there is never told.
 */
static void
fails_as_computed(void **state)
{
	static const unsigned widths[][2] = {
	    {2, 0}, {3, 0}, {4, 0}, {8, 0}, {16, 0}, {3, 4}};
	(void)state;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		char text[2048], name[64];
		unsigned n = widths[i][1] > 0 ? 2 : 1;
		struct mda_config c = config();
		diamonds(widths[i], n, text);
		double p = mda_exact_series(0.05, widths[i], n);
		struct sum s = survey(text, traces(), &c);
		snprintf(name, sizeof(name), "width %u, %u", widths[i][0],
		    widths[i][1]);
		tell(name, &s, p);
		assert_true(p <= 0.05);
		assert_true(mda_exact_within(p, s.runs, s.failed, false));
		assert_int_equal(s.wrong, 0);
		assert_int_equal(s.incomplete, 0);
		assert_true(s.bound <= 0.05);
		assert_true(mda_exact_within(s.bound, s.runs, s.failed, true));
	}
}

static void
fails_as_computed_at_99(void **state)
{
	static const unsigned widths[][2] = {{4, 0}};
	(void)state;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		char text[2048];
		struct mda_config c = config();
		c.confidence = 99;
		diamonds(widths[i], 1, text);
		double p = mda_exact_series(0.01, widths[i], 1);
		struct sum s = survey(text, traces(), &c);
		tell("99 %", &s, p);
		assert_true(p <= 0.01);
		assert_true(mda_exact_within(p, s.runs, s.failed, false));
		assert_true(s.bound <= 0.01);
	}
}

/*
 * Where balancers lie behind balancers no exact chance is at hand: the share
 * of surveys that miss a link is at most the 99.5 % quantile of Bin(traces, b),
 * where b is the mean of the bounds that they told, and b is at most the 5 %
 * that were asked for, for the whole trace.
 */
static void
fails_within_the_bound(void **state)
{
	static const char *const net[] = {
	    /* nested */
	    "s>r r>a,b a>a1,a2 b>b1,b2 a1>c a2>c b1>c b2>c c>T",
	    /* one of four is nested, and shares a successor */
	    "s>r r>a,b,c,d a>x,y b>x c>x d>x x>z y>z z>T",
	    /* meshed */
	    "s>r r>a,b a>x,y b>x,y x>z y>z z>T",
	    /* three hops long */
	    "s>r r>a,b,c a>a1 b>b1 c>c1 a1>a2 b1>b2 c1>c2 a2>z b2>z c2>z z>T",
	    /* branches of different length */
	    "s>r r>a,b a>c b>b2 b2>c c>x x>T",
	    /* one branch ends at the target itself */
	    "s>r r>a,b a>T b>c,d c>T d>T",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(net) / sizeof(net[0]); i++) {
		struct mda_config c = config();
		struct sum s = survey(net[i], traces(), &c);
		tell(net[i], &s, 0.05);
		assert_true(s.bound <= 0.05);
		assert_true(mda_exact_within(s.bound, s.runs, s.failed, true));
		assert_int_equal(s.wrong, 0);
	}
}

/*
 * Nine hops, four branches at the fourth, 100 ms to each: 1.2 s, 96 probes and
 * 99 % of the links in 50 surveys.
 */
static void
is_fast_and_sparing(void **state)
{
	static struct mda_net net;
	struct mda_run run = {.config = config(), .method = METHOD_TCP};
	unsigned missed = 0, links = 0, most = 0;
	int64_t longest_ns = 0;
	(void)state;
	mda_config_default(&run.config);
	mda_net_open(&net, "s>r1 r1>r2 r2>r3 r3>a,b,c,d a>r5 b>r5 c>r5 d>r5 "
			   "r5>r6 r6>r7 r7>r8 r8>T");
	for (unsigned i = 0; i < 50; i++) {
		net.seed = 7 + i * UINT64_C(1000003);
		mda_run(&run, &net);
		missed += mda_run_missed(&run, &net);
		links += net.links;
		if (run.probes > most)
			most = run.probes;
		if (run.took_ns > longest_ns)
			longest_ns = run.took_ns;
		assert_int_equal(run.graph.ndiamonds, 1);
		assert_int_equal(run.graph.diamonds[0].from_ttl, 3);
		assert_int_equal(run.graph.diamonds[0].to_ttl, 5);
		assert_true(run.probes < run.graph.probes_full_mda);
		mda_run_close(&run);
	}
	printf("at most %u probes, %.1f s; %u of %u links missed\n", most,
	    (double)longest_ns / 1e9, missed, links);
	assert_true(most <= 96);
	assert_true(longest_ns <= 1200 * NS_PER_MS);
	assert_true(missed * 100 <= links);
}

struct naming {
	unsigned runs, named, wrong;
};

static struct naming
name(const char *text)
{
	static struct mda_net n;
	struct naming r = {.runs = traces() / 10};
	struct mda_run run = {.config = config(), .method = METHOD_UDP};
	mda_net_open(&n, text);
	for (unsigned i = 0; i < r.runs; i++) {
		n.seed = 7 + i * UINT64_C(1000003);
		mda_run(&run, &n);
		r.named += run.graph.nbalancers > 0;
		r.wrong +=
		    run.graph.nbalancers > 0 && mda_run_false(&run, &n) > 0;
		mda_run_close(&run);
	}
	printf("%s: %u of %u named, %u with a link\n", text, r.named, r.runs,
	    r.wrong);
	return r;
}

/*
 * A balancer that draws a branch for each packet is named, but for a chance of
 * 5 % that its repeats all agree and of 5 % that one branch alone was seen.
 * Where it is named, no link through it is told, but for a chance of 5 % times
 * 5 % that only routers behind it betrayed themselves. One that goes by flows
 * is never named.
 */
static void
knows_packets_from_flows(void **state)
{
	(void)state;
	struct naming one = name("s>r1 r1>r2! r2>a,b a>r5 b>r5 r5>T");
	assert_true(
	    mda_exact_within(0.1, one.runs, one.runs - one.named, true));
	assert_int_equal(one.wrong, 0);
	struct naming two = name("s>r1 r1>r2! r2>a,b,c a>x b>y c>w "
				 "x>r5 y>r5 w>r5 r5>T");
	assert_true(
	    mda_exact_within(0.1, two.runs, two.runs - two.named, true));
	assert_true(mda_exact_within(0.0025, two.runs, two.wrong, true));
	struct naming no = name("s>r1 r1>r2 r2>a,b,c a>x b>y c>w "
				"x>r5 y>r5 w>r5 r5>T");
	assert_int_equal(no.named, 0);
}

/* Silent routers and lost packets invent neither links nor branches. */
static void
silence_invents_nothing(void **state)
{
	static const char *const net[] = {
	    "s>r1 r1>r2* r2>r3 r3>a,b a>r5 b>r5 r5>T",
	    "s>r1 r1>r2 r2>a,b* a>r5 b>r5 r5>r6 r6>T",
	    "s>r1 r1>a,b a>a2 a2>a3* a3>a4* a4>a5* a5>T b>b2 b2>b3 b3>b4 b4>T",
	    "s>r1 r1>r2 r2>r3* r3>r4* r4>r5* r5>r6* r6>r7* r7>r8* r8>T"};
	(void)state;
	for (size_t i = 0; i < sizeof(net) / sizeof(net[0]); i++) {
		static struct mda_net n;
		struct mda_run run = {.config = config(), .method = METHOD_UDP};
		unsigned failed = 0, runs = traces() / 50;
		mda_net_open(&n, net[i]);
		n.loss = 20000;
		n.jitter_ns = 20 * NS_PER_MS;
		for (unsigned j = 0; j < runs; j++) {
			n.seed = n.random.state = 7 + j * UINT64_C(1000003);
			mda_run(&run, &n);
			failed += mda_run_missed(&run, &n) > 0;
			assert_int_equal(mda_run_false(&run, &n), 0);
			assert_int_equal(run.graph.nbalancers, 0);
			for (size_t k = 0; k < run.graph.ndiamonds; k++)
				assert_int_equal(
				    run.graph.diamonds[k].width, 2);
			mda_run_close(&run);
		}
		assert_true(mda_exact_within(0.05, runs, failed, true));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fails_as_computed),
	    cmocka_unit_test(fails_as_computed_at_99),
	    cmocka_unit_test(fails_within_the_bound),
	    cmocka_unit_test(is_fast_and_sparing),
	    cmocka_unit_test(knows_packets_from_flows),
	    cmocka_unit_test(silence_invents_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
