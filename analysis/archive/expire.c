/* SPDX-License-Identifier: ISC */
#include "analysis/archive/expire.h"

#include "analysis/archive/archive.h"
#include "probe/base/clock.h"
#include "sql/folder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { OTHER, SEGMENT, SIGNATURE };

/* Shortens *len by a suffix that is there. */
static bool
cut(const char *name, size_t *len, const char *suffix)
{
	size_t n = strlen(suffix);
	if (*len < n || memcmp(name + *len - n, suffix, n) != 0)
		return false;
	*len -= n;
	return true;
}

/* Shortens *len by the digits at the end; how many. */
static size_t
cut_digits(const char *name, size_t *len)
{
	size_t n = 0;
	while (*len > 0 && isdigit((unsigned char)name[*len - 1])) {
		(*len)--;
		n++;
	}
	return n;
}

/* VANTAGE-EPOCH-NNNNNN.db, then ".N" or nothing, then what kind of file. */
static enum kind
kind_of(const char *name)
{
	size_t len = strlen(name), all = len;
	enum kind kind = cut(name, &len, ".sig") ? SIGNATURE : SEGMENT;
	if (len == all)
		cut(name, &len, ".zst");
	size_t db = len;
	if (cut_digits(name, &db) > 0 && cut(name, &db, "."))
		len = db;
	if (name[0] == '.' || !cut(name, &len, ".db") ||
	    cut_digits(name, &len) < 6 || !cut(name, &len, "-") ||
	    cut_digits(name, &len) == 0 || !cut(name, &len, "-") || len == 0)
		return OTHER;
	return kind;
}

static bool
expire_one(struct expire *e, int dir, const char *name, struct fault *f)
{
	struct stat st;
	enum kind kind = kind_of(name);
	if (kind == OTHER ||
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode) ||
	    st.st_mtim.tv_sec * US_PER_S + st.st_mtim.tv_nsec / 1000 >=
		e->before_us)
		return true;
	if (!e->dry && unlinkat(dir, name, 0) != 0 && errno != ENOENT)
		return folder_fault(f, errno, name, "cannot be unlinked");
	e->segments += kind == SEGMENT;
	e->octets += st.st_size;
	return true;
}

bool
expire_archive(struct expire *e, struct fault *f)
{
	if (!archive_check(e->dir, f))
		return false;
	DIR *d = opendir(e->dir);
	if (d == NULL)
		return folder_fault(f, errno, e->dir, "no archive");
	bool ok = true;
	for (struct dirent *n = readdir(d); ok && n != NULL; n = readdir(d))
		ok = expire_one(e, dirfd(d), n->d_name, f);
	closedir(d);
	return ok && (e->dry || folder_sync(e->dir, f));
}
