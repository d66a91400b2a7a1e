/* SPDX-License-Identifier: ISC */
#include "probe/base/record_path.h"
#include "probe/campaign/config.h"
#include "tests/sim/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/*
 * How long a trace takes and how many probes it needs on networks that say so
 * in one line, with the default configuration, rate and burst. The table that
 * is printed is for people; each line has bars of its own.
 */
enum { US = 0xc0000201, TARGET = 0xaf2db047, ROUTER = 0xc6336400 };

#define MS NS_PER_MS

/*
 * Routers at 1..n, 14 where nothing is said, then the target; a round trip of
 * 100 ms where nothing is said.
 */
struct scenario {
	const char *name;
	int64_t rtt_ms, far_ms; /* of the routers, from far_ttl on */
	int64_t jitter_ms;
	int64_t interval_ms; /* between two errors of a router */
	int64_t linger_ms;
	int64_t most_ms; /* bars */
	int most_probes;
	enum record_stop stop; /* what must come out; 0: STOP_REACHED */
	uint32_t loss;	       /* per million */
	uint8_t routers, far_ttl;
	uint8_t silent_every;		/* so many-th router; 0 none */
	uint8_t silent_from, silent_to; /* these too */
	uint8_t border;			/* refuses what goes farther */
	uint8_t hint_ttl;
	bool target_silent, all_silent;
};

static const struct scenario scenarios[] = {
    {.name = "15 hops answer after 100 ms", .most_ms = 120, .most_probes = 20},
    {.name = "15 routers and the target after 100 ms",
	.routers = 15,
	.most_ms = 120,
	.most_probes = 20},
    {.name = "the target and every tenth router silent",
	.target_silent = true,
	.silent_every = 10,
	.most_ms = 2000,
	.most_probes = 27,
	.stop = STOP_GAP},
    {.name = "the same with one router more",
	.routers = 15,
	.target_silent = true,
	.silent_every = 10,
	.most_ms = 2000,
	.most_probes = 27,
	.stop = STOP_GAP},
    {.name = "every tenth router silent, the target answers",
	.silent_every = 10,
	.most_ms = 2000,
	.most_probes = 21},
    {.name = "nothing answers",
	.all_silent = true,
	.target_silent = true,
	.most_ms = 3100,
	.most_probes = 26,
	.stop = STOP_GAP},
    {.name = "satellite: 50 ms, from ttl 9 on 570 to 700 ms",
	.rtt_ms = 50,
	.far_ms = 570,
	.far_ttl = 9,
	.jitter_ms = 130,
	.most_ms = 800,
	.most_probes = 20},
    {.name = "the same, the target silent",
	.rtt_ms = 50,
	.far_ms = 570,
	.far_ttl = 9,
	.jitter_ms = 130,
	.target_silent = true,
	.most_ms = 3000,
	.most_probes = 26,
	.stop = STOP_GAP},
    {.name = "jitter: 20 to 320 ms",
	.rtt_ms = 20,
	.jitter_ms = 300,
	.most_ms = 400,
	.most_probes = 20},
    {.name = "routers answer once in 500 ms, a third is lost",
	.interval_ms = 500,
	.loss = 333333,
	.most_ms = 2100,
	.most_probes = 32},
    {.name = "refused after ttl 9",
	.border = 9,
	.most_ms = 120,
	.most_probes = 20,
	.stop = STOP_UNREACHABLE},
    {.name = "28 routers, all answer",
	.routers = 28,
	.most_ms = 350,
	.most_probes = 32},
    {.name = "the target beyond 10 silent routers",
	.routers = 24,
	.silent_from = 15,
	.silent_to = 24,
	.most_ms = 2000,
	.most_probes = 26},
    {.name = "15 hops, a hint of 15",
	.hint_ttl = 15,
	.most_ms = 120,
	.most_probes = 16},
    {.name = "15 hops, a hint of 10",
	.hint_ttl = 10,
	.most_ms = 230,
	.most_probes = 20},
    {.name = "15 hops, a hint of 25",
	.hint_ttl = 25,
	.most_ms = 120,
	.most_probes = 20},
};
enum { SCENARIOS = sizeof(scenarios) / sizeof(scenarios[0]) };

static struct world world; /* too big for a stack */

/* What a scenario does not say. */
static struct scenario
whole(struct scenario s)
{
	if (s.routers == 0)
		s.routers = 14;
	if (s.rtt_ms == 0)
		s.rtt_ms = 100;
	if (s.stop == 0)
		s.stop = STOP_REACHED;
	return s;
}

static struct net_hop
hop_of(const struct scenario *s, uint8_t ttl)
{
	bool target = ttl > s->routers;
	bool far = s->far_ttl != 0 && ttl >= s->far_ttl;
	bool nth = s->silent_every != 0 && ttl % s->silent_every == 0;
	bool within = ttl >= s->silent_from && ttl <= s->silent_to;
	return (struct net_hop){
	    .addr = {target ? TARGET : ROUTER + (uint32_t)ttl},
	    .branches = 1,
	    .branch = -1,
	    .rtt_ns = (far ? s->far_ms : s->rtt_ms) * MS,
	    .jitter_ns = s->jitter_ms * MS,
	    .loss = target ? 0 : s->loss,
	    .silent = s->all_silent || within || (nth && !target),
	    .interval_ns = target ? 0 : s->interval_ms * MS,
	};
}

