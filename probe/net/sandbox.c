/* SPDX-License-Identifier: ISC */
#include "probe/net/sandbox.h"

#include "probe/base/log.h"
#include "probe/net/landlock.h"

#include <errno.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__ /* gcc */
#define SANITIZED 1
#endif
#ifdef __has_feature /* clang */
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

/*
 * By name, because libc changes from one call to its successor: both are in
 * the list, and a name that this libseccomp or machine does not know is left
 * out.
 */
static const char *const always[] = {
    /* packets, on sockets that are open */
    "bind", "connect", "getsockname", "getsockopt", "recvfrom", "recvmmsg",
    "recvmmsg_time64", "recvmsg", "sendmmsg", "sendmsg", "sendto", "setsockopt",
    /* the event loop and its signals */
    "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait",
    "eventfd2", "pipe2", "poll", "ppoll", "ppoll_time64", "rt_sigaction",
    "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "sigreturn",
    /* time */
    "clock_getres", "clock_getres_time64", "clock_gettime", "clock_gettime64",
    "clock_nanosleep", "clock_nanosleep_time64", "gettimeofday", "nanosleep",
    "restart_syscall", "time",
    /* whether it is kept right; without CAP_SYS_TIME it only reads */
    "adjtimex", "clock_adjtime", "clock_adjtime64",
    /* files that are open: the output, the log */
    "_llseek", "close", "dup", "dup2", "dup3", "fcntl", "fcntl64", "fstat",
    "fstat64", "lseek", "read", "readv", "write", "writev",
    /* memory */
    "brk", "futex", "futex_time64", "madvise", "mremap", "munmap",
    /* oneself */
    "exit", "exit_group", "get_robust_list", "getcpu", "getegid", "geteuid",
    "getgid", "getpid", "getrandom", "gettid", "getuid", "membarrier", "rseq",
    "sched_getaffinity", "sched_yield", "set_robust_list", "sysinfo", "uname",
    NULL};

/* The spool: segments of SQLite, and what must survive a crash. */
static const char *const with_files[] = {"access", "faccessat", "faccessat2",
    "fallocate", "fchmod", "fdatasync", "flock", "fstatat64", "fstatfs",
    "fstatfs64", "fsync", "statfs", "statfs64", "ftruncate", "ftruncate64",
    "getcwd", "getdents", "getdents64", "lstat", "lstat64", "mkdir", "mkdirat",
    "newfstatat", "open", "openat", "pread64", "preadv", "pwrite64", "pwritev",
    "readlink", "readlinkat", "rename", "renameat", "renameat2", "rmdir",
    "stat", "stat64", "statx", "unlink", "unlinkat", NULL};

/* Without a folder glibc still asks for the form of an open file this way. */
static const char *const by_descriptor[] = {
    "fstatat64", "newfstatat", "statx", NULL};

/* No request that types into a terminal (TIOCSTI), among others. */
static const uint32_t requests[] = {FIONBIO, FIONREAD, SIOCGIFADDR, SIOCGIFCONF,
    SIOCGIFFLAGS, SIOCGIFINDEX, SIOCGIFNAME, SIOCGSTAMP, 0x5401 /* TCGETS */,
    TIOCGWINSZ};

#ifdef SANITIZED
/* The leak check at the end stops its own process from a second one. */
static const char *const extra[] = {"arch_prctl", "capget", "clone", "kill",
    "getppid", "getrlimit", "pipe", "prctl", "prlimit64", "process_vm_readv",
    "ptrace", "readlink", "readlinkat", "tgkill", "wait4", NULL};
static const bool sanitized = true;
#else
static const char *const extra[] = {NULL};
static const bool sanitized = false;
#endif

/* 0 or -errno, like all of libseccomp. */
static int
allow(scmp_filter_ctx filter, const char *name, const struct scmp_arg_cmp *arg)
{
	int number = seccomp_syscall_resolve_name(name);
	if (number == __NR_SCMP_ERROR)
		return 0;
	int e = seccomp_rule_add_array(
	    filter, SCMP_ACT_ALLOW, number, arg != NULL, arg);
	return e == -EDOM ? 0 : e; /* not a system call of this machine */
}

static int
allow_all(scmp_filter_ctx filter, const char *const *names)
{
	int e = 0;
	for (size_t i = 0; e == 0 && names[i] != NULL; i++)
		e = allow(filter, names[i], NULL);
	return e;
}

/* Where an argument decides. */
static int
allow_some(scmp_filter_ctx filter)
{
	struct scmp_arg_cmp self = {
	    .arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)getpid()};
	struct scmp_arg_cmp data = {
	    .arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC};
	int e = allow(filter, "tgkill", &self); /* abort() */
	if (e == 0)
		e = allow(filter, "mmap", &data);
	if (e == 0)
		e = allow(filter, "mmap2", &data);
	if (e == 0)
		e = allow(filter, "mprotect", &data);
	for (size_t i = 0; e == 0 && i < sizeof(requests) / sizeof(requests[0]);
	     i++) {
		struct scmp_arg_cmp one = {.arg = 1,
		    .op = SCMP_CMP_MASKED_EQ,
		    .datum_a = UINT32_MAX,
		    .datum_b = requests[i]};
		e = allow(filter, "ioctl", &one);
	}
	return e;
}

/* What a filter does not know fails, and never kills. */
static scmp_filter_ctx
filter_new(uint32_t action)
{
	scmp_filter_ctx filter = seccomp_init(action);
	if (filter != NULL)
		seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
		    SCMP_ACT_ERRNO(EPERM)); /* calls of another machine word */
	return filter;
}

static bool
filter_load(scmp_filter_ctx filter, int error, struct fault *f)
{
	int e = filter == NULL ? -ENOMEM : error;
	if (e == 0)
		e = seccomp_load(filter);
	seccomp_release(filter);
	return e == 0 ||
	       fault_set(f, EX_OSERR, "seccomp filter: %s", strerror(-e));
}

bool
sandbox_seccomp(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
}

bool
sandbox_begin(struct fault *f)
{
	if (!sandbox_seccomp()) {
		log_line(LOG_DETAIL, "seccomp: this kernel has none");
		return true;
	}
	scmp_filter_ctx filter = filter_new(SCMP_ACT_ALLOW);
	int e = 0;
	int number = seccomp_syscall_resolve_name("io_uring_setup");
	if (filter != NULL && number != __NR_SCMP_ERROR)
		e = seccomp_rule_add_array(
		    filter, SCMP_ACT_ERRNO(ENOSYS), number, 0, NULL);
	return filter_load(filter, e, f);
}

bool
sandbox_enter(const struct sandbox_folder *folders, struct fault *f)
{
	bool files = folders != NULL || sanitized;
	if (!landlock_enter(folders, sanitized, f))
		return false;
	if (!sandbox_seccomp())
		return true;
	scmp_filter_ctx filter = filter_new(SCMP_ACT_ERRNO(EPERM));
	int e = 0;
	if (filter != NULL)
		e = allow_all(filter, always);
	if (filter != NULL && e == 0)
		e = allow_some(filter);
	if (filter != NULL && e == 0)
		e = allow_all(filter, files ? with_files : by_descriptor);
	if (filter != NULL && e == 0)
		e = allow_all(filter, extra);
	return filter_load(filter, e, f);
}

int
sandbox_landlock(void)
{
	return landlock_version();
}
