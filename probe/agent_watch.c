/* SPDX-License-Identifier: ISC */
#include "probe/agent_watch.h"

#include "probe/bad_replies.h"
#include "probe/base/log.h"
#include "probe/base/version.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Without news; who reads it takes twice as long for a sign of trouble. */
enum { EVERY_S = 30 };

static void
count_second(struct watch *w)
{
	uint64_t sent = prober_counts(w->prober).sent;
	/* A probe without a stamp is taken back later. */
	uint64_t n = sent > w->sent_before ? sent - w->sent_before : 0;
	w->sent[w->second++ % WATCH_SECONDS] = n;
	w->sent_before = sent;
}

static void
view_prober(const struct watch *w, struct view *v)
{
	struct prober_counts c = prober_counts(w->prober);
	v->sent = (int64_t)c.sent;
	v->not_sent = (int64_t)c.not_sent;
	v->received = (int64_t)c.received;
	v->unmatched = (int64_t)c.unmatched;
	v->drops = c.drops;
	v->malformed = (int64_t)bad_replies_count(&c);
	v->traces_running = (int64_t)prober_running(w->prober);
	for (int i = 0; i < WATCH_SECONDS; i++)
		if ((int64_t)w->sent[i] > v->sent_peak)
			v->sent_peak = (int64_t)w->sent[i];
}

static struct view
view_of(const struct watch *w)
{
	struct view v = {.pid = getpid(),
	    .started_us = w->started_us,
	    .written_us = wall_now().ns / 1000,
	    .config_us = w->config_us};
	snprintf(v.version, sizeof(v.version), "%s", TUMEN_VERSION);
	snprintf(v.config_error, sizeof(v.config_error), "%s", w->config_error);
	view_prober(w, &v);
	agent_view(w->agent, &v);
	return v;
}

/* "next border 12:15:00, last border done; 3 segments wait" */
static void
tell_manager(struct watch *w, const struct view *v)
{
	char text[256], time[CLOCK_STRLEN];
	const struct view_campaign *next = NULL, *last = NULL;
	for (size_t i = 0; i < v->n; i++) {
		const struct view_campaign *c = &v->campaigns[i];
		if (c->next_us >= 0 &&
		    (next == NULL || c->next_us < next->next_us))
			next = c;
		if (c->last_us >= 0 &&
		    (last == NULL || c->last_us > last->last_us))
			last = c;
	}
	int n = snprintf(text, sizeof(text), "%s%" PRId64 " segments wait",
	    v->disk_full ? "DISK FULL, no probing; " : "", v->segments);
	if (last != NULL && n < (int)sizeof(text))
		n += snprintf(text + n, sizeof(text) - (size_t)n,
		    "; last %s %s", last->name, last->last_state);
	if (next != NULL && n < (int)sizeof(text))
		snprintf(text + n, sizeof(text) - (size_t)n, "; next %s %.19sZ",
		    next->name, clock_format_us(next->next_us, time));
	notify_status(&w->notify, text);
}

void
watch_write(struct watch *w)
{
	struct fault f = {0};
	struct view v = view_of(w);
	const struct config_vantage *c = &w->config->vantage;
	bool ok = view_write(&v, c->spool, &f);
	if (c->metrics[0] != '\0')
		ok = view_metrics(&v, c->metrics, &f) && ok;
	if (!ok && !w->failed)
		log_line(LOG_WARN, "nobody can see how it is: %s", f.text);
	w->failed = !ok;
	w->written_s = w->second;
	w->changes = agent_changes(w->agent);
	tell_manager(w, &v);
	view_clear(&v);
}

void
watch_tick(struct watch *w)
{
	int64_t now_ns = mono_now().ns;
	count_second(w);
	if (w->notify.watchdog_ns > 0 &&
	    now_ns - w->alive_ns >= w->notify.watchdog_ns) {
		w->alive_ns = now_ns;
		notify_alive(&w->notify);
	}
	if (agent_changes(w->agent) == w->changes &&
	    w->second - w->written_s < EVERY_S)
		return;
	bad_replies_tell(w->prober, &w->told);
	watch_write(w);
}
