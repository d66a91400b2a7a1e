/* SPDX-License-Identifier: ISC */
#include "probe/campaign/view_show.h"

#include "probe/base/clock.h"
#include "probe/campaign/view_fields.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum { COLUMNS = 80, LABEL = 18 };

/* --- what wants a person ----------------------------------------------------
 */

static void __attribute__((format(printf, 2, 3)))
want(struct view_wants *w, const char *fmt, ...)
{
	size_t room = sizeof(w->text) / sizeof(w->text[0]);
	va_list ap;
	if ((size_t)w->n == room) {
		w->more++;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(w->text[w->n], sizeof(w->text[0]), fmt, ap);
	va_end(ap);
	view_plain(w->text[w->n++]);
}

/* A short text that lives as long as the expression it stands in. */
struct word {
	char s[48];
};

static struct word
span(int64_t us)
{
	struct word t;
	int64_t s = us / US_PER_S, m = s / 60, h = m / 60;
	if (s < 120)
		snprintf(t.s, sizeof(t.s), "%" PRId64 " s", s);
	else if (m < 120)
		snprintf(t.s, sizeof(t.s), "%" PRId64 " min", m);
	else if (h < 48)
		snprintf(t.s, sizeof(t.s), "%" PRId64 " h", h);
	else
		snprintf(t.s, sizeof(t.s), "%" PRId64 " days", h / 24);
	return t;
}

static void
want_of_campaign(struct view_wants *w, const struct view_campaign *c)
{
	if (strcmp(c->uplink, "down") == 0)
		want(w,
		    "campaign %s: no control destination answered in the last "
		    "run: the uplink is down",
		    c->name);
	if (strcmp(c->last_state, "failed") == 0)
		want(w, "campaign %s: the last run failed%s%s", c->name,
		    c->last_reason[0] != '\0' ? ": " : "", c->last_reason);
}

void
view_wants(const struct view_look *look, struct view_wants *w)
{
	const struct view *v = look->view;
	int64_t age_us = look->now_us - v->written_us;
	*w = (struct view_wants){0};
	if (look->wrong != NULL && v->config_error[0] == '\0')
		want(w, "the next start would be refused: %s", look->wrong);
	if (!look->alive) {
		want(w, "the agent does not run; what follows is what it said "
			"last");
		return;
	}
	if (age_us < 0)
		want(w, "the agent said this in the future: the clock was set "
			"back");
	if (age_us > VIEW_STALE_S * US_PER_S)
		want(w, "the agent has said nothing for %s", span(age_us).s);
	if (v->config_error[0] != '\0')
		want(w,
		    "the configuration was changed and refused, the one before "
		    "is in use: %s",
		    v->config_error);
	if (v->disk_full)
		want(w, "the disk of the spool is full: nothing is sent until "
			"there is room");
	for (size_t i = 0; i < v->n; i++)
		want_of_campaign(w, &v->campaigns[i]);
}

/* --- for people -------------------------------------------------------------
 */

static struct word
count(int64_t n)
{
	struct word t = {"?"};
	if (n >= 0)
		snprintf(t.s, sizeof(t.s), "%" PRId64, n);
	return t;
}

/* "2026-11-21 16:53:59 UTC" */
static struct word
date(int64_t us)
{
	struct word t = {"?"};
	char text[CLOCK_STRLEN];
	if (us < 0)
		return t;
	clock_format_us(us, text);
	snprintf(t.s, sizeof(t.s), "%.10s %.8s UTC", text, text + 11);
	return t;
}

static struct word
size(int64_t octets)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	struct word t = {"?"};
	size_t i = 0;
	double v = (double)octets / 1024;
	for (; v >= 1000 && i < 3; i++)
		v /= 1024;
	if (octets >= 0)
		snprintf(t.s, sizeof(t.s), "%.1f %s", v, units[i]);
	return t;
}

/* Between blanks, so that no line but one long word leaves the screen. */
static void
wrap(FILE *f, const char *text, int indent)
{
	int at = indent;
	for (;;) {
		int len = (int)strcspn(text, " ");
		if (at > indent && at + 1 + len > COLUMNS) {
			fprintf(f, "\n%*s", indent, "");
			at = indent;
		}
		at += fprintf(f, "%s%.*s", at > indent ? " " : "", len, text);
		if (text[len] == '\0')
			break;
		text += len + 1;
	}
	fputc('\n', f);
}

static void __attribute__((format(printf, 3, 4)))
row(FILE *f, const char *label, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	view_plain(text);
	fprintf(f, "  %-*s", LABEL - 2, label);
	wrap(f, text, LABEL);
}

/* The campaign whose slot comes next; NULL when none is planned. */
static const struct view_campaign *
next_of(const struct view *v)
{
	const struct view_campaign *next = NULL;
	for (size_t i = 0; i < v->n; i++) {
		const struct view_campaign *c = &v->campaigns[i];
		if (c->next_us >= 0 &&
		    (next == NULL || c->next_us < next->next_us))
			next = c;
	}
	return next;
}

