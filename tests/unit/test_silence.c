/* SPDX-License-Identifier: ISC */
#include "probe/trace/silence.h"

#include "probe/trace/silence_bucket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
	TARGET = 0xaf2db047,
	ROUTER = 0xc6336400, /* + the TTL */
	PROBES = 64,
	RTT_MS = 40,
};
#define START_NS (INT64_C(1795000000) * NS_PER_S)

/* A record on the stack, and the names that it got. */
struct sheet {
	struct record record;
	struct record_probe probe[PROBES];
	char names[PROBES * 2];
};

/*
 * Each word is a TTL, each letter an attempt, two seconds apart: a answered by
 * that TTL's router, t by the target, x refused by that router, * silent, n
 * not sent, l known to be late.
 */
static void
write_sheet(struct sheet *s, const char *hops, int64_t start_ns)
{
	uint8_t ttl = 1, attempt = 1;
	memset(s, 0, sizeof(*s));
	for (; *hops != '\0'; hops++) {
		if (*hops == ' ') {
			ttl++;
			attempt = 1;
			continue;
		}
		bool answered = strchr("atx", *hops) != NULL;
		s->probe[s->record.nprobes++] =
		    (struct record_probe){.ttl = ttl,
			.attempt = attempt,
			.answered = answered,
			.tx_ns = start_ns + NS_PER_MS * 50 * ttl +
				 NS_PER_S * 2 * (attempt - 1),
			.rtt_ns = answered ? RTT_MS * NS_PER_MS : -1,
			.addr = *hops == 't'   ? TARGET
				: *hops == '*' ? 0
					       : ROUTER + ttl,
			.icmp_type = *hops == 'a' ? 11 : 3,
			.icmp_code = *hops == 'x'   ? 13
				     : *hops == 't' ? 3
						    : 0,
			.silent = answered	 ? 0
				  : *hops == 'n' ? SILENT_NOT_SENT
				  : *hops == 'l' ? SILENT_LATE
						 : SILENT_UNKNOWN};
		attempt++;
	}
	s->record.target = TARGET;
	s->record.method = METHOD_UDP;
	s->record.port = -1;
	s->record.start_us = start_ns / 1000;
	s->record.duration_us = 6 * US_PER_S;
	s->record.probes = s->probe;
}

/* The names in the order of the probes: n o r f e(late) l u, - answered. */
static const char *
names(struct sheet *s, struct responders *known)
{
	static const char letter[] = "-norfelu";
	silence_name(&s->record, known);
	for (size_t i = 0; i < s->record.nprobes; i++)
		s->names[i] = letter[s->probe[i].silent];
	return s->names;
}

static const char *
alone(struct sheet *s, const char *hops)
{
	write_sheet(s, hops, START_NS);
	return names(s, NULL);
}

/* The n-th round of a campaign, a minute each. */
static const char *
round_of(struct sheet *s, struct responders *known, const char *hops, int n)
{
	write_sheet(s, hops, START_NS + 60 * NS_PER_S * n);
	responders_learn(known, &s->record);
	return names(s, known);
}

static void
lost(void **state)
{
	(void)state;
	struct sheet s;
	assert_string_equal(alone(&s, "a a *a a a a t"), "--l-----");
	/* chance does not lose three in a row */
	assert_string_equal(alone(&s, "a a ***a a a a t"), "--uuu-----");
}

/* What the core knows for sure stays. */
static void
known_before(void **state)
{
	(void)state;
	struct sheet s;
	assert_string_equal(alone(&s, "a na la a a a t"), "-n-e-----");
}

/* Two silences are not enough; six are, where little is lost. */
static void
filtered_on_the_path(void **state)
{
	(void)state;
	struct sheet s;
	struct responders *known = responders_open(10, 5, 64);
	static const char hops[] = "a a a ** a a a a t";
	assert_string_equal(alone(&s, hops), "---uu-----");
	assert_string_equal(round_of(&s, known, hops, 1), "---uu-----");
	round_of(&s, known, hops, 2);
	assert_string_equal(round_of(&s, known, hops, 3), "---ff-----");
	responders_close(known);
}

/* As many, where every other probe is lost. */
static void
unknown_where_much_is_lost(void **state)
{
	(void)state;
	struct sheet s;
	struct responders *known = responders_open(10, 5, 64);
	static const char hops[] = "*a *a *a ** *a *a *a *a *t";
	for (int i = 1; i < 3; i++)
		round_of(&s, known, hops, i);
	assert_int_equal(s.names[6], 'u');
	assert_int_equal(s.names[7], 'u');
	responders_close(known);
}

/* It has answered this flow: two losses, not a filter. */
static void
answered_before(void **state)
{
	(void)state;
	struct sheet s;
	struct responders *known = responders_open(10, 5, 64);
	for (int i = 1; i < 6; i++)
		round_of(&s, known, "a a *a a *a a a a t", i);
	assert_string_equal(
	    round_of(&s, known, "a a a ** a a a a t", 6), "---ll-----");
	responders_close(known);
}

static void
tail(void **state)
{
	(void)state;
	struct sheet s;
	struct responders *known = responders_open(10, 5, 64);
	static const char hops[] = "a a a a ** ** ** **";
	assert_string_equal(alone(&s, hops), "----uuuuuuuu");
	for (int i = 1; i < 20; i++)
		assert_string_equal(
		    round_of(&s, known, hops, i), "----uuuuuuuu");
	responders_close(known);
}

