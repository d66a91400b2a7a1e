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

/* A campaign that traces UDP and looks at two ports of each target. */
struct look {
	uint32_t target;
	uint16_t port;
	int64_t last_us; /* 0: never */
	int n;
};
struct month {
	struct learn *l;
	struct config_campaign c;
	struct look *looks;
	size_t n;
	int64_t start_us, at_us;
	int64_t jitter_us;
	uint64_t random;
	size_t most; /* looks in one slot */
	int64_t gap_min_us, gap_max_us, first_max_us;
};

static void
look(struct month *m, struct look *k, int64_t now_us)
{
	int64_t gap_us = now_us - k->last_us;
	if (k->last_us == 0 && now_us - m->start_us > m->first_max_us)
		m->first_max_us = now_us - m->start_us;
	if (k->last_us != 0 && gap_us < m->gap_min_us)
		m->gap_min_us = gap_us;
	if (k->last_us != 0 && gap_us > m->gap_max_us)
		m->gap_max_us = gap_us;
	k->last_us = now_us;
	k->n++;
	struct lesson s = lesson_tcp(k->target, k->port, now_us, LESSON_CLOSED);
	lesson_learn(m->l, &m->c, &s);
}

/* First who is due is asked, then all is traced: as a run does it. */
static size_t
slot(struct month *m)
{
	int64_t now_us =
	    m->at_us + sample_random(&m->random) % (m->jitter_us + 1);
	size_t n = 0;
	bool *due = xcalloc(m->n, sizeof(*due));
	for (size_t i = 0; i < m->n; i++)
		due[i] = learn_due(
		    m->l, &m->c, m->looks[i].target, m->looks[i].port, now_us);
	for (size_t i = 0; i < m->n; i++) {
		struct lesson s = {.target = m->looks[i].target,
		    .method = METHOD_UDP,
		    .at_us = now_us,
		    .answer = LESSON_OPEN};
		lesson_learn(m->l, &m->c, &s);
		if (due[i])
			look(m, &m->looks[i], now_us);
		n += due[i];
	}
	free(due);
	learn_run_over(m->l, &m->c);
	m->at_us += m->c.interval_s * US_PER_S;
	m->most = n > m->most ? n : m->most;
	return n;
}

static void
slots(struct month *m, int64_t span_us)
{
	for (int64_t until_us = m->at_us + span_us; m->at_us < until_us;)
		slot(m);
}

static size_t
share(const struct month *m)
{
	size_t slots = (size_t)(m->c.verify_s / m->c.interval_s);
	return slots == 0 ? m->n : (m->n + slots - 1) / slots;
}

static struct month
month(int64_t interval_s, int64_t verify_s)
{
	struct month m = {.l = lesson_empty(),
	    .c = lesson_campaign("border", METHOD_UDP, interval_s),
	    .start_us = LESSON_FROM,
	    .at_us = LESSON_FROM,
	    .jitter_us = interval_s / 60 < 10 ? interval_s / 60 * US_PER_S
					      : 10 * US_PER_S,
	    .random = 7,
	    .gap_min_us = INT64_MAX};
	m.c.verify_s = verify_s;
	return m;
}

static void
add_look(struct month *m, uint32_t target, uint16_t port)
{
	m->looks = xreallocarray(m->looks, m->n + 1, sizeof(*m->looks));
	m->looks[m->n++] = (struct look){.target = target, .port = port};
}

static void
add_builtin(struct month *m)
{
	size_t n;
	uint16_t ports[TARGET_PORTS_MAX];
	const struct target *list = targets_builtin(&n);
	for (size_t i = 0; i < n; i++) {
		size_t k =
		    learn_ports(&m->c, list[i].addr, ports, TARGET_PORTS_MAX);
		while (k-- > 0)
			add_look(m, list[i].addr, ports[k]);
	}
}

static void
end(struct month *m)
{
	learn_close(m->l);
	free(m->looks);
}

