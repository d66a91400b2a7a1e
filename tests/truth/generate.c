/* SPDX-License-Identifier: ISC */
#include "analysis/origin/replace.h"
#include "probe/base/opt.h"
#include "probe/base/record_json.h"
#include "tests/truth/files.h"
#include "tests/truth/lpm.h"
#include "tests/truth/score.h"
#include "tests/truth/tables.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/*
 * generate [--seed N] [--traces N] [--ases N] [--table FILE] [--tables DIR]
 *     [--origin FILE] [--truth FILE] [--score] [--quiet]
 * Traces as NDJSON on stdout (none with --quiet), the tables of their world as
 * text into a folder and as a snapshot (*.origin), the truth about each trace,
 * a line each, into a file. --score prints how often plain longest-prefix match
 * is right on stderr.
 */
struct wish {
	struct truth_order order;
	struct truth_rates rates;
	int64_t traces;
	const char *tables, *truth, *origin;
	bool score, quiet;
};

static bool
number(const char *name, int64_t hi, int64_t *value, struct fault *f)
{
	return opt_number(name, optarg, (struct opt_range){0, hi}, value, f);
}

static bool
option(int c, struct wish *w, struct fault *f)
{
	int64_t n = 0;
	switch (c) {
	case 's':
		if (!number("--seed", INT64_MAX, &n, f))
			return false;
		w->order.seed = (uint64_t)n;
		return true;
	case 'n':
		return number("--traces", 1000000000, &w->traces, f);
	case 'a':
		if (!number("--ases", 1000000, &n, f))
			return false;
		w->rates.ases = (size_t)n;
		return true;
	case 'b':
		w->order.table = optarg;
		return true;
	case 't':
		w->tables = optarg;
		return true;
	case 'u':
		w->truth = optarg;
		return true;
	case 'o':
		w->origin = optarg;
		return true;
	case 'c':
		return w->score = true;
	case 'q':
		return w->quiet = true;
	default:
		return fault_set(f, EX_USAGE, "see the top of generate.c");
	}
}

static bool
options(int argc, char **argv, struct wish *w, struct fault *f)
{
	static const struct option known[] = {
	    {"seed", required_argument, NULL, 's'},
	    {"traces", required_argument, NULL, 'n'},
	    {"ases", required_argument, NULL, 'a'},
	    {"table", required_argument, NULL, 'b'},
	    {"tables", required_argument, NULL, 't'},
	    {"truth", required_argument, NULL, 'u'},
	    {"origin", required_argument, NULL, 'o'},
	    {"score", no_argument, NULL, 'c'},
	    {"quiet", no_argument, NULL, 'q'},
	    {NULL, 0, NULL, 0},
	};
	int c;
	truth_rates_default(&w->rates);
	w->order = (struct truth_order){
	    "analysis/origin/data/shipped.tbl.zst", 1, &w->rates};
	w->traces = 1000;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1)
		if (!option(c, w, f))
			return false;
	return true;
}

/* What generating goes along with. */
struct output {
	const struct wish *wish;
	FILE *truth;
	struct snapshot *table; /* NULL: no score */
	struct score lpm;
	struct json traces, truths;
};

static bool
tell(struct output *o, const struct truth_trace *t, struct fault *f)
{
	int e = 0;
	if (!o->wish->quiet) {
		record_json(&t->record, &o->traces);
		e = json_line(&o->traces, stdout);
	}
	if (o->truth != NULL && e == 0) {
		files_truth_json(t, &o->truths);
		e = json_line(&o->truths, o->truth);
	}
	if (o->table != NULL)
		score_add(
		    &o->lpm, t, lpm_entry(o->table, &t->record, t->target_as));
	return e == 0 || fault_set(f, EX_IOERR, "%s", strerror(-e));
}

/* Packs the tables: for the score, and as a file when one is wanted. */
static bool
pack(struct output *o, struct truth *t, struct wr *bytes, struct fault *f)
{
	const struct wish *w = o->wish;
	if (!w->score && w->origin == NULL)
		return true;
	struct snapshot *s = tables_snapshot(t, bytes, f);
	if (s == NULL)
		return false;
	if (w->score)
		o->table = s;
	else
		snapshot_close(s);
	return w->origin == NULL ||
	       replace_file(w->origin, bytes->p, bytes->len, f);
}

static bool
generate(const struct wish *w, struct truth *t, struct fault *f)
{
	struct output o = {.wish = w};
	struct wr bytes = {0};
	bool ok = w->tables == NULL || files_write(t, w->tables, f);
	if (ok && w->truth != NULL && (o.truth = fopen(w->truth, "w")) == NULL)
		ok =
		    fault_set(f, EX_IOERR, "%s: %s", w->truth, strerror(errno));
	ok = ok && pack(&o, t, &bytes, f);
	for (int64_t i = 0; ok && i < w->traces; i++)
		ok = tell(&o, truth_next(t), f);
	if (o.truth != NULL && fclose(o.truth) != 0 && ok)
		ok =
		    fault_set(f, EX_IOERR, "%s: %s", w->truth, strerror(errno));
	if (ok && w->score)
		score_print(&o.lpm, "longest-prefix match", stderr);
	snapshot_close(o.table);
	wr_free(&bytes);
	json_clear(&o.traces);
	json_clear(&o.truths);
	return ok;
}

int
main(int argc, char **argv)
{
	struct wish w = {0};
	struct fault f = {0};
	if (!options(argc, argv, &w, &f))
		return opt_fail(&f);
	struct truth *t = truth_open(&w.order, &f);
	bool ok = t != NULL && generate(&w, t, &f);
	truth_close(t);
	return ok ? EX_OK : opt_fail(&f);
}
