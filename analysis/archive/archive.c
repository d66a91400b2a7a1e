/* SPDX-License-Identifier: ISC */
#include "analysis/archive/archive.h"

#include "analysis/origin/compress.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "sql/folder.h"
#include "sql/lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	NAMESAKES_MAX = 1000, /* of one name; more are no accident */
	WAIT_MS = 60 * 1000,  /* for another uploader with the same segment */
};

/* One copy on its way. */
struct copy {
	const char *dir;
	const struct sealed *segment;
	const char *name;   /* without .zst */
	char *path, *aside; /* final and temporary */
	int fd;		    /* of the temporary one, locked */
};

bool
archive_check(const char *dir, struct fault *f)
{
	struct stat st;
	if (stat(dir, &st) != 0)
		return folder_fault(f, errno, dir, "no archive");
	if (!S_ISDIR(st.st_mode))
		return folder_fault(f, ENOTDIR, dir, "no archive");
	return access(dir, W_OK | X_OK) == 0 ||
	       folder_fault(f, errno, dir, "no archive");
}

/* Whether a compressed file holds exactly this segment. */
static bool
holds(int fd, const struct sealed *segment, int *error)
{
	uint8_t sha256[HASH_SHA256_LEN];
	struct hash *h = hash_open();
	lseek(fd, 0, SEEK_SET);
	enum unpack end = decompress_file(fd, -1, INT64_MAX, h, error);
	hash_close(h, sha256);
	return *error == 0 && end == UNPACK_WHOLE &&
	       memcmp(sha256, segment->line.sha256, sizeof(sha256)) == 0;
}

enum there { NOT_THERE, SAME, ANOTHER, FAILED };

