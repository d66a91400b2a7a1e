/* SPDX-License-Identifier: ISC */
#include "analysis/infer/rtt.h"
#include "tests/unit/infer_path.h"

static const int64_t MS = 1000000;

static struct rtt_pair
pair(int64_t here_ms, int64_t other_ms)
{
	return (struct rtt_pair){.here_ns = here_ms < 0 ? -1 : here_ms * MS,
	    .other_ns = other_ms < 0 ? -1 : other_ms * MS};
}

/* Only what the target itself says, and what is proved. */
static void
the_least_that_is_proved(void **state)
{
	(void)state;
	struct record r = infer_path(
	    "175.45.176.71", "2026-08-01", "1.0.0.1 175.45.176.71 * 1.0.0.2");
	r.probes[0].rtt_ns = 1 * MS;
	r.probes[1].rtt_ns = 9 * MS;
	assert_int_equal(rtt_least_ns(&r), 9 * MS);
	r.probes[2] = r.probes[1];
	r.probes[2].rtt_ns = 7 * MS;
	assert_int_equal(rtt_least_ns(&r), 7 * MS);
	r.probes[2].proof = PROOF_ONE;
	assert_int_equal(rtt_least_ns(&r), 9 * MS);
	r.probes[1].rtt_ns = -1;
	assert_int_equal(rtt_least_ns(&r), -1);
	record_clear(&r);
}

/* January 2013: 235 ms to .176, 410 to 570 ms to hosts in .177. */
static void
a_satellite_takes_its_time(void **state)
{
	(void)state;
	const struct {
		int64_t here, other;
		bool too_fast;
	} of[] = {{235, 420, true}, {410, 235, false}, {570, 235, false},
	    {356, 235, true}, {357, 235, false}, {100, -1, false},
	    {-1, 100, false}};
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		struct rtt_pair p = pair(of[i].here, of[i].other);
		assert_int_equal(rtt_too_fast(&p), of[i].too_fast);
	}
}

/* September 2021: 290 ms to .176, 170 ms to .178. */
static void
a_difference_is_of_both(void **state)
{
	(void)state;
	const struct {
		int64_t here, other;
		bool differs;
	} of[] = {{290, 170, true}, {170, 290, true}, {290, 285, false},
	    {30, 41, true}, {100, 111, false}, {10, 19, false},
	    {-1, 100, false}, {100, -1, false}};
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		struct rtt_pair p = pair(of[i].here, of[i].other);
		assert_int_equal(rtt_differs(&p), of[i].differs);
	}
}

/* Each is paired with the nearest other prefix of its own kin only. */
static void
pairs_of_one_vantage_network_and_window(void **state)
{
	(void)state;
	const struct prefix a = {1 << 8, 24}, b = {2 << 8, 24},
			    c = {3 << 8, 24};
	struct rtt_pair p[7];
	const int64_t ms[7] = {30, 10, 20, 5, 6, 7, 8};
	struct rtt_least least[7] = {{1, 9, "sel", a, &p[0]},
	    {1, 9, "sel", b, &p[1]}, {1, 9, "sel", c, &p[2]},
	    {1, 9, "fra", a, &p[3]}, {2, 9, "sel", a, &p[4]},
	    {1, 8, "sel", a, &p[5]}, {2, 9, "sel", b, &p[6]}};
	for (size_t i = 0; i < 7; i++)
		p[i] = pair(ms[i], -1);
	rtt_pair_all(least, 7);
	const int64_t want[7] = {10, 20, 10, -1, 8, -1, 6};
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(
		    p[i].other_ns, want[i] < 0 ? -1 : want[i] * MS);
	assert_int_equal(p[0].other.addr, b.addr);
	assert_int_equal(p[1].other.addr, c.addr);
	rtt_pair_all(least, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_least_that_is_proved),
	    cmocka_unit_test(a_satellite_takes_its_time),
	    cmocka_unit_test(a_difference_is_of_both),
	    cmocka_unit_test(pairs_of_one_vantage_network_and_window),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
