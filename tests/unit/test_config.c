/* SPDX-License-Identifier: ISC */
#include "probe/campaign/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#define VANTAGE	 "[vantage]\nname = sel\n"
#define CAMPAIGN "[campaign a]\ntargets = builtin\ninterval = 15m\n"

/* Every key once. */
static const char full[] = "# a comment\n"
			   "[vantage]\n"
			   "name = sel-1\n"
			   "contact = noc@example.org, +49 30 1234\n"
			   "place = Seoul\n"
			   "spool = /srv/spool\n"
			   "key = /etc/tumen/sel.key\n"
			   "interface = eth0\n"
			   "source = 192.0.2.1\n"
			   "rate = 50\n"
			   "burst = 5\n"
			   "user = tumen ; another comment\n"
			   "do_not_probe = 175.45.176.8 175.45.179.0/24\n"
			   "\n"
			   "[campaign border]\n"
			   "targets = 175.45.176.0/24,\n"
			   "    192.0.2.7, 175.45.178.129\n"
			   "method = tcp, udp\n"
			   "port = 53\n"
			   "flows = 4\n"
			   "attempts = 3\n"
			   "first_ttl = 2\n"
			   "max_ttl = 40\n"
			   "window = 8\n"
			   "gap = 6\n"
			   "wait = 1500\n"
			   "linger = 5s\n"
			   "interval = 2h\n"
			   "phase = 30s\n"
			   "anchor = 2026-01-01\n"
			   "[campaign other]\n"
			   "targets = 175.45.179.67 192.0.2.8\n"
			   "interval = 90\n";

static void
open_full(struct config *c)
{
	struct fault f = {0};
	bool ok = config_parse(c, "x.conf", full, sizeof(full) - 1, &f);
	assert_string_equal(f.text, "");
	assert_true(ok);
}

static void
every_key_of_a_vantage(void **state)
{
	(void)state;
	struct config c;
	open_full(&c);
	assert_string_equal(c.vantage.name, "sel-1");
	assert_string_equal(c.vantage.contact, "noc@example.org, +49 30 1234");
	assert_string_equal(c.vantage.place, "Seoul");
	assert_string_equal(c.vantage.spool, "/srv/spool");
	assert_string_equal(c.vantage.key, "/etc/tumen/sel.key");
	assert_string_equal(c.vantage.interface, "eth0");
	assert_int_equal(c.vantage.source, 0xc0000201);
	assert_int_equal(c.vantage.rate, 50);
	assert_int_equal(c.vantage.burst, 5);
	assert_string_equal(c.vantage.user, "tumen");
	assert_int_equal(c.vantage.nforbidden, 2);
	config_clear(&c);
}

static void
every_key_of_a_campaign(void **state)
{
	(void)state;
	struct config c;
	open_full(&c);
	assert_int_equal(c.n, 2);
	const struct config_campaign *k = &c.campaigns[0];
	assert_string_equal(k->name, "border");
	assert_int_equal(k->targets.n, 21); /* 20 of the /24, one forbidden */
	assert_int_equal(k->targets.addr[20], 0xaf2db281);
	assert_int_equal(k->methods.n, 2);
	assert_int_equal(k->methods.method[0], METHOD_TCP);
	assert_int_equal(k->methods.method[1], METHOD_UDP);
	assert_int_equal(k->port, 53);
	assert_int_equal(k->flows, 4);
	assert_int_equal(k->attempts, 3);
	assert_int_equal(k->first_ttl, 2);
	assert_int_equal(k->max_ttl, 40);
	assert_int_equal(k->window, 8);
	assert_int_equal(k->gap, 6);
	assert_int_equal(k->wait_ms, 1500);
	assert_int_equal(k->linger_s, 5);
	assert_int_equal(c.campaigns[1].linger_s, -1); /* the engine's */
	assert_int_equal(k->interval_s, 7200);
	assert_int_equal(k->phase_s, 30);
	assert_int_equal(k->anchor_us, INT64_C(1767225600000000));
	assert_int_equal(c.campaigns[1].targets.n, 1);
	assert_int_equal(c.ntargets_forbidden, 2);
	struct schedule s = config_schedule(&c, k);
	assert_int_equal(s.interval_us, INT64_C(7200000000));
	assert_int_equal(s.phase_us, 30000000);
	config_clear(&c);
}

