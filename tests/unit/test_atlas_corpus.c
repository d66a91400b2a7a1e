/* SPDX-License-Identifier: ISC */
#include "tests/unit/atlas_show.h"

/*
 * Every file of tests/data/atlas/ field by field; what it stands for is in
 * tests/data/README.md. A file with several objects has one text for each: the
 * trace, or "other: ..." or "broken: ...".
 */

#define T    "175.45.176.71"
#define HEAD "atlas-7 " T " udp flow 3 src 10.0.0.20 at 1500000000+4 by "
#define ICMP "atlas-7 " T " icmp flow 3 src 10.0.0.20 at 1500000000+4 by "
#define TCP  "atlas-7 " T " tcp flow 3 src 10.0.0.20 at 1500000000+4 by "
#define R1   "192.0.2.1 412000ns t64 q1 11/0\n"
#define R2   "198.51.100.9 11030000ns t254 q1 11/0\n"
#define TU   T " 171200000ns t240 q1 3/3\n"
#define TI   T " 171200000ns t240 0/0\n"

struct expected {
	const char *file;
	const char *object[8];
};

static const struct expected generations[] = {
    {"v1.json",
	{"atlas-7 " T " udp flow 0 src 0.0.0.0 at 1300000000 by ripe-atlas 1: "
	 "reached\n"
	 "1.1 192.0.2.1 1907000ns 11/0\n1.2 192.0.2.1 1909000ns 11/0\n"
	 "1.3 unknown\n"
	 "2.1 198.51.100.9 14162000ns 11/0\n"
	 "2.2 203.0.113.5 2026000ns 3/13\n2.3 198.51.100.9 1872000ns 11/0\n"
	 "3.1 unknown\n3.2 unknown\n3.3 unknown\n"
	 "4.1 " T " 150500000ns 3/3\n4.2 " T " 150876000ns 3/3\n"
	 "4.3 " T " 151000000ns 3/3\n"}},
    {"v1-ipv6.json", {"other: IPv6 traceroute"}},
    {"v1-not-sent.json",
	{"atlas-7 " T " udp flow 0 src 0.0.0.0 at 1300000000 by ripe-atlas 1: "
	 "error (traceroute: sendto: Network is unreachable)\n"
	 "1.1 192.0.2.1 1907000ns 3/1\n1.2 unknown\n1.3 unknown\n"}},
    {"v4400.json",
	{"atlas-7 " T " udp flow 2 src 10.0.0.20 at 1325376000+4 by "
	 "ripe-atlas 4400: reached\n"
	 "1.1 192.0.2.1 1965000ns t64 q1 11/0\n1.2 unknown\n2.1 " TU}},
    {"v4400-mode.json",
	{"atlas-7 " T " icmp flow 2 src 10.0.0.20 at 1325376000+4 by "
	 "ripe-atlas 4420: reached\n"
	 "1.1 192.0.2.1 1965000ns t64 q1 11/0\n2.1 " TI}},
    {"v4460.json",
	{"atlas-7 " T " udp flow 2 src 10.0.0.20 at 1340329190+18 by "
	 "ripe-atlas 4460: gap\n"
	 "1.1 192.0.2.1 2783000ns t64 q1 11/0\n"
	 "1.2 192.0.2.1 2450000ns t64 q1 11/0\n"
	 "1.3 192.0.2.1 2321000ns t64 q1 11/0\n"
	 "2.1 unknown\n2.2 unknown\n2.3 unknown\n"
	 "3.1 unknown\n3.2 unknown\n3.3 unknown\n"}},
    {"v4540.json", {HEAD "ripe-atlas 4550: reached\n"
			 "1.1 " R1 "1.2 unknown\n1.3 " R1
			 "2.1 198.51.100.9 10500000ns t254 q0 11/0\n"
			 "3.1 " TU "3.2 " TU "3.3 " TU}},
    {"v4570.json",
	{"atlas-7 " T " icmp flow 0 src 10.0.0.20 at 1500000000+4 by "
	 "ripe-atlas 4600: reached\n1.1 " R1 "2.1 " TI}},
    {"v4610-tcp.json",
	{TCP "ripe-atlas 4620: reached\n1.1 " R1 "2.1 " T
	     " 171200000ns t240 tcp12\n2.2 " T " 171300000ns t240 tcp14\n"
	     "2.3 " T " 171400000ns t240 tcp29\n"}},
    {"v4750.json",
	{HEAD "ripe-atlas 4790: reached\n1.1 " R1 "2.1 " R2 "3.1 " TU}},
    {"v5000.json", {HEAD "ripe-atlas 5080: reached\n1.1 " R1
			 "1.2 unknown\n2.1 " R2 "3.1 " TU}},
};

#define BY   HEAD "ripe-atlas 5020: "
#define GOAL "reached\n1.1 " R1 "2.1 " TU
#define LETTER(s, code)                                                        \
	"atlas-7 " T " udp flow 3 src 10.0.0.20 at 150000000" #s               \
	"+4 by ripe-atlas 5020: unreachable (ICMP 3/" #code                    \
	" from 198.51.100.9 at ttl 2)\n1.1 " R1                                \
	"2.1 198.51.100.9 9500000ns t254 q1 3/" #code "\n"

