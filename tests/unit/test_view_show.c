/* SPDX-License-Identifier: ISC */
#include "probe/campaign/view.h"

#include "probe/base/clock.h"
#include "probe/campaign/section.h"
#include "probe/campaign/view_show.h"
#include "tests/unit/sample_folder.h"
#include "tests/unit/view_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include <cmocka.h>

#define WELL                                                                   \
	"tumen-probe 0.1.0, vantage sel: runs since 2026-11-18 05:33:59 UTC, " \
	"pid 812\n"                                                            \
	"all is well\n"                                                        \
	"\n"                                                                   \
	"  as of           2026-11-21 16:53:59 UTC, 12 s ago\n"                \
	"  configuration   read 2026-11-21 14:53:59 UTC\n"                     \
	"  next run        border, 2026-11-21 17:00:05 UTC\n"                  \
	"  traces          16 under way\n"                                     \
	"  probes          114210 sent, 3 not sent\n"                          \
	"  replies         88123 received, 12 unmatched, 1 malformed, 0 "      \
	"dropped\n"                                                            \
	"  ceilings        20 packets/s, 100 to a target, 100 for a router "   \
	"to answer\n"                                                          \
	"  peak            18 packets/s, of the last minute\n"                 \
	"  spool           3 segments wait for the upload, 1.2 MiB\n"          \
	"  disk            42 % in use, 12.3 GiB free\n"                       \
	"  clock           1 steps since the start\n"                          \
	"\n"                                                                   \
	"campaign border\n"                                                    \
	"  runs now        slot 5873, 12 of 48 traces have ended\n"            \
	"  next slot       2026-11-21 17:00:05 UTC\n"                          \
	"  last run        slot 5872 partial, 2026-11-21 16:40:05 UTC\n"       \
	"                  2 of 48 traces could not start: 175.45.178.1: no "  \
	"route;\n"                                                             \
	"                  \"quoted\" \\ and 3 more of the same kind\n"        \
	"                  46 traces, 913 probes, 702 replies\n"               \
	"  targets         48: 41 answered in their last run, 7 silent\n"      \
	"  uplink          up\n"                                               \
	"  runs so far     120 done, 2 partial, 1 skipped, 0 failed, 3 "       \
	"aborted\n"                                                            \
	"\n"                                                                   \
	"campaign every-day.1\n"                                               \
	"  next slot       2026-11-22 04:00:39 UTC\n"                          \
	"  runs so far     0 done, 0 partial, 0 skipped, 0 failed, 0 "         \
	"aborted\n"

#define WELL_JSON                                                              \
	"{\"record\":\"agent\",\"v\":1,\"spool\":\"/var/lib/tumen/spool\","    \
	"\"alive\":true,\"age_us\":12000000,\"wants\":[],\"vantage\":\"sel\"," \
	"\"version\":\"0.1.0\",\"pid\":812,\"started_us\":1794980039483118,"   \
	"\"written_us\":1795280039483118,\"config_us\":1795272839483118,"      \
	"\"config_error\":null,\"rate\":20,\"target_rate\":100,"               \
	"\"responder_rate\":100,\"sent_peak\":18,\"sent\":114210,"             \
	"\"not_sent\":3,\"received\":88123,\"unmatched\":12,\"malformed\":1,"  \
	"\"drops\":0,\"traces_running\":16,\"segments\":3,"                    \
	"\"segments_octets\":1268777,\"disk_used\":42,"                        \
	"\"disk_free\":13207024435,\"disk_full\":false,\"clock_steps\":1,"     \
	"\"campaigns\":[{\"campaign\":\"border\",\"running\":true,\"slot\":"   \
	"5873,"                                                                \
	"\"jobs\":48,\"jobs_ended\":12,\"next_us\":1795280405483118,"          \
	"\"last_slot\":5872,\"last_began_us\":1795279144483118,"               \
	"\"last_us\":1795279205983118,\"last_state\":\"partial\","             \
	"\"last_reason\":\"2 of 48 traces could not start: 175.45.178.1:"      \
	" no route; \\u0022quoted\\u0022 \\u005c and 3 more of the same "      \
	"kind\",\"last_traces\":46,\"last_sent\":913,\"last_received\":702,"   \
	"\"runs_done\":120,\"runs_partial\":2,\"runs_skipped\":1,"             \
	"\"runs_failed\":0,\"runs_aborted\":3,\"targets\":48,\"answer\":41,"   \
	"\"silent\":7,\"uplink\":\"up\"},{\"campaign\":\"every-day.1\","       \
	"\"running\":false,\"slot\":null,\"jobs\":null,\"jobs_ended\":null,"   \
	"\"next_us\":1795320039483118,\"last_slot\":null,"                     \
	"\"last_began_us\":null,\"last_us\":null,\"last_state\":null,"         \
	"\"last_reason\":null,\"last_traces\":null,\"last_sent\":null,"        \
	"\"last_received\":null,\"runs_done\":0,\"runs_partial\":0,"           \
	"\"runs_skipped\":0,\"runs_failed\":0,\"runs_aborted\":0,"             \
	"\"targets\":null,\"answer\":null,\"silent\":null,\"uplink\":null}]}"