static void
defaults(void **state)
{
	(void)state;
	static const char text[] = VANTAGE CAMPAIGN;
	struct config c;
	assert_true(config_parse(&c, "x", text, sizeof(text) - 1, NULL));
	assert_string_equal(c.vantage.spool, "/var/lib/tumen/spool");
	assert_int_equal(c.vantage.rate, 20);
	assert_int_equal(c.campaigns[0].flows, 1);
	assert_int_equal(c.campaigns[0].methods.n, 1);
	assert_int_equal(c.campaigns[0].methods.method[0], METHOD_UDP);
	assert_int_equal(c.campaigns[0].port, -1);
	assert_int_equal(c.campaigns[0].max_ttl, -1);
	assert_int_equal(c.campaigns[0].targets.n, 30);
	struct schedule s = config_schedule(&c, &c.campaigns[0]);
	assert_in_range(s.phase_us, 0, 900 * INT64_C(1000000) - 1);
	config_clear(&c);
}

/* What a wrong file is told: the place, the value, what is legal. */
static const struct {
	const char *text, *fault;
} wrong[] = {
    {"", "t.conf: [vantage] name: not set"},
    {VANTAGE, "t.conf: no [campaign NAME]: nothing to do"},
    {"[vantage]\nrate = 0\n",
	"t.conf:2: [vantage] rate 0: not a number in 1..10000"},
    {"[vantage]\nrate = 20pps\n",
	"t.conf:2: [vantage] rate 20pps: not a number in 1..10000"},
    {"[vantage]\nburst = 1001\n",
	"t.conf:2: [vantage] burst 1001: not a number in 1..1000"},
    {"[vantage]\nrtae = 20\n",
	"t.conf:2: [vantage] rtae: no such key (one of name, contact, place, "
	"spool, key, interface, source, rate, burst, user, do_not_probe, "
	"disk_warn, disk_stop)"},
    {"[vantage]\nname = Sel\n",
	"t.conf:2: [vantage] name Sel: not 1..32 of a-z 0-9 . _ -"},
    {"[vantage]\nname = a\nname = b\n",
	"t.conf:3: [vantage] name: given twice"},
    {"[vantage]\nspool = spool\n",
	"t.conf:2: [vantage] spool spool: not an absolute path"},
    {"[vantage]\ncontact = caf\xc3\xa9\n",
	"t.conf:2: [vantage] contact caf\xc3\xa9: not at most 64 printable "
	"ASCII characters"},
    {"[vantage]\nsource = 192.0.2.256\n",
	"t.conf:2: [vantage] source 192.0.2.256: not an IPv4 address"},
    {"[vantage]\ndo_not_probe = 192.0.2.1/24\n",
	"t.conf:2: [vantage] do_not_probe: 192.0.2.1/24: not an "
	"IPv4 address or prefix"},
    {"[vantge]\nname = a\n",
	"t.conf:2: [vantge]: no such section ([vantage] or [campaign NAME])"},
    {"name = a\n",
	"t.conf:1: []: no such section ([vantage] or [campaign NAME])"},
    {"[vantage]\nname\n", "t.conf:2: neither a [section] nor a key = value"},
    {"[campaign A B]\nport = 1\n",
	"t.conf:2: [campaign A B]: the name of a campaign is 1..32 of a-z 0-9 "
	". _ -"},
    {"[campaign a]\nmethod = tcp, udp, tcp\n",
	"t.conf:2: [campaign a] method tcp, udp, tcp: tcp is named twice"},
    {VANTAGE CAMPAIGN "method = icmp\nport = 80\n",
	"t.conf: [campaign a] port 80: icmp has no ports"},
    {"[campaign a]\nmethod = sctp\n",
	"t.conf:2: [campaign a] method sctp: not one of udp, icmp, tcp"},
    {"[campaign a]\nport = 65536\n",
	"t.conf:2: [campaign a] port 65536: not a number in 1..65535"},
    {"[campaign a]\nmax_ttl = 65\n",
	"t.conf:2: [campaign a] max_ttl 65: not a number in 1..64"},
    {"[campaign a]\nlinger = 61\n",
	"t.conf:2: [campaign a] linger 61: not a duration in 0s..60s (300, "
	"90s, 15m, 6h, 1d)"},
    {"[campaign a]\nwait = 9\n",
	"t.conf:2: [campaign a] wait 9: not a number in 10..60000"},
    {"[campaign a]\ninterval = 0\n",
	"t.conf:2: [campaign a] interval 0: not a duration in 1s..7d (300, "
	"90s, 15m, 6h, 1d)"},
    {"[campaign a]\ninterval = 1w\n",
	"t.conf:2: [campaign a] interval 1w: not a duration in 1s..7d (300, "
	"90s, 15m, 6h, 1d)"},
    {"[campaign a]\nanchor = monday\n",
	"t.conf:2: [campaign a] anchor monday: not a UTC time "
	"(2026-11-21T16:00:00Z, 2026-11-21, @seconds)"},
    {"[campaign a]\ntargets = 192.0.2.7 192.0.2\n",
	"t.conf:2: [campaign a] targets: 192.0.2: not an "
	"IPv4 address or prefix"},
    {"[campaign a]\ntargets = 192.0.2.0/24\n",
	"t.conf:2: [campaign a] targets: 192.0.2.0/24: no "
	"built-in target is inside (they are in 175.45.176.0/22); name the "
	"addresses"},
    {VANTAGE "[campaign a]\ninterval = 60\n",
	"t.conf: [campaign a] targets: not set"},
    {VANTAGE "[campaign a]\ntargets = builtin\n",
	"t.conf: [campaign a] interval: not set"},
    {VANTAGE "do_not_probe = 0.0.0.0/0\n" CAMPAIGN,
	"t.conf: [campaign a] targets: do_not_probe forbids them all"},
    {VANTAGE CAMPAIGN "phase = 15m\n",
	"t.conf: [campaign a] phase 900: not below the interval, 900 s"},
    {VANTAGE CAMPAIGN "first_ttl = 9\nmax_ttl = 8\n",
	"t.conf: [campaign a] first_ttl 9: above max_ttl, 8"},
};

