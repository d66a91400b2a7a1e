/* SPDX-License-Identifier: ISC */
#include "analysis/cmd_timeline.h"
#include "analysis/change/dependence_text.h"
#include "analysis/change/event_text.h"
#include "analysis/change/timeline_text.h"
#include "analysis/commands.h"
#include "analysis/control/control_show.h"
#include "analysis/report/planes_text.h"
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
    "                      [--width N] [--json [--runs]] [--origin FILE]...\n"
    "                      [--carriers FILE]\n"
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
    "  --origin FILE    tables with VRPs, for the RPKI state of routes\n"
    "  --carriers FILE  the classes of carriers\n"
    "  --width N        columns, 60..200 (the terminal's, or 80)\n"
    "  --json           one event object a line, see tumen-timeline(1)\n"
    "  --runs           the runs before them\n"
    "  --watch          stay, and print every new event once\n"
    "  --every S        look so often, 1..86400 (60)\n"
    "  --exec CMD       run CMD (by /bin/sh) once for every new event, with\n"
    "                   its object on standard input\n"
    "  --state FILE     remembers which events were told\n";

static bool
of_data(const struct query *q)
{
	return q->plane == NULL || strcmp(q->plane, "data") == 0;
}

/* A vantage sees no BGP: its own view has none. */
static bool
of_control(const struct query *q)
{
	return q->plane == NULL ? q->filter.vantage == NULL
				: strcmp(q->plane, "control") == 0;
}

static void
show_state(const struct planes *p, const struct timeline_job *job)
{
	const struct query *q = &job->q;
	struct status s;
	status_open(&s, &p->data);
	if (of_data(q) && q->json)
		status_json(&s, stdout);
	else if (of_data(q))
		status_print(&s, stdout);
	status_close(&s);
	bool alone = !of_data(q);
	const struct control_look look = {
	    &job->classes, q->at_us, q->at_us + 1, query_width(q)};
	if (q->json)
		control_runs_json(
		    &p->control, &job->classes, q->at_us, q->at_us + 1, stdout);
	if (!q->json && (alone || p->control.n > 0)) {
		fputs(alone ? ""
			    : "\nBGP, as the peers of collectors had "
			      "it:\n",
		    stdout);
		control_runs_print(&p->control, &look, stdout);
	}
}

static void
depend_on(const struct planes *p, enum event_plane plane,
    const struct timeline_job *job)
{
	const struct planes_window window = {
	    job->q.filter.since_us, job->q.filter.until_us};
	struct dependence d = {0};
	planes_dependence(p, plane, &job->classes, &window, &d);
	for (size_t i = 0; job->q.json && i < d.n; i++) {
		struct json j = {0};
		dependence_json(&d.month[i], plane, &j);
		json_line(&j, stdout);
	}
	if (!job->q.json)
		dependence_print(&d, query_width(&job->q), stdout);
	dependence_free(&d);
}

static void
show_dependence(const struct planes *p, const struct timeline_job *job)
{
	const struct query *q = &job->q;
	bool beside = of_data(q) && p->control.n > 0;
	if (of_data(q))
		depend_on(p, PLANE_DATA, job);
	if (beside && !q->json)
		fputs("\nBy BGP, as the peers of collectors had it:\n", stdout);
	if (beside || !of_data(q))
		depend_on(p, PLANE_CONTROL, job);
}

static void
show_json(const struct planes *p, const struct timeline_job *job,
    const struct timeline_look *look)
{
	if (job->q.runs) {
		timeline_runs_json(&p->folded, &p->data, look, stdout);
		control_runs_json(&p->control, &job->classes, look->from_us,
		    look->to_us, stdout);
		disagree_json(&p->disagree, look->from_us, look->to_us, stdout);
	}
	for (size_t i = 0; i < p->events.n; i++) {
		struct json j = {0};
		const struct event *e = &p->events.event[i];
		if (!event_within(e, look->from_us, look->to_us))
			continue;
		event_json(e, &j);
		json_line(&j, stdout);
	}
}

