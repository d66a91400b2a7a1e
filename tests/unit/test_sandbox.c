/* SPDX-License-Identifier: ISC */
#include "probe/net/sandbox.h"

#include "probe/net/privileges.h"
#include "probe/net/route.h"
#include "sql/segment.h"
#include "sql/spool.h"
#include "tests/unit/store_place.h"
#include "tests/unit/store_sample.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <uv.h>

#include <cmocka.h>

#define LOOPBACK 0x7f000001u

/* In the child, which cannot report to cmocka: its name, and the end. */
static void
expect(bool holds, const char *what)
{
	int error = errno;
	if (holds)
		return;
	fprintf(stderr, "%s: errno %d\n", what, error);
	_exit(1);
}

/* By a filter, by Landlock or by the rights of the file: all will do. */
static bool
refused(bool succeeded)
{
	return !succeeded && (errno == EPERM || errno == EACCES);
}

static bool
opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* What the process had before it was shut in. */
struct held {
	uv_loop_t loop;
	uv_timer_t timer;
	uv_signal_t signal;
	struct routes routes;
	int fd; /* a UDP socket, bound to loopback */
	struct sockaddr_in self;
	const char *outside; /* a folder where everybody may write */
};

static void
hold(struct held *h)
{
	socklen_t len = sizeof(h->self);
	struct sockaddr_in any = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(LOOPBACK)};
	struct fault f = {0};
	expect(sandbox_begin(&f), "begin");
	expect(syscall(SYS_io_uring_setup, 1, NULL) < 0 && errno == ENOSYS,
	    "no io_uring for the loop");
	expect(uv_loop_init(&h->loop) == 0, "loop");
	expect(routes_open(&h->routes, "lo", 0, &f), "routes");
	h->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	expect(bind(h->fd, (struct sockaddr *)&any, sizeof(any)) == 0, "bind");
	getsockname(h->fd, (struct sockaddr *)&h->self, &len);
}

static void
on_timer(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

static void
on_signal(uv_signal_t *signal, int number)
{
	(void)number;
	uv_signal_stop(signal);
}

static void
a_loop_turns(struct held *h)
{
	bool rang = false;
	uv_timer_init(&h->loop, &h->timer);
	h->timer.data = &rang;
	expect(uv_timer_start(&h->timer, on_timer, 1, 0) == 0, "timer");
	uv_signal_init(&h->loop, &h->signal);
	expect(uv_signal_start(&h->signal, on_signal, SIGTERM) == 0, "signal");
	uv_unref((uv_handle_t *)&h->signal);
	uv_run(&h->loop, UV_RUN_DEFAULT);
	expect(rang, "the timer rings");
	uv_close((uv_handle_t *)&h->signal, NULL);
	uv_close((uv_handle_t *)&h->timer, NULL);
	uv_run(&h->loop, UV_RUN_DEFAULT);
	expect(uv_loop_close(&h->loop) == 0, "the loop closes");
}

static void
sockets_work(struct held *h)
{
	char byte = 'x';
	struct iovec io = {&byte, 1};
	struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1};
	struct route r;
	expect(sendto(h->fd, &byte, 1, 0, (struct sockaddr *)&h->self,
		   sizeof(h->self)) == 1,
	    "sendto");
	expect(recvmsg(h->fd, &m, 0) == 1, "recvmsg");
	expect(route_find(&h->routes, LOOPBACK, &r, NULL), "a route");
	expect(route_check_source(&h->routes, LOOPBACK, NULL), "a source");
	expect(routes_interface(&h->routes) != 0, "an interface");
}

/* The same with a spool and without. */
static void
shut_in(struct held *h)
{
	char name[] = "true";
	char *const argv[] = {name, NULL}, *const envp[] = {NULL};
	struct timespec now, nap = {.tv_nsec = 1000};
	expect(socket(AF_INET, SOCK_DGRAM, 0) < 0 && errno == EPERM, "socket");
	expect(socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EPERM, "unix");
	expect(execve("/bin/true", argv, envp) < 0 && errno == EPERM, "execve");
	expect(syscall(SYS_clone3, NULL, 0) < 0 && errno == EPERM, "clone3");
	expect(syscall(SYS_io_uring_setup, 1, NULL) < 0 && errno == EPERM,
	    "io_uring");
	expect(syscall(100000) < 0 && errno == EPERM, "a call to come");
	expect(ioctl(0, TIOCSTI, "x") < 0 && errno == EPERM, "TIOCSTI");
	expect(mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
		   errno == EPERM,
	    "executable memory");
	expect(refused(opens("/etc/shadow", O_RDONLY)), "/etc/shadow");
	expect(clock_gettime(CLOCK_REALTIME, &now) == 0, "clock");
	expect(clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL) == 0, "sleep");
	free(xcalloc(8 << 20, 1));
	fprintf(stdout, "%s", ""); /* what was open can be written to */
	expect(fflush(stdout) == 0 && write(2, "", 0) == 0, "an open file");
	sockets_work(h);
	a_loop_turns(h);
}

