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

static void
same_view(const struct view *a, const struct view *b)
{
	char *x = view_text(a), *y = view_text(b);
	assert_string_equal(x, y);
	free(x);
	free(y);
}

static void
comes_back(void **state)
{
	struct view v = view_sample(VIEW_SAMPLE_US), r;
	struct fault f = {0};
	assert_true(view_write(&v, *state, &f));
	assert_true(view_read(&r, *state, &f));
	same_view(&v, &r);
	assert_int_equal(r.n, 2);
	assert_true(r.written_us == VIEW_SAMPLE_US);
	assert_true(r.disk_free == v.disk_free);
	assert_int_equal(r.drops, 0);
	assert_true(r.campaigns[0].running);
	assert_string_equal(
	    r.campaigns[0].last_reason, v.campaigns[0].last_reason);
	assert_int_equal(r.campaigns[0].runs[4], 3);
	assert_false(r.campaigns[1].running);
	assert_int_equal(r.campaigns[1].targets, -1);
	assert_string_equal(r.campaigns[1].uplink, "");
	view_clear(&r);
	view_clear(&v);
}

/* 64 campaigns with every text at its longest. */
static void
the_largest(void **state)
{
	struct view v = view_sample(INT64_MAX / 2), r;
	struct fault f = {0};
	memset(v.config_error, ' ', sizeof(v.config_error) - 1);
	v.n = CONFIG_CAMPAIGNS_MAX;
	v.campaigns = xreallocarray(v.campaigns, v.n, sizeof(*v.campaigns));
	for (size_t i = 0; i < v.n; i++) {
		struct view_campaign *c = &v.campaigns[i];
		*c = view_border(INT64_MAX / 2);
		snprintf(c->name, sizeof(c->name), "%032zu", i);
		memset(c->last_reason, 'x', sizeof(c->last_reason) - 1);
		memset(c->uplink, 'x', sizeof(c->uplink) - 1);
	}
	assert_true(view_write(&v, *state, &f));
	assert_true(view_read(&r, *state, &f));
	same_view(&v, &r);
	assert_string_equal(r.config_error, v.config_error);
	view_clear(&r);
	char *text = view_text(&v);
	assert_true(strlen(text) < VIEW_FILE_MAX / 2);
	free(text);
	view_clear(&v);
}

