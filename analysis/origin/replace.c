/* SPDX-License-Identifier: ISC */
#include "analysis/origin/replace.h"

#include "probe/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* 0 or -errno. */
static int
write_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);
		if (n < 0 && errno != EINTR)
			return -errno;
		p += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return fchmod(fd, 0644) < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int
sync_folder(const char *path)
{
	char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	int error = fd < 0 || fsync(fd) < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	return error == -EINVAL ? 0 : error; /* some file systems cannot */
}

bool
replace_file(const char *path, const void *bytes, size_t len, struct fault *f)
{
	char *temp = xasprintf("%s.XXXXXX", path);
	int fd = mkostemp(temp, O_CLOEXEC);
	int error = fd < 0 ? -errno : write_all(fd, bytes, len);
	if (fd >= 0 && close(fd) < 0 && error == 0)
		error = -errno;
	if (error == 0 && rename(temp, path) < 0)
		error = -errno;
	if (error != 0 && fd >= 0)
		unlink(temp);
	free(temp);
	if (error == 0)
		error = sync_folder(path);
	if (error != 0)
		return fault_set(f, EX_IOERR, "%s: %s", path, strerror(-error));
	return true;
}