static void
errors_say_where_and_what(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct config c;
		struct fault f = {0};
		const char *text = wrong[i].text;
		assert_false(
		    config_parse(&c, "t.conf", text, strlen(text), &f));
		assert_string_equal(f.text, wrong[i].fault);
		assert_int_equal(f.status, EX_CONFIG);
		assert_null(c.campaigns);
	}
}

static void
bytes_that_are_no_text(void **state)
{
	(void)state;
	static const char nul[] = "[vantage]\nname = s\0l\n";
	char wide[1200];
	struct config c;
	struct fault f = {0};
	assert_false(config_parse(&c, "t", nul, sizeof(nul) - 1, &f));
	assert_string_equal(f.text, "t:2: a NUL byte: not a text file");
	memset(wide, 'x', sizeof(wide));
	assert_false(config_parse(&c, "t", wide, sizeof(wide), &f));
	assert_non_null(strstr(f.text, "t:1: line longer than"));
}

static void
files(void **state)
{
	(void)state;
	struct config c;
	struct fault f = {0};
	assert_false(config_load(&c, "/nowhere/t.conf", &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	assert_string_equal(
	    f.text, "/nowhere/t.conf: No such file or directory");
	assert_false(config_load(&c, "/", &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
}

/* What the README tells people to copy. */
static void
example_is_good(void **state)
{
	(void)state;
	struct config c;
	struct fault f = {0};
	if (!config_load(&c, "deploy/tumen-probe.conf", &f))
		fail_msg("%s", f.text);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.campaigns[0].interval_s, 900);
	config_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_key_of_a_vantage),
	    cmocka_unit_test(every_key_of_a_campaign),
	    cmocka_unit_test(defaults),
	    cmocka_unit_test(errors_say_where_and_what),
	    cmocka_unit_test(bytes_that_are_no_text),
	    cmocka_unit_test(example_is_good),
	    cmocka_unit_test(files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