static void
show_agent(const struct view_look *look, FILE *f)
{
	const struct view *v = look->view;
	const struct view_campaign *next = next_of(v);
	int64_t age_us = look->now_us - v->written_us;
	row(f, "as of", "%s, %s ago", date(v->written_us).s,
	    span(age_us < 0 ? 0 : age_us).s);
	row(f, "configuration", "read %s", date(v->config_us).s);
	if (next != NULL)
		row(f, "next run", "%s, %s", next->name, date(next->next_us).s);
	row(f, "traces", "%s under way", count(v->traces_running).s);
	row(f, "probes", "%s sent, %s not sent", count(v->sent).s,
	    count(v->not_sent).s);
	row(f, "replies", "%s received, %s unmatched, %s malformed, %s dropped",
	    count(v->received).s, count(v->unmatched).s, count(v->malformed).s,
	    count(v->drops).s);
	row(f, "ceilings",
	    "%s packets/s, %s to a target, %s for a router to answer",
	    count(v->rate).s, count(v->target_rate).s,
	    count(v->responder_rate).s);
	row(f, "peak", "%s packets/s, of the last minute",
	    count(v->sent_peak).s);
	row(f, "spool", "%s segments wait for the upload, %s",
	    count(v->segments).s, size(v->segments_octets).s);
	row(f, "disk", "%s %% in use, %s free%s", count(v->disk_used).s,
	    size(v->disk_free).s, v->disk_full ? ", full" : "");
	row(f, "clock", "%s steps since the start", count(v->clock_steps).s);
}

static void
show_last(const struct view_campaign *c, FILE *f)
{
	row(f, "last run", "slot %s %s, %s", count(c->last_slot).s,
	    c->last_state, date(c->last_us).s);
	if (c->last_reason[0] != '\0')
		row(f, "", "%s", c->last_reason);
	row(f, "", "%s traces, %s probes, %s replies", count(c->last_traces).s,
	    count(c->last_sent).s, count(c->last_received).s);
}

static void
show_campaign(const struct view_campaign *c, FILE *f)
{
	fprintf(f, "\ncampaign %s\n", c->name);
	if (c->running)
		row(f, "runs now", "slot %s, %s of %s traces have ended",
		    count(c->slot).s, count(c->jobs_ended).s, count(c->jobs).s);
	row(f, "next slot", "%s", c->next_us < 0 ? "none" : date(c->next_us).s);
	if (c->last_state[0] != '\0')
		show_last(c, f);
	if (c->targets >= 0)
		row(f, "targets",
		    "%s: %s answered in their last run, %s silent",
		    count(c->targets).s, count(c->answer).s,
		    count(c->silent).s);
	if (c->uplink[0] != '\0')
		row(f, "uplink", "%s", c->uplink);
	row(f, "runs so far",
	    "%s done, %s partial, %s skipped, %s failed, %s aborted",
	    count(c->runs[0]).s, count(c->runs[1]).s, count(c->runs[2]).s,
	    count(c->runs[3]).s, count(c->runs[4]).s);
}

int
view_show(const struct view_look *look, const struct view_wants *w, FILE *f)
{
	const struct view *v = look->view;
	char who[128];
	snprintf(who, sizeof(who), "tumen-probe %s, vantage %s", v->version,
	    v->vantage);
	view_plain(who);
	if (look->alive)
		fprintf(f, "%s: runs since %s, pid %s\n", who,
		    date(v->started_us).s, count(v->pid).s);
	else
		fprintf(f, "%s: does not run\n", who);
	for (int i = 0; i < w->n; i++) {
		fputs("! ", f);
		wrap(f, w->text[i], 2);
	}
	if (w->more > 0)
		fprintf(f, "! and %d more\n", w->more);
	if (w->n == 0)
		fputs("all is well\n", f);
	fputc('\n', f);
	show_agent(look, f);
	for (size_t i = 0; i < v->n; i++)
		show_campaign(&v->campaigns[i], f);
	return fflush(f) == 0 && !ferror(f) ? 0 : -errno;
}

/* --- for programs -----------------------------------------------------------
 */

static void
json_fields(struct json *j, const void *base, const struct view_field *field)
{
	for (; field->name != NULL; field++) {
		if (field->kind == VIEW_TEXT) {
			const char *s = view_string(base, field);
			json_text(j, field->name, s[0] != '\0' ? s : NULL);
		} else if (field->kind == VIEW_FLAG) {
			json_bool(
			    j, field->name, view_number(base, field) == 1);
		} else {
			json_int_or_null(
			    j, field->name, view_number(base, field));
		}
	}
}

void
view_json(
    const struct view_look *look, const struct view_wants *w, struct json *j)
{
	const struct view *v = look->view;
	json_object(j, NULL);
	json_text(j, "record", "agent");
	json_int(j, "v", 1);
	json_text(j, "spool", look->spool);
	json_bool(j, "alive", look->alive);
	json_int(j, "age_us", look->now_us - v->written_us);
	json_array(j, "wants");
	for (int i = 0; i < w->n; i++)
		json_text(j, NULL, w->text[i]);
	json_array_end(j);
	json_fields(j, v, view_fields);
	json_array(j, "campaigns");
	for (size_t i = 0; i < v->n; i++) {
		json_object(j, NULL);
		json_text(j, "campaign", v->campaigns[i].name);
		json_fields(j, &v->campaigns[i], view_campaign_fields);
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
}
