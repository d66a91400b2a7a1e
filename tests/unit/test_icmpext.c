/* SPDX-License-Identifier: ISC */
#include "probe/wire/checksum.h"
#include "probe/wire/icmpext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/*
 * RFC 4950: class 1, type 1, one label 24011, TC 0, bottom, TTL 1. The sum of
 * the objects is 0008+0101+05dc+b101 = b7e6, with 2000 d7e6, so the checksum
 * is ~d7e6 = 2819.
 */
static const uint8_t mpls[] = {
    0x20, 0, 0x28, 0x19, 0, 8, 1, 1, 0x05, 0xdc, 0xb1, 0x01};

struct body {
	uint8_t b[600];
	size_t len, quote_len, objects_len;
	const uint8_t *objects;
};

/* A quote of 0x45 octets with the structure behind it. */
static struct body
make(size_t quote_len, const uint8_t *ext, size_t ext_len)
{
	struct body x = {.len = quote_len + ext_len};
	memset(x.b, 0x45, quote_len);
	memcpy(x.b + quote_len, ext, ext_len);
	return x;
}

static bool
find(struct body *x, uint8_t words)
{
	x->objects =
	    icmpext_find(x->b, x->len, words, &x->quote_len, &x->objects_len);
	return x->objects != NULL;
}

static void
compliant_lengths(void **state)
{
	(void)state;
	for (uint8_t words = 32; words <= 140; words++) {
		struct body x = make((size_t)words * 4, mpls, sizeof(mpls));
		assert_true(find(&x, words));
		assert_int_equal(x.quote_len, words * 4);
		assert_int_equal(x.objects_len, 8);
		assert_memory_equal(x.objects, mpls + 4, 8);
	}
}

/* Seen in the wild: 17 words, a quote that was not padded to 128 octets. */
static void
short_lengths(void **state)
{
	(void)state;
	struct body x = make(68, mpls, sizeof(mpls));
	assert_true(find(&x, 17));
	assert_int_equal(x.quote_len, 68);
	x = make(28, mpls, sizeof(mpls));
	assert_true(find(&x, 7));
	x = make(24, mpls, sizeof(mpls)); /* no room for 8 octets of UDP */
	assert_false(find(&x, 6));
	assert_int_equal(x.quote_len, x.len);
}

static void
legacy_at_128(void **state)
{
	(void)state;
	struct body x = make(128, mpls, sizeof(mpls));
	assert_true(find(&x, 0));
	assert_int_equal(x.quote_len, 128);
	assert_true(find(&x, 200)); /* a claim beyond the end */
	assert_int_equal(x.quote_len, 128);
	x = make(68, mpls, sizeof(mpls)); /* nobody said where */
	assert_false(find(&x, 0));
	assert_int_equal(x.quote_len, x.len);
}

static void
checksum_zero_or_right(void **state)
{
	(void)state;
	struct body x = make(128, mpls, sizeof(mpls));
	x.b[130] = x.b[131] = 0;
	assert_true(find(&x, 0));
	x.b[130] = 0x28;
	x.b[131] = 0x1a;
	assert_false(find(&x, 0));
	assert_int_equal(x.objects_len, 0);
}

static void
versions(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 256; first++) {
		struct body x = make(128, mpls, sizeof(mpls));
		x.b[128] = (uint8_t)first;
		x.b[130] = x.b[131] = 0;
		assert_int_equal(find(&x, 0), first >> 4 == 2 || first == 2);
	}
}

/* A structure without an object is none, but the quote ends before it. */
static void
header_alone(void **state)
{
	(void)state;
	static const uint8_t empty[] = {0x20, 0, 0xdf, 0xff};
	struct body x = make(128, empty, sizeof(empty));
	assert_false(find(&x, 32));
	assert_int_equal(x.quote_len, 128);
	assert_int_equal(x.objects_len, 0);
	x = make(128, empty, 3);
	assert_false(find(&x, 32));
	assert_int_equal(x.quote_len, 131);
}

/* Several objects and unknown ones come out as they are. */
static void
two_objects(void **state)
{
	(void)state;
	static const uint8_t two[] = {0x20, 0, 0, 0, 0, 8, 1, 1, 0x05, 0xdc,
	    0xb1, 0x01, 0, 6, 0xf7, 9, 0xaa, 0xbb};
	struct body x = make(132, two, sizeof(two));
	assert_true(find(&x, 33));
	assert_int_equal(x.objects_len, sizeof(two) - 4);
	assert_memory_equal(x.objects, two + 4, sizeof(two) - 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(compliant_lengths),
	    cmocka_unit_test(short_lengths),
	    cmocka_unit_test(legacy_at_128),
	    cmocka_unit_test(checksum_zero_or_right),
	    cmocka_unit_test(versions),
	    cmocka_unit_test(header_alone),
	    cmocka_unit_test(two_objects),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
