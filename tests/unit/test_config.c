/* SPDX-License-Identifier: ISC */
#include "probe/campaign/config.h"

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
			   "target_rate = 30\n"
			   "responder_rate = 40\n"
			   "control = 192.0.2.9, 192.0.2.8\n"
			   "    198.51.100.1\n"
			   "disk_warn = 60\n"
			   "disk_stop = 80\n"
			   "metrics = /run/tumen/agent.prom\n"
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
			   "targets = 175.45.178.56 192.0.2.6\n"
			   "interval = 90\n"
			   "method = tcp\n"
			   "mda = 99\n"
			   "jitter = 20\n"
			   "start = 2026-11-21T16:00:00Z\n"
			   "until = @1795910400\n"
			   "evidence = all\n"
			   "control = none\n"
			   "ports = 80, 443 8080\n"
			   "verify = 6h\n"
			   "quiet = 12\n";

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
	assert_int_equal(c.vantage.target_rate, 30);
	assert_int_equal(c.vantage.responder_rate, 40);
	assert_int_equal(c.vantage.control.n, 3);
	assert_int_equal(c.vantage.control.addr[2], 0xc6336401);
	assert_int_equal(c.vantage.disk_warn, 60);
	assert_int_equal(c.vantage.disk_stop, 80);
	assert_string_equal(c.vantage.metrics, "/run/tumen/agent.prom");
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
	assert_int_equal(c.ntargets_forbidden, 1);
	struct schedule s = config_schedule(&c, k);
	assert_int_equal(s.interval_us, INT64_C(7200000000));
	assert_int_equal(s.phase_us, 30000000);
	config_clear(&c);
}

static void
every_other_key_of_a_campaign(void **state)
{
	(void)state;
	struct config c;
	open_full(&c);
	const struct config_campaign *k = &c.campaigns[1];
	assert_int_equal(k->targets.n, 2);
	assert_int_equal(k->mda, 99);
	assert_int_equal(k->jitter_s, 20);
	assert_int_equal(k->start_us, INT64_C(1795276800000000));
	assert_int_equal(k->until_us, INT64_C(1795910400000000));
	assert_int_equal(k->evidence, EVIDENCE_ALL);
	assert_int_equal(k->control.n, 0);
	assert_int_equal(k->ports[0], 80);
	assert_int_equal(k->ports[2], 8080);
	assert_int_equal(k->ports[3], 0);
	assert_int_equal(k->verify_s, 21600);
	assert_int_equal(k->quiet, 12);
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
	assert_int_equal(c.vantage.target_rate, CONFIG_TARGET_RATE);
	assert_int_equal(c.vantage.responder_rate, CONFIG_RESPONDER_RATE);
	assert_string_equal(c.vantage.metrics, "");
	assert_int_equal(c.campaigns[0].mda, 0);
	assert_false(c.campaigns[0].sweep);
	assert_int_equal(c.campaigns[0].evidence, EVIDENCE_EDGE);
	assert_int_equal(c.campaigns[0].control.n, 0);
	assert_int_equal(c.campaigns[0].ports[0], 0);
	assert_int_equal(c.campaigns[0].verify_s, CONFIG_VERIFY_S);
	assert_int_equal(c.campaigns[0].quiet, CONFIG_QUIET);
	struct schedule s = config_schedule(&c, &c.campaigns[0]);
	assert_in_range(s.phase_us, 0, 900 * INT64_C(1000000) - 1);
	config_clear(&c);
}

/* A text that is refused, and what is said of it. */
static void
refused(const char *text, const char *fault)
{
	struct config c;
	struct fault f = {0};
	assert_false(config_parse(&c, "t.conf", text, strlen(text), &f));
	assert_string_equal(f.text, fault);
	assert_int_equal(f.status, EX_CONFIG);
	assert_null(c.campaigns);
	assert_int_equal(c.vantage.control.n, 0);
}

