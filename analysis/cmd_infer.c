/* SPDX-License-Identifier: ISC */
#include "analysis/broken_told.h"
#include "analysis/change/kept.h"
#include "analysis/commands.h"
#include "analysis/infer/named.h"
#include "analysis/infer/round.h"
#include "analysis/query.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "sql/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static const char help[] =
    "usage: tumen infer [--origin FILE]... --db DB [--since T] [--until T]\n"
    "       tumen infer [--origin FILE]... - < TRACES\n"
    "\n"
    "Derives a verdict from every trace: of the database, where it replaces\n"
    "the old one, or of a file on stdin, in any format that tumen import "
    "reads,\n"
    "as a filter.\n"
    "  --origin FILE    an address table (repeat for several days); default:\n"
    "                   /var/lib/tumen/origin, then the table that ships\n"
    "  --carriers FILE  the carrier classes instead of the default\n"
    "  --db DB          the shared database (or $TUMEN_DB)\n"
    "  --since T, --until T  only traces that started in this window\n"
    "  --json           also print every verdict\n";

/* The two texts that a verdict waiting for its batch borrows. */
struct held {
	char carrier[VERDICT_CARRIER_MAX];
	char *json;
};

struct job {
	struct origin_set *tables;
	struct carriers classes;
	struct store *store; /* NULL: a filter */
	bool print, progress;
	struct named *named;
	struct round *round;
	size_t done, waiting, octets;
	size_t controls; /* traces of control destinations in the stream */
	size_t untabled; /* traces of whose time there is no address table */
	int64_t untabled_from_us, untabled_to_us; /* when they started */
	struct store_verdict *batch;		  /* BATCH_ROWS */
	struct held *held;			  /* theirs */
};

static bool
print(const char *json, struct fault *f)
{
	return puts(json) >= 0 ||
	       fault_set(f, EX_IOERR, "stdout: cannot be written");
}

static void
show_progress(size_t done, int64_t start_us)
{
	char at[CLOCK_STRLEN];
	clock_format_us(start_us, at);
	fprintf(stderr, "\r%zu verdicts, up to %.10s %.8s ", done, at, at + 11);
}

/*
 * Replaces the verdicts of one batch: all of them or, in a crash, none. Others
 * may write between two batches, and while standard output is slow.
 */
static bool
flush(struct job *job, struct fault *f)
{
	size_t n = job->waiting;
	bool ok = store_put_verdicts(job->store, job->batch, n, f);
	if (ok)
		job->done += n;
	if (ok && n > 0 && job->progress)
		show_progress(job->done, job->batch[n - 1].start_us);
	for (size_t i = 0; i < n; i++) {
		ok = ok && (!job->print || print(job->held[i].json, f));
		free(job->held[i].json);
	}
	job->waiting = job->octets = 0;
	return ok;
}

/* Takes json over; list is what v->basis names. */
static void
put(struct job *job, const struct verdict *v, char *json, const char *list)
{
	struct store_verdict *row = &job->batch[job->waiting];
	struct held *held = &job->held[job->waiting++];
	held->json = json;
	memcpy(held->carrier, v->carrier, sizeof(held->carrier));
	*row = (struct store_verdict){.target = v->target,
	    .prefix = v->prefix,
	    .method = v->method,
	    .flow = v->flow,
	    .start_us = v->start_us,
	    .decided_us = v->decided_us,
	    .reached = v->reached,
	    .entry_as = v->entry_as,
	    .reach = reach_name(v->reach),
	    .carrier = held->carrier,
	    .evidence = evidence_name(v->evidence),
	    .border_lo = v->border_lo,
	    .border_hi = v->border_hi,
	    .silent_hops = v->silent_hops,
	    .border_rtt_us = v->border_rtt_us,
	    .p = v->p,
	    .json = json,
	    .basis = v->basis,
	    .basis_json = list};
	memcpy(row->trace, v->trace, UUID_LEN);
	memcpy(row->vantage, v->vantage, sizeof(row->vantage));
	job->octets += strlen(json);
}

static void
count_untabled(struct job *job, const struct verdict *v)
{
	if (v->days >= 0)
		return;
	if (job->untabled == 0 || v->start_us < job->untabled_from_us)
		job->untabled_from_us = v->start_us;
	if (job->untabled == 0 || v->start_us > job->untabled_to_us)
		job->untabled_to_us = v->start_us;
	job->untabled++;
}

