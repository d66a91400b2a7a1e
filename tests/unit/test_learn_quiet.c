/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "tests/unit/learn_lesson.h"
#include "tests/unit/store_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/*
 * A world of hosts in a few prefixes, some of which answer some methods, and
 * campaigns that trace them. What the header says of who is left out is told
 * here a second time, from the whole past, and held against the memory.
 */
enum { HOSTS = 24, PREFIXES = 4, TRACERS = 3, RUNS_MAX = 600 };

enum { ANSWERS_UDP = 1, ANSWERS_ICMP = 2, ANSWERS_TCP = 4 };

/* Of one campaign and host, run after run. */
enum { UNTRACED, SILENT, ANSWERED };

struct tracer {
	struct config_campaign c;
	int64_t slot;
	int runs;
	uint8_t past[HOSTS][RUNS_MAX];
};

struct world {
	struct learn *l;
	uint32_t host[HOSTS];
	int answers[HOSTS];
	struct tracer tracers[TRACERS];
	size_t ntracers;
	int64_t now_us;
	int left_out;
};

static int
prefix_of(int host)
{
	return host % PREFIXES;
}

/* --- the rule, once more ------------------------------------------------- */

/* Runs since it last answered this campaign; -1: it never did. */
static int
since_answer(const struct tracer *t, int host)
{
	int n = 0;
	for (int run = t->runs - 1; run >= 0; run--) {
		if (t->past[host][run] == ANSWERED)
			return n;
		n += t->past[host][run] == SILENT;
	}
	return -1;
}

static bool
any_answered(const struct tracer *t, int prefix, int run)
{
	for (int h = 0; h < HOSTS; h++)
		if (prefix_of(h) == prefix && t->past[h][run] == ANSWERED)
			return true;
	return false;
}

/* Silent runs since it answered in which a neighbour did. */
static int
silence(const struct tracer *t, int host)
{
	int n = 0;
	for (int run = t->runs - 1; run >= 0; run--) {
		if (t->past[host][run] == ANSWERED)
			return n;
		n += t->past[host][run] == SILENT &&
		     any_answered(t, prefix_of(host), run);
	}
	return n;
}

/* Whether some slot is not for it. */
static bool
is_quiet(const struct world *w, const struct tracer *t, int host)
{
	if (t->c.quiet <= 1 || t->runs == 0 ||
	    silence(t, host) < LEARN_SILENT ||
	    !any_answered(t, prefix_of(host), t->runs - 1))
		return false;
	for (size_t i = 0; i < w->ntracers; i++) {
		int n = since_answer(&w->tracers[i], host);
		if (n >= 0 && n < LEARN_SILENT)
			return false;
	}
	return true;
}

/* --- the world ----------------------------------------------------------- */

static bool
trace(struct world *w, struct tracer *t, int host)
{
	bool answers = false;
	for (size_t i = 0; i < t->c.methods.n; i++) {
		enum record_method m = t->c.methods.method[i];
		int bit = 1 << ((int)m - METHOD_UDP);
		struct lesson s = {.target = w->host[host],
		    .method = m,
		    .port = 80,
		    .at_us = w->now_us,
		    .answer = w->answers[host] & bit ? LESSON_CLOSED
						     : LESSON_SILENCE};
		lesson_learn(w->l, &t->c, &s);
		answers |= (w->answers[host] & bit) != 0;
	}
	return answers;
}

/* In so many slots in a row, of which the rule says it has one. */
static void
check_turns(struct world *w, const struct tracer *t, int host)
{
	bool quiet = is_quiet(w, t, host);
	int64_t turns = 0, every = t->c.quiet > 1 ? t->c.quiet : 1;
	for (int64_t i = 0; i < every; i++)
		turns += !learn_quiet(w->l, &t->c, w->host[host], t->slot + i);
	assert_int_equal(turns, quiet ? 1 : every);
	w->left_out += quiet;
}

