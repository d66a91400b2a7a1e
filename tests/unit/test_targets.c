/* SPDX-License-Identifier: ISC */
#include "probe/campaign/targets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

static uint32_t
addr(const char *text)
{
	uint32_t a = 0;
	assert_true(addr_parse(text, &a));
	return a;
}

static void
builtin_is_in_order_and_in_the_four_prefixes(void **state)
{
	(void)state;
	size_t n = 0, in[4] = {0};
	const struct target *t = targets_builtin(&n);
	struct prefix star = {addr("175.45.176.0"), 22};
	for (size_t i = 0; i < n; i++) {
		assert_true(prefix_contains(&star, t[i].addr));
		assert_true(i == 0 || t[i - 1].addr < t[i].addr);
		assert_true(t[i].port[0] > 0 && t[i].what[0] != '\0');
		in[t[i].addr >> 8 & 3]++;
	}
	assert_int_equal(in[0], 20);
	assert_int_equal(in[1], 4);
	assert_int_equal(in[2], 4);
	assert_int_equal(in[3], 2);
}

static void
a_prefix_means_the_known_targets_inside(void **state)
{
	(void)state;
	struct targets t = {0};
	assert_true(targets_add(&t, "175.45.178.0/24", NULL));
	assert_int_equal(t.n, 4);
	assert_int_equal(t.addr[2], addr("175.45.178.129"));
	assert_true(targets_add(&t, "175.45.178.129", NULL)); /* again */
	assert_int_equal(t.n, 4);
	assert_true(targets_add(&t, "175.45.176.0/22", NULL));
	assert_int_equal(t.n, 30);
	assert_true(targets_add(&t, "builtin", NULL));
	assert_int_equal(t.n, 30);
	targets_clear(&t);
	assert_int_equal(t.n, 0);
}

static void
wrong_targets(void **state)
{
	(void)state;
	static const struct {
		const char *text, *fault;
	} wrong[] = {
	    {"", ": not an IPv4 address or prefix"},
	    {"host.example", "host.example: not an IPv4 address or prefix"},
	    {"2001:db8::1", "2001:db8::1: not an IPv4 address or prefix"},
	    {"192.0.2.1/24",
		"192.0.2.1/24: not a prefix (A.B.C.D/0..32 without host bits)"},
	    {"192.0.2.0/33",
		"192.0.2.0/33: not a prefix (A.B.C.D/0..32 without host bits)"},
	    {"192.0.2.0/24",
		"192.0.2.0/24: no built-in target is inside (they are in "
		"175.45.176.0/22); name the addresses"},
	    {"0.0.0.1", "0.0.0.1: not the address of a host (1.0.0.0 to "
			"223.255.255.255)"},
	    {"255.255.255.255",
		"255.255.255.255: not the address of a host (1.0.0.0 to "
		"223.255.255.255)"},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct targets t = {0};
		struct fault f = {0};
		assert_false(targets_add(&t, wrong[i].text, &f));
		assert_string_equal(f.text, wrong[i].fault);
		assert_int_equal(f.status, EX_USAGE);
		assert_int_equal(t.n, 0);
	}
}

static void
no_more_than_the_cap(void **state)
{
	(void)state;
	struct targets t = {0};
	struct fault f = {0};
	char text[ADDR_STRLEN];
	for (uint32_t i = 0; i < TARGETS_MAX; i++)
		assert_true(
		    targets_add(&t, addr_format(0x0a000000 + i, text), NULL));
	assert_false(targets_add(&t, "192.0.2.1", &f));
	assert_string_equal(f.text, "targets: more than 4096");
	targets_clear(&t);
}

static void
announced_prefix(void **state)
{
	(void)state;
	char text[PREFIX_STRLEN];
	struct prefix p = targets_prefix(addr("175.45.177.65"));
	assert_string_equal(prefix_format(&p, text), "175.45.177.0/24");
	p = targets_prefix(addr("198.51.100.7"));
	assert_string_equal(prefix_format(&p, text), "198.51.100.0/24");
}

static void
lists_in_files(void **state)
{
	(void)state;
	char path[] = "/tmp/test_targets.XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	FILE *f = fdopen(fd, "w");
	fputs("# seeds\n175.45.177.0/24\t192.0.2.7 # one more\n\n", f);
	fflush(f);
	struct targets t = {0};
	struct fault fault = {0};
	assert_true(targets_read(&t, path, &fault));
	assert_int_equal(t.n, 5);
	fputs("192.0.2.8\n192.0.2.\n", f);
	fclose(f);
	assert_false(targets_read(&t, path, &fault));
	assert_int_equal(fault.status, EX_DATAERR);
	char want[80];
	snprintf(want, sizeof(want),
	    "%s:5: 192.0.2.: not an IPv4 address or prefix", path);
	assert_string_equal(fault.text, want);
	unlink(path);
	assert_false(targets_read(&t, path, &fault));
	assert_int_equal(fault.status, EX_UNAVAILABLE);
	targets_clear(&t);
}

static void
removed_by_prefix(void **state)
{
	(void)state;
	struct targets t = {0};
	struct prefix p = {addr("175.45.178.128"), 25};
	assert_true(targets_add(&t, "175.45.178.0/24", NULL));
	assert_int_equal(targets_remove(&t, &p), 2);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.addr[1], addr("175.45.178.57"));
	assert_int_equal(targets_remove(&t, &p), 0);
	targets_clear(&t);
}

static void
known_services(void **state)
{
	(void)state;
	assert_int_equal(targets_port(addr("175.45.176.71")), 80);
	assert_int_equal(targets_port(addr("175.45.176.8")), 53);
	assert_int_equal(targets_port(addr("175.45.178.161")), 22);
	assert_int_equal(targets_port(addr("175.45.176.99")), 80);
	assert_int_equal(targets_port(addr("192.0.2.1")), 80);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(builtin_is_in_order_and_in_the_four_prefixes),
	    cmocka_unit_test(a_prefix_means_the_known_targets_inside),
	    cmocka_unit_test(wrong_targets),
	    cmocka_unit_test(no_more_than_the_cap),
	    cmocka_unit_test(announced_prefix),
	    cmocka_unit_test(lists_in_files),
	    cmocka_unit_test(removed_by_prefix),
	    cmocka_unit_test(known_services),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
