/* SPDX-License-Identifier: ISC */
#include "tests/sim/sweep_bench.h"
#include "tests/sim/sweep_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PREFIX = 0xaf2db000, RATE = 500 };

static void
tell(const struct rig *g, const struct rig_score *score, size_t peak,
    const char *name)
{
	const struct sweep_saved *s = &g->saved;
	print_message("# %s, seed %llu: %zu targets, %llu probes (plain %llu), "
		      "%.3f s, %zu of %zu hops (%.3f %%), %zu wrong (own %zu), "
		      "%zu joined, %zu routers, peak %zu/s, %zu limited, %zu "
		      "bytes a trace\n",
	    name, (unsigned long long)g->seed, s->targets,
	    (unsigned long long)s->sent, (unsigned long long)s->plain,
	    (double)(g->now_ns - g->begun_ns) / 1e9, score->found, score->hops,
	    100.0 * (double)score->found / (double)score->hops, score->wrong,
	    score->wrong_own, s->joined, s->routers, peak, g->limited,
	    s->bytes / s->targets);
}

static void
hard_network(void **state)
{
	(void)state;
	char *text = rig_load("tests/sim/scenarios/sweep-hard.play");
	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct rig g;
		uint32_t addr = 0;
		rig_open(&g, text, seed);
		rig_targets(&g, PREFIX, 10);
		g.config.responder_rate = RATE;
		assert_true(rig_run(&g, 0));
		size_t peak = rig_peak(&g, &addr);
		int64_t took_ns = g.now_ns - g.begun_ns;
		struct rig_score score = rig_score(&g);
		g.now_ns = g.begun_ns + took_ns;
		tell(&g, &score, peak, "hard");
		assert_int_equal(g.records, 1024);
		rig_close(&g);
	}
	free(text);
}

static void
easy_network(void **state)
{
	(void)state;
	char *text = rig_load("tests/sim/scenarios/sweep-easy.play");
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct rig g;
		uint32_t addr = 0;
		rig_open(&g, text, seed);
		rig_targets(&g, PREFIX, 10);
		g.config.responder_rate = RATE;
		assert_true(rig_run(&g, 0));
		size_t peak = rig_peak(&g, &addr);
		int64_t took_ns = g.now_ns - g.begun_ns;
		struct rig_score score = rig_score(&g);
		g.now_ns = g.begun_ns + took_ns;
		tell(&g, &score, peak, "easy");
		assert_int_equal(g.records, 1024);
		rig_close(&g);
	}
	free(text);
}

static void
bench(unsigned share)
{
	struct sweep_speed v = sweep_bench(share);
	print_message("# one address in %u answers: %llu probes, %.0f ns each "
		      "in next, sent and reply, %.0f ns in take; %zu bytes a "
		      "trace\n",
	    share, (unsigned long long)v.saved.sent,
	    (double)v.core_ns / (double)v.saved.sent,
	    (double)v.take_ns / (double)v.saved.sent,
	    v.saved.bytes / v.saved.targets);
}

int
main(void)
{
	if (getenv("TUMEN_BENCH") != NULL) {
		bench(1);
		bench(10);
		return 0;
	}
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(easy_network),
	    cmocka_unit_test(hard_network),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
