/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "probe/wire/build.h"
#include "probe/wire/reply.h"
#include "tests/sim/play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
static void
smoke(void **state)
{
	(void)state;
	char why[160];
	struct fault f;
	struct build *b = build_open("x", &f);
	struct play *p =
	    play_load("tests/sim/scenarios/sweep-easy.play", 1, why);
	if (p == NULL)
		fail_msg("%s", why);
	struct flow_id flow = {.src = 0xc0000201, .dst=0xaf2db001, .sport=33456, .dport=33434, .method=METHOD_UDP};
	for (uint8_t ttl = 1; ttl < 15; ttl++) {
		uint8_t packet[BUILD_MAX];
		struct probe_id id = {ttl, 500};
		size_t len = build_probe(b, &flow, &id, ttl, packet);
		struct play_reply out[PLAY_REPLIES];
		size_t n = play_send(p, packet, len, 0, out);
		assert_int_equal(n, 1);
		struct reply reply;
		assert_int_equal(reply_parse(out[0].bytes, out[0].len, &reply), 0);
		print_message("%d %08x %f proof %d type %d truth %x q %d ttl %d\n", ttl, reply.src, (double)out[0].at_ns / 1e6, out[0].proof, out[0].icmp_type, play_truth(p, packet, len, ttl), reply.quote.ttl, reply.ttl);
	}
	uint8_t packet[BUILD_MAX];
	struct play_reply out[PLAY_REPLIES];
	struct probe_id id = {7, 500};
	int64_t t0 = mono_now().ns;
	size_t len = 0;
	for (int i = 0; i < 3000000; i++) {
		if (i%64 == 0) {
		flow.dst = 0xaf2db000 + i / 64 % 1024;
		len = build_probe(b, &flow, &id, 1, packet); }
		packet[8] = (uint8_t)(i % 16 + 1);
		play_send(p, packet, len, i * INT64_C(1000), out);
	}
	print_message("%f ns\n", (double)(mono_now().ns - t0) / 3e6);
	play_close(p);
	build_close(b);
}
int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(smoke),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
