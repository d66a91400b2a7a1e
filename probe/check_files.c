/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "probe/campaign/config_files.h"
#include "probe/check.h"
#include "sql/lock.h"
#include "sql/room.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { GROUPS_MAX = 64 };

/* Whom to become again afterwards. */
struct disguise {
	bool on;
	gid_t group, groups[GROUPS_MAX];
	int n;
};

static void
take_off(struct disguise *d)
{
	if (!d->on)
		return;
	if (seteuid(0) != 0 || setegid(d->group) != 0 ||
	    (setgroups((size_t)d->n, d->groups) != 0 && errno != EPERM))
		abort(); /* somebody else from here on is no choice */
	d->on = false;
}

/*
 * Access as the agent's own: it gives up all groups but its user's first. An
 * id that this user namespace does not know (EINVAL) stays as it is there, too.
 */
static bool
take_on(struct disguise *d, const struct passwd *pw, struct fault *f)
{
	d->group = getegid();
	d->n = getgroups(GROUPS_MAX, d->groups);
	d->on = d->n >= 0;
	if (d->on && (setgroups(0, NULL) == 0 || errno == EPERM) &&
	    setegid(pw->pw_gid) == 0 && seteuid(pw->pw_uid) == 0)
		return true;
	int error = errno;
	take_off(d);
	return error == EINVAL || fault_set(f, EX_OSERR, "user %s: %s",
				      pw->pw_name, strerror(error));
}

/* Who does not start as root stays who he is. */
static bool
become(struct disguise *d, const struct config_vantage *v, struct fault *f)
{
	*d = (struct disguise){.on = false};
	if (geteuid() != 0)
		return true;
	if (v->user[0] == '\0')
		return fault_set(f, EX_CONFIG,
		    "[vantage] user: not set, and the agent does not stay "
		    "root; name the owner of %s",
		    v->spool);
	const struct passwd *pw = getpwnam(v->user);
	if (pw == NULL)
		return fault_set(
		    f, EX_CONFIG, "user %s: no such user", v->user);
	return pw->pw_uid == 0 || take_on(d, pw, f);
}

/* For words; who does not start as root has no other name here. */
static const char *
who(const struct config_vantage *v)
{
	return geteuid() == 0 ? v->user : "of the caller";
}

/* Whether the agent's user may do this with the path; errno's words else. */
static bool
may(const struct config_vantage *v, const char *path, int mode, struct fault *f)
{
	struct disguise d;
	if (!become(&d, v, f))
		return false;
	bool ok = faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0;
	int error = errno;
	take_off(&d);
	return ok || fault_set(f, error == EACCES ? EX_NOPERM : EX_UNAVAILABLE,
			 "%s: %s", path, strerror(error));
}

static bool
is_folder(const char *path, struct fault *f)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return fault_set(f,
		    errno == EACCES ? EX_NOPERM : EX_UNAVAILABLE, "%s: %s",
		    path, strerror(errno));
	return S_ISDIR(st.st_mode) ||
	       fault_set(f, EX_UNAVAILABLE, "%s: %s", path, strerror(ENOTDIR));
}

static void
check_spool(const struct config_vantage *v, struct check_report *r)
{
	struct fault f = {0};
	if (is_folder(v->spool, &f) && may(v, v->spool, R_OK | W_OK | X_OK, &f))
		check_ok(r, "spool", "%s, user %s may write there", v->spool,
		    who(v));
	else
		check_fail(r, "spool", &f);
}

static void
check_lock(const struct config_vantage *v, struct check_report *r)
{
	char *path = xasprintf("%s/lock", v->spool);
	struct fault f = {0};
	bool held = false;
	if (lock_ask(path, &held, &f))
		check_ok(r, "lock", "%s agent is at work on this spool",
		    held ? "an" : "no");
	else
		check_warn(r, "lock", "%s", f.text);
	free(path);
}

/* Octets that traces may still fill before the agent waits for room. */
static int64_t
usable(const struct room *r, int64_t stop)
{
	int64_t keep = r->total / 100 * (100 - stop);
	if (keep > ROOM_TO_PROBE)
		keep = ROOM_TO_PROBE;
	if (keep < room_reserve(r))
		keep = room_reserve(r);
	return r->free > keep ? r->free - keep : 0;
}

