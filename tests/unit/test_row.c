/* SPDX-License-Identifier: ISC */
#include "probe/base/record_pack.h"
#include "sql/row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A trace as it was stored when records were packed as version 1. */
static const uint8_t version_1[] = {0x01, 0x81, 0xc8, 0xcd, 0xb1, 0x0c, 0xb0,
    0x85, 0x02, 0x9a, 0x85, 0x02, 0xf2, 0xc0, 0x01, 0x00, 0x00, 0x00, 0x11,
    0x74, 0x75, 0x6d, 0x65, 0x6e, 0x2d, 0x70, 0x72, 0x6f, 0x62, 0x65, 0x20,
    0x30, 0x2e, 0x31, 0x2e, 0x30, 0x02, 0x01, 0x01, 0x00, 0x1f, 0x8e, 0xda,
    0x96, 0x01, 0xc6, 0x33, 0x64, 0x02, 0x03, 0x80, 0x01, 0xce, 0x49, 0x81,
    0x91, 0x0b, 0x01, 0x00, 0x0b, 0x00, 0x02, 0x01, 0x00, 0x01, 0x80, 0xe3,
    0xd3, 0x09, 0x07};
static const int64_t version_1_hash = INT64_C(4366647382285972389);

static struct record
stored_then(void)
{
	struct record r = {.vantage = "sel",
	    .campaign = "hourly",
	    .run = 7,
	    .epoch = 12345,
	    .seq = 42,
	    .target = 0xaf2db047,
	    .prefix = {0xaf2db000, 24},
	    .method = METHOD_UDP,
	    .port = -1,
	    .flow = 3,
	    .start_us = INT64_C(1795280039483118),
	    .stop = STOP_GAP};
	assert_true(record_unpack(version_1, sizeof(version_1), &r));
	return r;
}

static bool
is(const struct record *r, const struct row_stored *stored)
{
	struct row row;
	struct fault f = {0};
	assert_true(row_of_record(&row, r, &f));
	assert_true(row.hash != version_1_hash);
	bool same = row_same(&row, stored);
	row_forget(&row);
	return same;
}

static void
is_the_same_packed_anew(void **state)
{
	(void)state;
	struct record r = stored_then();
	uint8_t copy[sizeof(version_1)];
	struct row_stored stored = {version_1_hash, copy, sizeof(version_1)};
	memcpy(copy, version_1, sizeof(copy));
	assert_true(is(&r, &stored));
	r.flow++; /* another column */
	assert_false(is(&r, &stored));
	r.flow--;
	r.probes[0].rtt_ns++; /* another probe */
	assert_false(is(&r, &stored));
	r.probes[0].rtt_ns--;
	copy[sizeof(copy) - 1] ^= 1; /* a damaged one */
	assert_false(is(&r, &stored));
	stored = (struct row_stored){
	    version_1_hash + 1, version_1, sizeof(version_1)};
	assert_false(is(&r, &stored));
	record_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_the_same_packed_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
