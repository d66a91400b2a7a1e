/* SPDX-License-Identifier: ISC */
#include "analysis/origin/nodes.h"
#include "analysis/origin/snapshot_quick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Lengths around those of the blocks: one wrong record anywhere is a no. */
enum { MOST = 200 };

static void
put(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* n records of width octets in a place of just that length. */
static uint8_t *
records(size_t n, size_t width, const uint8_t *all)
{
	uint8_t *p = malloc(n * width + (n == 0));
	assert_non_null(p);
	memcpy(p, all, n * width);
	return p;
}

static void
text_stops_at_the_block_of_a_control_character(void **state)
{
	(void)state;
	for (size_t len = 0; len < MOST; len++) {
		uint8_t *p = malloc(len + 1);
		for (size_t i = 0; i < len; i++)
			p[i] = (uint8_t)(i % 2 ? 0 : 0x20 + i % 95);
		assert_int_equal(quick_text(p, len), len / 64 * 64);
		for (size_t at = 0; at < len; at++) {
			static const uint8_t bad[] = {1, 0x1f, 0x7f, '\n'};
			uint8_t was = p[at];
			p[at] = bad[at % 4];
			size_t clean = quick_text(p, len);
			assert_true(clean <= at && clean % 64 == 0);
			assert_true(
			    clean == at / 64 * 64 || clean == len / 64 * 64);
			p[at] = was;
		}
		p[0] = 0x80; /* UTF-8 is no control character */
		assert_int_equal(quick_text(p, len), len / 64 * 64);
		free(p);
	}
}

static void
starts_ascend_from_zero(void **state)
{
	(void)state;
	uint8_t all[MOST * 4];
	for (size_t i = 0; i < MOST; i++)
		put(all + i * 4, (uint32_t)(i * 0x01000003));
	for (size_t n = 0; n < MOST; n++) {
		uint8_t *p = records(n, 4, all);
		assert_true(quick_starts(p, n));
		for (size_t at = 0; at < n; at++) {
			put(p + at * 4,
			    at > 0 ? (uint32_t)((at - 1) * 0x01000003) : 1);
			assert_false(n > at && quick_starts(p, n));
			memcpy(p + at * 4, all + at * 4, 4);
		}
		free(p);
	}
}

static void
numbers_and_pairs_stay_below(void **state)
{
	(void)state;
	uint8_t all[MOST * 8];
	for (size_t i = 0; i < sizeof(all) / 4; i++)
		put(all + i * 4, i % 2 ? 0x80000000 : 0xfffffffe);
	for (size_t n = 0; n < MOST; n++) {
		uint8_t *p = records(n, 8, all);
		assert_true(quick_pairs(p, n, 0xfffffffe, 0x80000000));
		assert_true(quick_numbers(p, n * 2, 0xfffffffe));
		for (size_t at = 0; at < n * 2; at++) {
			put(p + at * 4, at % 2 ? 0x80000001 : 0xffffffff);
			assert_false(quick_pairs(p, n, 0xfffffffe, 0x80000000));
			put(p + at * 4, 0xffffffff);
			assert_false(quick_numbers(p, n * 2, 0xfffffffe));
			memcpy(p + at * 4, all + at * 4, 4);
		}
		free(p);
	}
}

static void
ases_ascend_from_above_zero(void **state)
{
	(void)state;
	uint8_t all[MOST * 8];
	for (size_t i = 0; i < MOST; i++) {
		put(all + i * 8, (uint32_t)(1 + i * 0x01000003));
		put(all + i * 8 + 4, (uint32_t)(MOST - i));
	}
	for (size_t n = 1; n < MOST; n++) {
		uint8_t *p = records(n, 8, all);
		assert_true(quick_ascending(p, n));
		for (size_t at = 0; at < n; at++) {
			put(p + at * 8,
			    at > 0 ? (uint32_t)(1 + (at - 1) * 0x01000003) : 0);
			assert_false(quick_ascending(p, n));
			memcpy(p + at * 8, all + at * 8, 4);
		}
		free(p);
	}
}

/* Each cell has two turns, but those with a fine one lead to one segment. */
static void
cells_lead_on(void **state)
{
	(void)state;
	enum { N = 50 };
	uint8_t p[N * NODES_LEN] = {0};
	uint32_t base = 0;
	for (size_t i = 0; i < N; base += i % 3 ? 2 : 0, i++) {
		p[i * NODES_LEN] = i % 3 ? 0 : 0x80;
		p[i * NODES_LEN + 7] = 3;
		put(p + i * NODES_LEN + 8, base);
	}
	uint32_t last = 2 * (N - 1 - (N - 1) / 3);
	assert_true(quick_cells(p, N, last + 1));
	assert_false(quick_cells(p, N, last));
	for (size_t i = 1; i < N; i++) {
		uint8_t *low = &p[i * NODES_LEN + 11];
		uint8_t was = *low;
		if (was == 0)
			continue;
		*low = (uint8_t)(was - 1); /* behind what was before it */
		assert_false(quick_cells(p, N, last + 1));
		*low = was;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_stops_at_the_block_of_a_control_character),
	    cmocka_unit_test(starts_ascend_from_zero),
	    cmocka_unit_test(numbers_and_pairs_stay_below),
	    cmocka_unit_test(ases_ascend_from_above_zero),
	    cmocka_unit_test(cells_lead_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