/* The same target answers another method from behind: twice is enough. */
static void
filtered_by_method(void **state)
{
	(void)state;
	struct sheet s;
	struct responders *known = responders_open(10, 5, 64);
	static const char hops[] = "a a a a ** ** ** **";
	for (int i = 1; i < 3; i++) {
		for (uint8_t ttl = 5; ttl <= 7; ttl++)
			responders_saw(known, TARGET, ttl,
			    ttl == 7 ? TARGET : ROUTER + ttl,
			    (struct wall){START_NS + 60 * NS_PER_S * i});
		assert_string_equal(round_of(&s, known, hops, i),
		    i == 1 ? "----uuuuuuuu" : "----ffffffff");
	}
	responders_close(known);
}

static void
behind_a_refusal(void **state)
{
	(void)state;
	struct sheet s;
	assert_string_equal(alone(&s, "a a a x * *"), "----ff");
	/* but not when such probes come through */
	assert_string_equal(alone(&s, "a a a xx *a a a"), "-----l---");
}

/* A second before the end, and an answer takes two. */
static void
late(void **state)
{
	(void)state;
	struct sheet s;
	write_sheet(&s, "a *a a a a a t", START_NS);
	for (size_t i = 0; i < s.record.nprobes; i++)
		if (s.probe[i].answered)
			s.probe[i].rtt_ns = 2 * NS_PER_S;
	s.probe[1].tx_ns = START_NS + 5 * NS_PER_S;
	assert_string_equal(names(&s, NULL), "-e------");
	/* the router may be that quick */
	s.probe[1].silent = SILENT_UNKNOWN;
	s.probe[2].rtt_ns = RTT_MS * NS_PER_MS;
	s.probe[1].tx_ns = START_NS + 6 * NS_PER_S - 50 * NS_PER_MS;
	assert_string_equal(names(&s, NULL), "-u------");
}

/*
 * Four of ten answers are missing, and this host dropped packets, on a path
 * that has lost nothing. Not when it dropped fewer than are missing, and not
 * on a path that loses as much at other times.
 */
static void
overflow(void **state)
{
	(void)state;
	struct sheet s;
	static const char hops[] = "*a a *a *a *a a a t";
	for (int lossy = 0; lossy < 2; lossy++) {
		struct responders *known = responders_open(10, 5, 64);
		for (int i = 0; i < 60; i++)
			round_of(
			    &s, known, lossy ? hops : "a a a a a a a t", i);
		write_sheet(&s, hops, START_NS + 3600 * NS_PER_S);
		s.record.drops = 3;
		responders_learn(known, &s.record);
		assert_string_equal(names(&s, known), "u--u-u-u----");
		s.record.drops = 4;
		for (size_t i = 0; i < s.record.nprobes; i++)
			if (!s.probe[i].answered)
				s.probe[i].silent = SILENT_UNKNOWN;
		assert_string_equal(
		    names(&s, known), lossy ? "u--u-u-u----" : "o--o-o-o----");
		responders_close(known);
	}
}

static void
no_times_no_name(void **state)
{
	(void)state;
	struct sheet s;
	write_sheet(&s, "a a *a a a a t", START_NS);
	s.record.clock_step = true;
	assert_string_equal(names(&s, NULL), "--u-----");
}

/* --- the model -------------------------------------------------------------
 */

/* Four asks at once every two seconds, of which the first is answered. */
static void
a_bucket_is_seen(void **state)
{
	(void)state;
	struct bucket_case c = {
	    .whole = true, .jitter_ns = NS_PER_MS, .loss = {0.5, 25}};
	struct bucket_verdict v;
	for (int64_t i = 0; i < 40; i++)
		c.ask[c.asks++] =
		    (START_NS + i / 4 * 2 * NS_PER_S + i % 4 * 50 * NS_PER_MS) |
		    (i % 4 == 0);
	bucket_judge(&c, &v);
	for (uint32_t i = 0; i < c.asks; i++)
		if (!past_answered(c.ask[i]))
			assert_true(v.limited[i] > 0.99);
	assert_true(v.lost < 0.1);
}

/* Isolated silences after long rests, and answers close to each other. */
static void
loss_is_seen(void **state)
{
	(void)state;
	struct bucket_case c = {
	    .whole = true, .jitter_ns = NS_PER_MS, .loss = {0.5, 25}};
	struct bucket_verdict v;
	for (int64_t i = 0; i < 60; i++)
		c.ask[c.asks++] =
		    (START_NS + i / 3 * 5 * NS_PER_S + i % 3 * 20 * NS_PER_MS) |
		    (i % 9 != 0);
	bucket_judge(&c, &v);
	for (uint32_t i = 0; i < c.asks; i++)
		assert_true(v.limited[i] < 0.01);
	assert_true(v.lost > 6.5 && v.lost < 7.5);
}

/* One silence right behind an answer: it may be either. */
static void
one_silence_is_neither(void **state)
{
	(void)state;
	struct bucket_case c = {.ask = {START_NS | 1, START_NS + NS_PER_S / 5},
	    .asks = 2,
	    .whole = true,
	    .jitter_ns = NS_PER_MS,
	    .loss = {0.5, 25}};
	struct bucket_verdict v;
	bucket_judge(&c, &v);
	assert_true(v.limited[1] > 0.05 && v.limited[1] < 0.95);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lost),
	    cmocka_unit_test(known_before),
	    cmocka_unit_test(filtered_on_the_path),
	    cmocka_unit_test(unknown_where_much_is_lost),
	    cmocka_unit_test(answered_before),
	    cmocka_unit_test(tail),
	    cmocka_unit_test(filtered_by_method),
	    cmocka_unit_test(behind_a_refusal),
	    cmocka_unit_test(late),
	    cmocka_unit_test(overflow),
	    cmocka_unit_test(no_times_no_name),
	    cmocka_unit_test(a_bucket_is_seen),
	    cmocka_unit_test(loss_is_seen),
	    cmocka_unit_test(one_silence_is_neither),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