/* tests/golden/config/ has all of them; here is where they point to. */
static void
errors_say_where_and_what(void **state)
{
	(void)state;
	refused("", "t.conf: [vantage] name: not set");
	refused("[vantage]\nrate = 1\n" CAMPAIGN,
	    "t.conf:1: [vantage] name: not set");
	refused("[vantage]\nrate = 0\n",
	    "t.conf:2: [vantage] rate 0: not a number in 1..10000");
	refused(VANTAGE CAMPAIGN "phase = 15m\n",
	    "t.conf:6: [campaign a] phase 900: not below the interval, 900 s");
	refused(VANTAGE "[campaign a]\nphase = 1s\ntargets = builtin\n",
	    "t.conf:3: [campaign a] interval: not set");
	refused(VANTAGE "[campaign a]\ninterval = 1h\n"
			"targets = builtin,\n 192.0.2.1\n 192.0.2\n",
	    "t.conf:7: [campaign a] targets: 192.0.2: not an IPv4 address or "
	    "prefix");
	refused(VANTAGE CAMPAIGN "flows = 1\n[vantage]\nrate = 9\n"
				 "[campaign a]\nflows = 1\n",
	    "t.conf:10: [campaign a] flows: given twice, first at t.conf:6");
}

/* The first mistake is told, whoever finds it. */
static void
the_first_error_is_told(void **state)
{
	(void)state;
	refused("[vantage]\nname\nrate = 0\n",
	    "t.conf:2: neither a [section] nor a key = value");
	refused("[vantage]\nrate = 0\nname\n",
	    "t.conf:2: [vantage] rate 0: not a number in 1..10000");
	refused("[vantage]\nname\n[campaign a]\n",
	    "t.conf:2: neither a [section] nor a key = value");
	refused("[vantage]\n\n[campaign a]\nflows = 0\n",
	    "t.conf:1: a section without a key");
	refused("\xef\xbb\xbf[vantage]\n# name = a\n",
	    "t.conf:1: a section without a key");
}

static void
open_text(struct config *c, const char *text)
{
	struct fault f = {0};
	bool ok = config_parse(c, "t.conf", text, strlen(text), &f);
	assert_string_equal(f.text, "");
	assert_true(ok);
}

/* Whether targets mean all addresses does not depend on what comes first. */
static void
order_does_not_matter(void **state)
{
	(void)state;
	struct config c;
	open_text(&c, VANTAGE "[campaign a]\ninterval = 1h\n"
			      "targets = 192.0.2.0/24, 192.0.2.7\nsweep = yes\n"
			      "[campaign b]\nsweep = yes\ninterval = 1h\n"
			      "targets = 192.0.2.0/24\n"
			      "[vantage]\ncontrol = 198.51.100.1\n"
			      "do_not_probe = 192.0.2.128/25\n");
	for (size_t i = 0; i < 2; i++) {
		assert_true(c.campaigns[i].sweep);
		assert_int_equal(c.campaigns[i].targets.n, 128);
		assert_int_equal(c.campaigns[i].control.n, 1);
	}
	assert_int_equal(c.ntargets_forbidden, 256);
	config_clear(&c);
	open_text(&c, VANTAGE CAMPAIGN "sweep = no\n");
	assert_int_equal(c.campaigns[0].targets.n, 30);
	config_clear(&c);
}

/* Those of the vantage, its own, or none. */
static void
controls(void **state)
{
	(void)state;
	struct config c;
	open_text(&c, VANTAGE "control = 192.0.2.1, 192.0.2.2\n" CAMPAIGN
			      "[campaign b]\ntargets = builtin\ninterval = 1h\n"
			      "control = 192.0.2.3\n"
			      "[campaign c]\ntargets = builtin\ninterval = 1h\n"
			      "control = none\n");
	assert_int_equal(c.vantage.control.n, 2);
	assert_int_equal(c.campaigns[0].control.n, 2);
	assert_int_equal(c.campaigns[0].control.addr[1], 0xc0000202);
	assert_ptr_not_equal(
	    c.campaigns[0].control.addr, c.vantage.control.addr);
	assert_int_equal(c.campaigns[1].control.n, 1);
	assert_int_equal(c.campaigns[1].control.addr[0], 0xc0000203);
	assert_int_equal(c.campaigns[2].control.n, 0);
	config_clear(&c);
}

