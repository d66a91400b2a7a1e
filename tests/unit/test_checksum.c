/* SPDX-License-Identifier: ISC */
#include "probe/wire/checksum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* RFC 1071, section 3: 00 01 f2 03 f4 f5 f6 f7 sums to ddf2. */
static void
example_of_the_rfc(void **state)
{
	(void)state;
	static const uint8_t b[] = {0, 1, 0xf2, 3, 0xf4, 0xf5, 0xf6, 0xf7};
	assert_int_equal(checksum_sum(0, b, sizeof(b)), 0xddf2);
	assert_int_equal(checksum_fold(0xddf2), 0x220d);
}

/* An IPv4 header by hand: 4500+0021+1234+4000+0111+7f00+1+7f00+2 = 1966a. */
static void
ip_header(void **state)
{
	(void)state;
	static const uint8_t b[] = {0x45, 0, 0, 0x21, 0x12, 0x34, 0x40, 0, 1,
	    0x11, 0x69, 0x95, 127, 0, 0, 1, 127, 0, 0, 2};
	assert_int_equal(checksum_fold(checksum_sum(0, b, sizeof(b))), 0);
}

static void
odd_length_is_padded(void **state)
{
	(void)state;
	static const uint8_t odd[] = {0x12, 0x34, 0x56};
	static const uint8_t even[] = {0x12, 0x34, 0x56, 0};
	assert_int_equal(checksum_sum(0, odd, 3), checksum_sum(0, even, 4));
	assert_int_equal(checksum_sum(0, NULL, 0), 0);
}

static void
pieces_sum_like_the_whole(void **state)
{
	(void)state;
	uint8_t b[64];
	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(i * 37 + 200);
	uint32_t whole = checksum_sum(0, b, sizeof(b));
	for (size_t cut = 0; cut <= sizeof(b); cut += 2) {
		uint32_t sum = checksum_sum(0, b, cut);
		sum = checksum_sum(sum, b + cut, sizeof(b) - cut);
		assert_int_equal(checksum_fold(sum), checksum_fold(whole));
	}
}

/* All ones, 64 KiB: every carry there is. */
static void
carries_of_a_long_region(void **state)
{
	(void)state;
	static uint8_t b[65536];
	memset(b, 0xff, sizeof(b));
	assert_int_equal(checksum_fold(checksum_sum(0, b, sizeof(b))), 0);
	b[1] = 0xfe;
	assert_int_equal(checksum_fold(checksum_sum(0, b, sizeof(b))), 1);
}

/* 7f000001 -> 7f000002, UDP, 24 octets: 7f00+1+7f00+2+11+18 = fe2c. */
static void
pseudo_header(void **state)
{
	(void)state;
	assert_int_equal(
	    checksum_pseudo(0x7f000001, 0x7f000002, 17, 24), 0xfe2c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(example_of_the_rfc),
	    cmocka_unit_test(ip_header),
	    cmocka_unit_test(odd_length_is_padded),
	    cmocka_unit_test(pieces_sum_like_the_whole),
	    cmocka_unit_test(carries_of_a_long_region),
	    cmocka_unit_test(pseudo_header),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
