/* SPDX-License-Identifier: ISC */
#include "analysis/archive/expire.h"
#include "analysis/change/kept.h"
#include "analysis/commands.h"
#include "analysis/query.h"
#include "probe/base/clock.h"
#include "probe/base/json.h"
#include "probe/base/opt.h"
#include "sql/retention.h"

#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

static const char help[] =
    "usage: tumen retention --db DB [--keep DAYS] [--ahead DAYS]\n"
    "                       [--archive DIR --keep-archive DAYS] [--dry-run]\n"
    "                       [--json]\n"
    "\n"
    "Drops what is older than so many whole days (UTC).\n"
    "  --db DB        the shared database (or $TUMEN_DB)\n"
    "  --keep DAYS    of traces, evidence, verdicts and runs, keep so many\n"
    "                 days before today\n"
    "  --ahead DAYS   make the partitions of so many days to come "
    "(PostgreSQL)\n"
    "  --archive DIR  the archive of `tumen upload --archive DIR`\n"
    "  --keep-archive DAYS\n"
    "                 of its segments keep so many days before today\n"
    "  --dry-run      only say what would go\n"
    "  --json         print what was done as one object\n";

struct job {
	struct query q;
	struct retention rows;
	struct expire files;
};

static bool
sane(const struct query *q, struct fault *f)
{
	if ((q->archive == NULL) != (q->keep_archive_days < 0))
		return fault_set(f, EX_USAGE,
		    "--archive DIR and --keep-archive DAYS: only together");
	if (q->keep_days < 0 && q->ahead_days < 0 && q->archive == NULL)
		return fault_set(f, EX_USAGE,
		    "nothing to do: --keep DAYS, --ahead DAYS or "
		    "--keep-archive DAYS");
	return true;
}

static void
progress(const struct retention *r, enum retention_kind kind)
{
	fprintf(stderr, "\r\033[K%" PRId64 " %s dropped ", r->n[kind],
	    retention_name(kind));
}

static bool
work_on_rows(struct job *job, struct fault *f)
{
	struct retention *r = &job->rows;
	bool terminal = isatty(STDERR_FILENO) == 1 && !job->q.dry;
	r->db = query_store(&job->q, job->q.dry ? STORE_READ : STORE_WRITE, f);
	if (r->db == NULL)
		return false;
	r->progress = terminal ? progress : NULL;
	bool ok = job->q.ahead_days < 0 || job->q.dry ||
		  retention_ahead(r, job->q.ahead_days, f);
	if (ok && job->q.keep_days >= 0)
		ok = job->q.dry ? retention_count(r, f)
				: kept_renew(r->db, r->before_us, NULL, f) &&
				      retention_run(r, f);
	store_close(r->db);
	if (terminal)
		fputs("\r\033[K", stderr);
	return ok;
}

static void
summary_text(const struct job *job)
{
	char day[CLOCK_STRLEN];
	const char *verb = job->q.dry ? "would go" : "dropped";
	if (job->q.ahead_days >= 0 && !job->q.dry)
		printf("made %" PRId64 " days\n", job->rows.made);
	if (job->q.keep_days >= 0) {
		printf("%s of before %.10s:", verb,
		    clock_format_us(job->rows.before_us, day));
		for (int k = 0; k < RETENTION_KINDS; k++)
			printf("%s %" PRId64 " %s", k > 0 ? "," : "",
			    job->rows.n[k],
			    retention_name((enum retention_kind)k));
		putchar('\n');
	}
	if (job->q.archive != NULL)
		printf("%s of before %.10s from %s: %" PRId64
		       " segments, %" PRId64 " octets\n",
		    verb, clock_format_us(job->files.before_us, day),
		    job->q.archive, job->files.segments, job->files.octets);
}

static void
summary_json(const struct job *job)
{
	struct json j = {0};
	bool rows = job->q.keep_days >= 0, files = job->q.archive != NULL;
	json_object(&j, NULL);
	json_text(&j, "record", "retention");
	json_int(&j, "v", 1);
	json_bool(&j, "dry_run", job->q.dry);
	if (job->q.ahead_days >= 0 && !job->q.dry)
		json_int(&j, "made", job->rows.made);
	if (rows)
		json_int(&j, "before_us", job->rows.before_us);
	for (int k = 0; rows && k < RETENTION_KINDS; k++)
		json_int(
		    &j, retention_name((enum retention_kind)k), job->rows.n[k]);
	if (files) {
		json_int(&j, "archive_before_us", job->files.before_us);
		json_int(&j, "segments", job->files.segments);
		json_int(&j, "octets", job->files.octets);
	}
	json_object_end(&j);
	json_line(&j, stdout);
}

int
cmd_retention(int argc, char **argv)
{
	struct fault f = {0};
	struct job job = {0};
	struct query *q = &job.q;
	if (!query_parse(
		q, QUERY_DB | QUERY_RETENTION | QUERY_JSON, argc, argv, &f))
		return opt_fail(&f);
	if (q->help)
		return fputs(help, stdout) < 0;
	if (!sane(q, &f))
		return opt_fail(&f);
	int64_t now_us = wall_now().ns / 1000;
	job.rows.at_us = now_us;
	job.rows.before_us = retention_before_us(now_us, q->keep_days);
	job.files = (struct expire){.dir = q->archive,
	    .before_us = retention_before_us(now_us, q->keep_archive_days),
	    .dry = q->dry};
	bool rows = q->keep_days >= 0 || q->ahead_days >= 0;
	bool ok = (!rows || work_on_rows(&job, &f)) &&
		  (q->archive == NULL || expire_archive(&job.files, &f));
	if (q->json)
		summary_json(&job);
	else
		summary_text(&job);
	if (fflush(stdout) != 0 && ok)
		ok = fault_set(&f, EX_IOERR, "stdout: cannot be written");
	return ok ? EX_OK : opt_fail(&f);
}
