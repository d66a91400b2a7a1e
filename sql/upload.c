/* SPDX-License-Identifier: ISC */
#include "sql/upload.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "sql/copy.h"
#include "sql/folder.h"
#include "sql/spool.h"
#include "sql/store_db.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* What became of a segment so far. */
enum fate {
	STORED,
	GONE,	 /* another uploader has it */
	REFUSED, /* the fault says why */
	STOPPED, /* the fault says what */
};

struct segment_file {
	const char *spool;
	char name[SPOOL_NAME_LEN];
	char *path;
	struct ledger line;
	struct store *db;
	struct wr reasons; /* rows that were refused, a line each */
};

static enum fate
fate_of(const struct fault *f)
{
	if (f->status == EX_UNAVAILABLE)
		return GONE;
	return f->status == EX_DATAERR ? REFUSED : STOPPED;
}

static bool
hash_file(
    const char *path, uint8_t sha256[static HASH_SHA256_LEN], struct fault *f)
{
	uint8_t buf[16384];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return folder_fault(f, errno, path, "cannot open");
	struct hash *h = hash_open();
	ssize_t n = 0;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		hash_add(h, buf, (size_t)n);
	int error = errno;
	hash_close(h, sha256);
	close(fd);
	return n == 0 || folder_fault(f, error, path, "cannot read");
}

/* What the segment says about itself must be what is in it. */
static bool
complete(struct segment_file *seg, struct fault *f)
{
	int64_t traces = 0, runs = 0;
	if (!store_check(seg->db, f) ||
	    !ledger_count(seg->db, &traces, &runs, f))
		return false;
	if (traces == seg->line.traces && runs == seg->line.runs)
		return true;
	return fault_set(f, EX_DATAERR,
	    "%s: holds %" PRId64 " traces and %" PRId64 " runs, was "
	    "sealed with %" PRId64 " and %" PRId64,
	    seg->path, traces, runs, seg->line.traces, seg->line.runs);
}

static enum fate
look(struct segment_file *seg, struct fault *f)
{
	uint8_t sha256[HASH_SHA256_LEN];
	if (!hash_file(seg->path, sha256, f))
		return fate_of(f);
	seg->db = store_on(db_open(seg->path, DB_SEALED, f));
	if (seg->db == NULL || !ledger_read(seg->db, &seg->line, f) ||
	    !complete(seg, f))
		return fate_of(f);
	seg->line.hashed = true;
	memcpy(seg->line.sha256, sha256, sizeof(sha256));
	return STORED;
}

static void
report(void *arg, int64_t traces)
{
	const struct upload *u = arg;
	if (u->progress != NULL)
		u->progress(u, u->added + u->present + traces);
}

static enum fate
store_rows_of(struct upload *u, struct segment_file *seg, struct fault *f)
{
	seg->line.uploaded_us = wall_now().ns / 1000;
	struct copy c = {.from = seg->db,
	    .to = u->to,
	    .line = &seg->line,
	    .progress = report,
	    .arg = u};
	bool ok = copy_run(&c, f);
	u->added += c.added;
	u->present += c.present;
	u->runs += c.runs;
	enum fate fate = ok ? STORED : STOPPED;
	if (!ok && c.source_failed)
		fate = fate_of(f);
	if (ok && c.refused > 0) {
		fault_set(f, EX_DATAERR, "%s: %" PRId64 " rows refused",
		    seg->path, c.refused);
		fate = REFUSED;
	}
	seg->reasons = c.reasons;
	return fate;
}

static enum fate
take_in(struct upload *u, struct segment_file *seg, struct fault *f)
{
	bool has = false;
	enum fate fate = look(seg, f);
	if (fate != STORED)
		return fate;
	if (!ledger_has(u->to, &seg->line, &has, f))
		return STOPPED;
	if (!has)
		return store_rows_of(u, seg, f);
	u->present += seg->line.traces;
	return STORED;
}

/* VANTAGE-EPOCH-000042.db, whatever octets the vantage's name has. */
static bool
archive(const struct upload *u, const struct segment_file *seg, struct fault *f)
{
	char *name = xasprintf(
	    "%s-%" PRIu64 "-%s", seg->line.vantage, seg->line.epoch, seg->name);
	for (char *p = name; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("-_.", *p) == NULL)
			*p = '_';
	struct folder_move m = {
	    .from = seg->path, .dir = u->archive, .name = name};
	bool ok = folder_move(&m, f) || f->status == EX_UNAVAILABLE;
	free(name);
	return ok && folder_sync(seg->spool, f);
}

static bool
put_away(
    const struct upload *u, const struct segment_file *seg, struct fault *f)
{
	if (u->keep)
		return true;
	if (u->archive != NULL)
		return archive(u, seg, f);
	if (unlink(seg->path) != 0 && errno != ENOENT)
		return folder_fault(
		    f, errno, seg->path, "stored, but cannot be unlinked");
	return folder_sync(seg->spool, f);
}

static bool
quarantine(struct upload *u, const struct segment_file *seg, struct fault *f)
{
	char *why = xasprintf("%s\n%.*s", f->text, (int)seg->reasons.len,
	    seg->reasons.len > 0 ? (const char *)seg->reasons.p : "");
	bool ok = spool_quarantine(seg->spool, seg->name, why, f) ||
		  f->status == EX_UNAVAILABLE;
	u->quarantined++;
	free(why);
	return ok;
}

static bool
upload_one(struct upload *u, const char *spool, int64_t no, struct fault *f)
{
	struct segment_file seg = {.spool = spool};
	spool_name(no, SPOOL_SEALED, seg.name);
	seg.path = xasprintf("%s/%s", spool, seg.name);
	u->segment_no = no;
	enum fate fate = take_in(u, &seg, f);
	store_close(seg.db);
	bool ok = fate == GONE;
	if (fate == STORED) {
		u->segments++;
		ok = put_away(u, &seg, f);
	} else if (fate == REFUSED) {
		ok = quarantine(u, &seg, f);
	}
	wr_free(&seg.reasons);
	free(seg.path);
	return ok;
}

static bool
archive_usable(const char *archive_dir, const char *spool, struct fault *f)
{
	struct stat a, b;
	if (stat(archive_dir, &a) != 0 || access(archive_dir, W_OK | X_OK) != 0)
		return folder_fault(f, errno, archive_dir, "no archive");
	if (stat(spool, &b) != 0)
		return folder_fault(f, errno, spool, "cannot open the spool");
	return a.st_dev == b.st_dev ||
	       fault_set(f, EX_USAGE,
		   "%s: not on the file system of the spool %s, so segments "
		   "cannot be moved there",
		   archive_dir, spool);
}

bool
upload_spool(struct upload *u, const char *spool, struct fault *f)
{
	int64_t *numbers = NULL;
	size_t n = 0;
	u->spool = spool;
	if (u->archive != NULL && !archive_usable(u->archive, spool, f))
		return false;
	bool ok = spool_list(spool, SPOOL_SEALED, &numbers, &n, f);
	for (size_t i = 0; ok && i < n; i++)
		ok = upload_one(u, spool, numbers[i], f);
	free(numbers);
	return ok;
}
