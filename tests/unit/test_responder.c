/* SPDX-License-Identifier: ISC */
#include "probe/trace/responder_lru.h"
#include "probe/trace/responder_past.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TARGET = 0xaf2db047, ROUTER = 0xc6336401 };
#define START_NS (INT64_C(1795000000) * NS_PER_S)

static struct wall
wall_ms(int64_t ms)
{
	return (struct wall){START_NS + ms * NS_PER_MS};
}

static struct mono
mono_ms(int64_t ms)
{
	return (struct mono){1000 * NS_PER_S + ms * NS_PER_MS};
}

/* Against a plain list: who has a number, and who lost it. */
static void
lru_like_a_list(void **state)
{
	(void)state;
	enum { CAPACITY = 37, KEYS = 120 };
	struct lru *l = lru_open(CAPACITY);
	uint64_t touched[KEYS] = {0}, now = 0;
	uint32_t number[KEYS], seed = 1;
	for (int i = 0; i < 200000; i++) {
		seed = seed * 1664525 + 1013904223;
		uint32_t key = (seed >> 16) % KEYS, newer = 0;
		for (uint32_t k = 0; k < KEYS; k++)
			newer += touched[k] > touched[key];
		bool had = touched[key] != 0 && newer < CAPACITY, fresh;
		/* keys far apart, and such that share their low bits */
		uint64_t real = (uint64_t)key << 40;
		uint32_t found = lru_find(l, real);
		assert_int_equal(found != LRU_NONE, had);
		if (had)
			assert_int_equal(found, number[key]);
		number[key] = lru_touch(l, real, &fresh);
		assert_int_equal(fresh, !had);
		assert_true(number[key] < CAPACITY);
		touched[key] = ++now;
	}
	lru_close(l);
}

static void
expected_by_neighbour(void **state)
{
	(void)state;
	struct responders *r = responders_open(10, 2, 64);
	assert_int_equal(responders_expect(r, TARGET, 5), 0);
	responders_saw(r, TARGET, 5, ROUTER, wall_ms(0));
	assert_int_equal(responders_expect(r, TARGET, 5), ROUTER);
	assert_int_equal(responders_expect(r, TARGET, 6), 0);
	/* another target of the /24, another /24 */
	assert_int_equal(responders_expect(r, TARGET ^ 0x80, 5), ROUTER);
	assert_int_equal(responders_expect(r, TARGET ^ 0x100, 5), 0);
	/* once it was probed itself, it has a router of its own */
	responders_saw(r, TARGET ^ 0x80, 5, ROUTER + 1, wall_ms(1));
	assert_int_equal(responders_expect(r, TARGET ^ 0x80, 5), ROUTER + 1);
	assert_int_equal(responders_expect(r, TARGET, 5), ROUTER);
	assert_int_equal(responders_expect(r, TARGET ^ 1, 5), ROUTER + 1);
	/* a host answers for itself, and for nobody else */
	responders_saw(r, TARGET, 6, TARGET, wall_ms(2));
	assert_int_equal(responders_expect(r, TARGET, 6), TARGET);
	assert_int_equal(responders_expect(r, TARGET ^ 1, 6), 0);
	assert_int_equal(responders_reach(r, TARGET), 6);
	assert_int_equal(responders_reach(r, TARGET ^ 1), 0);
	responders_saw(r, TARGET, 8, TARGET, wall_ms(3));
	assert_int_equal(responders_reach(r, TARGET), 6);
	responders_close(r);
}

/* Ten a second, three at once: no second sees more than thirteen. */
static void
ceiling(void **state)
{
	(void)state;
	struct responders *r = responders_open(10, 3, 64);
	assert_int_equal(responders_wait_ns(r, ROUTER, mono_ms(0)), 0);
	assert_int_equal(responders_wait_ns(r, 0, mono_ms(0)), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(responders_wait_ns(r, ROUTER, mono_ms(0)), 0);
		responders_ask(r, ROUTER, mono_ms(0));
		responders_ask(r, 0, mono_ms(0));
	}
	assert_int_equal(
	    responders_wait_ns(r, ROUTER, mono_ms(0)), 100 * NS_PER_MS);
	assert_int_equal(
	    responders_wait_ns(r, ROUTER, mono_ms(60)), 40 * NS_PER_MS);
	assert_int_equal(responders_wait_ns(r, ROUTER + 1, mono_ms(0)), 0);
	int asked = 0;
	for (int ms = 0; ms < 10000; ms++)
		if (responders_wait_ns(r, ROUTER, mono_ms(ms)) == 0) {
			responders_ask(r, ROUTER, mono_ms(ms));
			asked++;
		}
	assert_in_range(asked, 99, 100);
	/* rested: the burst is back, and no more than that */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    responders_wait_ns(r, ROUTER, mono_ms(99999)), 0);
		responders_ask(r, ROUTER, mono_ms(99999));
	}
	assert_true(responders_wait_ns(r, ROUTER, mono_ms(99999)) > 0);
	responders_close(r);
}

