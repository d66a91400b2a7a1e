/* SPDX-License-Identifier: ISC */
#include "analysis/change/dependence.h"
#include "probe/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct prefix p176 = {.addr = 0xaf2db000, .len = 24};
static const struct prefix p177 = {.addr = 0xaf2db100, .len = 24};

static int64_t
at(const char *text)
{
	int64_t us = 0;
	assert_true(clock_parse_us(text, &us));
	return us;
}

static void
add(struct dependence *d, const struct prefix *p, const char *since,
    const char *until, const char *word)
{
	dependence_add(
	    d, &(struct dependence_stretch){p, at(since), at(until), word});
}

/* Months are UTC's, and of a leap year; what crosses one is split. */
static void
months(void **state)
{
	struct dependence d = {0};
	(void)state;
	add(&d, &p176, "2024-01-31T12:00:00Z", "2024-03-01T06:00:00Z", "ttk");
	add(&d, &p177, "2023-12-31T23:59:59Z", "2024-01-01", "unicom");
	add(&d, &p177, "2024-01-01", "2024-01-01", "never");
	assert_int_equal(d.n, 4);
	assert_int_equal(d.month[0].all_us, US_PER_DAY / 2);
	assert_int_equal(d.month[1].all_us, 29 * US_PER_DAY);
	assert_int_equal(d.month[1].since_us, at("2024-02-01"));
	assert_int_equal(d.month[1].until_us, at("2024-03-01"));
	assert_int_equal(d.month[2].all_us, US_PER_DAY / 4);
	assert_int_equal(d.month[3].year, 2023);
	assert_int_equal(d.month[3].month, 12);
	assert_int_equal(d.month[3].all_us, US_PER_S);
	assert_int_equal(d.month[3].n, 1);
	dependence_free(&d);
}

static void
shares(void **state)
{
	struct dependence d = {0};
	struct json j = {0};
	(void)state;
	add(&d, &p176, "2026-11-01", "2026-11-02", "unicom");
	add(&d, &p176, "2026-11-02", "2026-11-03", "both");
	add(&d, &p176, "2026-11-03", "2026-11-06", "ttk");
	add(&d, &p176, "2026-11-06", "2026-11-07", "none");
	add(&d, &p176, "2026-11-07", "2026-11-08", "unknown");
	add(&d, &p176, "2026-11-08", "2026-11-09", "unicom");
	add(&d, &p176, "2026-11-10", "2026-11-12", "several");
	assert_int_equal(d.n, 1);
	dependence_json(&d.month[0], PLANE_DATA, &j);
	char *text = json_take(&j);
	assert_string_equal(text,
	    "{\"record\":\"dependence\",\"v\":1,\"plane\":\"data\","
	    "\"prefix\":\"175.45.176.0/24\",\"month\":\"2026-11\","
	    "\"since_us\":1793491200000000,\"until_us\":1794441600000000,"
	    "\"seen_us\":864000000000,\"single\":0.500000,"
	    "\"on\":[{\"carrier\":\"ttk\",\"share\":0.300000},"
	    "{\"carrier\":\"unicom\",\"share\":0.200000}],"
	    "\"several\":0.300000,\"none\":0.100000,\"unknown\":0.100000}");
	free(text);
	dependence_free(&d);
}

/* The most first, whatever the order; too many are several. */
static void
many_carriers(void **state)
{
	struct dependence d = {0};
	char name[RUN_CARRIER_MAX + 1];
	(void)state;
	for (int64_t i = 0; i < DEPENDENCE_CARRIERS_MAX + 2; i++) {
		snprintf(name, sizeof(name), "other:%d", (int)i);
		dependence_add(
		    &d, &(struct dependence_stretch){&p176, i * 100 * US_PER_S,
			    (i * 101 + 1) * US_PER_S, name});
	}
	const struct dependence_month *m = &d.month[0];
	assert_int_equal(m->n, DEPENDENCE_CARRIERS_MAX);
	for (size_t i = 0; i < m->n; i++) {
		snprintf(name, sizeof(name), "other:%zu", m->n - 1 - i);
		assert_string_equal(m->alone[i].carrier, name);
		assert_int_equal(
		    m->alone[i].us, (int64_t)(m->n - i) * US_PER_S);
	}
	assert_int_equal(m->several_us, (17 + 18) * US_PER_S);
	dependence_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(months),
	    cmocka_unit_test(shares),
	    cmocka_unit_test(many_carriers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
