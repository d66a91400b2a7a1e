/* SPDX-License-Identifier: ISC */
#include "tests/unit/learn_lesson.h"
#include "tests/unit/store_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* --- which ports --------------------------------------------------------- */

static void
the_ports_of_a_target(void **state)
{
	(void)state;
	struct config_campaign c = lesson_campaign("border", METHOD_TCP, 900);
	uint16_t p[CONFIG_PORTS_MAX];
	assert_int_equal(learn_ports(&c, LESSON_WEB, p, CONFIG_PORTS_MAX), 2);
	assert_int_equal(p[0], 80);
	assert_int_equal(p[1], 443);
	assert_int_equal(learn_ports(&c, 0xaf2db281, p, CONFIG_PORTS_MAX), 4);
	assert_int_equal(learn_ports(&c, 0xaf2db281, p, 3), 3);
	assert_int_equal(p[2], 80);
	assert_int_equal(learn_ports(&c, 0x0a000001, p, CONFIG_PORTS_MAX), 1);
	assert_int_equal(p[0], TARGETS_PORT);
	assert_int_equal(learn_ports(&c, LESSON_WEB, p, 0), 0);
	c.ports[0] = 8080;
	c.ports[1] = 53;
	assert_int_equal(learn_ports(&c, LESSON_WEB, p, CONFIG_PORTS_MAX), 2);
	assert_int_equal(p[0], 8080);
	assert_int_equal(p[1], 53);
	for (int i = 0; i < CONFIG_PORTS_MAX; i++)
		c.ports[i] = (uint16_t)(1 + i);
	assert_int_equal(
	    learn_ports(&c, LESSON_WEB, p, CONFIG_PORTS_MAX), CONFIG_PORTS_MAX);
}

/* --- the one in use ------------------------------------------------------ */

/* Every 15 minutes the port in use, once a day each of the others. */
struct service {
	struct learn *l;
	struct config_campaign c;
	int64_t at_us;
	bool open[3]; /* 80, 443, 25 */
	int64_t open_us[3];
	uint16_t used;
	int64_t changed_us;
	int changes;
};
static const uint16_t three[] = {80, 443, 25};

static int
index_of(uint16_t port)
{
	for (int i = 0; i < 3; i++)
		if (three[i] == port)
			return i;
	fail_msg("%u is none of the ports", port);
	return -1;
}

static void
try(struct service *s, int i)
{
	struct lesson lesson = lesson_tcp(LESSON_WEB, three[i], s->at_us,
	    s->open[i] ? LESSON_OPEN : LESSON_SILENCE);
	lesson_learn(s->l, &s->c, &lesson);
	if (s->open[i])
		s->open_us[i] = s->at_us;
}

/* What the header promises of a change. */
static void
check_change(const struct service *s, int64_t long_us)
{
	int was = index_of(s->used);
	assert_true(s->open_us[was] < s->at_us - long_us);
	assert_true(s->at_us - s->changed_us >= long_us);
}

static void
pass_slot(struct service *s)
{
	int64_t long_us = 3 * s->c.verify_s * US_PER_S;
	uint16_t port = learn_port(s->l, &s->c, LESSON_WEB);
	if (port != s->used) {
		check_change(s, long_us);
		assert_true(s->open_us[index_of(port)] >= s->at_us - long_us);
		s->used = port;
		s->changed_us = s->at_us;
		s->changes++;
	}
	for (int i = 0; i < 3; i++)
		if (three[i] == port ||
		    learn_due(s->l, &s->c, LESSON_WEB, three[i], s->at_us))
			try(s, i);
	learn_run_over(s->l, &s->c);
	s->at_us += s->c.interval_s * US_PER_S;
}

static struct service
begin(void)
{
	struct service s = {.l = lesson_empty(),
	    .c = lesson_campaign("border", METHOD_TCP, 900),
	    .at_us = LESSON_FROM,
	    .open_us = {-1, -1, -1},
	    .used = 80};
	for (int i = 0; i < 3; i++)
		s.c.ports[i] = three[i];
	return s;
}

static void
pass_days(struct service *s, int days)
{
	for (int i = 0; i < days * 96; i++)
		pass_slot(s);
}

