/* SPDX-License-Identifier: ISC */
#include "probe/trace/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct key_input input = {.seq = 7,
    .target = 0xaf2db047,
    .flow = 3,
    .method = 1,
    .ttl = 9,
    .attempt = 2};

static uint32_t
id(const struct key *k, struct key_input in)
{
	struct probe_id i = key_id(k, &in);
	return (uint32_t)i.ipid << 16 | i.check;
}

static struct key
fixed(void)
{
	struct key k;
	for (size_t i = 0; i < sizeof(k.secret); i++)
		k.secret[i] = (uint8_t)i;
	return k;
}

static void
every_input_counts(void **state)
{
	(void)state;
	struct key k = fixed(), other = fixed();
	struct key_input in[6] = {input, input, input, input, input, input};
	in[0].seq++;
	in[1].target++;
	in[2].flow++;
	in[3].method++;
	in[4].ttl++;
	in[5].attempt++;
	for (size_t i = 0; i < 6; i++)
		assert_int_not_equal(id(&k, in[i]), id(&k, input));
	other.secret[15] ^= 1;
	assert_int_not_equal(id(&other, input), id(&k, input));
	assert_int_equal(id(&k, input), id(&k, input));
}

static void
stays_in_its_ranges(void **state)
{
	(void)state;
	struct key k = fixed();
	struct key_input in = input;
	uint32_t lowest = 0xffff, highest = 0;
	for (in.seq = 0; in.seq < 300000; in.seq++) {
		struct probe_id i = key_id(&k, &in);
		assert_int_not_equal(i.ipid, 0);
		assert_in_range(i.check, 1, 0xfffe);
		lowest = i.ipid < lowest ? i.ipid : lowest;
		highest = i.ipid > highest ? i.ipid : highest;
	}
	assert_int_equal(lowest, 1);
	assert_int_equal(highest, 0xffff);
}

/* Uniform enough: 65,536 inputs over 256 classes of each half. */
static void
both_halves_are_spread(void **state)
{
	(void)state;
	struct key k = fixed();
	struct key_input in = input;
	int a[256] = {0}, b[256] = {0};
	for (in.seq = 0; in.seq < 65536; in.seq++) {
		struct probe_id i = key_id(&k, &in);
		a[i.ipid % 256]++;
		b[i.check % 256]++;
	}
	for (int i = 0; i < 256; i++) { /* 256 expected, sigma 16 */
		assert_in_range(a[i], 256 - 96, 256 + 96);
		assert_in_range(b[i], 256 - 96, 256 + 96);
	}
}

static void
secrets_differ(void **state)
{
	(void)state;
	struct key a, b;
	key_init(&a);
	key_init(&b);
	assert_memory_not_equal(a.secret, b.secret, sizeof(a.secret));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_input_counts),
	    cmocka_unit_test(stays_in_its_ranges),
	    cmocka_unit_test(both_halves_are_spread),
	    cmocka_unit_test(secrets_differ),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
