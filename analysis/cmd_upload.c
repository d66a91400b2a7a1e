/* SPDX-License-Identifier: ISC */
#include "analysis/archive/archive.h"
#include "analysis/commands.h"
#include "analysis/ends.h"
#include "analysis/query.h"
#include "probe/base/clock.h"
#include "probe/base/json.h"
#include "probe/base/log.h"
#include "probe/base/opt.h"
#include "sql/upload.h"

#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

/* Agents seal a segment in an hour. */
enum { LOOK_MS = 10 * 1000 };

static const char help[] =
    "usage: tumen upload --spool DIR [--spool DIR]... --db DB\n"
    "                    [--keep | --archive DIR] [--keys FILE|DIR]\n"
    "                    [--watch] [--rate N] [--retry-max S] [--json]\n"
    "\n"
    "Carries the sealed segments of spools into the shared database, oldest\n"
    "first, and unlinks each when all of it is stored. Agents go on writing.\n"
    "  --spool DIR    the spool of an agent; may be repeated\n"
    "  --db DB        the shared database (or $TUMEN_DB), made when missing\n"
    "  --archive DIR  put a compressed copy there before unlinking them\n"
    "  --keep         leave them where they are\n"
    "  --keys FILE|DIR  the public keys of vantages: what comes from one of\n"
    "                 them must be signed by it\n"
    "  --watch        stay, and look at the spools every ten seconds; what\n"
    "                 fails is tried again\n"
    "  --rate N       at most N traces a second (1..1000000)\n"
    "  --retry-max S  with --watch: the longest wait, in seconds (900)\n"
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
	if (q->keep && q->watch)
		return fault_set(f, EX_USAGE,
		    "--keep and --watch: the same segments would be read for "
		    "ever");
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
	u->pace.rate = q->rate;
	if (q->archive != NULL) {
		u->archive = archive_put;
		u->archive_dir = q->archive;
		if (!archive_tidy(q->archive, f))
			return false;
	}
	if (q->keys == NULL)
		return true;
	u->keys = keys_load(q->keys, f);
	return u->keys != NULL;
}

/* All spools once; the database is opened when it is not. */
static bool
upload_all(struct upload *u, const struct query *q, struct fault *f)
{
	bool terminal = isatty(STDERR_FILENO) == 1;
	u->progress = terminal ? progress : NULL;
	if (u->to == NULL)
		u->to = query_store(q, STORE_CREATE, f);
	bool ok = u->to != NULL;
	for (size_t i = 0; ok && i < q->nspools; i++)
		ok = upload_spool(u, q->spool[i], f);
	if (terminal)
		fputs("\r\033[K", stderr);
	return ok;
}

/*
 * Again and again until a signal comes. Whatever fails is tried again after a
 * while, with a new connection: the spool keeps what is not stored. What is
 * said once is not said again before it works.
 */
static bool
watch(struct upload *u, const struct query *q, struct fault *f)
{
	sigset_t ends;
	struct backoff wait = {.most_ms = q->retry_max_s * 1000,
	    .random = (uint64_t)wall_now().ns ^ (uint64_t)getpid()};
	ends_block(&ends);
	for (int64_t ms = 0; !ends_sleep(&ends, ms);) {
		if (upload_all(u, q, f)) {
			if (wait.failures > 0)
				log_line(LOG_NOTE, "upload: goes on");
			backoff_reset(&wait);
			ms = LOOK_MS;
			continue;
		}
		if (f->status == EX_USAGE)
			return false;
		if (wait.failures == 0)
			log_line(LOG_WARN, "upload: %s; will be tried again",
			    f->text);
		store_close(u->to);
		u->to = NULL;
		ms = backoff_ms(&wait);
	}
	return true;
}

/* What is told in the end. */
static bool
conclude(const struct upload *u, bool json, bool ok, struct fault *f)
{
	summary(u, json);
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
	if (!query_parse(&q,
		QUERY_DB | QUERY_SPOOL | QUERY_KEYS | QUERY_PACE | QUERY_JSON,
		argc, argv, &f))
		return opt_fail(&f);
	if (q.help)
		return fputs(help, stdout) < 0;
	if (!sane(&q, &f) || !prepare(&u, &q, &f)) {
		keys_free(u.keys);
		return opt_fail(&f);
	}
	bool ok = q.watch ? watch(&u, &q, &f) : upload_all(&u, &q, &f);
	bool began = u.to != NULL || q.watch;
	store_close(u.to);
	if (began)
		ok = conclude(&u, q.json, ok, &f);
	keys_free(u.keys);
	return ok ? EX_OK : opt_fail(&f);
}