/* The answer first, of each plane that has one. */
static void
show_answer(const struct planes *p, const struct timeline_job *job,
    const struct timeline_look *look)
{
	const struct control_answer by_bgp = {&p->control, &job->classes,
	    look->from_us, look->to_us, look->width};
	if (p->folded.n > 0)
		timeline_answer(&p->folded, &p->events, look, stdout);
	else if (of_data(&job->q) && p->control.n == 0)
		fputs("No verdict in this selection; `tumen infer` derives "
		      "them.\n",
		    stdout);
	control_answer_print(&by_bgp, stdout);
}

static void
show_text(const struct planes *p, const struct timeline_job *job,
    const struct timeline_look *look)
{
	const struct control_look routes = {
	    &job->classes, look->from_us, look->to_us, look->width};
	show_answer(p, job, look);
	timeline_print(&p->folded, &p->data, look, stdout);
	if (!of_data(&job->q) || p->control.n > 0) {
		fputs("BGP, AS THE PEERS OF COLLECTORS HAD IT\n", stdout);
		control_runs_print(&p->control, &routes, stdout);
		fputc('\n', stdout);
	}
	disagree_print(
	    &p->disagree, look->from_us, look->to_us, look->width, stdout);
	if (p->folded.n > 0 || p->control.n > 0)
		events_print(&p->events, look->from_us, look->to_us,
		    look->width, stdout);
}

static void
show(const struct planes *p, const struct timeline_job *job)
{
	const struct query *q = &job->q;
	const struct timeline_look look = {.from_us = q->filter.since_us,
	    .to_us = q->filter.until_us,
	    .width = query_width(q),
	    .vantages = q->vantages || q->filter.vantage != NULL ||
			p->data.n + p->data.nreach <= RUNS_FEW};
	if (q->at_us >= 0)
		show_state(p, job);
	else if (q->dependence)
		show_dependence(p, job);
	else if (q->json)
		show_json(p, job, &look);
	else
		show_text(p, job, &look);
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
	       one_of(q->filter.vantage != NULL, !of_data(q),
		   "--vantage and --plane control", f) &&
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
timeline_read(struct planes *p, const struct timeline_job *job, struct store *s,
    struct fault *f)
{
	const struct query *q = &job->q;
	struct store_filter filter = q->filter;
	/* What confirmed a change in the window may come behind it. */
	filter.until_us = q->at_us >= 0 ? q->at_us + 1 : 0;
	const struct planes_ask ask = {.filter = &filter,
	    .data = of_data(q),
	    .control = of_control(q),
	    .settled = q->watch,
	    .classes = &job->classes,
	    .tables = job->tables};
	return planes_read(p, s, &ask, f);
}

static int
show_once(const struct timeline_job *job, struct fault *f)
{
	struct planes p;
	struct store *store = query_store(&job->q, STORE_READ, f);
	if (store == NULL)
		return opt_fail(f);
	bool ok = timeline_read(&p, job, store, f);
	if (ok)
		show(&p, job);
	planes_close(&p);
	store_close(store);
	if (!ok)
		return opt_fail(f);
	return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

static bool
prepare(struct timeline_job *job, struct fault *f)
{
	const struct query *q = &job->q;
	if (!sane(q, f) || !carriers_load(&job->classes, q->carriers, f))
		return false;
	if (q->norigins == 0)
		return true;
	job->tables = origin_set_open(q->origin, q->norigins, f);
	return job->tables != NULL;
}

int
cmd_timeline(int argc, char **argv)
{
	struct fault f = {0};
	struct timeline_job job = {0};
	if (!query_parse(&job.q,
		QUERY_DB | QUERY_JSON | QUERY_AT | QUERY_SELECT |
		    QUERY_FROM_TO | QUERY_PLANE | QUERY_ORIGIN | QUERY_TIMELINE,
		argc, argv, &f))
		return opt_fail(&f);
	if (job.q.help)
		return fputs(help, stdout) < 0;
	int status = EX_OK;
	if (!prepare(&job, &f))
		status = opt_fail(&f);
	else
		status = job.q.watch ? timeline_watch(&job, &f)
				     : show_once(&job, &f);
	carriers_free(&job.classes);
	origin_set_close(job.tables);
	return status;
}
