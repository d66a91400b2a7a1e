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
	assert_string_equal(f.text, "192.0.2.1: more than 4096 targets");
	targets_clear(&t);
}

static void
announced_prefix(void **state)
{
	(void)state;
	char text[PREFIX_STRLEN];
	struct prefix p = targets_prefix(addr("175.45.177.65"));
	assert_string_equal(prefix_format(&p, text), "175.45.177.0/24");
	assert_true(targets_announced(addr("175.45.176.0")));
	assert_true(targets_announced(addr("175.45.179.255")));
	assert_false(targets_announced(addr("175.45.175.255")));
	assert_false(targets_announced(addr("175.45.180.0")));
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
	assert_true(targets_read(&t, path, false, &fault));
	assert_int_equal(t.n, 5);
	fputs("192.0.2.8\n192.0.2.\n", f);
	fclose(f);
	assert_false(targets_read(&t, path, false, &fault));
	assert_int_equal(fault.status, EX_DATAERR);
	char want[80];
	snprintf(want, sizeof(want),
	    "%s:5: 192.0.2.: not an IPv4 address or prefix", path);
	assert_string_equal(fault.text, want);
	unlink(path);
	assert_false(targets_read(&t, path, false, &fault));
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

static void
a_sweep_takes_every_address(void **state)
{
	(void)state;
	struct targets t = {0};
	assert_true(targets_add_all(&t, "192.0.2.128/30", NULL));
	assert_true(targets_add_all(&t, "192.0.2.7", NULL));
	assert_true(targets_add_all(&t, "192.0.2.129", NULL)); /* again */
	assert_true(targets_add_all(&t, "192.0.2.128/31", NULL));
	targets_sort(&t);
	assert_int_equal(t.n, 5);
	assert_int_equal(t.addr[0], addr("192.0.2.7"));
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(t.addr[1 + i], addr("192.0.2.128") + i);
	struct prefix p = {addr("192.0.2.130"), 31};
	assert_int_equal(targets_remove(&t, &p), 2);
	targets_clear(&t);
	assert_true(targets_add_all(&t, "builtin", NULL));
	assert_true(targets_add_all(&t, "175.45.176.0/22", NULL));
	targets_sort(&t);
	assert_int_equal(t.n, 1024);
	targets_clear(&t);
}

static void
a_sweep_is_at_most_a_16(void **state)
{
	(void)state;
	static const char *const no_hosts[] = {
	    "0.0.0.0/24", "224.0.0.0/24", "240.0.0.0/16", "255.255.255.255"};
	struct targets t = {0};
	struct fault f = {0};
	assert_false(targets_add_all(&t, "10.0.0.0/15", &f));
	assert_string_equal(f.text, "10.0.0.0/15: makes it 131072 addresses; a "
				    "sweep takes 1..65536, a /16");
	assert_int_equal(f.status, EX_USAGE);
	assert_false(targets_add_all(&t, "0.0.0.0/0", &f));
	for (size_t i = 0; i < sizeof(no_hosts) / sizeof(no_hosts[0]); i++)
		assert_false(targets_add_all(&t, no_hosts[i], &f));
	assert_int_equal(t.n, 0);
	assert_true(targets_add_all(&t, "10.1.0.0/16", &f));
	assert_int_equal(t.n, TARGETS_SWEEP_MAX);
	assert_false(targets_add_all(&t, "10.2.0.1", &f));
	assert_string_equal(f.text, "10.2.0.1: makes it 65537 addresses; a "
				    "sweep takes 1..65536, a /16");
	targets_clear(&t);
}

/* The border of each range that only laboratories use, and one beyond it. */
static void
where_laboratories_are(void **state)
{
	(void)state;
	static const char *const in[] = {"10.0.0.0", "10.255.255.255",
	    "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255",
	    "100.64.0.0", "100.127.255.255", "198.18.0.0", "198.19.255.255",
	    "192.0.2.0", "192.0.2.255", "198.51.100.0", "198.51.100.255",
	    "203.0.113.0", "203.0.113.255"};
	static const char *const out[] = {"9.255.255.255", "11.0.0.0",
	    "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
	    "100.63.255.255", "100.128.0.0", "198.17.255.255", "198.20.0.0",
	    "192.0.1.255", "192.0.3.0", "198.51.99.255", "198.51.101.0",
	    "203.0.112.255", "203.0.114.0", "175.45.176.71", "127.0.0.1"};
	struct targets t = {0};
	uint32_t other = 0;
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		assert_true(targets_add(&t, in[i], NULL));
	assert_true(targets_are_lab(&t, &other));
	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++) {
		t.addr[t.n - 1] = addr(out[i]);
		assert_false(targets_are_lab(&t, &other));
		assert_int_equal(other, addr(out[i]));
	}
	targets_clear(&t);
}

/* A line of any length is one line; what is no text is not half read. */
static void
odd_files(void **state)
{
	(void)state;
	char path[] = "/tmp/test_targets.XXXXXX";
	struct targets t = {0};
	struct fault fault = {0};
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	fprintf(f, "%*s192.0.2.77\n%600s\n", 505, "", "#");
	fflush(f);
	assert_true(targets_read(&t, path, false, &fault));
	assert_int_equal(t.n, 1);
	assert_int_equal(t.addr[0], addr("192.0.2.77"));
	targets_clear(&t);
	fwrite("192.0.2.1\0 192.0.2.0\n", 1, 21, f);
	fclose(f);
	assert_false(targets_read(&t, path, false, &fault));
	assert_int_equal(fault.status, EX_DATAERR);
	assert_non_null(strstr(fault.text, ":3: not text"));
	unlink(path);
	assert_false(targets_read(&t, "/tmp", false, &fault));
	assert_int_equal(fault.status, EX_UNAVAILABLE);
	targets_clear(&t);
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
	    cmocka_unit_test(a_sweep_takes_every_address),
	    cmocka_unit_test(a_sweep_is_at_most_a_16),
	    cmocka_unit_test(where_laboratories_are),
	    cmocka_unit_test(odd_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
