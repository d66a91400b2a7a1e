/* SPDX-License-Identifier: ISC */
#include "analysis/report/status.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * What status says of one prefix in four rounds, one every hour, of vantages
 * that each trace one target: + it answered, with its carrier (t ttk, u
 * unicom); ! no route; . silence behind a carrier's border; * nothing at all.
 * Then the uplink: u up, d down, ? not known.
 */
enum { HOUR_S = 3600, ROUNDS = 4 };

struct life {
	const char *vantage, *round[ROUNDS];
};

static const struct prefix p177 = {0xaf2db100, 24};

static struct store_verdict
verdict_of(const struct life *l, int64_t i)
{
	const char *said = l->round[i];
	bool up = said[0] == '+', no = said[0] == '!', none = said[0] == '*';
	bool ttk = said[1] == 't', seen = !no && !none;
	struct store_verdict v = {.prefix = p177,
	    .target = p177.addr + 1,
	    .method = METHOD_TCP,
	    .start_us = i * HOUR_S * US_PER_S,
	    .decided_us = i * HOUR_S * US_PER_S + 500000,
	    .reached = up,
	    .reach = up	  ? "up"
		     : no ? "down"
			  : "unknown",
	    .carrier = !seen ? "unknown"
		       : ttk ? "ttk"
			     : "unicom",
	    .entry_as = !seen ? -1
			: ttk ? 20485
			      : 134544,
	    .p = seen ? 0.9 : (double)NAN};
	snprintf(v.vantage, sizeof(v.vantage), "%s", l->vantage);
	return v;
}

static void
live(struct timeline *t, const struct life *l)
{
	struct store_uplink uplink[ROUNDS];
	for (int64_t i = 0; i < ROUNDS; i++)
		uplink[i] =
		    (struct store_uplink){.began_us = i * HOUR_S * US_PER_S,
			.ended_us = (i * HOUR_S + 60) * US_PER_S,
			.up = l->round[i][2] == 'u',
			.known = l->round[i][2] != '?'};
	timeline_uplinks(t, uplink, ROUNDS);
	for (int64_t i = 0; i < ROUNDS; i++) {
		struct store_verdict v = verdict_of(l, i);
		timeline_add(t, &v);
	}
	timeline_uplinks(t, NULL, 0);
}

/* As text, or as JSON, beside what BGP says; free() it. */
static char *
status_beside(
    const struct life *lives, const struct control_run *bgp, bool as_json)
{
	struct control control = {.n = bgp != NULL,
	    .run = bgp != NULL ? xmemdup(bgp, sizeof(*bgp)) : NULL};
	struct timeline t;
	struct status s;
	char *text = NULL;
	size_t len = 0;
	timeline_open(&t);
	for (; lives->vantage != NULL; lives++)
		live(&t, lives);
	FILE *out = open_memstream(&text, &len);
	status_open(&s, &t);
	status_control(&s, &control, INT64_MAX);
	if (as_json)
		status_json(&s, out);
	else
		status_print(&s, out);
	status_close(&s);
	control_close(&control);
	timeline_close(&t);
	fclose(out);
	return text;
}

static char *
status_of(const struct life *lives, bool as_json)
{
	return status_beside(lives, NULL, as_json);
}

/* BGP's answer stands beside that of the traces, whatever it is. */
static void
control_stands_beside(void **state)
{
	(void)state;
	const struct life lives[] = {
	    {"mow", {"+tu", "+tu", "+tu", "+tu"}}, {0}};
	struct control_run bgp = {.prefix = p177,
	    .until_us = -1,
	    .last_us = 3600 * US_PER_S,
	    .known = true,
	    .routed = true,
	    .nupstreams = 2,
	    .upstream = {{20485, 3}, {134544, 9}},
	    .peers = 11,
	    .peers_known = 12};
	char *text = status_beside(lives, &bgp, false);
	assert_non_null(strstr(text,
	    "is reached through ttk. In BGP it is behind AS20485 and AS134544 "
	    "(11 of 12 peers, as of 1970-01-01 01:00:00 UTC).\n"));
	free(text);
	text = status_beside(lives, &bgp, true);
	assert_non_null(strstr(text, "\"control\":{\"upstreams\":[20485,134544]"
				     ",\"asof_us\":3600000000,"));
	free(text);
	bgp.routed = false;
	bgp.nupstreams = bgp.peers = 0;
	text = status_beside(lives, &bgp, false);
	assert_non_null(
	    strstr(text, ". In BGP it is withdrawn (0 of 12 peers"));
	free(text);
	bgp.known = false;
	text = status_beside(lives, &bgp, true);
	assert_non_null(strstr(text, "\"control\":null}"));
	free(text);
}

static void
says(const struct life *lives, const char *answer)
{
	char *text = status_of(lives, false), *end = strchr(text, '\n');
	assert_non_null(end);
	*end = '\0';
	static const char prefix[] = "175.45.177.0/24 ";
	assert_memory_equal(text, prefix, strlen(prefix));
	if (strcmp(text + strlen(prefix), answer) != 0)
		fail_msg("%s\nnot: %s", text, answer);
	free(text);
}

