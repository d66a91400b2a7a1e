/* SPDX-License-Identifier: ISC */
#include "analysis/archive/archive.h"
#include "analysis/commands.h"
#include "analysis/query.h"
#include "probe/base/json.h"
#include "probe/base/opt.h"
#include "sql/upload.h"

#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

static const char help[] =
    "usage: tumen upload --spool DIR [--spool DIR]... --db DB\n"
    "                    [--keep | --archive DIR] [--keys FILE|DIR] "
    "[--json]\n"
    "\n"
    "Carries the sealed segments of spools into the shared database, oldest\n"
    "first, and unlinks each when all of it is stored. Agents go on writing.\n"
    "  --spool DIR    the spool of an agent; may be repeated\n"
    "  --db DB        the shared database (or $TUMEN_DB), made when missing\n"
    "  --archive DIR  put a compressed copy there before unlinking them\n"
    "  --keep         leave them where they are\n"
    "  --keys FILE|DIR  the public keys of vantages: what comes from one of\n"
    "                 them must be signed by it\n"
    "  --json         print what was done as one object\n"
    "\n"
    "A segment that is damaged, contradicts what is stored, or is not signed\n"
    "as it must be, goes to DIR/quarantine with its reason; the exit status\n"
    "is then 65.\n";

static bool
sane(const struct query *q, struct fault *f)
{
	if (q->nspools == 0)
		return fault_set(f, EX_USAGE, "no spool: --spool DIR");
	if (q->keep && q->archive != NULL)
		return fault_set(
		    f, EX_USAGE, "--keep and --archive: only one of them");
	return true;
}

static void
progress(const struct upload *u, int64_t traces)
{
	fprintf(stderr, "\r%s: segment %" PRId64 ", %" PRId64 " traces ",
	    u->spool, u->segment_no, traces);
}

static void
summary(const struct upload *u, bool json)
{
	struct json j = {0};
	if (!json) {
		printf("%" PRId64 " segments: %" PRId64
		       " traces added, %" PRId64 " already there, %" PRId64
		       " runs, %" PRId64 " segments quarantined\n",
		    u->segments, u->added, u->present, u->runs, u->quarantined);
		if (u->verified > 0)
			printf(
			    "%" PRId64 " signatures verified\n", u->verified);
		if (u->unverified > 0)
			printf("%" PRId64 " signatures of unknown keys: taken "
			       "as they are (--keys verifies)\n",
			    u->unverified);
		return;
	}
	json_object(&j, NULL);
	json_text(&j, "record", "upload");
	json_int(&j, "v", 1);
	json_int(&j, "segments", u->segments);
	json_int(&j, "added", u->added);
	json_int(&j, "present", u->present);
	json_int(&j, "runs", u->runs);
	json_int(&j, "quarantined", u->quarantined);
	json_int(&j, "verified", u->verified);
	json_int(&j, "unverified", u->unverified);
	json_object_end(&j);
	json_line(&j, stdout);
}

/* What is needed, before anything is touched. */
static bool
prepare(struct upload *u, const struct query *q, struct fault *f)
{
	u->keep = q->keep;
	if (q->archive != NULL) {
		u->archive = archive_put;
		u->archive_dir = q->archive;
		if (!archive_tidy(q->archive, f))
			return false;
	}
	if (q->keys != NULL) {
		u->keys = keys_load(q->keys, f);
		if (u->keys == NULL)
			return false;
	}
	u->to = query_store(q, STORE_CREATE, f);
	return u->to != NULL;
}

static bool
upload_all(struct upload *u, const struct query *q, struct fault *f)
{
	bool terminal = isatty(STDERR_FILENO) == 1;
	u->progress = terminal ? progress : NULL;
	bool ok = true;
	for (size_t i = 0; ok && i < q->nspools; i++)
		ok = upload_spool(u, q->spool[i], f);
	if (terminal)
		fputs("\r\033[K", stderr);
	summary(u, q->json);
	if (fflush(stdout) != 0 && ok)
		ok = fault_set(f, EX_IOERR, "stdout: cannot be written");
	if (ok && u->quarantined > 0)
		ok = fault_set(f, EX_DATAERR,
		    "%" PRId64 " segments put into quarantine, see the .reason "
		    "files there",
		    u->quarantined);
	return ok;
}

int
cmd_upload(int argc, char **argv)
{
	struct fault f = {0};
	struct query q;
	struct upload u = {0};
	if (!query_parse(&q, QUERY_DB | QUERY_SPOOL | QUERY_KEYS | QUERY_JSON,
		argc, argv, &f))
		return opt_fail(&f);
	if (q.help)
		return fputs(help, stdout) < 0;
	bool ok = sane(&q, &f) && prepare(&u, &q, &f) && upload_all(&u, &q, &f);
	store_close(u.to);
	keys_free(u.keys);
	return ok ? EX_OK : opt_fail(&f);
}
