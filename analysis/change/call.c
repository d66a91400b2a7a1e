/* SPDX-License-Identifier: ISC */
#include "analysis/change/call.h"

#include "probe/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NAP_MS = 10 };

/* As a shell is usually started: no signal blocked or ignored. */
static void
set_up(posix_spawnattr_t *attr, posix_spawn_file_actions_t *files, int input)
{
	sigset_t none, pipes;
	sigemptyset(&none);
	sigemptyset(&pipes);
	sigaddset(&pipes, SIGPIPE);
	posix_spawnattr_init(attr);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &pipes);
	posix_spawnattr_setpgroup(attr, 0);
	posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
					   POSIX_SPAWN_SETSIGDEF |
					   POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_init(files);
	posix_spawn_file_actions_adddup2(files, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(files, STDERR_FILENO, STDOUT_FILENO);
}

/* 0 or an errno. */
static int
start(const char *command, int input, pid_t *pid)
{
	char sh[] = "sh", c[] = "-c";
	char *copy = strdup(command);
	char *argv[] = {sh, c, copy, NULL};
	posix_spawnattr_t attr;
	posix_spawn_file_actions_t files;
	if (copy == NULL)
		return ENOMEM;
	set_up(&attr, &files, input);
	int error = posix_spawn(pid, "/bin/sh", &files, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	free(copy);
	return error;
}

/* Until it ends, or is killed. True when it ended by itself. */
static bool
await(pid_t pid, int64_t timeout_ms, int *status)
{
	const struct timespec nap = {.tv_nsec = NAP_MS * NS_PER_MS};
	int64_t until_ns = mono_now().ns + timeout_ms * NS_PER_MS;
	while (waitpid(pid, status, WNOHANG) == 0) {
		if (mono_now().ns >= until_ns) {
			kill(-pid, SIGKILL);
			waitpid(pid, status, 0);
			return false;
		}
		nanosleep(&nap, NULL);
	}
	return true;
}

static void
describe(int status, char how[static CALL_HOW_MAX])
{
	if (WIFSIGNALED(status))
		snprintf(how, CALL_HOW_MAX, "signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		snprintf(how, CALL_HOW_MAX, "status %d", WEXITSTATUS(status));
	else
		snprintf(how, CALL_HOW_MAX, "ok");
}

static bool
failed(int error, char how[static CALL_HOW_MAX])
{
	snprintf(how, CALL_HOW_MAX, "cannot be started: %s", strerror(error));
	return false;
}

bool
call_run(const struct call *c, char how[static CALL_HOW_MAX])
{
	int ends[2], status = 0;
	pid_t pid = 0;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return failed(errno, how);
	int error = start(c->command, ends[0], &pid);
	close(ends[0]);
	/* Whoever does not read it has ended, or does not want it. */
	ssize_t written = error == 0 ? write(ends[1], c->text, c->len) : 0;
	(void)written;
	close(ends[1]);
	if (error != 0)
		return failed(error, how);
	if (await(pid, c->timeout_ms, &status))
		describe(status, how);
	else
		snprintf(how, CALL_HOW_MAX, "killed after %d s",
		    (int)(c->timeout_ms / 1000));
	return strcmp(how, "ok") == 0;
}