static void
run(struct world *w, struct tracer *t)
{
	bool left_out[HOSTS];
	size_t answer, silent, answered = 0, ended = 0;
	assert_in_range(t->runs, 0, RUNS_MAX - 1);
	for (int h = 0; h < HOSTS; h++) {
		check_turns(w, t, h);
		left_out[h] = learn_quiet(w->l, &t->c, w->host[h], t->slot);
	}
	for (int h = 0; h < HOSTS; h++)
		if (left_out[h])
			t->past[h][t->runs] = UNTRACED;
		else
			t->past[h][t->runs] =
			    trace(w, t, h) ? ANSWERED : SILENT;
	learn_run_over(w->l, &t->c);
	t->runs++;
	t->slot++;
	for (int h = 0; h < HOSTS; h++) {
		int last = t->runs - 1;
		while (last > 0 && t->past[h][last] == UNTRACED)
			last--;
		answered += t->past[h][last] == ANSWERED;
		ended += t->past[h][last] == SILENT;
	}
	learn_count(w->l, &t->c, &answer, &silent);
	assert_int_equal(answer, answered);
	assert_int_equal(silent, ended);
}

static void
add_tracer(struct world *w, const char *name, enum record_method m, int64_t s)
{
	struct tracer *t = &w->tracers[w->ntracers++];
	t->c = lesson_campaign(name, m, s);
	t->slot = 1000;
	t->c.targets = (struct targets){w->host, HOSTS};
}

static struct world *
begin(void)
{
	struct world *w = xcalloc(1, sizeof(*w));
	w->l = lesson_empty();
	w->now_us = LESSON_FROM;
	for (int h = 0; h < HOSTS; h++)
		w->host[h] = 0xaf2db000 + ((uint32_t)prefix_of(h) << 8) +
			     7u * (uint32_t)h;
	return w;
}

static void
end(struct world *w)
{
	learn_close(w->l);
	free(w);
}

/* Through the file and back, as a restart does. */
static void
restart(struct world *w)
{
	char *text = learn_format(w->l);
	learn_close(w->l);
	w->l = learn_parse(text, strlen(text), NULL);
	assert_non_null(w->l);
	free(text);
}

/* Minutes: each campaign has its slots. */
static void
pass(struct world *w, int minutes)
{
	for (int i = 0; i < minutes; i++) {
		w->now_us += LESSON_MIN;
		int64_t minute = w->now_us / LESSON_MIN;
		for (size_t k = 0; k < w->ntracers; k++) {
			struct tracer *t = &w->tracers[k];
			if (minute % (t->c.interval_s / 60) == 0)
				run(w, t);
		}
	}
}

/* --- the cases ----------------------------------------------------------- */

static void
nobody_is_quiet_at_first(void **state)
{
	(void)state;
	struct world *w = begin();
	add_tracer(w, "tcp", METHOD_TCP, 900);
	struct config_campaign *c = &w->tracers[0].c;
	for (int64_t slot = 0; slot < 20; slot++)
		assert_false(learn_quiet(w->l, c, w->host[0], slot));
	w->answers[4] = ANSWERS_TCP;
	pass(w, 15 * LEARN_SILENT);
	assert_int_equal(w->left_out, 0);
	pass(w, 15);
	assert_int_equal(w->left_out, HOSTS / PREFIXES - 1);
	/* Nor is one that was never traced, whoever else is. */
	for (int64_t slot = 0; slot < 20; slot++)
		assert_false(learn_quiet(w->l, c, 0xaf2db0fe, slot));
	end(w);
}

static void
a_silent_prefix_is_traced_at_full_rate(void **state)
{
	(void)state;
	struct world *w = begin();
	add_tracer(w, "tcp", METHOD_TCP, 900);
	pass(w, 15 * 100);
	assert_int_equal(w->left_out, 0);
	/* Whose uplink is back traces all of them as before. */
	for (int h = 0; h < HOSTS; h++)
		w->answers[h] = h % 3 ? ANSWERS_TCP : 0;
	pass(w, 15 * LEARN_SILENT);
	assert_int_equal(w->left_out, 0);
	end(w);
}

