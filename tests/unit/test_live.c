/* SPDX-License-Identifier: ISC */
#include "analysis/report/live.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct record_probe
hop(uint8_t ttl, const char *addr)
{
	struct record_probe p = {.ttl = ttl,
	    .attempt = 1,
	    .tx_ns = INT64_C(1795280039000000000),
	    .rtt_ns = 182400,
	    .quoted_ttl = 1,
	    .icmp_type = 11,
	    .proof = PROOF_BOTH,
	    .answered = true};
	assert_true(addr_parse(addr, &p.addr));
	return p;
}

/* Replies in the order 1, 3, 2 of one trace, another trace between them. */
static void
grows_in_order_and_is_not_printed_twice(void **state)
{
	(void)state;
	static const char *const want =
	    "175.45.177.10, tcp port 80, flow 0\n"
	    "  1  188.43.10.2         0.182 ms  AS20485 Joint Stock Company "
	    "TransTeleCom [ttk]\n"
	    "  2  10.77.5.2           0.182 ms  RFC 1918: private use\n"
	    "  3  188.43.225.153      0.182 ms  AS20485 Joint Stock Company "
	    "TransTeleCom [ttk]\n"
	    " 32  *\n"
	    "=> carried by ttk; AS20485 (Joint Stock Company TransTeleCom) "
	    "hands over to the target's network behind TTL 3 (1 silent)\n";
	struct fault f = {0};
	struct carriers carriers;
	setenv("TUMEN_DATADIR", "build", 0);
	struct origin_set *tables = origin_set_open(NULL, 0, &f);
	assert_non_null(tables);
	assert_true(carriers_load(&carriers, NULL, &f));
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct record r = {
	    .epoch = 1, .seq = 1, .method = METHOD_TCP, .port = 80};
	struct record other = {.epoch = 1, .seq = 2, .method = METHOD_UDP};
	assert_true(addr_parse("175.45.177.10", &r.target));
	struct record_probe hops[] = {hop(1, "188.43.10.2"),
	    hop(2, "10.77.5.2"), hop(3, "188.43.225.153"),
	    {.ttl = 32, .attempt = 1, .tx_ns = -1, .rtt_ns = -1}};
	struct live l;
	live_open(&l, out, tables, &carriers);
	live_reply(&l, &r, &hops[0]);
	live_reply(&l, &other, &hops[1]);
	live_reply(&l, &r, &hops[2]);
	live_reply(&l, &r, &hops[1]);
	live_reply(&l, &r, &hops[1]);
	r.start_us = INT64_C(1795280039000000); /* known only at the end */
	r.stop = STOP_GAP;
	r.probes = hops;
	r.nprobes = 4;
	struct verdict v;
	infer(&r, &(struct basis){tables, &carriers, NULL, NULL}, &v);
	/* The other trace ends first and waits its turn. */
	struct verdict v2 = {.entry_as = -1, .border_lo = -1, .asof_us = -1};
	assert_true(addr_parse("175.45.179.69", &other.target));
	other.port = -1;
	other.stop = STOP_GAP;
	live_trace(&l, &other, &v2);
	/* A path that ends in its first AS names nobody; show the words. */
	v.entry_as = 20485;
	snprintf(v.carrier, sizeof(v.carrier), "ttk");
	live_trace(&l, &r, &v);
	live_end(&l);
	fclose(out);
	if (strncmp(text, want, strlen(want)) != 0)
		fail_msg("%s", text);
	assert_non_null(strstr(text, "\n\n175.45.179.69, udp, flow 0\n=> "));
	free(text);
	carriers_free(&carriers);
	origin_set_close(tables);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grows_in_order_and_is_not_printed_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