static void
when_a_campaign_runs(void **state)
{
	(void)state;
	struct config c;
	open_text(&c, VANTAGE CAMPAIGN
	    "jitter = 3m\nstart = 2026-11-01\nuntil = 2026-12-01\n"
	    "[campaign b]\ntargets = builtin\ninterval = 5m\n"
	    "[campaign c]\ntargets = builtin\ninterval = 59s\n");
	struct schedule a = config_schedule(&c, &c.campaigns[0]);
	struct schedule b = config_schedule(&c, &c.campaigns[1]);
	assert_int_equal(a.jitter_us, INT64_C(180000000));
	assert_int_equal(a.start_us, INT64_C(1793491200000000));
	assert_int_equal(a.until_us, INT64_C(1796083200000000));
	assert_int_equal(a.seed, schedule_seed("sel", "a"));
	assert_int_equal(b.jitter_us, 5000000);
	assert_int_equal(b.start_us, -1);
	assert_int_equal(b.until_us, -1);
	b = config_schedule(&c, &c.campaigns[2]);
	assert_int_equal(b.jitter_us, 0);
	config_clear(&c);
}

static void
targets_of_a_file(void **state)
{
	(void)state;
	char path[] = "/tmp/test_config.XXXXXX", text[300];
	struct config c;
	struct fault f = {0};
	int fd = mkstemp(path);
	assert_true(fd >= 0 && dprintf(fd, "192.0.2.0/30 # four\n") > 0);
	snprintf(text, sizeof(text),
	    VANTAGE CAMPAIGN "targets_file = %s\nsweep = yes\n", path);
	open_text(&c, text);
	assert_int_equal(c.campaigns[0].targets.n, 34);
	config_clear(&c);
	snprintf(
	    text, sizeof(text), VANTAGE CAMPAIGN "targets_file = %s\n", path);
	assert_false(config_parse(&c, "t", text, strlen(text), &f));
	assert_int_equal(f.status, EX_CONFIG);
	unlink(path);
	assert_false(config_parse(&c, "t", text, strlen(text), &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	close(fd);
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
check_example(const char *text, size_t campaigns)
{
	struct config c;
	struct fault f = {0};
	if (!config_parse(&c, "example", text, strlen(text), &f))
		fail_msg("%s", f.text);
	assert_int_equal(c.n, campaigns);
	assert_int_equal(c.campaigns[0].interval_s, 900);
	config_clear(&c);
}

/* What the README tells people to copy, and all that it has in comments. */
static void
example_is_good(void **state)
{
	(void)state;
	char text[8192], all[8192];
	FILE *f = fopen("deploy/tumen-probe.conf", "re");
	assert_non_null(f);
	size_t len = fread(text, 1, sizeof(text) - 1, f), n = 0;
	fclose(f);
	text[len] = '\0';
	assert_in_range(len, 500, sizeof(text) - 2);
	check_example(text, 1);
	for (size_t i = 0; i <= len; i++)
		if (text[i] != '#' || text[i + 1] == ' ' || text[i + 1] == '\n')
			all[n++] = text[i];
	check_example(all, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_key_of_a_vantage),
	    cmocka_unit_test(every_key_of_a_campaign),
	    cmocka_unit_test(every_other_key_of_a_campaign),
	    cmocka_unit_test(defaults),
	    cmocka_unit_test(errors_say_where_and_what),
	    cmocka_unit_test(the_first_error_is_told),
	    cmocka_unit_test(order_does_not_matter),
	    cmocka_unit_test(controls),
	    cmocka_unit_test(when_a_campaign_runs),
	    cmocka_unit_test(targets_of_a_file),
	    cmocka_unit_test(bytes_that_are_no_text),
	    cmocka_unit_test(example_is_good),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
