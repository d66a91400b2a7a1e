/* SPDX-License-Identifier: ISC */
#include "analysis/change/alerts.h"
#include "analysis/change/call.h"
#include "analysis/change/event_text.h"
#include "analysis/cmd_timeline.h"
#include "analysis/ends.h"
#include "probe/base/clock.h"
#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "sql/backoff.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { EVERY_S = 60, CALL_TIMEOUT_MS = 60 * 1000 };

struct watch {
	const struct timeline_job *job;
	const struct query *q; /* of it */
	struct store *store;   /* NULL: not open */
	struct alerts alerts;
	sigset_t ends;
	bool ended;  /* a signal came */
	bool broken; /* nothing can be told any more */
};

static void
print(const struct watch *w, const struct event *e, const char *json)
{
	if (w->q->json)
		puts(json);
	else
		event_print(e, query_width(w->q), stdout);
}

/* The command's end is told whatever it is; a bad one is no reason to end. */
static void
call(const struct watch *w, const char *json, char how[static CALL_HOW_MAX])
{
	char *text = xasprintf("%s\n", json);
	const struct call c = {.command = w->q->exec,
	    .text = text,
	    .len = strlen(text),
	    .timeout_ms = CALL_TIMEOUT_MS};
	bool ok = call_run(&c, how);
	log_line(ok ? LOG_NOTE : LOG_WARN, "timeline: call %zu: %s",
	    w->alerts.n, how);
	free(text);
}

/* On the disk before, said and called, on the disk after. */
static bool
tell(struct watch *w, const struct event *e, struct fault *f)
{
	char how[CALL_HOW_MAX] = "ok";
	struct json j = {0};
	if (!alerts_call(&w->alerts, e, f))
		return false;
	event_json(e, &j);
	char *json = json_take(&j);
	print(w, e, json);
	bool ok = fflush(stdout) == 0 ||
		  fault_set(f, EX_IOERR, "stdout: cannot be written");
	if (ok && w->q->exec != NULL)
		call(w, json, how);
	free(json);
	return ok && alerts_done(&w->alerts, how, f);
}

static bool
tell_new(struct watch *w, const struct events *e, struct fault *f)
{
	size_t *list = xcalloc(e->n + 1, sizeof(*list));
	size_t n = alerts_new(&w->alerts, e, list);
	for (size_t i = 0; i < n && !w->broken && !w->ended; i++) {
		w->broken = !tell(w, &e->event[list[i]], f);
		w->ended = ends_sleep(&w->ends, 0);
	}
	free(list);
	return !w->broken;
}

/* Reads all once, and tells what is new. */
static bool
look(struct watch *w, struct fault *f)
{
	struct planes p = {0};
	if (w->store == NULL)
		w->store = query_store(w->q, STORE_READ, f);
	if (w->store == NULL)
		return false;
	bool ok = timeline_read(&p, w->job, w->store, f);
	ok = ok && tell_new(w, &p.events, f);
	planes_close(&p);
	return ok;
}

/* How long to wait after a look that failed. What is said once is not said
 * again before it works. */
static int64_t
failed(struct watch *w, struct backoff *wait, const struct fault *f)
{
	if (wait->failures == 0)
		log_line(
		    LOG_WARN, "timeline: %s; will be tried again", f->text);
	store_close(w->store);
	w->store = NULL;
	return backoff_ms(wait);
}

static bool
run(struct watch *w, struct fault *f)
{
	int64_t every_ms = 1000 * (w->q->every_s ? w->q->every_s : EVERY_S);
	struct backoff wait = {.most_ms = every_ms > 1000 ? every_ms : 1000,
	    .random = (uint64_t)wall_now().ns ^ (uint64_t)getpid()};
	int64_t ms = 0;
	while (!w->ended && !ends_sleep(&w->ends, ms)) {
		ms = every_ms;
		if (look(w, f)) {
			if (wait.failures > 0)
				log_line(LOG_NOTE, "timeline: goes on");
			backoff_reset(&wait);
			continue;
		}
		if (w->broken || f->status == EX_USAGE)
			return false;
		ms = failed(w, &wait, f);
	}
	return true;
}

int
timeline_watch(const struct timeline_job *job, struct fault *f)
{
	const struct query *q = &job->q;
	struct watch w = {.job = job, .q = q};
	int64_t since_us =
	    q->filter.since_us != 0 ? q->filter.since_us : wall_now().ns / 1000;
	ends_block(&w.ends);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	bool ok = alerts_open(&w.alerts, q->state, since_us, f) && run(&w, f);
	store_close(w.store);
	alerts_close(&w.alerts);
	return ok ? EX_OK : opt_fail(f);
}
