/* SPDX-License-Identifier: ISC */
#include "analysis/commands.h"
#include "analysis/exchange/ndjson.h"
#include "analysis/infer/infer.h"
#include "analysis/query.h"
#include "probe/base/opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static const char help[] =
    "usage: tumen infer [--origin FILE]... --db DB [--since T] [--until T]\n"
    "       tumen infer [--origin FILE]... - < traces.ndjson\n"
    "\n"
    "Derives a verdict from every trace: of the database, where it replaces\n"
    "the old one, or of NDJSON on stdin, as a filter.\n"
    "  --origin FILE    an address table (repeat for several days); default:\n"
    "                   /var/lib/tumen/origin, then the table that ships\n"
    "  --carriers FILE  the carrier classes instead of the default\n"
    "  --db DB          the shared database (or $TUMEN_DB)\n"
    "  --since T, --until T  only traces that started in this window\n"
    "  --json           also print every verdict\n";

struct job {
	struct origin_set *tables;
	struct carriers classes;
	struct store *store; /* NULL: a filter */
	bool print, progress;
	size_t done;
};

static bool
put(struct job *job, const struct verdict *v, const char *text, struct fault *f)
{
	struct store_verdict row = {.target = v->target,
	    .prefix = v->prefix,
	    .method = v->method,
	    .flow = v->flow,
	    .start_us = v->start_us,
	    .decided_us = v->decided_us,
	    .reached = v->reached,
	    .entry_as = v->entry_as,
	    .reach = reach_name(v->reach),
	    .carrier = v->carrier,
	    .evidence = evidence_name(v->evidence),
	    .border_lo = v->border_lo,
	    .border_hi = v->border_hi,
	    .silent_hops = v->silent_hops,
	    .p = v->p,
	    .json = text};
	memcpy(row.trace, v->trace, UUID_LEN);
	memcpy(row.vantage, v->vantage, sizeof(row.vantage));
	return store_put_verdict(job->store, &row, f);
}

static bool
each(void *arg, const struct record *r, struct fault *f)
{
	struct job *job = arg;
	struct verdict v;
	struct json j = {0};
	infer(r, job->tables, &job->classes, &v);
	verdict_json(&v, &j);
	char *text = json_take(&j);
	bool ok = job->store == NULL || put(job, &v, text, f);
	if (ok && job->print && puts(text) < 0)
		ok = fault_set(f, EX_IOERR, "stdout: cannot be written");
	free(text);
	job->done++;
	if (job->progress && job->done % 1000 == 0)
		fprintf(stderr, "\r%zu traces", job->done);
	return ok;
}

static bool
derive(struct job *job, const struct query *q, struct fault *f)
{
	return store_begin(job->store, f) &&
	       store_clear_verdicts(job->store, &q->filter, f) &&
	       store_traces(job->store, &q->filter, each, job, f) &&
	       store_commit(job->store, f);
}

static bool
from_store(struct job *job, const struct query *q, struct fault *f)
{
	job->store = query_store(q, STORE_WRITE, f);
	job->print = q->json;
	job->progress = isatty(STDERR_FILENO);
	if (job->store == NULL)
		return false;
	bool ok = derive(job, q, f);
	if (!ok)
		store_rollback(job->store);
	store_close(job->store);
	if (ok)
		fprintf(stderr, "%s%zu verdicts\n", job->progress ? "\r" : "",
		    job->done);
	return ok;
}

static bool
run(struct job *job, const struct query *q, struct fault *f)
{
	bool filter = q->argc == 1 && strcmp(q->argv[0], "-") == 0;
	if (q->argc > 0 && !filter)
		return fault_set(f, EX_USAGE,
		    "infer %s: only - (NDJSON on stdin) may stand here",
		    q->argv[0]);
	if (!carriers_load(&job->classes, q->carriers, f))
		return false;
	job->tables = origin_set_open(q->origin, q->norigins, f);
	if (job->tables == NULL)
		return false;
	job->print = filter;
	if (filter)
		return ndjson_read(stdin, "stdin", each, job, f);
	return from_store(job, q, f);
}

int
cmd_infer(int argc, char **argv)
{
	struct fault f = {0};
	struct query q;
	struct job job = {0};
	if (!query_parse(&q,
		QUERY_DB | QUERY_ORIGIN | QUERY_JSON | QUERY_WINDOW, argc, argv,
		&f))
		return opt_fail(&f);
	if (q.help)
		return fputs(help, stdout) < 0;
	bool ok = run(&job, &q, &f);
	carriers_free(&job.classes);
	origin_set_close(job.tables);
	if (fflush(stdout) != 0 && ok)
		ok = fault_set(&f, EX_IOERR, "stdout: cannot be written");
	return ok ? EX_OK : opt_fail(&f);
}
