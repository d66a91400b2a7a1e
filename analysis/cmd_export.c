/* SPDX-License-Identifier: ISC */
#include "analysis/commands.h"
#include "analysis/exchange/csv_hop.h"
#include "analysis/exchange/csv_path.h"
#include "analysis/exchange/csv_probe.h"
#include "analysis/exchange/csv_trace.h"
#include "analysis/exchange/shaped.h"
#include "analysis/query.h"
#include "probe/base/clock.h"
#include "probe/base/opt.h"
#include "probe/base/record_json.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static const char help[] =
    "usage: tumen export --db DB [--format ndjson|csv|atlas|scamper]\n"
    "                    [--level probe|hop|trace|path] [--since T] [--until "
    "T]\n"
    "                    [--prefix P] [--vantage V] [--campaign NAME]\n"
    "\n"
    "Prints the traces of the shared database, oldest first.\n"
    "  --db DB          the shared database (or $TUMEN_DB)\n"
    "  --format ndjson  one object a trace, all of it (default)\n"
    "  --format csv     a table\n"
    "  --format atlas   as results of RIPE Atlas\n"
    "  --format scamper as sc_warts2json writes them\n"
    "  --level L        what a line of csv is: a probe or reply (default),\n"
    "                   a hop, a trace with its verdict, or a distinct path\n"
    "  --since T        only traces that started at or after T (UTC), and\n"
    "  --until T        before T: 2026-11-21, 2026-11-21T16:53:59Z, @SECONDS\n"
    "  --prefix P       only targets in this prefix\n"
    "  --vantage V      only this vantage\n"
    "  --campaign NAME  only this campaign; '' for traces of none\n";

enum format { NDJSON, CSV, ATLAS, SCAMPER };
enum level { PROBE, HOP, TRACE, PATH };

enum { DRAIN_AT = 1 << 16, PROGRESS_NS = 200 * (int)NS_PER_MS };

struct job {
	struct query q;
	int format, level;
	struct store *store;
	struct json j;		 /* what is not yet written */
	struct csv_trace *trace; /* of level trace */
	struct csv_path *path;	 /* of level path */
	bool progress;
	struct mono told;
	size_t traces;
};

static bool
parse_form(struct job *job, struct fault *f)
{
	static const char *const formats[] = {
	    "ndjson", "csv", "atlas", "scamper", NULL};
	static const char *const levels[] = {
	    "probe", "hop", "trace", "path", NULL};
	const struct query *q = &job->q;
	if (q->format != NULL &&
	    !opt_word("--format", q->format, formats, &job->format, f))
		return false;
	if (q->level == NULL)
		return true;
	if (job->format != CSV)
		return fault_set(f, EX_USAGE,
		    "--level %s: only of --format csv, not of %s", q->level,
		    formats[job->format]);
	return opt_word("--level", q->level, levels, &job->level, f);
}

/* Gives what there is to standard output. */
static bool
drain(struct job *job, struct fault *f)
{
	struct wr *out = &job->j.out;
	size_t n = fwrite(out->p, 1, out->len, stdout);
	bool ok = n == out->len;
	out->len = 0;
	return ok || fault_set(f, EX_IOERR, "stdout: %s", strerror(errno));
}

static bool
drain_some(struct job *job, struct fault *f)
{
	return job->j.out.len < DRAIN_AT || drain(job, f);
}

static void
show_progress(struct job *job, const struct record *r)
{
	char at[CLOCK_STRLEN];
	struct mono now = mono_now();
	if (!job->progress || now.ns - job->told.ns < PROGRESS_NS)
		return;
	job->told = now;
	clock_format_us(r->start_us, at);
	fprintf(stderr, "\r\033[K%zu traces, up to %.10s %.8s ", job->traces,
	    at, at + 11);
}

static bool
put_csv(struct job *job, const struct record *r, struct fault *f)
{
	struct wr *out = &job->j.out;
	switch ((enum level)job->level) {
	case PROBE:
		csv_probe(out, r);
		return true;
	case HOP:
		csv_hop(out, r);
		return true;
	case TRACE:
		return csv_trace(job->trace, r, out, f);
	case PATH:
		csv_path_add(job->path, r);
		return true;
	}
	return true;
}

static bool
put(struct job *job, const struct record *r, struct fault *f)
{
	bool line = true;
	switch ((enum format)job->format) {
	case NDJSON:
		record_json(r, &job->j);
		break;
	case CSV:
		return put_csv(job, r, f);
	case ATLAS:
		line = shaped_atlas(r, &job->j);
		break;
	case SCAMPER:
		line = shaped_scamper(r, &job->j);
		break;
	}
	if (line)
		json_end_line(&job->j);
	return true;
}

static bool
each(void *arg, const struct record *r, struct fault *f)
{
	struct job *job = arg;
	job->traces++;
	show_progress(job, r);
	return put(job, r, f) && drain_some(job, f);
}

static void
begin(struct job *job)
{
	struct wr *out = &job->j.out;
	job->q.filter.with_source = job->format != CSV;
	if (job->format != CSV)
		return;
	switch ((enum level)job->level) {
	case PROBE:
		csv_probe_names(out);
		break;
	case HOP:
		csv_hop_names(out);
		break;
	case TRACE:
		csv_trace_names(out);
		job->trace = csv_trace_open(job->store, &job->q.filter);
		break;
	case PATH:
		csv_path_names(out);
		job->path = csv_path_open();
		break;
	}
}

static bool
put_paths(struct job *job, struct fault *f)
{
	size_t n = csv_path_sort(job->path);
	bool ok = true;
	for (size_t i = 0; ok && i < n; i++) {
		csv_path_line(job->path, i, &job->j.out);
		ok = drain_some(job, f);
	}
	return ok;
}

/* What was held back, and all of it to where it goes. */
static bool
finish(struct job *job, struct fault *f)
{
	struct wr *out = &job->j.out;
	if (job->trace != NULL && !csv_trace_rest(job->trace, out, f))
		return false;
	if (job->path != NULL && !put_paths(job, f))
		return false;
	if (out->len > 0 && !drain(job, f))
		return false;
	return fflush(stdout) == 0 ||
	       fault_set(f, EX_IOERR, "stdout: %s", strerror(errno));
}

static bool
work(struct job *job, struct fault *f)
{
	job->store = query_store(&job->q, STORE_READ, f);
	if (job->store == NULL)
		return false;
	job->progress =
	    isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) != 1;
	begin(job);
	bool ok = store_traces(job->store, &job->q.filter, each, job, f) &&
		  finish(job, f);
	if (job->progress)
		fputs("\r\033[K", stderr);
	csv_trace_close(job->trace);
	csv_path_close(job->path);
	json_clear(&job->j);
	store_close(job->store);
	return ok;
}

int
cmd_export(int argc, char **argv)
{
	struct fault f = {0};
	struct job job = {0};
	signal(SIGPIPE, SIG_IGN); /* a failed write says so itself */
	if (!query_parse(&job.q,
		QUERY_DB | QUERY_EXPORT | QUERY_WINDOW | QUERY_SELECT, argc,
		argv, &f))
		return opt_fail(&f);
	if (job.q.help)
		return fputs(help, stdout) < 0;
	return parse_form(&job, &f) && work(&job, &f) ? EX_OK : opt_fail(&f);
}