/* Whether the agent would probe now, and how long without an upload. */
static void
check_room(const struct check *c, struct check_report *r)
{
	const struct config_vantage *v = &c->config.vantage;
	struct room room;
	if (!room_of(v->spool, &room, NULL))
		return; /* the line about the spool says why */
	int64_t day = check_spool_day(c), left = usable(&room, v->disk_stop);
	intmax_t days = day > 0 ? left / day : 0, mib = room.free >> 20;
	char lasts[64] = "";
	if (day > 0)
		snprintf(lasts, sizeof(lasts), "; traces of about %jd days fit",
		    days);
	if (room_is_used(&room, v->disk_stop, ROOM_TO_PROBE) ||
	    room.free < room_reserve(&room))
		check_warn(r, "disk",
		    "%d percent in use, %jd MiB free; the agent would wait "
		    "for room",
		    room.used, mib);
	else if (room_is_used(&room, v->disk_warn, ROOM_TO_SPARE))
		check_warn(r, "disk", "%d percent in use, %jd MiB free%s",
		    room.used, mib, lasts);
	else
		check_ok(r, "disk", "%d percent in use, %jd MiB free%s",
		    room.used, mib, lasts);
}

static void
check_key(const struct config_vantage *v, struct check_report *r)
{
	struct fault f = {0};
	struct sign_key key;
	if (v->key[0] == '\0') {
		check_ok(r, "key", "none, segments are not signed");
		return;
	}
	if (engine_key(v, &key, &f))
		check_ok(r, "key", "%s signs the segments", key.public.id);
	else
		check_fail(r, "key", &f);
	sign_key_wipe(&key);
}

/* The file is replaced, so the folder has to be writable. */
static void
check_metrics(const struct config_vantage *v, struct check_report *r)
{
	struct fault f = {0};
	if (v->metrics[0] == '\0')
		return;
	char *folder = xstrdup(v->metrics);
	char *end = strrchr(folder, '/');
	if (end == folder)
		end++;
	*end = '\0';
	if (is_folder(folder, &f) && may(v, folder, W_OK | X_OK, &f))
		check_ok(r, "metrics", "%s, user %s may write there", folder,
		    who(v));
	else
		check_fail(r, "metrics", &f);
	free(folder);
}

/* Of those files: the first that the agent's user may not read. */
static bool
may_read(const struct config_vantage *v, const struct config_files *files,
    struct fault *f)
{
	for (size_t i = 0; i < files->n; i++)
		if (!may(v, files->path[i], R_OK, f))
			return false;
	if (files->n < 2)
		return true;
	char *folder = xstrdup(files->path[1]); /* conf.d: they are all there */
	*strrchr(folder, '/') = '\0';
	bool ok = may(v, folder, R_OK | X_OK, f);
	free(folder);
	return ok;
}

/* "FILE, FILE, ..." as far as there is room. */
static const char *
list(const struct config_files *files, char *text, size_t n)
{
	size_t at = 0;
	text[0] = '\0';
	for (size_t i = 0; i < files->n && at < n; i++)
		at += (size_t)snprintf(text + at, n - at, "%s%s",
		    i > 0 ? ", " : "", files->path[i]);
	return text;
}

/* A reload reads them when root is given up. */
static void
check_reload(const struct check *c, struct check_report *r)
{
	const struct config_vantage *v = &c->config.vantage;
	struct config_files files;
	struct fault f = {0};
	char text[512];
	if (config_files_find(&files, c->file, &f) && may_read(v, &files, &f))
		check_ok(r, "configuration", "user %s may read %s", who(v),
		    list(&files, text, sizeof(text)));
	else
		check_warn(r, "configuration",
		    "%s; a running agent could not read it again", f.text);
	config_files_clear(&files);
}

void
check_files(struct check *c)
{
	const struct config_vantage *v = &c->config.vantage;
	struct fault f = {0};
	struct disguise d;
	if (!become(&d, v, &f)) {
		check_fail(&c->report, "user", &f);
	} else {
		take_off(&d);
		check_spool(v, &c->report);
		check_metrics(v, &c->report);
		check_reload(c, &c->report);
	}
	check_lock(v, &c->report);
	check_room(c, &c->report);
	check_key(v, &c->report);
}
