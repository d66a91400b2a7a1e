/* SPDX-License-Identifier: ISC */
#include "analysis/change/call.h"

#include "probe/base/clock.h"
#include "tests/unit/sample_folder.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static char *
ends(const char *command, const char *text, int64_t timeout_ms)
{
	static char how[CALL_HOW_MAX];
	const struct call c = {command, text, strlen(text), timeout_ms};
	bool ok = call_run(&c, how);
	assert_int_equal(ok, strcmp(how, "ok") == 0);
	return how;
}

static void
gets_the_text(void **state)
{
	char *path = xasprintf("%s/got", (char *)*state);
	char *command = xasprintf("cat >%s; test -p /dev/stdin", path);
	char got[64] = "";
	assert_string_equal(ends(command, "{\"a\":1}\n", 5000), "ok");
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(got, sizeof(got), f));
	assert_string_equal(got, "{\"a\":1}\n");
	assert_null(fgets(got, sizeof(got), f));
	fclose(f);
	free(command);
	free(path);
}

static void
how_it_ends(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_string_equal(ends("true", "not read\n", 5000), "ok");
	assert_string_equal(ends("exec <&-; exit 3", "x\n", 5000), "status 3");
	assert_string_equal(
	    ends("no-such-command-at-all", "", 5000), "status 127");
	assert_string_equal(ends("kill -SEGV $$", "", 5000), "signal 11");
	/* As a shell is usually started. */
	assert_string_equal(ends("kill -PIPE $$", "", 5000), "signal 13");
}

/* With all that it started. */
static void
is_killed_in_time(void **state)
{
	char *path = xasprintf("%s/late", (char *)*state);
	char *command = xasprintf("(sleep 3; touch %s) & sleep 60", path);
	int64_t began_ns = mono_now().ns;
	assert_string_equal(ends(command, "", 1000), "killed after 1 s");
	assert_true(mono_now().ns - began_ns < 10 * NS_PER_S);
	struct timespec nap = {.tv_sec = 3};
	nanosleep(&nap, NULL);
	assert_int_not_equal(access(path, F_OK), 0);
	free(command);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		gets_the_text, sample_set_up, sample_tear_down),
	    cmocka_unit_test(how_it_ends),
	    cmocka_unit_test_setup_teardown(
		is_killed_in_time, sample_set_up, sample_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
