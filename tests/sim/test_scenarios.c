/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "tests/sim/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The scenarios of the benchmarks are what their first lines say. */
#define DPRK 0xaf2db000u /* 175.45.176.0/22 */

static void
open_file(struct stage *s, const char *name)
{
	char path[128], why[160];
	stage_open(s, "source 192.0.2.1\nrouter a 1.2.3.4\nlink source a\n", 1);
	play_close(s->play);
	snprintf(path, sizeof(path), "tests/sim/scenarios/%s.play", name);
	s->play = play_load(path, 1, why);
	if (s->play == NULL)
		fail_msg("%s", why);
	s->flow.src = play_source(s->play);
	s->flow.dst = DPRK + 71;
}

static int64_t
rtt_ns(const struct stage *s)
{
	return s->out[0].at_ns - s->now_ns;
}

static void
line15(void **state)
{
	(void)state;
	struct stage s;
	open_file(&s, "line15");
	for (uint8_t ttl = 1; ttl <= 20; ttl++) {
		uint32_t hop = stage_hop(&s, ttl);
		assert_int_equal(
		    hop, ttl < 15 ? 0xc6336400u + ttl : s.flow.dst);
		assert_int_equal(rtt_ns(&s), 100 * NS_PER_MS);
	}
	stage_close(&s);
	open_file(&s, "line15-silent");
	for (uint8_t ttl = 1; ttl <= 20; ttl++) {
		uint32_t hop = stage_hop(&s, ttl);
		assert_int_equal(
		    hop, ttl < 15 && ttl != 10 ? 0xc6336400u + ttl : 0);
		assert_int_equal(play_truth(s.play, s.probe, s.len, ttl),
		    ttl < 15 ? 0xc6336400u + ttl : s.flow.dst);
		if (hop != 0)
			assert_int_equal(rtt_ns(&s), 100 * NS_PER_MS);
	}
	stage_close(&s);
}

/* All addresses of the network answer at that distance, and all before. */
static void
all_answer(const char *name, uint32_t first, uint32_t n, uint8_t distance)
{
	struct stage s;
	int64_t last_ns = 0;
	open_file(&s, name);
	for (uint32_t i = 0; i < n; i++) {
		s.flow.dst = first + i;
		assert_int_equal(stage_hop(&s, distance), s.flow.dst);
		uint8_t ttl = (uint8_t)(1 + i % (distance - 1u));
		assert_int_not_equal(stage_hop(&s, ttl), 0);
		assert_int_not_equal(s.reply.src, s.flow.dst);
		assert_int_equal(rtt_ns(&s) % ttl, 0);
		last_ns = rtt_ns(&s) / ttl;
	}
	assert_int_equal(last_ns,
	    strcmp(name, "sweep-easy") == 0 ? 3 * NS_PER_MS : NS_PER_MS);
	stage_close(&s);
}

static void
easy_sweeps(void **state)
{
	(void)state;
	all_answer("sweep-easy", DPRK, 1024, 11);
	all_answer("sweep-10", 0x0a000000, 32768, 9);
}

static void
hard_sweep(void **state)
{
	(void)state;
	struct stage s;
	size_t reached = 0, lost = 0, probes = 0, routers = 0, silent = 0;
	int64_t least = INT64_MAX, most = 0;
	open_file(&s, "sweep-hard");
	for (uint32_t i = 0; i < 1024; i++) {
		s.flow.dst = DPRK + i;
		for (uint8_t ttl = 1; ttl <= 14; ttl++) {
			s.now_ns += 10 * NS_PER_MS;
			uint32_t hop = stage_hop(&s, ttl);
			lost += stage_fate(&s) == PLAY_LOST;
			probes++;
			reached += ttl == 14 && hop != 0;
			if (hop == 0)
				continue;
			least = rtt_ns(&s) < least ? rtt_ns(&s) : least;
			most = rtt_ns(&s) > most ? rtt_ns(&s) : most;
		}
	}
	const char *name;
	for (size_t i = 1; (name = play_name(s.play, i)) != NULL; i++) {
		uint64_t answered, asked;
		assert_true(play_count(s.play, name, &answered, &asked));
		assert_true(asked > 0); /* each is on some way */
		routers++;
		silent += answered == 0;
	}
	assert_in_range(reached, 70, 140);
	assert_in_range(lost, probes * 7 / 1000, probes * 12 / 1000);
	assert_in_range(silent * 100 / routers, 8, 15);
	assert_in_range(least / NS_PER_MS, 20, 22);
	assert_in_range(most / NS_PER_MS, 200, 245);
	stage_close(&s);
}

static void
diamond(void **state)
{
	(void)state;
	struct stage s;
	size_t count[4] = {0};
	open_file(&s, "diamond4");
	for (uint16_t i = 0; i < 1000; i++) {
		s.flow.sport = (uint16_t)(20000 + i);
		uint32_t third = stage_hop(&s, 3), fourth = stage_hop(&s, 4);
		uint32_t branch = (third - 0xc633640b) / 10;
		assert_int_equal(third, 0xc633640b + branch * 10);
		assert_int_equal(fourth, third + 1);
		assert_int_equal(stage_hop(&s, 5), 0xc6336433 + branch);
		assert_int_equal(stage_hop(&s, 6), s.flow.dst);
		assert_int_equal(rtt_ns(&s), 100 * NS_PER_MS);
		assert_true(branch < 4);
		count[branch]++;
	}
	for (int i = 0; i < 4; i++)
		assert_in_range(count[i], 200, 300);
	stage_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(line15),
	    cmocka_unit_test(easy_sweeps),
	    cmocka_unit_test(hard_sweep),
	    cmocka_unit_test(diamond),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
