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
		metrics, sample_set_up, sample_tear_down),
	    cmocka_unit_test(labels_are_escaped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