/* Such verdicts name nobody, and it should not be taken for a finding. */
static void
tell_untabled(const struct job *job)
{
	char from[CLOCK_STRLEN], to[CLOCK_STRLEN];
	if (job->untabled == 0)
		return;
	clock_format_us(job->untabled_from_us, from);
	clock_format_us(job->untabled_to_us, to);
	fprintf(stderr,
	    "tumen: no address table is of the time of %zu traces (%.10s to "
	    "%.10s): who carried them cannot be told; tumen origin build "
	    "makes a table, --origin names it\n",
	    job->untabled, from, to);
}

static bool
judged(void *arg, const struct round_result *result, struct fault *f)
{
	struct job *job = arg;
	const struct verdict *v = result->verdict;
	struct json j = {0};
	count_untabled(job, v);
	verdict_json(v, &j);
	char *json = json_take(&j);
	if (job->store != NULL) {
		put(job, v, json, named_json(job->named, v->start_us));
		bool full =
		    job->waiting == BATCH_ROWS || job->octets >= BATCH_OCTETS;
		return !full || flush(job, f);
	}
	bool ok = print(json, f);
	free(json);
	return ok;
}

static bool
each(void *arg, const struct record *r, struct fault *f)
{
	struct job *job = arg;
	job->controls += r->control;
	return r->control || round_add(job->round, r, f);
}

static void
show_states(size_t series, size_t of, int64_t start_us)
{
	char at[CLOCK_STRLEN];
	clock_format_us(start_us, at);
	fprintf(stderr, "\r\033[Kstates of %zu of %zu series, up to %.10s ",
	    series, of, at);
}

/*
 * The traces before a damaged one have their verdicts, and the states that
 * timelines read follow from all of them.
 */
static bool
derive(struct job *job, const struct query *q, struct fault *f)
{
	struct fault end = {0};
	job->batch = xcalloc(BATCH_ROWS, sizeof(*job->batch));
	job->held = xcalloc(BATCH_ROWS, sizeof(*job->held));
	struct store_filter filter = q->filter;
	filter.without_controls = true;
	bool ok = store_traces(job->store, &filter, each, job, f);
	bool stored =
	    round_end(job->round, &end) && flush(job, &end) &&
	    kept_renew(job->store, 0, job->progress ? show_states : NULL, &end);
	free(job->batch);
	free(job->held);
	if (ok && !stored)
		*f = end;
	return ok && stored;
}

static bool
from_store(struct job *job, const struct query *q, struct fault *f)
{
	job->store = query_store(q, STORE_WRITE, f);
	job->print = q->json;
	job->progress = isatty(STDERR_FILENO) == 1;
	if (job->store == NULL)
		return false;
	bool ok = derive(job, q, f);
	store_close(job->store);
	if (job->progress)
		fputs("\r\033[K", stderr);
	if (ok)
		fprintf(stderr, "%zu verdict%s\n", job->done,
		    job->done == 1 ? "" : "s");
	tell_untabled(job);
	return ok;
}

static bool
run(struct job *job, const struct query *q, struct fault *f)
{
	bool filter = q->argc == 1 && strcmp(q->argv[0], "-") == 0;
	if (q->argc > 0 && !filter)
		return fault_set(f, EX_USAGE,
		    "infer %s: only - (traces on stdin) may stand here",
		    q->argv[0]);
	if (!carriers_load(&job->classes, q->carriers, f))
		return false;
	job->tables = origin_set_open(q->origin, q->norigins, f);
	if (job->tables == NULL)
		return false;
	job->named =
	    named_new(&(struct basis){job->tables, &job->classes, NULL, NULL});
	job->round = round_new(
	    &(struct basis){job->tables, &job->classes, NULL, job->named},
	    judged, job);
	if (!filter)
		return from_store(job, q, f);
	struct fault end = {0};
	bool ok = broken_told_filter(each, job, f);
	bool told = round_end(job->round, &end);
	tell_untabled(job);
	if (job->controls > 0)
		fprintf(stderr,
		    "%zu traces of control destinations passed over\n",
		    job->controls);
	if (ok && !told)
		*f = end;
	return ok && told;
}

int
cmd_infer(int argc, char **argv)
{
	struct fault f = {0};
	struct query q;
	struct job job = {0};
	if (!query_parse(&q,
		QUERY_DB | QUERY_ORIGIN | QUERY_JSON | QUERY_WINDOW |
		    QUERY_FILES,
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