static const struct expected endings[] = {
    {"last-ditch-target.json",
	{BY "reached (last-ditch probe (TTL 255) answered by " T ")\n1.1 " R1
	    "2.1 unknown\n"}},
    {"last-ditch-err.json",
	{BY "unreachable (last-ditch probe (TTL 255) answered by "
	    "198.51.100.9: ICMP 3/1)\n1.1 " R1 "2.1 unknown\n"}},
    {"last-ditch-router.json",
	{BY "gap (last-ditch probe (TTL 255) answered by 198.51.100.9)\n"
	    "1.1 " R1 "2.1 unknown\n"}},
    {"last-ditch-target-err.json",
	{BY "reached (last-ditch probe (TTL 255) answered by " T
	    ": ICMP 3/1)\n1.1 " R1 "2.1 unknown\n"}},
    {"err-letters.json", {LETTER(0, 0), LETTER(1, 1), LETTER(2, 2),
			     LETTER(3, 3), LETTER(4, 13)}},
    {"err-numbers.json",
	{LETTER(0, 9), LETTER(1, 10), LETTER(2, 13),
	    "atlas-7 " T " udp flow 3 src 10.0.0.20 at 1500000003+4 by "
	    "ripe-atlas 5020: max-ttl\n1.1 " R1
	    "2.1 198.51.100.9 9500000ns t254 q1 3/4\n"}},
    {"err-not-last.json",
	{BY "max-ttl\n1.1 " R1 "1.2 192.0.2.1 500000ns t64 q1 3/13\n2.1 " R2
	    "3.1 unknown\n"}},
    {"err-target.json", {BY "reached (ICMP 3/13 from " T " at ttl 2)\n1.1 " R1
			    "2.1 " T " 9500000ns t240 q1 3/13\n"}},
    {"err-icmp-port.json", {ICMP "ripe-atlas 5020: reached\n1.1 " R1 "2.1 " T
				 " 9500000ns t240 q1 3/3\n"}},
    {"mtu.json",
	{BY "reached\n1.1 " R1 "2.1 198.51.100.9 9500000ns t254 q1 3/4\n"
	    "2.2 " R2 "3.1 " TU}},
    {"error-item.json",
	{BY "error (sendto failed: Operation not permitted)\n1.1 " R1
	    "1.2 not-sent\n"}},
    {"error-bind.json",
	{HEAD "ripe-atlas 5070: error (bind failed: Invalid argument)\n"
	      "1.1 not-sent\n"}},
    {"error-hop.json",
	{BY "error (sendto failed: Network is unreachable)\n1.1 " R1
	    "2.1 not-sent\n"}},
    {"error-name.json", {"other: traceroute without an address"}},
    {"error-address.json",
	{HEAD "ripe-atlas 4720: error (name resolution failed: no answer)\n"}},
    {"max-ttl.json", {BY "max-ttl\n31.1 " R1 "32.1 " R2}},
    {"no-hops.json", {BY "error (no hop in the result)\n"}},
    {"hop-70.json", {BY "reached (hops beyond 64 left out)\n1.1 " R1}},
    {"lts.json",
	{BY "reached (clock sync unknown)\n1.1 " R1 "2.1 " TU,
	    "atlas-7 " T " udp flow 3 src 10.0.0.20 at 1500000001+4 by "
	    "ripe-atlas 5020: reached (clock last in sync 3411695 s ago)\n"
	    "1.1 " R1 "2.1 " TU}},
};

