/* SPDX-License-Identifier: ISC */
#include "sql/spool.h"

#include "probe/base/hash.h"
#include "probe/base/mem.h"
#include "probe/base/record.h"
#include "sql/folder.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

char *
spool_name(
    int64_t segment_no, enum spool_kind kind, char name[static SPOOL_NAME_LEN])
{
	static const char *const suffixes[] = {[SPOOL_OPEN] = "open",
	    [SPOOL_SEALED] = "db",
	    [SPOOL_SIGNATURE] = "db.sig"};
	snprintf(
	    name, SPOOL_NAME_LEN, "%06d.%s", (int)segment_no, suffixes[kind]);
	return name;
}

/* The number in a name of this kind, 0 when it is none. */
static int64_t
number_of(const char *name, enum spool_kind kind)
{
	char canonical[SPOOL_NAME_LEN];
	size_t digits = strspn(name, "0123456789");
	if (digits < 6 || digits > 9)
		return 0;
	int64_t no = strtol(name, NULL, 10);
	return strcmp(name, spool_name(no, kind, canonical)) == 0 ? no : 0;
}

static int
ascending(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;
	return (*a > *b) - (*a < *b);
}

bool
spool_list(const char *dir, enum spool_kind kind, int64_t **numbers, size_t *n,
    struct fault *f)
{
	DIR *d = opendir(dir);
	if (d == NULL)
		return folder_fault(f, errno, dir, "cannot open the spool");
	*numbers = NULL;
	*n = 0;
	size_t room = 0;
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
		int64_t no = number_of(e->d_name, kind);
		if (no == 0)
			continue;
		if (*n == room) {
			room = room ? room * 2 : 64;
			*numbers =
			    xreallocarray(*numbers, room, sizeof(**numbers));
		}
		(*numbers)[(*n)++] = no;
	}
	closedir(d);
	if (*n > 0)
		qsort(*numbers, *n, sizeof(**numbers), ascending);
	return true;
}

/*
 * A second name in the quarantine for a file that may be missing. Who may not
 * link it (fs.protected_hardlinks in proc_sys_fs(5)) moves it ahead: should
 * this end here, the segment follows when it is looked at next.
 */
static bool
link_away(const char *file, const char *away, const char *name, struct fault *f)
{
	char *to = xasprintf("%s/%s", away, name);
	int error = link(file, to) == 0 ? 0 : errno;
	free(to);
	if (error == EPERM) { /* of another user, who shares the folder */
		struct folder_move it = {
		    .from = file, .dir = away, .name = name};
		return folder_move(&it, f);
	}
	return error == 0 || error == ENOENT || error == EEXIST ||
	       folder_fault(f, error, file, "cannot be put into quarantine");
}

/*
 * The signature has a second name before the segment moves and loses the
 * first after it: whenever this ends, segment and signature lie together.
 */
static bool
move_away(const char *dir, const char *away, const char *name, struct fault *f)
{
	char *file = xasprintf("%s/%s", dir, name);
	char *wal = xasprintf("%s-wal", file);
	char *wal_name = xasprintf("%s-wal", name);
	char *sig = xasprintf("%s.sig", file);
	char *sig_name = xasprintf("%s.sig", name);
	struct folder_move log = {.from = wal, .dir = away, .name = wal_name};
	struct folder_move it = {.from = file, .dir = away, .name = name};
	/* An agent in its sandbox may not link; what it moves is not signed. */
	bool ok =
	    (access(sig, F_OK) != 0 || link_away(sig, away, sig_name, f)) &&
	    (access(wal, F_OK) != 0 || folder_move(&log, f)) &&
	    folder_move(&it, f);
	if (ok)
		unlink(sig); /* else spool_tidy() does */
	free(sig_name);
	free(sig);
	free(wal_name);
	free(wal);
	free(file);
	return ok && folder_sync(dir, f);
}

bool
spool_quarantine(
    const char *dir, const char *name, const char *reason, struct fault *f)
{
	char *away = xasprintf("%s/quarantine", dir);
	char *reason_name = xasprintf("%s.reason", name);
	char *text = xasprintf("%s\n", reason);
	bool ok = mkdir(away, 0755) == 0 || errno == EEXIST ||
		  folder_fault(f, errno, away, "cannot make the folder");
	ok = ok && folder_write(away, reason_name, text, f) &&
	     move_away(dir, away, name, f);
	free(text);
	free(reason_name);
	free(away);
	return ok;
}

