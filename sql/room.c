/* SPDX-License-Identifier: ISC */
#include "sql/room.h"

#include "probe/base/mem.h"
#include "sql/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { RESERVE = 1 << 20, SMALL_PART = 8 };

bool
room_of(const char *dir, struct room *r, struct fault *f)
{
	struct statvfs st;
	*r = (struct room){0};
	if (statvfs(dir, &st) != 0)
		return folder_fault(f, errno, dir, "cannot see the disk");
	int64_t block = (int64_t)st.f_frsize;
	int64_t used = (int64_t)(st.f_blocks - st.f_bfree);
	int64_t ours = used + (int64_t)st.f_bavail;
	r->total = (int64_t)st.f_blocks * block;
	r->free = (int64_t)st.f_bavail * block;
	r->used = ours > 0 ? (int)((used * 100 + ours - 1) / ours) : 100;
	return true;
}

bool
room_is_used(const struct room *r, int64_t percent, int64_t plenty)
{
	return r->used >= percent && r->free < plenty;
}

int64_t
room_reserve(const struct room *r)
{
	int64_t part = r->total / SMALL_PART;
	return part < RESERVE ? part : RESERVE;
}

static char *
path_of(const char *dir)
{
	return xasprintf("%s/reserve", dir);
}

bool
room_reserve_make(const char *dir, struct fault *f)
{
	struct room r;
	if (!room_of(dir, &r, f))
		return false;
	char *path = path_of(dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	int error = fd < 0 ? errno : posix_fallocate(fd, 0, room_reserve(&r));
	if (fd >= 0)
		close(fd);
	if (error != 0)
		unlink(path); /* half of it helps nobody */
	bool ok =
	    error == 0 || folder_fault(f, error, path, "cannot be set aside");
	free(path);
	return ok;
}

bool
room_reserve_give(const char *dir)
{
	char *path = path_of(dir);
	bool was = unlink(path) == 0;
	free(path);
	return was;
}