static const struct expected replies[] = {
    {"ittl.json", {BY "reached\n1.1 192.0.2.1 500000ns t64 q0 11/0\n"
		      "2.1 198.51.100.9 9500000ns t254 q2 11/0\n"
		      "3.1 " T " 171200000ns t240 q5 3/3\n"}},
    {"ittl-icmp-target.json",
	{ICMP "ripe-atlas 5020: reached (ICMP 11/0 from " T " at ttl 2)\n"
	      "1.1 " R1 "2.1 " T " 9500000ns t240 q2 11/0\n3.1 " TI}},
    {"itos.json",
	{HEAD "ripe-atlas 5040: reached\n"
	      "1.1 192.0.2.1 500000ns t64 q1 tos8 11/0\n"
	      "2.1 198.51.100.9 9500000ns t254 q2 tos0 11/0\n3.1 " TU}},
    {"edst.json",
	{BY "reached (192.0.2.1 at hop 1 quotes destination 10.9.8.7)\n"
	    "1.1 192.0.2.1 500000ns t64 q1 11/0\n2.1 " TU}},
    {"late.json", {BY "reached\n1.1 192.0.2.1 t64 q1 11/0 late\n"
		      "1.2 192.0.2.1 t64 q1 3/13 late\n1.3 " R1 "2.1 " R2
		      "2.2 198.51.100.9 t254 q1 11/0 late\n2.3 " R2 "3.1 " TU}},
    {"late-answered.json",
	{BY "reached\n1.1 " R1 "1.1+1 192.0.2.3 t63 q1 11/0 late\n"
	    "1.2 " R1 "2.1 " TU}},
    {"late-before-first.json",
	{BY "reached (answer of 192.0.2.1 to no probe here, late by 4)\n"
	    "1.1 " R1 "2.1 " TU}},
    {"late-from-target.json",
	{BY "reached\n1.1 " R1 "2.1 " T " t240 q1 3/3 late\n"}},
    {"dup.json",
	{BY "reached\n1.1 " R1 "1.1+1 192.0.2.1 1500000ns t64 q1 11/0\n"
	    "1.1+2 192.0.2.2 1750000ns t63 q1 11/0\n1.2 " R1 "2.1 " TU}},
    {"icmpext-mpls.json", {BY "reached\n1.1 192.0.2.1 500000ns t64 q1 11/0 "
			      "ext000c010105dcb001ffffffff\n2.1 " TU}},
    {"icmpext-other.json", {BY "reached\n1.1 192.0.2.1 500000ns t64 q1 11/0 "
			       "ext0004020e0008010100010302"
			       "0004f703\n2.1 " TU}},
    {"tcp-icmp-target.json",
	{TCP "ripe-atlas 5020: reached\n1.1 " R1 "2.1 " TU}},
    {"empty-items.json", {BY GOAL}},
    {"negative-rtt.json",
	{HEAD "ripe-atlas 4600: reached step\n1.1 192.0.2.1 t64 q1 11/0\n"
	      "1.2 192.0.2.1 1000000000ns t64 q1 11/0\n2.1 " TU}},
    {"rtt-exact.json", {BY "reached\n1.1 192.0.2.1 1000000ns t64 q1 11/0\n"
			   "1.2 192.0.2.1 1ns t64 q1 11/0\n"
			   "1.3 192.0.2.1 2783000ns t64 q1 11/0\n2.1 " TU
			   "2.2 " T " 0ns t240 q1 3/3\n"}},
};

static const struct expected objects[] = {
    {"no-paris.json",
	{"atlas-7 " T " udp flow 0 src 10.0.0.20 at 1500000000+4 by "
	 "ripe-atlas 5020: " GOAL}},
    {"no-proto.json", {BY GOAL}},
    {"no-endtime.json",
	{"atlas-7 " T " udp flow 3 src 0.0.0.0 at 1500000000 by "
	 "ripe-atlas 5020: " GOAL}},
    {"nulls.json", {BY GOAL}},
    {"key-order.json", {ICMP "ripe-atlas 5020: reached\n1.1 " R1 "2.1 " TI}},
    {"ipv6.json", {"other: IPv6 traceroute"}},
    {"other-types.json",
	{"other: ping", "other: dns", "other: ntp", "other: measurement",
	    "other: result without a type"}},
};

/* What one object is, as the tables above tell it. */
static char *
what(const struct foreign *f, const struct json_read *in)
{
	if (!json_read_ok(in))
		return xasprintf("broken: %s", in->why);
	if (f->n == 0)
		return xasprintf("other: %s", f->other);
	assert_int_equal(f->n, 1);
	assert_int_equal(f->format, FORMAT_ATLAS);
	return show_record(&f->record[0]);
}

static void
expect_file(const struct expected *e)
{
	struct foreign f = {0};
	size_t len, n = 0;
	char *text = read_whole(e->file, &len), *p = text;
	for (; p < text + len; n++) {
		struct json_read in =
		    json_read_make(p, (size_t)(text + len - p), true);
		foreign_reset(&f);
		atlas_read(&in, &f);
		char *is = what(&f, &in);
		const char *be =
		    n < 8 && e->object[n] != NULL ? e->object[n] : "no more";
		if (strcmp(is, be) != 0)
			fail_msg(
			    "%s, object %zu:\n%s\nnot\n%s", e->file, n, is, be);
		free(is);
		p += in.p - p + 1; /* and its newline */
	}
	if (n < 8 && e->object[n] != NULL)
		fail_msg("%s: %zu objects only", e->file, n);
	foreign_free(&f);
	free(text);
}

#define EXPECT(table)                                                          \
	for (size_t i = 0; i < sizeof(table) / sizeof(*(table)); i++)          \
	expect_file(&(table)[i])

static void
every_generation_is_read(void **state)
{
	(void)state;
	EXPECT(generations);
}

static void
what_ended_a_trace_follows_from_the_result(void **state)
{
	(void)state;
	EXPECT(endings);
}

static void
replies_are_what_they_mean(void **state)
{
	(void)state;
	EXPECT(replies);
}

static void
keys_may_lack_and_come_in_any_order(void **state)
{
	(void)state;
	EXPECT(objects);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_generation_is_read),
	    cmocka_unit_test(what_ended_a_trace_follows_from_the_result),
	    cmocka_unit_test(replies_are_what_they_mean),
	    cmocka_unit_test(keys_may_lack_and_come_in_any_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
