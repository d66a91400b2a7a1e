/* SPDX-License-Identifier: ISC */
#include "probe/net/notify.h"

#include "probe/net/privileges.h"
#include "probe/net/sandbox.h"
#include "tests/unit/sample_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>

#include <cmocka.h>

/* A service manager: what NOTIFY_SOCKET names. */
struct manager {
	char *dir, *name;
	int fd;
};

static void
listen_at(struct manager *m, const char *name)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	memcpy(at.sun_path, name, strlen(name));
	if (name[0] == '@')
		at.sun_path[0] = '\0';
	m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(
	    bind(m->fd, (struct sockaddr *)&at,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			    strlen(name))),
	    0);
	setenv("NOTIFY_SOCKET", name, 1);
}

static int
set_up(void **state)
{
	struct manager *m = xcalloc(1, sizeof(*m));
	m->dir = sample_folder();
	m->name = xasprintf("%s/notify", m->dir);
	m->fd = -1;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	*state = m;
	return 0;
}

static int
tear_down(void **state)
{
	struct manager *m = *state;
	if (m->fd >= 0)
		close(m->fd);
	free(m->name);
	sample_remove(m->dir);
	free(m);
	return 0;
}

/* The next datagram; "" when there is none. */
static const char *
heard(const struct manager *m)
{
	static char text[512];
	ssize_t n = recv(m->fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
says_all(struct manager *m)
{
	struct notify n;
	struct fault f = {0};
	assert_true(notify_open(&n, &f));
	assert_true(n.fd >= 0);
	assert_true((fcntl(n.fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_true((fcntl(n.fd, F_GETFL) & O_NONBLOCK) != 0);
	notify_ready(&n);
	assert_string_equal(heard(m), "READY=1");
	notify_reloading(&n);
	long long us = 0;
	assert_int_equal(
	    sscanf(heard(m), "RELOADING=1\nMONOTONIC_USEC=%lld", &us), 1);
	assert_true(us > 0);
	notify_alive(&n);
	assert_string_equal(heard(m), "WATCHDOG=1");
	notify_status(&n, "next run 12:15\nREADY=1");
	assert_string_equal(heard(m), "STATUS=next run 12:15?READY=1");
	notify_stopping(&n);
	assert_string_equal(heard(m), "STOPPING=1");
	assert_string_equal(heard(m), "");
	notify_close(&n);
	assert_int_equal(n.fd, -1);
}

static void
a_path(void **state)
{
	struct manager *m = *state;
	listen_at(m, m->name);
	says_all(m);
}

static void
an_abstract_name(void **state)
{
	struct manager *m = *state;
	char *name = xasprintf("@tumen-test-%d", getpid());
	listen_at(m, name);
	says_all(m);
	free(name);
}

/* A path as long as the kernel takes, without a NUL behind it. */
static void
the_longest_name(void **state)
{
	struct manager *m = *state;
	char name[108];
	memset(name, 'x', sizeof(name));
	name[0] = '@';
	name[107] = '\0';
	listen_at(m, name);
	says_all(m);
}

static void
nobody(void **state)
{
	const struct manager *m = *state;
	struct notify n;
	struct fault f = {0};
	setenv("WATCHDOG_USEC", "1000000", 1);
	assert_true(notify_open(&n, &f));
	assert_int_equal(n.fd, -1);
	assert_int_equal(n.watchdog_ns, 0);
	notify_ready(&n);
	notify_close(&n);
	setenv("NOTIFY_SOCKET", m->name, 1); /* there is no such file */
	assert_true(notify_open(&n, &f));
	assert_int_equal(n.fd, -1);
	assert_int_equal(n.watchdog_ns, 0);
	notify_status(&n, "on");
	notify_close(&n);
}

static void
refused(const char *variable, const char *value, const char *text)
{
	struct notify n;
	struct fault f = {0};
	setenv(variable, value, 1);
	assert_false(notify_open(&n, &f));
	assert_int_equal(f.status, EX_CONFIG);
	assert_non_null(strstr(f.text, text));
}

static void
a_wrong_environment(void **state)
{
	struct manager *m = *state;
	char name[110];
	memset(name, 'x', sizeof(name) - 1);
	name[0] = '/';
	name[108] = '\0';
	refused("NOTIFY_SOCKET", "vsock:2:1",
	    "NOTIFY_SOCKET vsock:2:1: neither an absolute path nor @name");
	refused("NOTIFY_SOCKET", "@", "neither");
	refused("NOTIFY_SOCKET", name, "longer than 107 bytes");
	listen_at(m, m->name);
	refused(
	    "WATCHDOG_USEC", "soon", "WATCHDOG_USEC soon: not a number in 1..");
	refused("WATCHDOG_USEC", "0", "WATCHDOG_USEC 0: not a number in 1..");
	setenv("WATCHDOG_USEC", "90000000", 1);
	refused("WATCHDOG_PID", "-1", "WATCHDOG_PID -1: not a number in 1..");
}

static void
the_watchdog(void **state)
{
	struct manager *m = *state;
	struct notify n;
	char pid[16];
	listen_at(m, m->name);
	setenv("WATCHDOG_USEC", "90000000", 1);
	assert_true(notify_open(&n, NULL));
	assert_true(n.watchdog_ns == INT64_C(45000000000));
	notify_close(&n);
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_true(notify_open(&n, NULL));
	assert_true(n.watchdog_ns == INT64_C(45000000000));
	notify_close(&n);
	setenv("WATCHDOG_PID", "1", 1); /* another's */
	assert_true(notify_open(&n, NULL));
	assert_int_equal(n.watchdog_ns, 0);
	notify_close(&n);
}

/* Neither a manager that does not read nor one that went away stops us. */
static void
a_bad_listener(void **state)
{
	struct manager *m = *state;
	struct notify n;
	char text[64];
	listen_at(m, m->name);
	assert_true(notify_open(&n, NULL));
	for (int i = 0; i < 100000 && !n.failed; i++) {
		snprintf(text, sizeof(text), "%d", i);
		notify_status(&n, text);
	}
	assert_true(n.failed); /* its queue is full */
	assert_string_equal(heard(m), "STATUS=0");
	notify_ready(&n);
	assert_false(n.failed);
	close(m->fd);
	m->fd = -1;
	notify_ready(&n);
	assert_true(n.failed);
	notify_alive(&n);
	notify_close(&n);
}

/* In the child: what was opened before serves in the sandbox. */
static void
shut_in(const char *dir)
{
	struct sandbox_folder folders[] = {{dir, true}, {NULL, false}};
	struct notify n;
	struct fault f = {0};
	if (!sandbox_begin(&f) || !notify_open(&n, &f) || n.fd < 0 ||
	    !privileges_drop(NULL, folders, &f)) {
		fprintf(stderr, "%s\n", f.text);
		_exit(1);
	}
	if (socket(AF_UNIX, SOCK_DGRAM, 0) >= 0 || errno != EPERM)
		_exit(2);
	notify_ready(&n);
	notify_reloading(&n);
	notify_alive(&n);
	notify_status(&n, "in the sandbox");
	notify_stopping(&n);
	_exit(n.failed ? 3 : 0);
}

static void
in_the_sandbox(void **state)
{
	struct manager *m = *state;
	if (!sandbox_seccomp())
		skip();
	listen_at(m, m->name);
	chmod(m->dir, 0755);
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		shut_in(m->dir);
	assert_int_equal(sample_wait(pid), 0);
	assert_string_equal(heard(m), "READY=1");
	assert_non_null(strstr(heard(m), "RELOADING=1\nMONOTONIC_USEC="));
	assert_string_equal(heard(m), "WATCHDOG=1");
	assert_string_equal(heard(m), "STATUS=in the sandbox");
	assert_string_equal(heard(m), "STOPPING=1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_path),
	    TEST(an_abstract_name),
	    TEST(the_longest_name),
	    TEST(nobody),
	    TEST(a_wrong_environment),
	    TEST(the_watchdog),
	    TEST(a_bad_listener),
	    TEST(in_the_sandbox),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