static void
bounded(void **state)
{
	(void)state;
	struct responders *r = responders_open(10, 1, 16);
	for (uint32_t i = 0; i < 16; i++)
		responders_ask(r, ROUTER + i, mono_ms(0));
	responders_ask(r, ROUTER, mono_ms(1)); /* asked again */
	responders_ask(r, ROUTER + 99, mono_ms(2));
	assert_null(responders_past(r, ROUTER + 1)); /* asked longest ago */
	assert_non_null(responders_past(r, ROUTER));
	assert_true(responders_wait_ns(r, ROUTER, mono_ms(2)) > 0);
	assert_int_equal(responders_wait_ns(r, ROUTER + 1, mono_ms(2)), 0);
	for (uint32_t i = 0; i < 100000; i++)
		responders_saw(r, TARGET + 256 * i, (uint8_t)(1 + i % 30),
		    ROUTER + i, wall_ms(i));
	assert_int_equal(
	    responders_expect(r, TARGET + 256 * 99999, 1 + 99999 % 30),
	    ROUTER + 99999);
	responders_close(r);
}

static void
past_in_order(void **state)
{
	(void)state;
	struct responders *r = responders_open(10, 1, 16);
	static const int ms[] = {50, 10, 30, 30, 20, 40};
	for (int i = 0; i < 6; i++)
		responders_saw(r, TARGET, 3, ROUTER, wall_ms(ms[i]));
	const struct responder_past *p = responders_past(r, ROUTER);
	assert_int_equal(p->asks, 5); /* 30 came twice */
	assert_true(p->whole);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(p->ask[i] & ~INT64_C(1),
		    wall_ms(10 + 10 * i).ns & ~INT64_C(1));
		assert_true(past_answered(p->ask[i]));
	}
	for (int i = 0; i < 1000; i++)
		responders_saw(r, TARGET, 3, ROUTER, wall_ms(100 + i));
	assert_int_equal(p->asks, PAST_ASKS);
	assert_false(p->whole);
	assert_int_equal(p->ask[PAST_ASKS - 1] & ~INT64_C(1), wall_ms(1099).ns);
	assert_int_equal(p->ask[0] & ~INT64_C(1), wall_ms(1100 - PAST_ASKS).ns);
	responders_saw(r, TARGET, 3, ROUTER, wall_ms(5)); /* too old */
	assert_int_equal(p->ask[0] & ~INT64_C(1), wall_ms(1100 - PAST_ASKS).ns);
	responders_close(r);
}

/* Two attempts at TTL 2 and one at TTL 3: lost and answered, answered. */
static struct record
record_of(struct record_probe probe[static 3])
{
	struct record r = {.target = TARGET,
	    .method = METHOD_UDP,
	    .port = -1,
	    .start_us = START_NS / 1000,
	    .duration_us = 5 * US_PER_S,
	    .nprobes = 3,
	    .probes = probe};
	probe[0] = (struct record_probe){.ttl = 2,
	    .attempt = 1,
	    .tx_ns = START_NS,
	    .rtt_ns = -1,
	    .silent = SILENT_UNKNOWN};
	probe[1] = (struct record_probe){.ttl = 2,
	    .attempt = 2,
	    .tx_ns = START_NS + 2 * NS_PER_S,
	    .rtt_ns = 20 * NS_PER_MS,
	    .answered = true,
	    .addr = ROUTER,
	    .icmp_type = 11};
	probe[2] = probe[1];
	probe[2].ttl = 3;
	probe[2].addr = ROUTER + 1;
	return r;
}

static void
learns_a_record(void **state)
{
	(void)state;
	struct record_probe probe[3];
	struct record record = record_of(probe);
	struct responders *r = responders_open(10, 1, 16);
	responders_saw(r, TARGET, 2, ROUTER, wall_ms(2020));
	responders_learn(r, &record);
	const struct responder_past *p = responders_past(r, ROUTER);
	assert_int_equal(p->asks, 2); /* the answer is not counted twice */
	assert_int_equal(p->ask[0], wall_ms(20).ns);
	assert_int_equal(p->ask[1], wall_ms(2020).ns | 1);
	assert_int_equal(p->rtt_ns, 20 * NS_PER_MS);
	const struct responder_place *at =
	    responders_place(r, &record, 2, SCOPE_PATH);
	assert_int_equal(at->addr, ROUTER);
	assert_int_equal(at->silent, 1);
	assert_int_equal(at->run, 0);
	/* another flow is another path, to the same target */
	record.flow = 7;
	assert_null(responders_place(r, &record, 2, SCOPE_PATH));
	assert_int_equal(
	    responders_place(r, &record, 2, SCOPE_TARGET)->addr, ROUTER);
	responders_close(r);
}

/* What was not sent, not listened for, or maybe dropped here, is no silence. */
static void
learns_no_false_silence(void **state)
{
	(void)state;
	struct record_probe probe[3];
	struct record record = record_of(probe);
	struct responders *r = responders_open(10, 1, 16);
	probe[0].silent = SILENT_NOT_SENT;
	responders_learn(r, &record);
	probe[0].silent = SILENT_UNKNOWN;
	record.drops = 1;
	responders_learn(r, &record);
	record.drops = 0;
	probe[0].tx_ns = START_NS + 4100 * NS_PER_MS; /* 0.9 s before the end */
	responders_learn(r, &record);
	assert_int_equal(responders_past(r, ROUTER)->asks, 1);
	probe[0].tx_ns = START_NS;
	record.clock_step = true;
	responders_learn(r, &record);
	assert_int_equal(responders_past(r, ROUTER)->asks, 0);
	assert_false(responders_past(r, ROUTER)->whole);
	responders_close(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lru_like_a_list),
	    cmocka_unit_test(expected_by_neighbour),
	    cmocka_unit_test(ceiling),
	    cmocka_unit_test(bounded),
	    cmocka_unit_test(past_in_order),
	    cmocka_unit_test(learns_a_record),
	    cmocka_unit_test(learns_no_false_silence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