/* The four that look alike to whoever only pings. */
static void
outages_are_told_apart(void **state)
{
	(void)state;
	says((struct life[]){{"mow", {"+tu", "+tu", "*td", "*td"}},
		 {"sel", {"+tu", "+tu", "*td", "*td"}}, {0}},
	    "is routed through ttk; whether it answers is unknown, since the "
	    "vantages' uplinks are down.");
	says((struct life[]){{"mow", {"+tu", "+tu", "!-u", "!-u"}},
		 {"sel", {"+uu", "+uu", "!-u", "!-u"}}, {0}},
	    "is reached through nobody (no route).");
	says((struct life[]){{"mow", {"+tu", "+tu", ".tu", ".tu"}},
		 {"sel", {"+uu", "+uu", ".uu", ".uu"}}, {0}},
	    "is routed through ttk and unicom, but nothing answers.");
	says((struct life[]){{"mow", {"+tu", "+tu", "+tu", "+tu"}},
		 {"sel", {"+uu", "+uu", "!-u", "!-u"}}, {0}},
	    "is reached through ttk; no route from sel.");
}

static void
what_is_not_known_says_why(void **state)
{
	(void)state;
	says((struct life[]){{"mow", {"+tu", "+tu", "!-d", "!-d"}}, {0}},
	    "is routed through ttk; whether it answers is unknown, since the "
	    "vantage's uplink is down.");
	says((struct life[]){{"mow", {"+t?", "+t?", ".t?", ".t?"}},
		 {"sel", {"+tu", "+tu", ".td", ".td"}}, {0}},
	    "is routed through ttk; whether it answers is unknown, since no "
	    "vantage has an uplink that is known to work.");
	says((struct life[]){{"mow", {"+t?", "+t?", ".t?", ".t?"}}, {0}},
	    "is routed through ttk; whether it answers is unknown, since "
	    "nothing tells how the vantages' uplinks are.");
	says((struct life[]){{"mow", {".tu", ".tu", ".tu", ".tu"}}, {0}},
	    "is routed through ttk; whether it answers is unknown: nothing "
	    "that was probed has answered lately.");
	says((struct life[]){{"mow", {"*-d", "*-d", "*-d", "*-d"}}, {0}},
	    "was not seen; whether it answers, and through whom, is unknown, "
	    "since the vantage's uplink is down.");
	says((struct life[]){{"mow", {"!-u", "!-u", "!-d", "!-d"}}, {0}},
	    "had no route; whether it has one now is unknown, since the "
	    "vantage's uplink is down.");
}

/* One vantage that reaches it is enough, and one whose word counts. */
static void
vantages_are_folded(void **state)
{
	(void)state;
	says((struct life[]){{"mow", {"+tu", "+tu", "*td", "*td"}},
		 {"sel", {"+uu", "+uu", "+uu", "+uu"}}, {0}},
	    "is reached through ttk and unicom.");
	says((struct life[]){{"mow", {"+tu", "+tu", "*td", "*td"}},
		 {"sel", {"+tu", "+tu", ".tu", ".tu"}}, {0}},
	    "is routed through ttk, but nothing answers.");
	says((struct life[]){{"mow", {"+tu", "+tu", "*tu", "*tu"}}, {0}},
	    "is routed through ttk, but nothing answers.");
}

static void
rows_and_objects_say_it_too(void **state)
{
	(void)state;
	static const struct life lives[] = {
	    {"mow", {"+tu", "+tu", "*td", "*td"}},
	    {"sel", {"+tu", "+tu", "+tu", ".tu"}}, {0}};
	char *text = status_of(lives, false);
	assert_non_null(strstr(text, "unknown  1970-01-01 00:00:00  seen "
				     "03:00:00; uplink down\n"));
	assert_non_null(strstr(text, "up       1970-01-01 00:00:00  seen "
				     "03:00:00; perhaps now down\n"));
	free(text);
	text = status_of(lives, true);
	static const char *const want[] = {"\"carrier\":\"ttk\"",
	    "\"reach\":\"up\",\"last_us\":",
	    "\"reach\":\"unknown\",\"reach_since_us\":7200000000,"
	    "\"uplink\":\"down\"",
	    "\"reach\":\"up\",\"reach_since_us\":0,\"uplink\":\"up\","
	    "\"pending\":null,\"pending_us\":null,\"reach_pending\":\"down\"",
	    "\"control\":null"};
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		if (strstr(text, want[i]) == NULL)
			fail_msg("%s\nwithout %s", text, want[i]);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(outages_are_told_apart),
	    cmocka_unit_test(what_is_not_known_says_why),
	    cmocka_unit_test(vantages_are_folded),
	    cmocka_unit_test(rows_and_objects_say_it_too),
	    cmocka_unit_test(control_stands_beside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