/* Once in every verify_s, never more, and evenly. */
static void
check_month(struct month *m, size_t constant)
{
	int64_t slack_us = m->c.interval_s * US_PER_S + 2 * m->jitter_us;
	int64_t every_us = m->c.verify_s * US_PER_S;
	if (every_us < m->c.interval_s * US_PER_S)
		every_us = m->c.interval_s * US_PER_S;
	int turns = (int)((m->at_us - m->start_us) / every_us);
	for (size_t i = 0; i < m->n; i++)
		assert_in_range(m->looks[i].n, turns - 1, turns);
	assert_true(m->first_max_us <= every_us + slack_us);
	assert_true(m->gap_min_us >= every_us - slack_us);
	assert_true(m->gap_max_us <= every_us + slack_us);
	assert_in_range(m->most, 1, share(m) + constant);
}

static void
each_port_once_a_day(void **state)
{
	(void)state;
	struct month m = month(900, 86400);
	add_builtin(&m);
	assert_int_equal(slot(&m), 0); /* nobody at once */
	slots(&m, 30 * LESSON_DAY);
	check_month(&m, 3);
	end(&m);
}

static void
whatever_the_intervals(void **state)
{
	(void)state;
	static const int64_t interval_s[] = {60, 300, 3600, 21600, 50000};
	static const int64_t verify_s[] = {3600, 86400, 100000, 604800};
	for (int i = 0; i < 5; i++)
		for (int k = 0; k < 4; k++) {
			if (interval_s[i] > verify_s[k])
				continue;
			struct month m = month(interval_s[i], verify_s[k]);
			add_builtin(&m);
			slots(&m, verify_s[k] * 4 * US_PER_S);
			check_month(&m, 8);
			end(&m);
		}
}

/* An interval as long: in every slot. */
static void
not_more_often_than_it_runs(void **state)
{
	(void)state;
	struct month m = month(86400, 86400);
	struct month longer = month(86400, 3600);
	m.jitter_us = longer.jitter_us = 0;
	add_builtin(&m);
	add_builtin(&longer);
	slots(&m, 30 * LESSON_DAY);
	slots(&longer, 30 * LESSON_DAY);
	for (size_t i = 0; i < m.n; i++) {
		assert_int_equal(m.looks[i].n, 29);
		assert_int_equal(longer.looks[i].n, 29);
	}
	end(&m);
	end(&longer);
}

static void
neighbours_and_strangers_are_spread(void **state)
{
	(void)state;
	struct month rows = month(900, 86400), wild = month(900, 86400);
	struct month gates = month(900, 86400);
	uint64_t random = 3;
	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t addr =
		    0x01000000 + sample_random(&random) % (1u << 30);
		add_look(&rows, 0xaf2db000 + i, 80);
		add_look(&rows, 0xaf2db000 + i, 443);
		add_look(&wild, addr, (uint16_t)(1 + addr % 65535));
		add_look(&gates, 0x0a000001 + (i << 8), 80);
	}
	slots(&rows, 4 * LESSON_DAY);
	slots(&wild, 4 * LESSON_DAY);
	slots(&gates, 4 * LESSON_DAY);
	check_month(&rows, 4);
	check_month(&gates, 4);
	check_month(&wild, 16); /* as chance spreads them */
	end(&rows);
	end(&wild);
	end(&gates);
}

static void
after_a_pause_they_are_spread_again(void **state)
{
	(void)state;
	static const int64_t pause_us[] = {LESSON_DAY / 4, LESSON_DAY,
	    10 * LESSON_DAY, -20 * LESSON_DAY, 3650 * LESSON_DAY,
	    -3650 * LESSON_DAY};
	struct month m = month(900, 86400);
	add_builtin(&m);
	slots(&m, 3 * LESSON_DAY);
	for (int i = 0; i < 6; i++) {
		char *text = learn_format(m.l);
		learn_close(m.l);
		m.l = learn_parse(text, strlen(text), NULL);
		free(text);
		m.at_us += pause_us[i];
		m.most = 0;
		for (size_t k = 0; k < m.n; k++)
			m.looks[k].n = 0;
		assert_int_equal(slot(&m), 0);
		slots(&m, 4 * LESSON_DAY);
		assert_in_range(m.most, 1, share(&m) + 3);
		for (size_t k = 0; k < m.n; k++)
			assert_in_range(m.looks[k].n, 3, 4);
	}
	end(&m);
}

