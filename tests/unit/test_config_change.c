/* SPDX-License-Identifier: ISC */
#include "probe/campaign/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

/* A configuration with one more line in each section. */
static struct config
with(const char *vantage, const char *campaign)
{
	char text[400];
	struct config c;
	struct fault f = {0};
	snprintf(text, sizeof(text),
	    "[vantage]\n%s\n%s\n[campaign a]\n%s\n%s\n%s\n",
	    strncmp(vantage, "name", 4) == 0 ? "" : "name = sel", vantage,
	    strncmp(campaign, "interval", 8) == 0 ? "" : "interval = 1h",
	    strncmp(campaign, "targets", 7) == 0 ? "" : "targets = 192.0.2.1",
	    campaign);
	if (!config_parse(&c, "t", text, strlen(text), &f))
		fail_msg("%s", f.text);
	return c;
}

static void
only_a_start(void **state)
{
	(void)state;
	static const char *const changes[][2] = {
	    {"name = vvo", "name vvo: the agent was started with sel"},
	    {"contact = a@b", "contact a@b: the agent was started with none"},
	    {"spool = /s",
		"spool /s: the agent was started with /var/lib/tumen/spool"},
	    {"key = /k", "key /k: the agent was started with none"},
	    {"interface = eth0",
		"interface eth0: the agent was started with none"},
	    {"source = 192.0.2.5",
		"source 192.0.2.5: the agent was started with none"},
	    {"rate = 21", "rate 21: the agent was started with 20"},
	    {"burst = 41", "burst 41: the agent was started with 40"},
	    {"target_rate = 5",
		"target_rate 5: the agent was started with 100"},
	    {"responder_rate = 5",
		"responder_rate 5: the agent was started with 100"},
	    {"user = tumen", "user tumen: the agent was started with none"},
	    {"metrics = /m", "metrics /m: the agent was started with none"},
	};
	struct config now = with("", "");
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct config next = with(changes[i][0], "");
		struct fault f = {0};
		char want[200];
		snprintf(want, sizeof(want),
		    "[vantage] %s, and only a start takes in another",
		    changes[i][1]);
		assert_false(config_may_follow(&now, &next, &f));
		assert_string_equal(f.text, want);
		assert_int_equal(f.status, EX_CONFIG);
		config_clear(&next);
	}
	config_clear(&now);
}

static void
what_a_reload_takes_in(void **state)
{
	(void)state;
	static const char *const changes[][2] = {{"place = Seoul", ""},
	    {"disk_warn = 50", ""}, {"disk_stop = 60", ""},
	    {"do_not_probe = 192.0.2.3", ""}, {"control = 192.0.2.4", ""},
	    {"", "flows = 4"}, {"", "interval = 2h"}, {"rate = 20", ""}};
	struct config now = with("", "");
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct config next = with(changes[i][0], changes[i][1]);
		struct fault f = {0};
		assert_true(config_may_follow(&now, &next, &f));
		assert_string_equal(f.text, "");
		config_clear(&next);
	}
	config_clear(&now);
}

/* Whatever decides what is sent, and when, and what is kept of it. */
static void
another_campaign(void **state)
{
	(void)state;
	static const char *const changes[] = {"targets = 192.0.2.1 192.0.2.2",
	    "targets = 192.0.2.2", "sweep = yes", "control = 192.0.2.9",
	    "interval = 2h", "anchor = 2026-01-01", "phase = 1", "jitter = 0",
	    "start = 2026-01-01", "until = 2027-01-01", "method = tcp",
	    "method = udp, tcp", "port = 53", "flows = 2", "mda = 95",
	    "attempts = 3", "first_ttl = 2", "max_ttl = 40", "window = 4",
	    "gap = 4", "wait = 500", "linger = 4", "evidence = all",
	    "evidence = none", "ports = 80", "verify = 0", "quiet = 1"};
	struct config a = with("", "");
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct config b = with("", changes[i]);
		struct config again = with("", changes[i]);
		if (config_same_campaign(a.campaigns, b.campaigns))
			fail_msg("%s: the same", changes[i]);
		assert_true(config_same_campaign(b.campaigns, again.campaigns));
		config_clear(&b);
		config_clear(&again);
	}
	struct config b = with("rate = 50\nplace = Seoul", "evidence = edge");
	assert_true(config_same_campaign(a.campaigns, b.campaigns));
	config_clear(&b);
	/* The control destinations of the vantage are its own, too. */
	b = with("control = 198.51.100.1", "");
	assert_false(config_same_campaign(a.campaigns, b.campaigns));
	config_clear(&b);
	/* A target that was forbidden is another list of targets. */
	struct config two = with("", "targets = 192.0.2.1, 192.0.2.2");
	b = with("do_not_probe = 192.0.2.2", "targets = 192.0.2.1, 192.0.2.2");
	assert_false(config_same_campaign(two.campaigns, b.campaigns));
	assert_true(config_same_campaign(a.campaigns, b.campaigns));
	snprintf(b.campaigns->name, sizeof(b.campaigns->name), "b");
	assert_false(config_same_campaign(a.campaigns, b.campaigns));
	config_clear(&b);
	config_clear(&two);
	config_clear(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_a_start),
	    cmocka_unit_test(what_a_reload_takes_in),
	    cmocka_unit_test(another_campaign),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
