/* SPDX-License-Identifier: ISC */
#include "probe/net/tasks.h"
#include "probe/net/transmit.h"
#include "tests/unit/trace_rig.h"

#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

/* What send.c keeps to itself: a socket that takes no packet. */
struct send {
	int fd;
};

/* Sends all that is queued with a pace that would allow it. */
static void
flood(uint32_t ceiling)
{
	struct send nowhere = {-1};
	struct prober p = {.send = &nowhere,
	    .key = key,
	    .config = {.rate = ceiling, .burst = 1},
	    .build = build_open("", NULL),
	    .responders = responders_open(100, 10, 64),
	    .per_target = responders_open(100, 10, 64)};
	struct task task = {0};
	struct record about = {
	    .target = TARGET, .method = METHOD_UDP, .src = US};
	struct trace_config c = narrow();
	struct trace_event start = {.kind = TRACE_START, .now = mono_now()};
	TAILQ_INIT(&p.tasks);
	TAILQ_INIT(&p.queue);
	TAILQ_INIT(&p.unstamped);
	pace_init(&p.pace, 10000, 1000, mono_now());
	guard_init(&p.guard, ceiling, 1);
	trace_open(&task.trace, &c, &about, &key);
	tasks_step(&p, &task, &start);
	transmit_run(&p);
	_exit(p.counts.not_sent == 5 ? EX_OK : EX_DATAERR);
}

static int
status_of_flood(uint32_t ceiling)
{
	int status = 0;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		flood(ceiling);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
a_broken_ceiling_ends_the_process(void **state)
{
	(void)state;
	assert_int_equal(status_of_flood(5), EX_OK);
	assert_int_equal(status_of_flood(1), EX_SOFTWARE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_broken_ceiling_ends_the_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