static void
new_targets_are_no_burst(void **state)
{
	(void)state;
	struct month m = month(900, 86400);
	add_builtin(&m);
	slots(&m, 2 * LESSON_DAY);
	for (uint32_t i = 0; i < 200; i++)
		add_look(&m, 0x0a000000 + i, 80);
	m.most = 0;
	slots(&m, 2 * LESSON_DAY);
	assert_in_range(m.most, 1, share(&m) + 3);
	end(&m);
}

/* Started anew every hour: nobody is missed, nobody comes twice. */
static void
restarts_change_nothing(void **state)
{
	(void)state;
	struct month m = month(900, 86400);
	add_builtin(&m);
	for (int i = 0; i < 30 * 24; i++) {
		char *text = learn_format(m.l);
		learn_close(m.l);
		m.l = learn_parse(text, strlen(text), NULL);
		free(text);
		slots(&m, LESSON_DAY / 24);
	}
	check_month(&m, 3);
	end(&m);
}

static void
who_is_not_looked_at(void **state)
{
	(void)state;
	struct config_campaign c = lesson_campaign("tcp", METHOD_TCP, 900);
	struct config_campaign udp = lesson_campaign("udp", METHOD_UDP, 900);
	struct learn *l = lesson_empty();
	int due = 0, due_udp = 0, due_port = 0;
	for (int i = 0; i < 96 * 10; i++) {
		int64_t at_us = LESSON_FROM + i * (15 * LESSON_MIN);
		struct lesson s =
		    lesson_tcp(LESSON_WEB, 80, at_us, LESSON_SILENCE);
		/* 80 is traced anyway, so it is never due, to nobody; */
		assert_false(learn_due(l, &c, LESSON_WEB, 80, at_us));
		assert_false(learn_due(l, &udp, LESSON_WEB, 80, at_us));
		due += learn_due(l, &c, LESSON_WEB, 443, at_us);
		due_udp += learn_due(l, &udp, LESSON_WEB, 443, at_us);
		c.port = 443; /* nor is one that the campaign names */
		assert_false(learn_due(l, &c, LESSON_WEB, 443, at_us));
		due_port += learn_due(l, &c, LESSON_WEB, 8080, at_us);
		c.port = -1;
		c.sweep = true;
		assert_false(learn_due(l, &c, LESSON_WEB, 443, at_us));
		c.sweep = false;
		c.verify_s = 0;
		assert_false(learn_due(l, &c, LESSON_WEB, 443, at_us));
		c.verify_s = 86400;
		assert_false(learn_due(l, &c, 0x0a000001, 443, at_us));
		lesson_learn(l, &c, &s);
		s.method = METHOD_UDP;
		lesson_learn(l, &udp, &s);
	}
	/* Not tried, they stay due from their first turn on. */
	assert_true(due > 96 * 9 - 1 && due < 96 * 10);
	assert_int_equal(due_udp, due);
	assert_true(due_port > 96 * 9 - 1 && due_port < 96 * 10);
	learn_close(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_port_once_a_day),
	    cmocka_unit_test(whatever_the_intervals),
	    cmocka_unit_test(not_more_often_than_it_runs),
	    cmocka_unit_test(neighbours_and_strangers_are_spread),
	    cmocka_unit_test(after_a_pause_they_are_spread_again),
	    cmocka_unit_test(new_targets_are_no_burst),
	    cmocka_unit_test(restarts_change_nothing),
	    cmocka_unit_test(who_is_not_looked_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
