/* SPDX-License-Identifier: ISC */
#include "probe/campaign/view.h"

#include "probe/base/mem.h"
#include "probe/base/wr.h"
#include "probe/campaign/view_fields.h"
#include "sql/folder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/*
 * The types are gauge and counter alone: node_exporter, whose textfile
 * collector reads the older format, drops a whole file for `info` or
 * `stateset`. For the same reason no sample has a timestamp. Every sample
 * names its vantage, so that files of several agents do not clash.
 */

enum { COUNTER = 1, GAUGE = 2 };

/* One family. Its values are a field of the view or of each campaign. */
struct metric {
	const char *name, *unit, *help, *field;
	int type;
	int decimals; /* the field holds 10^decimals of a unit */
};

static const struct metric agent_metrics[] = {
    {"start_time_seconds", "seconds", "When the agent was started.",
	"started_us", GAUGE, 6},
    {"written_time_seconds", "seconds", "When this was written.", "written_us",
	GAUGE, 6},
    {"config_time_seconds", "seconds",
	"When the configuration in use was read.", "config_us", GAUGE, 6},
    {"packets_sent", NULL, "Probes that left this host.", "sent", COUNTER, 0},
    {"packets_not_sent", NULL, "Probes that did not leave this host.",
	"not_sent", COUNTER, 0},
    {"replies_received", NULL, "Replies that belong to a trace.", "received",
	COUNTER, 0},
    {"replies_unmatched", NULL, "Good replies to nobody here.", "unmatched",
	COUNTER, 0},
    {"replies_malformed", NULL, "Replies that cannot be used.", "malformed",
	COUNTER, 0},
    {"packets_dropped", NULL, "Packets that the kernel dropped before us.",
	"drops", COUNTER, 0},
    {"peak_packets_per_second", NULL,
	"The most packets sent in one second of the last minute.", "sent_peak",
	GAUGE, 0},
    {"traces_running", NULL, "Traces under way.", "traces_running", GAUGE, 0},
    {"spool_segments", NULL, "Sealed segments that wait for the upload.",
	"segments", GAUGE, 0},
    {"spool_bytes", "bytes", "Size of the segments that wait.",
	"segments_octets", GAUGE, 0},
    {"disk_used_ratio", "ratio", "How much of the spool's disk is in use.",
	"disk_used", GAUGE, 2},
    {"disk_free_bytes", "bytes", "Free on the spool's disk.", "disk_free",
	GAUGE, 0},
    {"disk_full", NULL, "1: nothing is sent for want of room.", "disk_full",
	GAUGE, 0},
    {"clock_steps", NULL, "How often the clock was set.", "clock_steps",
	COUNTER, 0},
    {0},
};

static const struct metric campaign_metrics[] = {
    {"running", NULL, "1: a run is under way.", "running", GAUGE, 0},
    {"jobs", NULL, "Traces of the run under way.", "jobs", GAUGE, 0},
    {"jobs_ended", NULL, "Traces of the run under way that have ended.",
	"jobs_ended", GAUGE, 0},
    {"next_slot_time_seconds", "seconds", "When the next slot begins.",
	"next_us", GAUGE, 6},
    {"last_run_time_seconds", "seconds", "When the last run ended.", "last_us",
	GAUGE, 6},
    {"last_run_traces", NULL, "Traces of the last run.", "last_traces", GAUGE,
	0},
    {"last_run_packets_sent", NULL, "Probes of the last run.", "last_sent",
	GAUGE, 0},
    {"last_run_replies_received", NULL, "Replies to the last run.",
	"last_received", GAUGE, 0},
    {"targets", NULL, "Targets of the campaign.", "targets", GAUGE, 0},
    {"targets_answering", NULL, "Targets that answered in their last run.",
	"answer", GAUGE, 0},
    {"targets_silent", NULL, "Targets that did not.", "silent", GAUGE, 0},
    {0},
};

/* The family that is being written: without a sample there is none. */
struct out {
	struct wr w;
	const struct view *view;
	const struct metric *metric;
	bool begun;
};

static void
add(struct out *o, const char *s)
{
	wr_bytes(&o->w, s, strlen(s));
}

/* "# TYPE tumen_probe_x gauge" */
static void
headline(struct out *o, const char *what, const char *text)
{
	add(o, what);
	add(o, " tumen_probe_");
	add(o, o->metric->name);
	add(o, " ");
	add(o, text);
	add(o, "\n");
}

static void
begin(struct out *o)
{
	const struct metric *m = o->metric;
	if (o->begun)
		return;
	o->begun = true;
	headline(o, "# TYPE", m->type == COUNTER ? "counter" : "gauge");
	if (m->unit != NULL)
		headline(o, "# UNIT", m->unit);
	headline(o, "# HELP", m->help);
}

/* name="value", escaped. */
static void
label(struct out *o, const char *before, const char *name, const char *value)
{
	add(o, before);
	add(o, name);
	add(o, "=\"");
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '\\' || *p == '"')
			add(o, "\\");
		if (*p == '\n')
			add(o, "\\n");
		else
			wr_u8(&o->w, (uint8_t)*p);
	}
	add(o, "\"");
}

static void
number(struct out *o, int64_t value, int decimals)
{
	char text[32];
	int64_t unit = 1;
	for (int i = 0; i < decimals; i++)
		unit *= 10;
	if (decimals == 0)
		snprintf(text, sizeof(text), " %" PRId64 "\n", value);
	else
		snprintf(text, sizeof(text), " %" PRId64 ".%0*" PRId64 "\n",
		    value / unit, decimals, value % unit);
	add(o, text);
}

/* Who the sample is about: a campaign or NULL, and another label or NULL. */
struct subject {
	const struct view_campaign *campaign;
	const char *label, *value;
};

