/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "sql/audit_part.h"
#include "sql/folder.h"
#include "sql/spool.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* Fills in line; *gone when the file was uploaded or moved since listed. */
static void
read_line(struct audit_file *file, bool *gone)
{
	struct fault f = {0};
	const char *path = file->plain != NULL ? file->plain : file->path;
	struct store *s = store_on(db_open(path, DB_SEALED, &f));
	*gone = s == NULL && f.status == EX_UNAVAILABLE;
	file->readable = s != NULL && ledger_read(s, &file->line, &f);
	store_close(s);
	if (file->readable)
		file->segment_no = file->line.segment_no;
	else if (file->why[0] == '\0')
		snprintf(file->why, sizeof(file->why), "%.*s",
		    (int)sizeof(file->why) - 1, f.text);
}

static bool
hand_over(struct audit_work *w, struct audit_file *file, audit_each_file *each,
    struct fault *f)
{
	bool gone = false;
	if (!file->readable)
		read_line(file, &gone);
	bool ok = gone || each(w, file, f);
	free(file->path);
	return ok;
}

static bool
list_sealed(
    struct audit_work *w, size_t spool, audit_each_file *each, struct fault *f)
{
	const char *dir = w->a->spools[spool];
	int64_t *numbers = NULL;
	size_t n = 0;
	char name[SPOOL_NAME_LEN];
	bool ok = spool_list(dir, SPOOL_SEALED, &numbers, &n, f);
	for (size_t i = 0; ok && i < n; i++) {
		struct audit_file file = {
		    .spool = spool, .segment_no = numbers[i]};
		file.path = xasprintf(
		    "%s/%s", dir, spool_name(numbers[i], SPOOL_SEALED, name));
		ok = hand_over(w, &file, each, f);
		audit_progress(w, dir, (int64_t)i + 1);
	}
	free(numbers);
	return ok;
}

/* The first line of NAME.reason, "" when there is none. */
static void
read_reason(const char *path, char *why, size_t room)
{
	char *name = xasprintf("%s.reason", path);
	FILE *file = fopen(name, "re");
	if (file == NULL || fgets(why, (int)room, file) == NULL)
		why[0] = '\0';
	why[strcspn(why, "\n")] = '\0';
	if (file != NULL)
		fclose(file);
	free(name);
}

/* The number in 000042.db, 000042.open, also with ".1" behind; 0 none. */
static int64_t
number_in(const char *name)
{
	size_t digits = strspn(name, "0123456789");
	const char *rest = name + digits;
	if (digits < 6 || digits > 9)
		return 0;
	size_t kind = strncmp(rest, ".db", 3) == 0     ? 3
		      : strncmp(rest, ".open", 5) == 0 ? 5
						       : 0;
	rest += kind;
	if (kind == 0 ||
	    (*rest != '\0' &&
		(*rest != '.' || rest[1 + strspn(rest + 1, "0123456789")])))
		return 0;
	return strtol(name, NULL, 10);
}

static bool
list_quarantine(
    struct audit_work *w, size_t spool, audit_each_file *each, struct fault *f)
{
	char *dir = xasprintf("%s/quarantine", w->a->spools[spool]);
	DIR *d = opendir(dir);
	bool ok = d != NULL || errno == ENOENT ||
		  folder_fault(f, errno, dir, "cannot open the folder");
	for (struct dirent *e = NULL;
	     ok && d != NULL && (e = readdir(d)) != NULL;) {
		struct audit_file file = {
		    .place = AUDIT_QUARANTINE, .spool = spool};
		file.segment_no = number_in(e->d_name);
		if (file.segment_no == 0)
			continue;
		file.path = xasprintf("%s/%s", dir, e->d_name);
		read_reason(file.path, file.why, sizeof(file.why));
		if (file.why[0] == '\0')
			snprintf(
			    file.why, sizeof(file.why), "without a reason");
		ok = hand_over(w, &file, each, f);
	}
	if (d != NULL)
		closedir(d);
	free(dir);
	return ok;
}

bool
audit_list_spool(
    struct audit_work *w, size_t spool, audit_each_file *each, struct fault *f)
{
	return list_sealed(w, spool, each, f) &&
	       list_quarantine(w, spool, each, f);
}

/*
 * VANTAGE-EPOCH-000042.db, as tumen upload calls them, or compressed
 * (.db.zst).
 */
static bool
parse_archived(const char *name, struct audit_file *file, bool *packed)
{
	const char *end = strstr(name, ".db"), *no = end, *epoch = NULL;
	if (end == NULL || end - name < 10)
		return false;
	while (no > name && isdigit((unsigned char)no[-1]))
		no--;
	epoch = no - 1;
	while (epoch > name && isdigit((unsigned char)epoch[-1]))
		epoch--;
	if (no - name < 4 || no[-1] != '-' || epoch - name < 2 ||
	    epoch[-1] != '-' || epoch - 1 - name > RECORD_NAME_MAX)
		return false;
	size_t tail = strspn(end + 3, ".0123456789");
	*packed = strcmp(end + 3 + tail, "zst") == 0;
	file->segment_no = file->line.segment_no = strtol(no, NULL, 10);
	file->line.epoch = strtoull(epoch, NULL, 10);
	snprintf(file->line.vantage, sizeof(file->line.vantage), "%.*s",
	    (int)(epoch - 1 - name), name);
	return *packed || end[3 + tail] == '\0';
}

/* A compressed one that cannot be unpacked is damaged, and says why. */
static bool
list_packed(struct audit_work *w, struct audit_file *file,
    audit_each_file *each, struct fault *f)
{
	const struct audit *a = w->a;
	struct fault why = {0};
	if (a->unpack == NULL) {
		file->readable = true;
		return hand_over(w, file, each, f);
	}
	if (a->unpack(a->arg, file->path, &file->plain, &why)) {
		bool ok = hand_over(w, file, each, f);
		a->forget(a->arg);
		return ok;
	}
	if (why.status != EX_DATAERR) {
		free(file->path);
		*f = why;
		return why.status == EX_UNAVAILABLE; /* expired since */
	}
	snprintf(file->why, sizeof(file->why), "%.*s",
	    (int)sizeof(file->why) - 1, why.text);
	bool ok = each(w, file, f);
	free(file->path);
	return ok;
}

bool
audit_list_archive(struct audit_work *w, audit_each_file *each, struct fault *f)
{
	const char *dir = w->a->archive;
	DIR *d = opendir(dir);
	if (d == NULL)
		return folder_fault(f, errno, dir, "no archive");
	bool ok = true, packed = false;
	int64_t n = 0;
	for (struct dirent *e = NULL; ok && (e = readdir(d)) != NULL;) {
		struct audit_file file = {.place = AUDIT_ARCHIVE};
		if (!parse_archived(e->d_name, &file, &packed))
			continue;
		file.path = xasprintf("%s/%s", dir, e->d_name);
		file.line.sealed_us = -1;
		ok = packed ? list_packed(w, &file, each, f)
			    : hand_over(w, &file, each, f);
		audit_progress(w, dir, ++n);
	}
	closedir(d);
	return ok;
}