static void
play(const struct scenario *s, enum record_method method, uint64_t seed)
{
	struct net *n = &world.net;
	world_reset(&world, seed);
	world.method = method;
	world.config.hint_ttl = s->hint_ttl;
	world.config.linger_ns = s->linger_ms * MS;
	n->src = US;
	n->dst = TARGET;
	n->hops = s->routers;
	n->target = s->target_silent ? NET_MUTE : NET_CLOSED;
	n->border = s->border;
	n->border_code = 13;
	n->border_rate = 1000000;
	for (uint8_t ttl = 1; ttl <= s->routers + 1; ttl++)
		n->hop[ttl] = hop_of(s, ttl);
	n->hop[s->routers + 1].silent = s->target_silent;
	pace_init(&world.pace, CONFIG_RATE, CONFIG_BURST,
	    (struct mono){world.now_ns});
	assert_true(world_run(&world));
}

static int64_t
elapsed_ns(void)
{
	return world.now_ns - NS_PER_S;
}

/* Where the trace ended, or the last TTL before the gap limit did it. */
static int
end_of(const struct record *r)
{
	int last = 0;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->ttl > last + world.config.gap)
			break;
		if (p->answered && (p->addr == TARGET || p->icmp_type == 3))
			return p->ttl;
		if (p->answered)
			last = p->ttl;
	}
	return last + world.config.gap;
}

/* Up to there a silent TTL was tried twice, beyond nothing was. */
static void
check_silences(void)
{
	const struct record *r = &world.record;
	int tried[RECORD_TTL_MAX + 1] = {0}, end = end_of(r);
	for (size_t i = 0; i < r->nprobes; i++)
		tried[r->probes[i].ttl] += r->probes[i].reply_no == 0;
	for (int ttl = 1; ttl <= end; ttl++)
		if (record_answer(r, (uint8_t)ttl) == NULL)
			assert_int_equal(tried[ttl], 2);
	for (int ttl = 1; ttl <= RECORD_TTL_MAX; ttl++)
		assert_true(tried[ttl] <= (ttl <= end ? 2 : 1));
}

/* Whoever answers is in the record, however slow, and is not late. */
static void
check_answers(const struct scenario *s)
{
	const struct record *r = &world.record;
	for (uint8_t ttl = 1; ttl <= s->routers && s->loss == 0; ttl++) {
		const struct record_probe *p = record_answer(r, ttl);
		if (world.net.hop[ttl].silent ||
		    (s->border != 0 && ttl > s->border))
			continue;
		assert_non_null(p);
		assert_int_equal(p->addr, ROUTER + ttl);
		assert_int_equal(p->attempt, 1);
	}
	for (size_t i = 0; i < r->nprobes; i++)
		assert_false(r->probes[i].late);
}

static void
bars(void **state)
{
	(void)state;
	print_message("# %-48s %8s %7s\n", "scenario", "seconds", "probes");
	for (size_t i = 0; i < SCENARIOS; i++) {
		const struct scenario s = whole(scenarios[i]);
		int64_t most_ns = 0;
		int most = 0;
		for (uint64_t seed = 0; seed < 60; seed++) {
			play(&s, (enum record_method)(1 + seed % 3), seed);
			check_silences();
			check_answers(&s);
			assert_int_equal(world.record.stop, s.stop);
			if (elapsed_ns() > most_ns)
				most_ns = elapsed_ns();
			if (world.asked > most)
				most = world.asked;
		}
		print_message("# %-48s %8.3f %7d\n", s.name,
		    (double)most_ns / NS_PER_S, most);
		assert_true(most_ns <= s.most_ms * MS);
		assert_true(most <= s.most_probes);
	}
}

/* The distance of a target beyond the gap is not known, and not claimed. */
static void
beyond_the_gap(void **state)
{
	(void)state;
	const struct scenario far_target = whole((struct scenario){
	    .routers = 24, .silent_from = 15, .silent_to = 24});
	static const char *const said[] = {
	    [METHOD_UDP] = "port-unreachable (3/3)",
	    [METHOD_ICMP] = "echo-reply",
	    [METHOD_TCP] = "rst",
	};
	char detail[RECORD_DETAIL_MAX];
	for (int m = METHOD_UDP; m <= METHOD_TCP; m++) {
		play(&far_target, (enum record_method)m, 1);
		const struct record *r = &world.record;
		snprintf(detail, sizeof(detail),
		    "beyond the gap limit: %s from 175.45.176.71 at ttl 32",
		    said[m]);
		assert_int_equal(r->stop, STOP_REACHED);
		assert_string_equal(r->stop_detail, detail);
		assert_null(record_answer(r, 20));
		assert_int_equal(r->probes[r->nprobes - 1].ttl, 32);
		assert_int_equal(r->probes[r->nprobes - 2].ttl, 20);
	}
}

/* A trace that lingers keeps what comes, marked, and starts nothing. */
static void
lingering(void **state)
{
	(void)state;
	struct scenario s = whole((struct scenario){
	    .far_ms = 30000, .far_ttl = 13, .target_silent = true});
	play(&s, METHOD_UDP, 1);
	int probes = world.asked;
	assert_null(record_answer(&world.record, 13));
	assert_true(elapsed_ns() <= 2 * NS_PER_S);
	s.linger_ms = 60000;
	play(&s, METHOD_UDP, 1);
	assert_int_equal(world.asked, probes);
	assert_true(world.settled_ns - NS_PER_S <= 2 * NS_PER_S);
	assert_int_equal(world.now_ns - world.settled_ns, 60 * NS_PER_S);
	assert_true(world.record.duration_us <= 2000000);
	assert_int_equal(world.record.stop, STOP_GAP);
	for (uint8_t ttl = 13; ttl <= 14; ttl++) {
		const struct record_probe *p =
		    record_answer(&world.record, ttl);
		assert_non_null(p);
		assert_true(p->late);
		assert_int_equal(p->rtt_ns, 30 * NS_PER_S);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bars),
	    cmocka_unit_test(beyond_the_gap),
	    cmocka_unit_test(lingering),
	};
	world_open(&world);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&world);
	return failed;
}
