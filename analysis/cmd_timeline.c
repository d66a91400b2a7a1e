/* SPDX-License-Identifier: ISC */
#include "analysis/change/changes.h"
#include "analysis/change/kept.h"
#include "analysis/commands.h"
#include "analysis/query.h"
#include "analysis/report/status.h"
#include "probe/base/opt.h"

#include <stdio.h>
#include <sysexits.h>

static const char help[] =
    "usage: tumen timeline --db DB [--from T] [--to T] [--at T] [--prefix P]\n"
    "                      [--vantage V] [--plane data] [--json]\n"
    "\n"
    "Who carried which prefix when, seen from each vantage, then what changed\n"
    "and between which two observations.\n"
    "  --db DB             the shared database (or $TUMEN_DB)\n"
    "  --from T, --to T    only what was seen in this window\n"
    "  --at T              the state of that moment\n"
    "  --prefix P          only this prefix;  --vantage V  only this vantage\n"
    "  --plane data        what traces saw (the only plane so far)\n"
    "  --json              one event object a line, see tumen-timeline(1)\n";

static void
show_state(const struct timeline *t, bool as_json)
{
	struct status s;
	status_open(&s, t);
	if (as_json)
		status_json(&s, stdout);
	else
		status_print(&s, stdout);
	status_close(&s);
}

static void
show(const struct timeline *t, const struct query *q)
{
	if (q->at_us >= 0) {
		show_state(t, q->json);
	} else if (q->json) {
		changes_json(t, q->filter.since_us, q->filter.until_us, stdout);
	} else {
		int64_t from = q->filter.since_us, to = q->filter.until_us;
		runs_print(t, from, to, stdout);
		fputc('\n', stdout);
		changes_print(t, from, to, stdout);
	}
}

static bool
sane(const struct query *q, struct fault *f)
{
	if (q->control_plane)
		return fault_set(f, EX_USAGE,
		    "--plane control: not in this version; data is");
	if (q->at_us >= 0 &&
	    (q->filter.since_us != 0 || q->filter.until_us != 0))
		return fault_set(
		    f, EX_USAGE, "--at, and --from or --to: only one of them");
	return true;
}

int
cmd_timeline(int argc, char **argv)
{
	struct fault f = {0};
	struct query q;
	struct timeline t;
	if (!query_parse(&q,
		QUERY_DB | QUERY_JSON | QUERY_AT | QUERY_SELECT |
		    QUERY_FROM_TO | QUERY_PLANE,
		argc, argv, &f))
		return opt_fail(&f);
	if (q.help)
		return fputs(help, stdout) < 0;
	if (!sane(&q, &f))
		return opt_fail(&f);
	struct store *store = query_store(&q, STORE_READ, &f);
	if (store == NULL)
		return opt_fail(&f);
	/*
	 * A change in the window needs the run before it, and the round that
	 * confirmed it, which may come behind: read all.
	 */
	struct store_filter filter = q.filter;
	filter.since_us = 0;
	filter.until_us = q.at_us >= 0 ? q.at_us + 1 : 0;
	bool ok = kept_read(&t, store, &filter, &f);
	if (ok)
		show(&t, &q);
	timeline_close(&t);
	store_close(store);
	if (!ok)
		return opt_fail(&f);
	return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}