/* Negative is missing: no sample. */
static void
sample(struct out *o, struct subject a, int64_t value)
{
	if (value < 0)
		return;
	begin(o);
	add(o, "tumen_probe_");
	add(o, o->metric->name);
	if (o->metric->type == COUNTER)
		add(o, "_total");
	label(o, "{", "vantage", o->view->vantage);
	if (a.campaign != NULL)
		label(o, ",", "campaign", a.campaign->name);
	if (a.label != NULL)
		label(o, ",", a.label, a.value);
	add(o, "}");
	number(o, value, o->metric->decimals);
}

static void
family(struct out *o, const struct metric *m)
{
	o->metric = m;
	o->begun = false;
}

static const struct view_field *
field_of(const struct view_field *fields, const char *name)
{
	while (strcmp(fields->name, name) != 0)
		fields++;
	return fields;
}

static void
put_agent(struct out *o)
{
	static const struct metric ceiling = {
	    .name = "ceiling_packets_per_second",
	    .help = "The most packets a second: of all together, towards one "
		    "target, that one router is to answer.",
	    .type = GAUGE};
	static const struct metric build = {.name = "build_info",
	    .help = "The version of the agent.",
	    .type = GAUGE};
	static const struct metric reload = {
	    .name = "config_last_reload_successful",
	    .help = "0: the configuration of that time was refused, and the "
		    "one before is in use.",
	    .type = GAUGE};
	const struct view *v = o->view;
	family(o, &build);
	sample(o, (struct subject){NULL, "version", v->version}, 1);
	family(o, &reload);
	sample(o, (struct subject){0}, v->config_error[0] == '\0');
	family(o, &ceiling);
	sample(o, (struct subject){NULL, "scope", "vantage"}, v->rate);
	sample(o, (struct subject){NULL, "scope", "target"}, v->target_rate);
	sample(
	    o, (struct subject){NULL, "scope", "responder"}, v->responder_rate);
	for (const struct metric *m = agent_metrics; m->name != NULL; m++) {
		family(o, m);
		sample(o, (struct subject){0},
		    view_number(v, field_of(view_fields, m->field)));
	}
}

/* One sample for each word, 1 where it is the one; none without one. */
static void
one_of(struct out *o, const struct view_campaign *c, const char *const *words,
    const char *is)
{
	for (; is[0] != '\0' && *words != NULL; words++)
		sample(o, (struct subject){c, "state", *words},
		    strcmp(*words, is) == 0);
}

static int64_t
last_run_us(const struct view_campaign *c)
{
	if (c->last_began_us <= 0 || c->last_us < c->last_began_us)
		return -1;
	return c->last_us - c->last_began_us;
}

static void
put_states(struct out *o)
{
	static const char *const uplinks[] = {
	    "up", "down", "unstable", "unknown", NULL};
	static const struct metric runs = {
	    .name = "runs", .help = "Runs by their end.", .type = COUNTER};
	static const struct metric last = {.name = "last_run_state",
	    .help = "How the last run ended: 1 at one of the states.",
	    .type = GAUGE};
	static const struct metric duration = {
	    .name = "last_run_duration_seconds",
	    .unit = "seconds",
	    .help = "How long the last run took.",
	    .type = GAUGE,
	    .decimals = 6};
	static const struct metric uplink = {.name = "uplink",
	    .help = "What the control destinations of the last run said of "
		    "this host's uplink: 1 at one of the states.",
	    .type = GAUGE};
	const char *states[VIEW_STATES + 1] = {NULL};
	const struct view *v = o->view;
	for (int i = 0; i < VIEW_STATES; i++)
		states[i] = view_state(i);
	family(o, &runs);
	for (size_t i = 0; i < v->n * VIEW_STATES; i++) {
		const struct view_campaign *c = &v->campaigns[i / VIEW_STATES];
		sample(o, (struct subject){c, "state", states[i % VIEW_STATES]},
		    c->runs[i % VIEW_STATES]);
	}
	family(o, &duration);
	for (size_t i = 0; i < v->n; i++)
		sample(o, (struct subject){&v->campaigns[i], NULL, NULL},
		    last_run_us(&v->campaigns[i]));
	family(o, &last);
	for (size_t i = 0; i < v->n; i++)
		one_of(o, &v->campaigns[i], states, v->campaigns[i].last_state);
	family(o, &uplink);
	for (size_t i = 0; i < v->n; i++)
		one_of(o, &v->campaigns[i], uplinks, v->campaigns[i].uplink);
}

char *
view_metrics_text(const struct view *v)
{
	struct out o = {.view = v};
	put_agent(&o);
	for (const struct metric *m = campaign_metrics; m->name != NULL; m++) {
		const struct view_field *field =
		    field_of(view_campaign_fields, m->field);
		family(&o, m);
		for (size_t i = 0; i < v->n; i++)
			sample(&o,
			    (struct subject){&v->campaigns[i], NULL, NULL},
			    view_number(&v->campaigns[i], field));
	}
	put_states(&o);
	add(&o, "# EOF\n");
	wr_u8(&o.w, '\0');
	return (char *)o.w.p;
}

bool
view_metrics(const struct view *v, const char *path, struct fault *f)
{
	const char *slash = strrchr(path, '/');
	if (slash == NULL || slash[1] == '\0')
		return fault_set(
		    f, EX_CONFIG, "%s: not the path of a file", path);
	char *dir = xasprintf("%.*s", (int)(slash - path), path);
	char *text = view_metrics_text(v);
	bool ok =
	    folder_publish(dir[0] != '\0' ? dir : "/", slash + 1, text, f);
	free(text);
	free(dir);
	return ok;
}
