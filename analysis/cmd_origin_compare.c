/* SPDX-License-Identifier: ISC */
#include "analysis/infer/carrier.h"
#include "analysis/origin/show_compare.h"
#include "analysis/origin/snapshot.h"
#include "analysis/origin_args.h"
#include "probe/base/opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

/* tumen origin compare */

enum { EXIT_CHANGED = 1 };

static const struct option options[] = {
    {"all", no_argument, NULL, ORIGIN_ARG_ALL},
    {"as", required_argument, NULL, ORIGIN_ARG_AS},
    {"carriers", required_argument, NULL, ORIGIN_ARG_CARRIERS},
    {"from", required_argument, NULL, ORIGIN_ARG_FROM},
    {"help", no_argument, NULL, 'h'},
    {"json", no_argument, NULL, 'j'},
    {"max-days", required_argument, NULL, 'd'},
    {"origin", required_argument, NULL, ORIGIN_NONE},
    {"to", required_argument, NULL, ORIGIN_ARG_TO},
    {NULL, 0, NULL, 0},
};

const char origin_compare_help[] =
    "usage: tumen origin compare [--as ASN]... [--all] [--json] OLD NEW\n"
    "       tumen origin compare [--as ASN]... [--all] [--json]\n"
    "           [--origin FILE]... [--max-days N] --from TIME --to TIME\n"
    "\n"
    "  OLD NEW          two snapshots\n"
    "  --from, --to TIME  two times, as lookup would answer for them\n"
    "  --origin FILE    a snapshot; without it those of the state directory\n"
    "  --max-days N     how old a table may be (default: 400)\n"
    "  --as ASN         an AS of interest, instead of the carrier classes\n"
    "  --carriers FILE  the carrier classes instead of the default\n"
    "  --all            every AS\n"
    "  --json           one object a line\n"
    "\n"
    "Exit status: 0 nothing changed, 1 something did.\n";

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

/* The ASes of interest: those named, else all of the carrier classes. */
static bool
watch(struct origin_args *o, struct fault *f)
{
	struct carriers c = {0};
	if (o->nwatched == 0 && !o->all) {
		bool ok = carriers_load(&c, o->carriers, f);
		for (size_t i = 0; ok && i < c.n; i++)
			o->watched[o->nwatched++] = c.row[i].asn;
		carriers_free(&c);
		if (!ok)
			return false;
	}
	qsort(o->watched, o->nwatched, sizeof(*o->watched), by_number);
	return true;
}

static int
compare(const struct origin_args *o, const struct compare_view *before,
    const struct compare_view *after)
{
	struct compare c = {.before = *before,
	    .after = *after,
	    .asns = o->all ? NULL : o->watched,
	    .n = o->nwatched,
	    .sink = o->json ? show_change_json : show_change};
	compare_run(&c);
	(o->json ? show_sum_json : show_sum)(&c);
	return origin_finish(compare_differs(&c.sum) ? EXIT_CHANGED : EX_OK);
}

/* The view of one file at its own date. */
static bool
view_file(const char *path, struct compare_view *view, struct fault *f)
{
	const struct snapshot *const *tables = NULL;
	struct origin_set *set = origin_set_open(&path, 1, f);
	view->set = set;
	if (set == NULL)
		return false;
	origin_set_tables(set, &tables);
	view->at_us = tables[0]->asof_us;
	return true;
}

static bool
view_time(const struct origin_args *o, int64_t at_us, struct compare_view *view,
    struct fault *f)
{
	struct origin_answer a;
	char reason[ORIGIN_REASON_LEN];
	struct origin_set *set =
	    origin_set_open_at(o->files, o->nfiles, at_us, f);
	*view = (struct compare_view){set, at_us};
	if (set == NULL)
		return false;
	origin_set_limit(set, o->max_days);
	if (!origin_lookup(set, UINT32_C(0x01000000), at_us, &a) &&
	    a.refusal != ORIGIN_UNKNOWN)
		return fault_set(
		    f, EX_DATAERR, "%s", origin_reason(&a, reason));
	return true;
}

static bool
usage(const struct origin_args *o, int operands, struct fault *f)
{
	bool times = o->from_us >= 0 || o->to_us >= 0;
	if (times ? operands > 0 : operands != 2)
		return fault_set(f, EX_USAGE,
		    "tumen origin compare: either two snapshots or --from "
		    "TIME and --to TIME");
	if (times && (o->from_us < 0 || o->to_us < 0))
		return fault_set(f, EX_USAGE, "--%s TIME: is missing",
		    o->from_us < 0 ? "from" : "to");
	if (!times && o->nfiles > 0)
		return fault_set(f, EX_USAGE,
		    "--origin %s: only with --from and --to", o->files[0]);
	if (o->all && o->nwatched > 0)
		return fault_set(
		    f, EX_USAGE, "--all and --as: only one of them");
	return true;
}

int
origin_compare_command(int argc, char **argv)
{
	struct origin_args o;
	struct fault f = {0};
	struct compare_view before = {0}, after = {0};
	if (!origin_args_parse(&o, argc, argv, options, &f))
		return opt_fail(&f);
	if (o.help) {
		fputs(origin_compare_help, stdout);
		return origin_finish(EX_OK);
	}
	if (!usage(&o, argc - optind, &f) || !watch(&o, &f))
		return opt_fail(&f);
	char **paths = argv + optind;
	bool ok = o.from_us >= 0 ? view_time(&o, o.from_us, &before, &f) &&
				       view_time(&o, o.to_us, &after, &f)
				 : view_file(paths[0], &before, &f) &&
				       view_file(paths[1], &after, &f);
	int status = ok ? compare(&o, &before, &after) : 0;
	origin_set_close(before.set);
	origin_set_close(after.set);
	return ok ? status : opt_fail(&f);
}
