/* SPDX-License-Identifier: ISC */
#include "probe/net/landlock.h"

#include "probe/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

/* Rights that came after the headers of Debian 12. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

/* What SQLite and the spool do beneath their folder. */
#define SPOOL_RIGHTS                                                           \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |          \
	    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE |      \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |        \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |   \
	    LANDLOCK_ACCESS_FS_REFER)

/* Every right of the file system that a version knows. */
static uint64_t
rights(int version)
{
	uint64_t all = (LANDLOCK_ACCESS_FS_REFER << 1) - 1;
	if (version >= 3)
		all |= LANDLOCK_ACCESS_FS_TRUNCATE;
	if (version >= 5)
		all |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
	return all;
}

/* 0 or -errno. A path that is not there needs no rule. */
static int
permit(int ruleset, const char *path, uint64_t access)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return 0;
	struct landlock_path_beneath_attr rule = {
	    .allowed_access = access, .parent_fd = fd};
	long e = syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	int error = e == 0 ? 0 : -errno;
	close(fd);
	return error;
}

static int
permit_all(
    int ruleset, const struct sandbox_folder *folders, bool proc, uint64_t all)
{
	uint64_t reading =
	    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	int e = proc ? permit(ruleset, "/proc", reading) : 0;
	if (folders == NULL)
		return e;
	for (; e == 0 && folders->path != NULL; folders++)
		e = permit(ruleset, folders->path,
		    folders->write ? SPOOL_RIGHTS & all : reading);
	/* Whether the spool was copied from another host; SQLite's salts. */
	if (e == 0)
		e = permit(
		    ruleset, "/etc/machine-id", LANDLOCK_ACCESS_FS_READ_FILE);
	if (e == 0)
		e = permit(
		    ruleset, "/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE);
	return e;
}

int
landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	return version >= 2 ? (int)version : 0;
}

bool
landlock_enter(const struct sandbox_folder *folders, bool proc, struct fault *f)
{
	int version = landlock_version();
	if (version == 0) {
		log_line(LOG_DETAIL, "Landlock: this kernel has none");
		return true;
	}
	struct landlock_ruleset_attr attr = {
	    .handled_access_fs = rights(version)};
	int ruleset =
	    (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	int e = ruleset < 0 ? -errno : 0;
	if (e == 0)
		e = permit_all(ruleset, folders, proc, attr.handled_access_fs);
	if (e == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		e = -errno;
	if (ruleset >= 0)
		close(ruleset);
	return e == 0 || fault_set(f, EX_OSERR, "Landlock: %s", strerror(-e));
}
