/* SPDX-License-Identifier: ISC */
#include "sql/sealed.h"

#include "probe/base/mem.h"
#include "sql/folder.h"
#include "sql/store_db.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

char *
sealed_signature(const char *path)
{
	char line[SIGN_LINE_MAX] = "";
	char *name = xasprintf("%s.sig", path);
	FILE *file = fopen(name, "re");
	free(name);
	if (file == NULL)
		return NULL;
	/* What is longer, or has NULs, is no signature and is refused later. */
	size_t n = fread(line, 1, sizeof(line) - 1, file);
	line[n] = '\0';
	fclose(file);
	return xstrdup(line);
}

bool
sealed_hash(
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
is_complete(const struct sealed *s, struct fault *f)
{
	int64_t traces = 0, runs = 0;
	if (!store_check(s->db, f) || !ledger_count(s->db, &traces, &runs, f))
		return false;
	if (traces == s->line.traces && runs == s->line.runs)
		return true;
	return fault_set(f, EX_DATAERR,
	    "%s: holds %" PRId64 " traces and %" PRId64 " runs, was "
	    "sealed with %" PRId64 " and %" PRId64,
	    s->path, traces, runs, s->line.traces, s->line.runs);
}

/* A signature speaks for one vantage, so it must not carry another's rows. */
static bool
is_its_own(const struct sealed *s, struct fault *f)
{
	int64_t foreign = 0;
	if (!ledger_foreign(s->db, &s->line, &foreign, f))
		return false;
	return foreign == 0 ||
	       fault_set(f, EX_DATAERR,
		   "%s: a segment of %s/%" PRIu64 " with %" PRId64
		   " rows of another vantage or epoch",
		   s->path, s->line.vantage, s->line.epoch, foreign);
}

static bool
is_trusted(struct sealed *s, struct fault *f)
{
	struct fault why = {0};
	struct keys_claim claim = {.vantage = s->line.vantage,
	    .signature = s->signature,
	    .sha256 = s->line.sha256};
	s->answer = keys_check(s->keys, &claim, &why);
	return s->answer != KEYS_REFUSED ||
	       fault_set(f, why.status, "%s: %s", s->path, why.text);
}

bool
sealed_open(struct sealed *s, struct fault *f)
{
	uint8_t sha256[HASH_SHA256_LEN];
	s->db = NULL;
	s->is_segment = false;
	if (!sealed_hash(s->path, sha256, f))
		return false;
	s->db = store_on(db_open(s->path, DB_SEALED, f));
	if (s->db == NULL || !ledger_read(s->db, &s->line, f))
		return false;
	if (s->line.hashed)
		return fault_set(f, EX_DATAERR,
		    "%s: no sealed segment but a shared database", s->path);
	s->is_segment = s->line.hashed = true;
	memcpy(s->line.sha256, sha256, sizeof(sha256));
	return is_trusted(s, f) && is_complete(s, f) && is_its_own(s, f);
}

void
sealed_close(struct sealed *s)
{
	store_close(s->db);
	free(s->signature);
	s->db = NULL;
	s->signature = NULL;
}

bool
sealed_unneeded(struct store *s, const struct keys *keys, struct fault *f)
{
	struct db_stmt *st = db_prepare(s->db, "SELECT name FROM vantage", f);
	if (st == NULL)
		return false;
	bool ok = true;
	enum db_row row = DB_DONE;
	while (ok && (row = db_step(st, f)) == DB_ROW)
		if (keys_has(keys, db_text(st, 0)))
			ok = fault_set(f, EX_DATAERR,
			    "vantage %s has a key: only its signed segments "
			    "are taken",
			    db_text(st, 0));
	db_finish(st);
	return ok && row != DB_FAILED;
}

char *
sealed_name(const struct ledger *line)
{
	char *name = xasprintf("%s-%" PRIu64 "-%06" PRId64, line->vantage,
	    line->epoch, line->segment_no);
	for (char *p = name; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("-_.", *p) == NULL)
			*p = '_';
	return name;
}