static void
who_answers_again_is_traced_in_every_slot(void **state)
{
	(void)state;
	struct world *w = begin();
	add_tracer(w, "tcp", METHOD_TCP, 900);
	struct tracer *t = &w->tracers[0];
	w->answers[4] = ANSWERS_TCP;
	pass(w, 15 * 30);
	assert_true(is_quiet(w, t, 8));
	w->answers[8] = ANSWERS_TCP;
	for (int n = 0; is_quiet(w, t, 8); n++) {
		assert_in_range(n, 0, CONFIG_QUIET);
		pass(w, 15);
	}
	/* At once: also while the run is still under way. */
	w->answers[12] = ANSWERS_TCP;
	assert_true(is_quiet(w, t, 12));
	trace(w, t, 12);
	for (int64_t slot = 0; slot < 20; slot++)
		assert_false(learn_quiet(w->l, &t->c, w->host[12], slot));
	end(w);
}

static void
one_means_nobody(void **state)
{
	(void)state;
	struct world *w = begin();
	add_tracer(w, "tcp", METHOD_TCP, 900);
	w->tracers[0].c.quiet = 1;
	w->answers[4] = ANSWERS_TCP;
	pass(w, 15 * 100);
	assert_int_equal(w->left_out, 0);
	end(w);
}

/* UDP every five minutes in vain, while TCP answers once an hour. */
static void
another_campaign_reaches_it(void **state)
{
	(void)state;
	struct world *w = begin();
	add_tracer(w, "udp", METHOD_UDP, 300);
	add_tracer(w, "tcp", METHOD_TCP, 3600);
	w->answers[0] = ANSWERS_UDP; /* so that the prefix lives */
	w->answers[4] = ANSWERS_TCP;
	pass(w, 60 * 24);
	struct tracer *udp = &w->tracers[0];
	assert_false(is_quiet(w, udp, 4));
	assert_true(is_quiet(w, udp, 8));
	/* No word of it any more: silent after eight runs of both. */
	w->answers[4] = 0;
	pass(w, 60 * (LEARN_SILENT - 2));
	assert_false(is_quiet(w, udp, 4));
	pass(w, 60 * 3);
	assert_true(is_quiet(w, udp, 4));
	end(w);
}

/* One that is no more in the configuration does not speak for ever. */
static void
a_campaign_that_is_gone_is_forgotten(void **state)
{
	(void)state;
	struct world *w = begin();
	add_tracer(w, "udp", METHOD_UDP, 900);
	add_tracer(w, "tcp", METHOD_TCP, 900);
	struct tracer *udp = &w->tracers[0];
	w->answers[0] = ANSWERS_UDP;
	w->answers[4] = ANSWERS_TCP;
	pass(w, 15 * 20);
	assert_false(is_quiet(w, udp, 4));
	w->ntracers = 1;
	w->tracers[1].runs = 0; /* as the rule tells it, once it is gone */
	for (int day = 0; day <= 40; day++) {
		bool left_out = learn_quiet(w->l, &udp->c, w->host[4], 1) &&
				learn_quiet(w->l, &udp->c, w->host[4], 2);
		assert_true(day > 30 || !left_out);
		assert_true(day < 35 || left_out);
		for (int h = 0; h < HOSTS; h++)
			trace(w, udp, h);
		learn_run_over(w->l, &udp->c);
		w->now_us += LESSON_DAY;
	}
	end(w);
}

static void
any(uint64_t *random, struct world *w)
{
	uint32_t what = sample_random(random) % 100;
	int h = (int)(sample_random(random) % HOSTS);
	if (what < 30)
		w->answers[h] = 0;
	else if (what < 60)
		w->answers[h] = (int)(sample_random(random) % 8);
	else if (what < 64)
		restart(w);
	else if (what < 67) /* a prefix, or the uplink */
		for (int i = 0; i < HOSTS; i++)
			if (what == 64 || prefix_of(i) == prefix_of(h))
				w->answers[i] = 0;
}

