/* SPDX-License-Identifier: ISC */
#include "analysis/broken_told.h"
#include "analysis/commands.h"
#include "analysis/infer/explain.h"
#include "analysis/infer/named.h"
#include "analysis/infer/round.h"
#include "analysis/query.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const char help[] =
    "usage: tumen explain [--origin FILE]... [--json] --db DB TRACE...\n"
    "       tumen explain [--origin FILE]... [--json] - < traces.ndjson\n"
    "\n"
    "Says why a trace has the verdict that it has: the path with its owners,\n"
    "which hops decided, the next answer and why it lost, which tables it\n"
    "rests on. TRACE is a trace's id; - takes every trace of stdin.\n"
    "  --origin FILE    an address table (repeat for several days); default:\n"
    "                   /var/lib/tumen/origin, then the table that ships\n"
    "  --carriers FILE  the carrier classes instead of the default\n"
    "  --db DB          the shared database (or $TUMEN_DB)\n"
    "  --json           one object a line\n";

struct job {
	struct origin_set *tables;
	struct carriers classes;
	struct named *named;
	struct round *round;
	const uint8_t *id; /* the trace to explain; NULL: all */
	int64_t start_us;  /* of that; -1: not found */
	size_t told;
	bool json;
};

static bool
tell(void *arg, const struct round_result *result, struct fault *f)
{
	struct job *job = arg;
	struct explain *e = NULL;
	struct json j = {0};
	if (job->id != NULL &&
	    memcmp(job->id, result->verdict->trace, UUID_LEN) != 0)
		return true;
	e = xcalloc(1, sizeof(*e));
	explain(result->record,
	    &(struct basis){job->tables, &job->classes, NULL, job->named},
	    result->votes, result->ballot, e);
	if (job->json) {
		explain_json(e, &j);
		json_line(&j, stdout);
	} else {
		if (job->told > 0)
			putchar('\n');
		explain_text(e, job->tables, stdout);
	}
	free(e);
	job->told++;
	return !ferror(stdout) ||
	       fault_set(f, EX_IOERR, "stdout: cannot be written");
}

static bool
each(void *arg, const struct record *r, struct fault *f)
{
	struct job *job = arg;
	return r->control || round_add(job->round, r, f);
}

static bool
find(void *arg, const struct record *r, struct fault *f)
{
	struct job *job = arg;
	char id[UUID_STRLEN];
	if (r->control)
		return fault_set(f, EX_UNAVAILABLE,
		    "%s: a trace of a control destination: it says how the "
		    "vantage is, and has no verdict",
		    uuid_format(job->id, id));
	job->start_us = r->start_us;
	return true;
}

/* The trace among all those of its window, as they were when it was judged. */
static bool
from_store(
    struct job *job, struct store *store, const char *text, struct fault *f)
{
	uint8_t id[UUID_LEN];
	if (!uuid_parse(text, id))
		return fault_set(f, EX_USAGE,
		    "%s: no id of a trace (8-4-4-4-12 hexadecimal digits)",
		    text);
	job->start_us = -1;
	job->id = id;
	if (!store_traces(
		store, &(struct store_filter){.id = id}, find, job, f))
		return false;
	if (job->start_us < 0)
		return fault_set(f, EX_UNAVAILABLE, "%s: no such trace", text);
	int64_t window = job->start_us / VOTES_WINDOW_US * VOTES_WINDOW_US;
	const struct store_filter filter = {.since_us = window,
	    .until_us = window + VOTES_WINDOW_US,
	    .without_controls = true};
	bool ok = store_traces(store, &filter, each, job, f) &&
		  round_end(job->round, f);
	job->id = NULL;
	return ok;
}

/* Those before and behind a broken one are explained. */
static bool
filter_stdin(struct job *job, struct fault *f)
{
	struct fault end = {0};
	bool ok = broken_told_filter(each, job, f);
	bool told = round_end(job->round, &end);
	if (ok && !told)
		*f = end;
	return ok && told;
}

static bool
run(struct job *job, const struct query *q, struct fault *f)
{
	bool filter = q->argc == 1 && strcmp(q->argv[0], "-") == 0;
	if (q->argc == 0)
		return fault_set(f, EX_USAGE,
		    "explain: a trace's id, or - for stdin, is missing");
	if (!carriers_load(&job->classes, q->carriers, f))
		return false;
	job->tables = origin_set_open(q->origin, q->norigins, f);
	if (job->tables == NULL)
		return false;
	job->json = q->json;
	job->named =
	    named_new(&(struct basis){job->tables, &job->classes, NULL, NULL});
	job->round = round_new(
	    &(struct basis){job->tables, &job->classes, NULL, NULL}, tell, job);
	if (filter)
		return filter_stdin(job, f);
	struct store *store = query_store(q, STORE_READ, f);
	bool ok = store != NULL;
	for (int i = 0; ok && i < q->argc; i++)
		ok = from_store(job, store, q->argv[i], f);
	store_close(store);
	return ok;
}

int
cmd_explain(int argc, char **argv)
{
	struct fault f = {0};
	struct query q;
	struct job job = {0};
	if (!query_parse(&q, QUERY_DB | QUERY_ORIGIN | QUERY_JSON | QUERY_FILES,
		argc, argv, &f))
		return opt_fail(&f);
	if (q.help)
		return fputs(help, stdout) < 0;
	bool ok = run(&job, &q, &f);
	round_free(job.round);
	named_free(job.named);
	carriers_free(&job.classes);
	origin_set_close(job.tables);
	if (fflush(stdout) != 0 && ok)
		ok = fault_set(&f, EX_IOERR, "stdout: cannot be written");
	return ok ? EX_OK : opt_fail(&f);
}