static void
no_file(void **state)
{
	struct view v;
	struct fault f = {0};
	char *gone = xasprintf("%s/gone", (char *)*state);
	assert_false(view_read(&v, *state, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	assert_false(view_read(&v, gone, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	v = view_sample(VIEW_SAMPLE_US);
	assert_false(view_write(&v, gone, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	view_clear(&v);
	free(gone);
}

/* Whoever shares the folder may have put something else there. */
static void
no_regular_file(void **state)
{
	struct view v;
	struct fault f = {0};
	char *path = xasprintf("%s/status", (char *)*state);
	assert_int_equal(mkfifo(path, 0644), 0);
	assert_false(view_read(&v, *state, &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_non_null(strstr(f.text, "not a regular file"));
	unlink(path);
	assert_int_equal(symlink("/dev/zero", path), 0);
	assert_false(view_read(&v, *state, &f));
	assert_int_equal(v.n, 0);
	free(path);
}

static void
says(const char *text, size_t len, const char *why)
{
	struct view v;
	struct fault f = {0};
	assert_false(view_parse(&v, "x", text, len, &f));
	assert_int_equal(f.status, EX_DATAERR);
	if (strcmp(f.text, why) != 0)
		fail_msg("%s, not %s", f.text, why);
	assert_null(v.campaigns);
}
#define SAYS(text, why) says(text, strlen(text), why)

static void
damaged(void **state)
{
	(void)state;
	SAYS("", "x: no vantage or no written_us in [agent]");
	SAYS("[agent]\nvantage = sel\n",
	    "x: no vantage or no written_us in [agent]");
	SAYS("[agent]\nvantage = sel\nwritten_us = 12",
	    "x:3: the line has no end");
	SAYS("vantage = sel\n",
	    "x:1: not [agent] and then [campaign NAME] sections");
	SAYS("[agent]\npid\n", "x:2: not a line key = value");
	SAYS("[agent]\n = 3\n", "x:2: not a line key = value");
	SAYS("[agent]\npid=3\n", "x:2: not a line key = value");
	SAYS("[agent]\npids = 3\n", "x:2: pids: no such key");
	SAYS("[agent]\n\033[2J = 3\n", "x:2: ?[2J: no such key");
	SAYS("[agent]\npid = 3\npid = 4\n", "x:3: pid: given twice");
	SAYS("[agent]\npid = -1\n",
	    "x:2: pid -1: not a number in 0..9223372036854775807");
	SAYS("[agent]\npid = 9223372036854775808\n",
	    "x:2: pid 9223372036854775808: not a number in "
	    "0..9223372036854775807");
	SAYS("[agent]\npid = 3 \n",
	    "x:2: pid 3 : not a number in 0..9223372036854775807");
	SAYS("[agent]\ndisk_full = 2\n",
	    "x:2: disk_full 2: not a number in 0..1");
	SAYS("[agent]\nvantage = 123456789012345678901234567890123\n",
	    "x:2: vantage: longer than 32 bytes");
	SAYS("[agent\n", "x:1: not a [section] of at most 63 bytes");
	SAYS("[]\n", "x:1: not a [section] of at most 63 bytes");
	SAYS("[campaign ]\nslot = 1\n",
	    "x:2: no name of a campaign: 1..32 of a-z 0-9 . _ -");
	SAYS("[campaign ../x]\nslot = 1\n",
	    "x:2: no name of a campaign: 1..32 of a-z 0-9 . _ -");
	SAYS("[campaign a]\nslot = 1\n[campaign b]\nslot = 1\n"
	     "[campaign a]\nslot = 1\n",
	    "x:6: campaign a twice");
	SAYS("[campaign a]\nslot = 1\n[agent]\npid = 1\n",
	    "x:4: not [agent] and then [campaign NAME] sections");
	says("[agent]\nversion = 0\0001\n", 23,
	    "x:2: a NUL byte: not a text file");
}

static void
too_much(void **state)
{
	struct fault f = {0};
	struct view v;
	char line[SECTION_LINE_MAX + 2];
	memset(line, '#', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	says(line, sizeof(line), "x:1: line longer than 1023 bytes");
	char *text = xcalloc(1, VIEW_FILE_MAX), *at = text;
	for (int i = 0; i < CONFIG_CAMPAIGNS_MAX + 1; i++)
		at += sprintf(at, "[campaign c%d]\nslot = 1\n", i);
	assert_false(view_parse(&v, "x", text, strlen(text), &f));
	assert_string_equal(f.text, "x:130: more than 64 campaigns");
	char *path = xasprintf("%s/status", (char *)*state);
	FILE *file = fopen(path, "w");
	memset(text, '\n', VIEW_FILE_MAX);
	fwrite(text, 1, VIEW_FILE_MAX, file);
	fclose(file);
	assert_false(view_read(&v, *state, &f));
	assert_int_equal(f.status, EX_DATAERR);
	assert_non_null(strstr(f.text, "longer than 262143 bytes"));
	free(path);
	free(text);
}

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

/* --- metrics
 * -------------------------------------------------------------------- */

static void
metrics(void **state)
{
	struct view v = view_sample(VIEW_SAMPLE_US);
	struct fault f = {0};
	struct stat st;
	size_t len = 0;
	char *path = xasprintf("%s/tumen-probe.prom", (char *)*state);
	mode_t mask = umask(0077);
	assert_true(view_metrics(&v, path, &f));
	umask(mask);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	char *text = sample_read(path, &len);
	char *same = view_metrics_text(&v);
	assert_string_equal(text, same);
	free(same);
	assert_non_null(
	    strstr(text, "# TYPE tumen_probe_start_time_seconds gauge\n"
			 "# UNIT tumen_probe_start_time_seconds seconds\n"
			 "# HELP tumen_probe_start_time_seconds When the agent "
			 "was started.\n"
			 "tumen_probe_start_time_seconds{vantage=\"sel\"} "
			 "1794980039.483118\n"));
	assert_non_null(strstr(text,
	    "\ntumen_probe_packets_sent_total{vantage=\"sel\"} 114210\n"));
	assert_non_null(strstr(
	    text, "\ntumen_probe_disk_used_ratio{vantage=\"sel\"} 0.42\n"));
	assert_non_null(strstr(text,
	    "\ntumen_probe_runs_total{vantage=\"sel\",campaign=\"border\","
	    "state=\"aborted\"} 3\n"));
	assert_non_null(strstr(text,
	    "\ntumen_probe_last_run_duration_seconds{vantage=\"sel\","
	    "campaign=\"border\"} 61.500000\n"));
	assert_null(strstr(text, "last_run_time_seconds{vantage=\"sel\","
				 "campaign=\"every-day.1\"}"));
	assert_null(strstr(text, "} -"));
	assert_true(strcmp(text + strlen(text) - 7, "\n# EOF\n") == 0);
	free(text);
	assert_false(view_metrics(&v, "/nowhere/at/all.prom", &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	assert_false(view_metrics(&v, "/nowhere/", &f));
	assert_int_equal(f.status, EX_CONFIG);
	free(path);
	view_clear(&v);
}

static void
labels_are_escaped(void **state)
{
	struct view v = view_sample(VIEW_SAMPLE_US);
	(void)state;
	snprintf(v.version, sizeof(v.version), "a\\b\"c\nd");
	char *text = view_metrics_text(&v);
	assert_non_null(strstr(text, "version=\"a\\\\b\\\"c\\nd\"} 1\n"));
	free(text);
	view_clear(&v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		comes_back, sample_set_up, sample_tear_down),
	    cmocka_unit_test_setup_teardown(
		the_largest, sample_set_up, sample_tear_down),
	    cmocka_unit_test_setup_teardown(
		no_file, sample_set_up, sample_tear_down),
	    cmocka_unit_test_setup_teardown(
		no_regular_file, sample_set_up, sample_tear_down),
	    cmocka_unit_test(damaged),
	    cmocka_unit_test_setup_teardown(
		too_much, sample_set_up, sample_tear_down),
	    cmocka_unit_test_setup_teardown(
		plain_texts, sample_set_up, sample_tear_down),
	    cmocka_unit_test(well),
	    cmocka_unit_test(unwell),
	    cmocka_unit_test(what_wants_a_person),
	    cmocka_unit_test(more_than_fit),
	    cmocka_unit_test_setup_teardown(
		metrics, sample_set_up, sample_tear_down),
	    cmocka_unit_test(labels_are_escaped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