/* Neither in the file nor out of one does a text reach a terminal raw. */
static void
plain_texts(void **state)
{
	struct view v = view_sick(VIEW_SAMPLE_US), r;
	struct fault f = {0};
	char *text = view_text(&v);
	for (const char *p = text; *p != '\0'; p++)
		assert_true(*p == '\n' || (*p >= 0x20 && *p <= 0x7e));
	assert_true(view_write(&v, *state, &f));
	assert_true(view_read(&r, *state, &f));
	assert_non_null(strstr(r.config_error, "1d)??]0;owned?"));
	assert_string_equal(r.campaigns[0].last_reason,
	    "?[2J?[31m??;m all 48 traces failed: sendto: Operation not "
	    "permitted???");
	view_clear(&r);
	free(text);
	view_clear(&v);
	const char *raw = "[agent]\nvantage = sel\nwritten_us = 1\n"
			  "version = \033[31m\xff\t\r\n";
	assert_true(view_parse(&r, "x", raw, strlen(raw), &f));
	assert_string_equal(r.version, "?[31m???");
	view_clear(&r);
}

/* --- what is shown
 * ------------------------------------------------------------ */

static char *
shown(const struct view_look *look)
{
	struct view_wants w;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	view_wants(look, &w);
	assert_int_equal(view_show(look, &w, f), 0);
	fclose(f);
	return text;
}

static char *
as_json(const struct view_look *look)
{
	struct view_wants w;
	struct json j = {0};
	view_wants(look, &w);
	view_json(look, &w, &j);
	return json_take(&j);
}

static struct view_look
look_of(const struct view *v)
{
	return (struct view_look){.view = v,
	    .spool = "/var/lib/tumen/spool",
	    .alive = true,
	    .now_us = VIEW_SAMPLE_US + 12 * VIEW_S};
}

static void
well(void **state)
{
	struct view v = view_sample(VIEW_SAMPLE_US);
	struct view_look look = look_of(&v);
	(void)state;
	char *text = shown(&look);
	assert_string_equal(text, WELL);
	free(text);
	text = as_json(&look);
	assert_string_equal(text, WELL_JSON);
	free(text);
	view_clear(&v);
}

static void
within_columns(const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		if (len > 80)
			fail_msg("%zu columns: %.*s", len, (int)len, text);
		text += len + 1;
	}
}

static void
unwell(void **state)
{
	struct view v = view_sick(VIEW_SAMPLE_US);
	struct view_look look = look_of(&v);
	(void)state;
	look.now_us = VIEW_SAMPLE_US + 121 * VIEW_S;
	char *text = shown(&look);
	within_columns(text);
	assert_non_null(
	    strstr(text, "\n! the agent has said nothing for 2 min"));
	assert_non_null(strstr(text, "\n! the configuration was changed and "));
	assert_non_null(strstr(text, "\n! the disk of the spool is full: "));
	assert_non_null(strstr(text, "\n! campaign border: no control "));
	assert_non_null(strstr(text, "\n! campaign border: the last run fai"));
	assert_null(strstr(text, "all is well"));
	assert_null(strchr(text, '\033'));
	free(text);
	view_clear(&v);
}

static int
wants_of(const struct view_look *look, const char *first)
{
	struct view_wants w;
	view_wants(look, &w);
	assert_true((w.n > 0) == (first != NULL));
	if (first != NULL)
		assert_string_equal(w.text[0], first);
	return w.n + w.more;
}

static void
what_wants_a_person(void **state)
{
	struct view v = view_sample(VIEW_SAMPLE_US);
	struct view_look look = look_of(&v);
	(void)state;
	assert_int_equal(wants_of(&look, NULL), 0);
	look.now_us = VIEW_SAMPLE_US + 120 * VIEW_S;
	wants_of(&look, NULL);
	look.now_us++;
	wants_of(&look, "the agent has said nothing for 2 min");
	look.now_us = VIEW_SAMPLE_US - 1;
	wants_of(
	    &look, "the agent said this in the future: the clock was set back");
	look.alive = false;
	wants_of(
	    &look, "the agent does not run; what follows is what it said last");
	look = look_of(&v);
	look.wrong = "/etc/x:3: [vantage] rate 0: not a number in 1..10000";
	wants_of(&look,
	    "the next start would be refused: /etc/x:3: [vantage] rate 0: "
	    "not a number in 1..10000");
	/* The reload said so already. */
	snprintf(v.config_error, sizeof(v.config_error), "no");
	assert_int_equal(
	    wants_of(&look, "the configuration was changed and refused, the "
			    "one before is in use: no"),
	    1);
	view_clear(&v);
}

/* 64 campaigns without an uplink. */
static void
more_than_fit(void **state)
{
	struct view v = view_sick(VIEW_SAMPLE_US);
	struct view_look look = look_of(&v);
	(void)state;
	v.n = CONFIG_CAMPAIGNS_MAX;
	v.campaigns = xreallocarray(v.campaigns, v.n, sizeof(*v.campaigns));
	for (size_t i = 1; i < v.n; i++)
		v.campaigns[i] = v.campaigns[0];
	assert_int_equal(wants_of(&look, "the configuration was changed and "
					 "refused, the one before is in use: "
					 "/etc/tumen/tumen-probe.conf:12: "
					 "[campaign border] interval 0: not a "
					 "duration in 1s..7d (300, 90s, 15m, "
					 "6h, 1d)??]0;owned?"),
	    2 + 128);
	char *text = shown(&look);
	assert_non_null(strstr(text, "\n! and 106 more\n"));
	free(text);
	view_clear(&v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		plain_texts, sample_set_up, sample_tear_down),
	    cmocka_unit_test(well),
	    cmocka_unit_test(unwell),
	    cmocka_unit_test(what_wants_a_person),
	    cmocka_unit_test(more_than_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