static void
drop(const char *folder)
{
	struct fault f = {0};
	struct sandbox_folder folders[] = {{folder, true}, {NULL, false}};
	bool ok = privileges_drop(NULL, folder != NULL ? folders : NULL, &f);
	expect(ok, f.text);
	expect(!privileges_check(NULL), "a capability is left");
}

static void
as_trace(struct held *h, const char *folder)
{
	(void)folder;
	drop(NULL);
	shut_in(h);
	expect(refused(opens("/etc/passwd", O_RDONLY)), "what all may read");
}

static void
writes_a_segment(const char *spool)
{
	struct fault f = {0};
	struct segment *s = segment_open(spool, "sel", &f);
	expect(s != NULL, f.text);
	struct record r =
	    sample_record("sel", segment_epoch(s), segment_next_seq(s));
	expect(segment_add(s, &r, &f), f.text);
	expect(segment_seal(s, &f), f.text);
	record_clear(&r);
	segment_close(s);
}

static void
as_agent(struct held *h, const char *folder)
{
	drop(folder);
	writes_a_segment(folder);
	char *bad = xasprintf("%s/000002.open", folder);
	int fd = open(bad, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	expect(write(fd, "no database, but long enough", 28) == 28, bad);
	close(fd);
	free(bad);
	writes_a_segment(folder); /* and moves that one to quarantine/ */
	if (sandbox_landlock() > 0) {
		char *new = xasprintf("%s/new", h->outside);
		char *moved = xasprintf("%s/lock", folder);
		expect(refused(opens(new, O_CREAT | O_WRONLY)), "outside");
		expect(refused(opens("/etc/passwd", O_RDONLY)), "/etc/passwd");
		expect(rename(moved, new) < 0, "out of the spool");
		free(new);
		free(moved);
	}
	shut_in(h);
}

/* Forks, as the sandbox is for good; the folder is the new user's own. */
static void
shut_in_as(void as(struct held *, const char *), const char *folder)
{
	char *outside = sample_folder();
	const struct passwd *nobody = getpwnam("nobody");
	chmod(outside, 0777);
	if (geteuid() == 0 && nobody != NULL &&
	    chown(folder, nobody->pw_uid, nobody->pw_gid) != 0)
		print_message("the folder stays root's\n");
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		struct held h = {.outside = outside};
		hold(&h);
		as(&h, folder);
		_exit(0);
	}
	int status = sample_wait(pid);
	sample_remove(outside);
	assert_int_equal(status, 0);
}

static void
trace_opens_nothing(void **state)
{
	shut_in_as(as_trace, *state);
}

static void
the_agent_has_its_spool(void **state)
{
	const char *spool = *state;
	struct fault f = {0};
	int64_t *numbers = NULL;
	size_t n = 0;
	shut_in_as(as_agent, spool);
	assert_true(spool_list(spool, SPOOL_SEALED, &numbers, &n, &f));
	assert_int_equal(n, 2);
	free(numbers);
	char *aside = xasprintf("%s/quarantine/000002.open", spool);
	assert_int_equal(access(aside, F_OK), 0);
	free(aside);
}

static void
as_lost(struct held *h, const char *folder)
{
	struct fault f = {0};
	char *gone = xasprintf("%s/gone", folder);
	(void)h;
	drop(gone);
	expect(segment_open(gone, "sel", &f) == NULL &&
		   strstr(f.text, "No such file") != NULL,
	    f.text);
	free(gone);
}

static void
a_missing_spool_is_named(void **state)
{
	shut_in_as(as_lost, *state);
}

int
main(void)
{
	if (!sandbox_seccomp()) {
		puts("1..0 # SKIP this kernel has no seccomp");
		return 0;
	}
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		trace_opens_nothing, sample_set_up, sample_tear_down),
	    cmocka_unit_test_setup_teardown(
		the_agent_has_its_spool, sample_set_up, sample_tear_down),
	    cmocka_unit_test_setup_teardown(
		a_missing_spool_is_named, sample_set_up, sample_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
