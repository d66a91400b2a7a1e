/* SPDX-License-Identifier: ISC */
#include "sql/folder.h"

#include "probe/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* More files of one name than this are no accident. */
enum { NAMESAKES_MAX = 1000 };

bool
folder_fault(struct fault *f, int error, const char *path, const char *what)
{
	int status = EX_IOERR;
	if (error == EACCES || error == EPERM || error == EROFS)
		status = EX_NOPERM;
	if (error == ENOENT || error == ENOTDIR)
		status = EX_UNAVAILABLE;
	fault_set(f, status, "%s: %s: %s", path, what, strerror(error));
	if (f != NULL)
		f->full = error == ENOSPC || error == EDQUOT;
	return false;
}

bool
folder_sync(const char *dir, struct fault *f)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return folder_fault(f, errno, dir, "cannot open the folder");
	int error = fsync(fd) == 0 ? 0 : errno;
	close(fd);
	/* Some file systems cannot sync a folder; then there is no more to do.
	 */
	if (error != 0 && error != EINVAL)
		return folder_fault(f, error, dir, "cannot sync the folder");
	return true;
}

/* 0 or an errno. open_to_all: mode 0644, whatever the umask. */
static int
write_synced(const char *path, const char *text, bool open_to_all)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return errno;
	size_t len = strlen(text);
	errno = ENOSPC; /* what a short write means */
	int error = write(fd, text, len) == (ssize_t)len ? 0 : errno;
	if (error == 0 && open_to_all && fchmod(fd, 0644) != 0)
		error = errno;
	if (error == 0 && fsync(fd) != 0)
		error = errno;
	close(fd);
	return error;
}

struct file {
	const char *dir, *name;
	bool open_to_all;
};

static bool
replace(const struct file *file, const char *text, struct fault *f)
{
	const char *dir = file->dir, *name = file->name;
	char *path = xasprintf("%s/%s", dir, name);
	char *aside = xasprintf("%s/.%s.new", dir, name);
	int error = write_synced(aside, text, file->open_to_all);
	if (error == 0 && rename(aside, path) != 0)
		error = errno;
	bool ok = error == 0 ? folder_sync(dir, f)
			     : folder_fault(f, error, path, "cannot write");
	if (error != 0)
		unlink(aside);
	free(path);
	free(aside);
	return ok;
}

bool
folder_write(
    const char *dir, const char *name, const char *text, struct fault *f)
{
	struct file file = {dir, name, false};
	return replace(&file, text, f);
}

bool
folder_publish(
    const char *dir, const char *name, const char *text, struct fault *f)
{
	struct file file = {dir, name, true};
	return replace(&file, text, f);
}

bool
folder_move(const struct folder_move *m, struct fault *f)
{
	int error = EEXIST;
	for (int i = 0; error == EEXIST && i < NAMESAKES_MAX; i++) {
		char *to = i == 0 ? xasprintf("%s/%s", m->dir, m->name)
				  : xasprintf("%s/%s.%d", m->dir, m->name, i);
		error =
		    renameat2(AT_FDCWD, m->from, AT_FDCWD, to, RENAME_NOREPLACE)
			? errno
			: 0;
		free(to);
	}
	if (error != 0)
		return folder_fault(f, error, m->from, "cannot move");
	return folder_sync(m->dir, f);
}