static bool
unlink_if_there(const char *dir, const char *name, struct fault *f)
{
	char *path = xasprintf("%s/%s", dir, name);
	int error = unlink(path) == 0 ? 0 : errno;
	bool ok = error == 0 || error == ENOENT ||
		  folder_fault(f, error, path, "cannot be unlinked");
	free(path);
	return ok;
}

bool
spool_unlink(const char *dir, const char *name, struct fault *f)
{
	char *sig = xasprintf("%s.sig", name);
	bool ok = unlink_if_there(dir, name, f) && folder_sync(dir, f) &&
		  unlink_if_there(dir, sig, f);
	free(sig);
	return ok;
}

static bool
is_there(const char *dir, int64_t no, enum spool_kind kind)
{
	char name[SPOOL_NAME_LEN];
	char *path = xasprintf("%s/%s", dir, spool_name(no, kind, name));
	bool there = access(path, F_OK) == 0 || errno != ENOENT;
	free(path);
	return there;
}

/*
 * An agent that seals writes the signature first and then renames .open to
 * .db; so .open is asked for first.
 */
bool
spool_tidy(const char *dir, struct fault *f)
{
	int64_t *numbers = NULL;
	size_t n = 0;
	char name[SPOOL_NAME_LEN];
	bool ok = spool_list(dir, SPOOL_SIGNATURE, &numbers, &n, f);
	for (size_t i = 0; ok && i < n; i++)
		if (!is_there(dir, numbers[i], SPOOL_OPEN) &&
		    !is_there(dir, numbers[i], SPOOL_SEALED))
			ok = unlink_if_there(dir,
			    spool_name(numbers[i], SPOOL_SIGNATURE, name), f);
	free(numbers);
	return ok;
}

/*
 * A hash of the machine's id with our own salt, since the id itself should not
 * leave the machine (machine-id(5)).
 */
static void
machine(char text[static UUID_STRLEN])
{
	char id[128] = "tumen spool ";
	uint8_t uuid[UUID_LEN];
	FILE *f = fopen("/etc/machine-id", "re");
	size_t used = strlen(id);
	if (f != NULL) {
		used += fread(id + used, 1, sizeof(id) - used, f);
		fclose(f);
	}
	uuid_of(id, used, uuid);
	uuid_format(uuid, text);
}

static void
start_anew(struct spool_epoch *e)
{
	*e = (struct spool_epoch){
	    .epoch = record_epoch(), .next_seq = 1, .next_segment = 1};
}

static const char layout[] = "tumen-spool 1\nepoch %" PRIu64 "\nseq %" PRIu64
			     "\nsegment %" PRId64 "\nmachine %s\n";

bool
spool_epoch_read(
    const char *dir, struct spool_epoch *e, bool *is_new, struct fault *f)
{
	char here[UUID_STRLEN], there[UUID_STRLEN] = "";
	char *path = xasprintf("%s/epoch", dir);
	FILE *file = fopen(path, "re");
	int error = errno;
	bool ok = true;
	*is_new = true;
	machine(here);
	start_anew(e);
	if (file == NULL && error != ENOENT)
		ok = folder_fault(f, error, path, "cannot read");
	if (file != NULL) {
		struct spool_epoch old = {0};
		int n = fscanf(file,
		    "tumen-spool 1 epoch %" SCNu64 " seq %" SCNu64
		    " segment %" SCNd64 " machine %36s",
		    &old.epoch, &old.next_seq, &old.next_segment, there);
		fclose(file);
		if (n != 4 || old.next_segment < 1 ||
		    old.next_segment > SPOOL_NO_MAX)
			ok = fault_set(f, EX_DATAERR,
			    "%s: damaged; remove it to start a new epoch",
			    path);
		*is_new = strcmp(here, there) != 0;
		e->next_segment = old.next_segment;
		if (!*is_new)
			*e = old;
	}
	free(path);
	return ok;
}

bool
spool_epoch_write(const char *dir, const struct spool_epoch *e, struct fault *f)
{
	char here[UUID_STRLEN];
	machine(here);
	char *text =
	    xasprintf(layout, e->epoch, e->next_seq, e->next_segment, here);
	bool ok = folder_write(dir, "epoch", text, f);
	free(text);
	return ok;
}
