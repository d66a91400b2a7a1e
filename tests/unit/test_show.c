/* SPDX-License-Identifier: ISC */
/* It lies beside main.c, outside the tests' library. */
#include "probe/show.c" // NOLINT(bugprone-suspicious-include)

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TARGET = 0x0a000109, ROUTER = 0x0a000001, LONG = 0xc0a8ffff };

static struct record_probe
answer(uint8_t ttl, uint32_t addr, int64_t rtt_ns)
{
	return (struct record_probe){.ttl = ttl,
	    .attempt = 1,
	    .answered = true,
	    .rtt_ns = rtt_ns,
	    .addr = addr,
	    .icmp_type = 11,
	    .proof = PROOF_BOTH};
}

static struct record_probe
silence(uint8_t ttl, enum record_silent why)
{
	return (struct record_probe){.ttl = ttl, .attempt = 1, .silent = why};
}

static char *
shown(struct record_probe *probes, size_t n, uint32_t drops)
{
	struct record r = {.target = TARGET,
	    .method = METHOD_TCP,
	    .port = 80,
	    .src = 0xc0000201,
	    .stop = STOP_REACHED,
	    .stop_detail = "rst",
	    .duration_us = 1240000,
	    .drops = drops,
	    .nprobes = n,
	    .probes = probes};
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	assert_int_equal(show_trace(&r, f), 0);
	fclose(f);
	return text;
}

#define HEAD                                                                   \
	"10.0.1.9  tcp port 80 flow 0  from 192.0.2.1  reached (rst)  1.2 s\n"

static void
columns_and_reasons(void **state)
{
	struct record_probe p[] = {answer(1, ROUTER, 51000),
	    answer(2, LONG, 1234567890), answer(2, LONG, -1),
	    silence(3, SILENT_UNKNOWN), silence(4, SILENT_RATE_LIMITED),
	    silence(5, SILENT_NOT_SENT), answer(6, TARGET, 20000000)};
	(void)state;
	p[2].proof = PROOF_NONE;
	p[6].icmp_type = ICMP_T_UNREACHABLE;
	p[6].icmp_code = 3;
	p[6].late = true;
	char *text = shown(p, sizeof(p) / sizeof(p[0]), 1);
	assert_string_equal(text,
	    HEAD "  the kernel dropped 1 packet meanwhile: silence proves "
		 "little\n"
		 "  1  10.0.0.1            0.051 ms\n"
		 "  2  192.168.255.255  1234.568 ms         ? ms proof:none\n"
		 "  3  *\n"
		 "  4  * rate-limited\n"
		 "  5  not sent\n"
		 "  6  10.0.1.9           20.000 ms !p late\n");
	free(text);
}

/* The first volley went beyond the target: it answers once more, or not. */
static void
the_target_is_shown_once(void **state)
{
	struct record_probe p[] = {answer(1, ROUTER, 1000000),
	    answer(2, TARGET, 2000000), answer(3, TARGET, 2000000),
	    silence(4, SILENT_LOST), answer(5, TARGET, 2000000),
	    answer(5, LONG, 3000000)};
	(void)state;
	char *text = shown(p, sizeof(p) / sizeof(p[0]), 0);
	assert_string_equal(text,
	    HEAD "  1  10.0.0.1            1.000 ms\n"
		 "  2  10.0.1.9            2.000 ms\n"
		 "  5  10.0.1.9            2.000 ms  192.168.255.255     "
		 "3.000 ms\n");
	free(text);
}

static void
nothing_and_nowhere(void **state)
{
	struct record_probe p = answer(1, ROUTER, 1000000);
	struct record r = {.nprobes = 1, .probes = &p};
	FILE *full = fopen("/dev/full", "w");
	(void)state;
	char *text = shown(NULL, 0, 0);
	assert_string_equal(text, HEAD "  nothing was sent\n");
	free(text);
	r.method = METHOD_UDP;
	r.stop = STOP_GAP;
	assert_true(show_trace(&r, full) < 0);
	fclose(full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(columns_and_reasons),
	    cmocka_unit_test(the_target_is_shown_once),
	    cmocka_unit_test(nothing_and_nowhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
