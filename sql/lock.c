/* SPDX-License-Identifier: ISC */
#include "sql/lock.h"

#include "sql/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { NAP_MS = 5 };

int
lock_open(const char *path, struct fault *f)
{
	/* Reading is enough for flock, so that other users may take it too. */
	int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		folder_fault(f, errno, path, "cannot lock");
	return fd;
}

bool
lock_take(int fd, const char *path, int wait_ms, struct fault *f)
{
	const struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};
	for (int waited = 0;; waited += NAP_MS) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return folder_fault(f, errno, path, "cannot lock");
		if (waited >= wait_ms)
			break;
		nanosleep(&nap, NULL);
	}
	return fault_set(f, EX_UNAVAILABLE,
	    "%s: held by another process (waited %d ms)", path, wait_ms);
}

void
lock_give(int fd)
{
	flock(fd, LOCK_UN);
}

bool
lock_ask(const char *path, bool *held, struct fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	*held = false;
	if (fd < 0)
		return errno == ENOENT ||
		       folder_fault(f, errno, path, "cannot ask for the lock");
	*held = flock(fd, LOCK_SH | LOCK_NB) != 0;
	int error = *held ? errno : 0;
	close(fd); /* gives it back */
	return error == 0 || error == EWOULDBLOCK ||
	       folder_fault(f, error, path, "cannot ask for the lock");
}