static void
a_port_that_closed_is_left_after_three_looks(void **state)
{
	(void)state;
	struct service s = begin();
	s.open[0] = s.open[2] = true;
	pass_days(&s, 10);
	assert_int_equal(s.used, 80);
	s.open[0] = false;
	pass_days(&s, 2);
	assert_int_equal(s.used, 80);
	pass_days(&s, 2);
	assert_int_equal(s.used, 25); /* 443 is not open */
	/* It stays, also when the first one is back. */
	s.open[0] = s.open[1] = true;
	pass_days(&s, 20);
	assert_int_equal(s.used, 25);
	assert_int_equal(s.changes, 1);
	learn_close(s.l);
}

static void
a_host_that_is_gone_keeps_its_port(void **state)
{
	(void)state;
	struct service s = begin();
	s.open[0] = s.open[1] = s.open[2] = true;
	pass_days(&s, 10);
	s.open[0] = s.open[1] = s.open[2] = false;
	pass_days(&s, 30);
	assert_int_equal(s.changes, 0);
	/* Away for a month: that is no month of failing. */
	s.open[0] = s.open[1] = true;
	pass_days(&s, 2);
	s.at_us += 30 * LESSON_DAY;
	pass_days(&s, 2);
	assert_int_equal(s.changes, 0);
	learn_close(s.l);
}

static void
never_without_looking(void **state)
{
	(void)state;
	struct service s = begin();
	s.open[1] = true;
	s.c.verify_s = 0;
	for (int i = 0; i < 1000; i++) {
		struct lesson other =
		    lesson_tcp(LESSON_WEB, 443, s.at_us, LESSON_OPEN);
		pass_slot(&s);
		lesson_learn(s.l, &s.c, &other);
	}
	assert_int_equal(s.changes, 0);
	learn_close(s.l);
}

static void
another_list_counts_at_once(void **state)
{
	(void)state;
	struct service s = begin();
	struct config_campaign other =
	    lesson_campaign("other", METHOD_TCP, 900);
	s.open[2] = true;
	pass_days(&s, 5);
	assert_int_equal(s.used, 25);
	/* What one campaign uses is nothing to another one. */
	other.ports[0] = 443;
	other.ports[1] = 25;
	assert_int_equal(learn_port(s.l, &other, LESSON_WEB), 443);
	assert_int_equal(learn_port(s.l, &s.c, LESSON_WEB), 25);
	assert_int_equal(learn_port(s.l, &s.c, 0x0a000001), 80);
	s.c.ports[2] = 0;
	assert_int_equal(learn_port(s.l, &s.c, LESSON_WEB), 80);
	learn_close(s.l);
}

/* Ports that come and go for years, clocks that are right. */
static void
changes_are_rare_and_for_a_reason(void **state)
{
	(void)state;
	int changes = 0;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct service s = begin();
		uint64_t random = seed;
		s.c.interval_s = seed % 2 ? 900 : 21600;
		s.c.verify_s = seed % 3 ? 86400 : 3 * 86400;
		for (int i = 0; i < 20000; i++) {
			int flips = i % 2000 < 1000 ? 40 : 2000;
			for (int k = 0; k < 3; k++)
				s.open[k] ^=
				    sample_random(&random) % flips == 0;
			if (sample_random(&random) % 3000 == 0)
				s.at_us +=
				    sample_random(&random) % 20 * LESSON_DAY;
			pass_slot(&s);
		}
		changes += s.changes;
		learn_close(s.l);
	}
	assert_in_range(changes, 20, 2000); /* it did happen */
}

static void
a_clock_that_was_wrong_does_not_hold_it_for_years(void **state)
{
	(void)state;
	for (int open = 0; open < 2; open++) {
		struct service s = begin();
		s.open[0] = open == 1; /* or failing, ten years from now */
		s.at_us += 3650 * LESSON_DAY;
		pass_days(&s, 2);
		s.at_us = LESSON_FROM;
		s.changed_us = 0;
		s.open_us[0] = s.open_us[1] = s.open_us[2] = -1;
		s.open[0] = false;
		s.open[1] = true;
		pass_days(&s, 5);
		assert_int_equal(s.used, 443);
		learn_close(s.l);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_ports_of_a_target),
	    cmocka_unit_test(a_port_that_closed_is_left_after_three_looks),
	    cmocka_unit_test(a_host_that_is_gone_keeps_its_port),
	    cmocka_unit_test(never_without_looking),
	    cmocka_unit_test(another_list_counts_at_once),
	    cmocka_unit_test(changes_are_rare_and_for_a_reason),
	    cmocka_unit_test(a_clock_that_was_wrong_does_not_hold_it_for_years),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
