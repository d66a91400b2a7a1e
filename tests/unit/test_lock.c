/* SPDX-License-Identifier: ISC */
#include "sql/lock.h"

#include "sql/segment.h"
#include "tests/unit/sample_folder.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include <cmocka.h>

enum { STARTS = 300 };

static bool
is_held(const char *path)
{
	struct fault f = {0};
	bool held = false;
	if (!lock_ask(path, &held, &f))
		fail_msg("%s", f.text);
	return held;
}

static void
asked_of_a_spool(void **state)
{
	char *path = xasprintf("%s/lock", (char *)*state);
	struct fault f = {0};
	assert_false(is_held(path)); /* there is none */
	assert_int_not_equal(access(path, F_OK), 0);
	struct segment *s = segment_open(*state, "sel", &f);
	assert_non_null(s);
	assert_true(is_held(path));
	assert_true(is_held(path));
	assert_null(segment_open(*state, "sel", &f)); /* it is held still */
	assert_int_equal(f.status, EX_UNAVAILABLE);
	segment_close(s);
	assert_false(is_held(path));
	free(path);
}

static void
not_asked(void **state)
{
	struct fault f = {0};
	bool held = true;
	char *path = xasprintf("%s/lock", (char *)*state);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_false(lock_ask(path, &held, &f));
	assert_int_equal(f.status, EX_IOERR);
	free(path);
}

/* Who asks all the time does not keep an agent from starting. */
static void
asking_hinders_nobody(void **state)
{
	char *path = xasprintf("%s/lock", (char *)*state);
	struct fault f = {0};
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		for (;;)
			is_held(path);
	int started = 0;
	struct segment *s = NULL;
	do {
		s = segment_open(*state, "sel", &f);
		started += s != NULL;
		segment_close(s);
	} while (s != NULL && started < STARTS);
	kill(pid, SIGKILL);
	sample_wait(pid);
	if (started < STARTS)
		fail_msg("start %d: %s", started, f.text);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		asked_of_a_spool, sample_set_up, sample_tear_down),
	    cmocka_unit_test_setup_teardown(
		not_asked, sample_set_up, sample_tear_down),
	    cmocka_unit_test_setup_teardown(
		asking_hinders_nobody, sample_set_up, sample_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