static void
whatever_happens(void **state)
{
	(void)state;
	int left_out = 0;
	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct world *w = begin();
		uint64_t random = seed;
		add_tracer(w, "tcp", METHOD_TCP, 900);
		add_tracer(w, "udp", METHOD_UDP, seed % 2 ? 300 : 1800);
		add_tracer(w, "both", METHOD_ICMP, 3600);
		w->tracers[2].c.methods =
		    (struct methods){{METHOD_ICMP, METHOD_TCP}, 2};
		w->tracers[1].c.quiet = (int64_t)(seed % 5);
		w->tracers[2].c.quiet = 3;
		for (int i = 0; i < 180; i++) {
			any(&random, w);
			pass(w, 15);
		}
		left_out += w->left_out;
		end(w);
	}
	assert_in_range(left_out, 1000, 1000000); /* it did happen */
}

/* Of a run that was cut, the untraced are not called silent. */
static void
a_cut_run_says_nothing_of_the_untraced(void **state)
{
	(void)state;
	struct world *w = begin();
	add_tracer(w, "tcp", METHOD_TCP, 900);
	struct tracer *t = &w->tracers[0];
	size_t answer, silent;
	for (int h = 0; h < HOSTS; h++)
		w->answers[h] = ANSWERS_TCP;
	pass(w, 15 * 3);
	for (int i = 0; i < 3 * LEARN_SILENT; i++) {
		trace(w, t, 0);
		struct lesson s =
		    lesson_tcp(w->host[4], 80, w->now_us, LESSON_SILENCE);
		s.stop = STOP_ERROR;
		lesson_learn(w->l, &t->c, &s);
		learn_run_over(w->l, &t->c);
		learn_run_over(w->l, &t->c); /* twice is once */
	}
	learn_count(w->l, &t->c, &answer, &silent);
	assert_int_equal(answer, HOSTS);
	assert_int_equal(silent, 0);
	for (int h = 0; h < HOSTS; h++)
		for (int64_t slot = 0; slot < 8; slot++)
			assert_false(
			    learn_quiet(w->l, &t->c, w->host[h], slot));
	end(w);
}

/* Nor does it say that the others are alive. */
static void
a_cut_run_leaves_nobody_out(void **state)
{
	(void)state;
	struct world *w = begin();
	add_tracer(w, "tcp", METHOD_TCP, 900);
	struct tracer *t = &w->tracers[0];
	w->answers[0] = ANSWERS_TCP;
	pass(w, 15 * 20);
	learn_run_over(w->l, &t->c); /* of no run */
	check_turns(w, t, 4);
	assert_true(is_quiet(w, t, 4));
	t->c.sweep = true; /* a sweep takes all */
	for (int64_t slot = 0; slot < 8; slot++)
		assert_false(learn_quiet(w->l, &t->c, w->host[4], slot));
	t->c.sweep = false;
	trace(w, t, 1);
	learn_run_over(w->l, &t->c);
	for (int64_t slot = 0; slot < 8; slot++)
		assert_false(learn_quiet(w->l, &t->c, w->host[4], slot));
	end(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nobody_is_quiet_at_first),
	    cmocka_unit_test(a_silent_prefix_is_traced_at_full_rate),
	    cmocka_unit_test(who_answers_again_is_traced_in_every_slot),
	    cmocka_unit_test(one_means_nobody),
	    cmocka_unit_test(another_campaign_reaches_it),
	    cmocka_unit_test(a_campaign_that_is_gone_is_forgotten),
	    cmocka_unit_test(whatever_happens),
	    cmocka_unit_test(a_cut_run_leaves_nobody_out),
	    cmocka_unit_test(a_cut_run_says_nothing_of_the_untraced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
