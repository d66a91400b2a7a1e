/* SPDX-License-Identifier: ISC */
#include "analysis/broken_told.h"
#include "analysis/change/cells.h"
#include "analysis/change/diff_json.h"
#include "analysis/change/diff_line.h"
#include "analysis/change/diff_text.h"
#include "analysis/change/summary.h"
#include "analysis/commands.h"
#include "analysis/diff_operands.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static const char help[] =
    "usage: tumen diff [--unified|--json] [--all] [--vantage V] [--prefix P]\n"
    "                  [--width N] [--origin FILE]... [--carriers FILE]\n"
    "                  [--db DB] A B\n"
    "       tumen diff [--unified|--json] [--all] --db DB --a-time T --b-time "
    "T\n"
    "                  [--hours N] and the others of these\n"
    "\n"
    "How the paths of the same flows differ: A, B are traces' ids (with --db)\n"
    "or files: JSON (- is stdin), sealed segments, databases. Loss is no\n"
    "change, balancing neither. Status 1: a path changed.\n"
    "  --a-time T, --b-time T  what the database holds of a whole day\n"
    "                   (2026-11-21, UTC), or each flow's newest trace at an\n"
    "                   instant (2026-11-21T16:53:59Z, @SECONDS)\n"
    "  --hours N        which is not older than that (24)\n"
    "  --vantage V      only this vantage;  --prefix P  only these targets\n"
    "  --unified        one column, as diff -u; of a set each changed pair\n"
    "  --all            lists every pair, not only the first that changed\n"
    "  --width N        columns, 60..200 (the terminal's, or 80)\n"
    "  --origin FILE    an address table (repeat for several days); default:\n"
    "                   /var/lib/tumen/origin, then the table that ships\n"
    "  --carriers FILE  the carrier classes instead of the default\n"
    "  --db DB          the shared database (or $TUMEN_DB)\n"
    "  --json           one object a pair, of a set a summary, too\n";

/* Pairs that are listed without --all. */
enum { LISTED_MAX = 20 };

struct job {
	struct operands operands;
	struct origin_set *tables;
	struct carriers classes;
	struct basis basis;
	struct diff_look look;
	struct compared compared;
	struct summary summary;
	struct cells list; /* of the text about a set */
	struct diff_line_look line;
	size_t listed, left_out;
	size_t untabled; /* traces of whose time there is no address table */
	bool json, all;
	bool set; /* many pairs, not one */
};

static bool
written(struct fault *f)
{
	return !ferror(stdout) ||
	       fault_set(f, EX_IOERR, "stdout: cannot be written");
}

static bool
has_place(struct job *job)
{
	bool has = job->all || job->listed < LISTED_MAX;
	job->listed += has;
	job->left_out += !has;
	return has;
}

/* The longest name decides how wide its column is. */
static size_t
longest_vantage(const struct side *s, size_t n)
{
	for (size_t i = 0; i < s->n; i++) {
		size_t len = strlen(s->flow[i]->head.vantage);
		n = len > n ? len : n;
	}
	return n;
}

static void
list(struct job *job, const struct compared *c)
{
	bool wanted = job->all || c->diff.class == DIFF_CHANGED;
	if (!wanted || !has_place(job))
		return;
	if (!job->look.unified) {
		diff_line(c, &job->line, job->list.to);
		return;
	}
	diff_text(c, &job->look, job->list.to);
	fputc('\n', job->list.to);
}

static bool
alone(
    struct job *job, const struct side_flow *flow, bool only_a, struct fault *f)
{
	struct json j = {0};
	summary_alone(&job->summary, flow, only_a);
	if (job->json) {
		diff_json_alone(flow, only_a, &j);
		json_line(&j, stdout);
	} else if (job->all) {
		diff_line_alone(flow, only_a, &job->line, job->list.to);
	}
	return written(f);
}

static void
show(struct job *job, const struct compared *c)
{
	struct json j = {0};
	if (job->json) {
		diff_json(c, &j);
		json_line(&j, stdout);
	} else if (job->set) {
		list(job, c);
	} else {
		diff_text(c, &job->look, stdout);
	}
}

static bool
has_no_table(const struct naming *n)
{
	return n->judged && n->verdict.days < 0;
}

static void
tell_untabled(const struct job *job)
{
	if (job->untabled > 0)
		fprintf(stderr,
		    "tumen: no address table is of the time of %zu of the "
		    "traces: their ASes and carriers cannot be told; tumen "
		    "origin build makes a table, --origin names it\n",
		    job->untabled);
}

