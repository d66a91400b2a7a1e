/* SPDX-License-Identifier: ISC */
#include "analysis/cmd_timeline.h"
#include "analysis/change/dependence_text.h"
#include "analysis/change/event_text.h"
#include "analysis/change/timeline_text.h"
#include "analysis/commands.h"
#include "analysis/report/status.h"
#include "probe/base/opt.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* So many runs of single vantages are shown without being asked for. */
enum { RUNS_FEW = 40 };

static const char help[] =
    "usage: tumen timeline --db DB [--from T] [--to T] [--at T] [--prefix P]\n"
    "                      [--vantage V] [--plane data|control] [--vantages]\n"
    "                      [--width N] [--json [--runs]]\n"
    "       tumen timeline --db DB --dependence [--from T] [--to T] [--json]\n"
    "       tumen timeline --db DB --watch [--every S] [--from T]\n"
    "                      [--state FILE [--exec CMD]] [--json]\n"
    "\n"
    "Who carried which prefix when, seen from all vantages; then what changed\n"
    "and between which two observations.\n"
    "  --db DB          the shared database (or $TUMEN_DB)\n"
    "  --from T, --to T only what was seen in this window\n"
    "  --at T           the state of that moment\n"
    "  --prefix P       only this prefix;  --vantage V  only this vantage\n"
    "  --plane PLANE    data: what traces saw; control: what BGP said; both\n"
    "                   without this, as far as there is anything\n"
    "  --vantages       what every vantage saw, too\n"
    "  --dependence     the share of each month that one carrier alone "
    "brought\n"
    "                   a prefix, and who\n"
    "  --width N        columns, 60..200 (the terminal's, or 80)\n"
    "  --json           one event object a line, see tumen-timeline(1)\n"
    "  --runs           the runs before them\n"
    "  --watch          stay, and print every new event once\n"
    "  --every S        look so often, 1..86400 (60)\n"
    "  --exec CMD       run CMD (by /bin/sh) once for every new event, with\n"
    "                   its object on standard input\n"
    "  --state FILE     remembers which events were told\n";

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
show_dependence(const struct planes *p, const struct query *q)
{
	struct dependence d = {0};
	dependence_of_folded(
	    &d, &p->folded, q->filter.since_us, q->filter.until_us);
	for (size_t i = 0; q->json && i < d.n; i++) {
		struct json j = {0};
		dependence_json(&d.month[i], PLANE_DATA, &j);
		json_line(&j, stdout);
	}
	if (!q->json)
		dependence_print(&d, query_width(q), stdout);
	dependence_free(&d);
}

static void
show_json(const struct planes *p, const struct timeline_look *look, bool runs)
{
	if (runs)
		timeline_runs_json(&p->folded, &p->data, look, stdout);
	for (size_t i = 0; i < p->events.n; i++) {
		struct json j = {0};
		const struct event *e = &p->events.event[i];
		if (!event_within(e, look->from_us, look->to_us))
			continue;
		event_json(e, &j);
		json_line(&j, stdout);
	}
}

static void
show_text(const struct planes *p, const struct timeline_look *look)
{
	if (p->folded.n == 0) {
		fputs("No verdict in this selection; `tumen infer` derives "
		      "them.\n",
		    stdout);
		return;
	}
	timeline_answer(&p->folded, &p->events, look, stdout);
	timeline_print(&p->folded, &p->data, look, stdout);
	events_print(
	    &p->events, look->from_us, look->to_us, look->width, stdout);
}

static void
show(const struct planes *p, const struct query *q)
{
	const struct timeline_look look = {.from_us = q->filter.since_us,
	    .to_us = q->filter.until_us,
	    .width = query_width(q),
	    .vantages = q->vantages || q->filter.vantage != NULL ||
			p->data.n + p->data.nreach <= RUNS_FEW};
	if (q->at_us >= 0)
		show_state(&p->data, q->json);
	else if (q->dependence)
		show_dependence(p, q);
	else if (q->json)
		show_json(p, &look, q->runs);
	else
		show_text(p, &look);
}

static bool
one_of(bool a, bool b, const char *names, struct fault *f)
{
	return !(a && b) ||
	       fault_set(f, EX_USAGE, "%s: only one of them", names);
}

static bool
needs(bool a, bool b, const char *what, struct fault *f)
{
	return !a || b || fault_set(f, EX_USAGE, "%s", what);
}

static bool
sane(const struct query *q, struct fault *f)
{
	bool window = q->filter.since_us != 0 || q->filter.until_us != 0;
	return one_of(q->at_us >= 0, window, "--at, and --from or --to", f) &&
	       one_of(
		   q->at_us >= 0, q->dependence, "--at and --dependence", f) &&
	       one_of(q->watch, q->at_us >= 0 || q->dependence || q->runs,
		   "--watch, and --at, --dependence or --runs", f) &&
	       one_of(
		   q->watch, q->filter.until_us != 0, "--watch and --to", f) &&
	       needs(q->every_s > 0 || q->exec != NULL || q->state != NULL,
		   q->watch, "--every, --exec, --state: only with --watch",
		   f) &&
	       needs(q->exec != NULL, q->state != NULL,
		   "--exec: needs --state FILE, to call nothing twice", f) &&
	       needs(q->runs, q->json, "--runs: only with --json", f);
}

bool
timeline_read(
    struct planes *p, const struct query *q, struct store *s, struct fault *f)
{
	struct store_filter filter = q->filter;
	/* What confirmed a change in the window may come behind it. */
	filter.until_us = q->at_us >= 0 ? q->at_us + 1 : 0;
	const struct planes_ask ask = {.filter = &filter, .data = true};
	return planes_read(p, s, &ask, f);
}

static int
show_once(const struct query *q, struct fault *f)
{
	struct planes p;
	struct store *store = query_store(q, STORE_READ, f);
	if (store == NULL)
		return opt_fail(f);
	bool ok = timeline_read(&p, q, store, f);
	if (ok)
		show(&p, q);
	planes_close(&p);
	store_close(store);
	if (!ok)
		return opt_fail(f);
	return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

int
cmd_timeline(int argc, char **argv)
{
	struct fault f = {0};
	struct query q;
	if (!query_parse(&q,
		QUERY_DB | QUERY_JSON | QUERY_AT | QUERY_SELECT |
		    QUERY_FROM_TO | QUERY_PLANE | QUERY_TIMELINE,
		argc, argv, &f))
		return opt_fail(&f);
	if (q.help)
		return fputs(help, stdout) < 0;
	if (!sane(&q, &f))
		return opt_fail(&f);
	return q.watch ? timeline_watch(&q, &f) : show_once(&q, &f);
}