static enum there
look(const struct copy *c, struct fault *f)
{
	int error = 0;
	int fd = open(c->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return NOT_THERE;
	if (fd < 0) {
		folder_fault(f, errno, c->path, "cannot read");
		return FAILED;
	}
	bool same = holds(fd, c->segment, &error);
	close(fd);
	if (error == 0)
		return same ? SAME : ANOTHER;
	folder_fault(f, error, c->path, "cannot read");
	return FAILED;
}

/*
 * Opens and locks the temporary file. Its name depends on the segment alone,
 * so that the next try takes over what a crash has left. Whoever had the lock
 * before may have renamed the file, which then is not to be touched.
 */
static bool
open_aside(struct copy *c, struct fault *f)
{
	for (;;) {
		struct stat mine, now;
		c->fd = open(
		    c->aside, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (c->fd < 0)
			return folder_fault(
			    f, errno, c->aside, "cannot be made");
		bool locked = lock_take(c->fd, c->aside, WAIT_MS, f);
		if (locked && fstat(c->fd, &mine) == 0 &&
		    stat(c->aside, &now) == 0 && mine.st_ino == now.st_ino &&
		    mine.st_dev == now.st_dev)
			return true;
		close(c->fd);
		if (!locked)
			return false;
	}
}

static void
tidy_one(int dir, const char *name)
{
	struct stat mine, now;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct fault busy;
	if (fd < 0)
		return;
	if (lock_take(fd, name, 0, &busy) && fstat(fd, &mine) == 0 &&
	    fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	    mine.st_ino == now.st_ino)
		unlinkat(dir, name, 0);
	close(fd);
}

bool
archive_tidy(const char *dir, struct fault *f)
{
	static const char suffix[] = ".zst.new";
	if (!archive_check(dir, f))
		return false;
	DIR *d = opendir(dir);
	if (d == NULL)
		return folder_fault(f, errno, dir, "no archive");
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
		size_t len = strlen(e->d_name);
		if (e->d_name[0] == '.' && len > sizeof(suffix) &&
		    strcmp(e->d_name + len - (sizeof(suffix) - 1), suffix) == 0)
			tidy_one(dirfd(d), e->d_name);
	}
	closedir(d);
	return true;
}

static bool
write_aside(const struct copy *c, struct fault *f)
{
	uint8_t sha256[HASH_SHA256_LEN];
	int from = open(c->segment->path, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return folder_fault(f, errno, c->segment->path, "cannot open");
	struct hash *h = hash_open();
	int error = ftruncate(c->fd, 0) == 0 ? 0 : errno;
	lseek(c->fd, 0, SEEK_SET);
	if (error == 0)
		error = compress_file(from, c->fd, h);
	hash_close(h, sha256);
	close(from);
	if (error == 0 && fsync(c->fd) != 0)
		error = errno;
	if (error != 0)
		return folder_fault(f, error, c->aside, "cannot be written");
	return memcmp(sha256, c->segment->line.sha256, sizeof(sha256)) == 0 ||
	       fault_set(f, EX_IOERR,
		   "%s: changed while it was archived; it stays",
		   c->segment->path);
}

/* Read back before anybody relies on it. */
static bool
verify_aside(const struct copy *c, struct fault *f)
{
	int error = 0;
	if (holds(c->fd, c->segment, &error))
		return true;
	if (error != 0)
		return folder_fault(f, error, c->aside, "cannot be read");
	return fault_set(f, EX_IOERR,
	    "%s: does not hold what was written; the segment stays", c->aside);
}

static void
stamp(int fd, const struct ledger *line)
{
	int64_t us = line->sealed_us;
	struct timespec t[2] = {{.tv_nsec = UTIME_OMIT},
	    {.tv_sec = us / US_PER_S, .tv_nsec = us % US_PER_S * 1000}};
	if (us >= 0) /* else archived now: it is kept longer */
		futimens(fd, t);
}

/* Before the segment's copy has its name, so that none is found without it. */
static bool
write_signature(const struct copy *c, struct fault *f)
{
	if (c->segment->signature == NULL)
		return true;
	char *name = xasprintf("%s.sig", c->name);
	char *path = xasprintf("%s/%s", c->dir, name);
	bool ok = folder_write(c->dir, name, c->segment->signature, f);
	int fd = ok ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		stamp(fd, &c->segment->line);
		close(fd);
	}
	free(path);
	free(name);
	return ok;
}

/* Under the lock, so no other can have taken the name. */
static bool
publish(const struct copy *c, struct fault *f)
{
	stamp(c->fd, &c->segment->line);
	return (rename(c->aside, c->path) == 0 ||
		   folder_fault(f, errno, c->aside, "cannot be renamed")) &&
	       folder_sync(c->dir, f);
}

/* Another may have put it there while the lock was waited for. */
static enum there
put(struct copy *c, struct fault *f)
{
	if (!open_aside(c, f))
		return FAILED;
	enum there there = look(c, f);
	bool published = there == NOT_THERE && write_aside(c, f) &&
			 verify_aside(c, f) && write_signature(c, f) &&
			 publish(c, f);
	if (!published)
		unlink(c->aside);
	if (there == NOT_THERE)
		there = published ? SAME : FAILED;
	close(c->fd);
	return there;
}

/* Under one name; ANOTHER when it is taken. */
static enum there
put_as(const char *dir, const struct sealed *segment, const char *name,
    struct fault *f)
{
	struct copy c = {.dir = dir,
	    .segment = segment,
	    .name = name,
	    .path = xasprintf("%s/%s.zst", dir, name),
	    .aside = xasprintf("%s/.%s.zst.new", dir, name)};
	enum there there = look(&c, f);
	if (there == NOT_THERE)
		there = put(&c, f);
	else if (there == SAME && !folder_sync(dir, f))
		there = FAILED;
	free(c.aside);
	free(c.path);
	return there;
}

bool
archive_put(const char *dir, const struct sealed *segment, struct fault *f)
{
	enum there there = ANOTHER;
	char *name = sealed_name(&segment->line);
	for (int i = 0; there == ANOTHER && i < NAMESAKES_MAX; i++) {
		char *as = i == 0 ? xasprintf("%s.db", name)
				  : xasprintf("%s.db.%d", name, i);
		there = put_as(dir, segment, as, f);
		free(as);
	}
	if (there == ANOTHER)
		fault_set(f, EX_IOERR,
		    "%s/%s.db.zst: %d others of this name are there", dir, name,
		    NAMESAKES_MAX);
	free(name);
	return there == SAME;
}