/* Names cost more than the comparison: only for what is shown or changed. */
static bool
compare(void *arg, const struct pair *pair, struct fault *f)
{
	struct job *job = arg;
	struct compared *c = &job->compared;
	if (pair->b == NULL)
		return alone(job, pair->a, true, f);
	if (pair->a == NULL)
		return alone(job, pair->b, false, f);
	compared_make(c, pair);
	bool named =
	    job->json || job->all || !job->set || c->diff.class == DIFF_CHANGED;
	if (named) {
		compared_name(c, &job->basis);
		job->untabled +=
		    has_no_table(&c->name_a) + has_no_table(&c->name_b);
	}
	summary_add(&job->summary, c);
	if (named)
		show(job, c);
	compared_clear(c);
	return written(f);
}

static void
end_json(struct job *job, const struct summary_sides *sides)
{
	struct json j = {0};
	summary_json(&job->summary, sides, &j);
	json_line(&j, stdout);
}

static void
end_text(struct job *job, const struct summary_sides *sides)
{
	summary_text(&job->summary, sides,
	    &(struct summary_look){job->look.width, job->all}, stdout);
	fflush(job->list.to);
	if (job->list.len == 0)
		return;
	fputc('\n', stdout);
	if (!job->look.unified)
		diff_line_head(&job->line, stdout);
	fwrite(job->list.text, 1, job->list.len, stdout);
	if (job->left_out > 0)
		printf("... and %zu more that changed: --all lists them, "
		       "--json tells all of each\n",
		    job->left_out);
}

static struct summary_side
said(const struct operand *o)
{
	return (struct summary_side){
	    o->name, o->side.ntraces, o->side.n, o->since_us, o->until_us};
}

static bool
compare_set(struct job *job, struct fault *f)
{
	const struct operand *a = &job->operands.a, *b = &job->operands.b;
	const struct summary_sides sides = {said(a), said(b)};
	job->line = (struct diff_line_look){job->look.width,
	    longest_vantage(&b->side, longest_vantage(&a->side, 0))};
	cells_open(&job->list);
	bool ok = pairs(&a->side, &b->side, compare, job, f);
	summary_sort(&job->summary);
	if (ok && job->json)
		end_json(job, &sides);
	else if (ok)
		end_text(job, &sides);
	cells_drop(&job->list);
	return ok && written(f);
}

/* Two traces are compared even if they are of two flows, to say so. */
static bool
run(struct job *job, const struct query *q, struct fault *f)
{
	if (q->json && q->unified)
		return fault_set(
		    f, EX_USAGE, "--json and --unified: only one of them");
	if (!operands_take(&job->operands, q, f) ||
	    !carriers_load(&job->classes, q->carriers, f))
		return false;
	job->tables = origin_set_open(q->origin, q->norigins, f);
	if (job->tables == NULL || !operands_read(&job->operands, q, f))
		return false;
	job->basis = (struct basis){job->tables, &job->classes, NULL, NULL};
	job->look.tables = job->tables;
	const struct side *a = &job->operands.a.side,
			  *b = &job->operands.b.side;
	bool one = a->n == 1 && b->n == 1;
	bool same = one && side_order(a->flow[0], b->flow[0]) == 0;
	job->set = !one || (job->operands.selected && (job->json || !same));
	if (job->set)
		return compare_set(job, f);
	return compare(job, &(struct pair){a->flow[0], b->flow[0]}, f);
}

static bool
may_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	return isatty(STDOUT_FILENO) == 1 && (no == NULL || *no == '\0') &&
	       term != NULL && strcmp(term, "dumb") != 0;
}

int
cmd_diff(int argc, char **argv)
{
	struct fault f = {0};
	struct query q;
	if (!query_parse(&q,
		QUERY_DB | QUERY_ORIGIN | QUERY_JSON | QUERY_SELECT |
		    QUERY_FILES | QUERY_DIFF,
		argc, argv, &f))
		return opt_fail(&f);
	if (q.help)
		return fputs(help, stdout) < 0;
	struct job *job = xcalloc(1, sizeof(*job));
	job->json = q.json;
	job->all = q.all;
	job->look = (struct diff_look){.width = query_width(&q),
	    .unified = q.unified,
	    .colour = may_colour()};
	bool ok = run(job, &q, &f);
	tell_untabled(job);
	ok = ok && broken_told_none(job->operands.broken, &f);
	bool changed = job->summary.all.count.class[DIFF_CHANGED] > 0;
	summary_close(&job->summary);
	operands_close(&job->operands);
	carriers_free(&job->classes);
	origin_set_close(job->tables);
	free(job);
	if (fflush(stdout) != 0 && ok)
		ok = fault_set(&f, EX_IOERR, "stdout: cannot be written");
	return ok ? changed : opt_fail(&f);
}
