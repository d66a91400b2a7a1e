/* SPDX-License-Identifier: ISC */
#include "analysis/report/status.h"
#include "probe/base/clock.h"
#include "probe/base/json.h"

#include <math.h>
#include <string.h>

/* What is printed of the state: the answer in words, the table, JSON. */

/* "unicom and ttk": who carries a prefix, in the order of the vantages. */
static void
print_carriers(const struct status_prefix *row, FILE *out)
{
	const char *between = "";
	for (size_t i = 0; i < row->n; i++) {
		if (!status_names(&row->last[i].run) || status_seen(row, i))
			continue;
		fprintf(out, "%s%s", between, row->last[i].run.carrier);
		between = " and ";
	}
	if (*between == '\0')
		fputs("a network that was not seen", out);
}

static bool
is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* The vantages that have no route to what others reach. */
static void
print_routeless(const struct status_prefix *row, FILE *out)
{
	const char *between = "; no route from ";
	for (size_t i = 0; i < row->n; i++) {
		const struct status_vantage *v = &row->last[i];
		if (!is(v->run.carrier, "none") || is(v->reach.reach, "up"))
			continue;
		fprintf(out, "%s%s", between, v->run.vantage);
		between = ", ";
	}
}

/* Whether the newest round of every vantage had such an uplink. */
static bool
all_uplinks(const struct status_prefix *row, const char *uplink)
{
	for (size_t i = 0; i < row->n; i++)
		if (!is(row->last[i].reach.uplink, uplink))
			return false;
	return true;
}

/* Why it is not known whether a prefix answers. */
static const char *
why_unknown(const struct status_prefix *row)
{
	bool down = false, up = false;
	for (size_t i = 0; i < row->n; i++) {
		down = down || is(row->last[i].reach.uplink, "down");
		up = up || is(row->last[i].reach.uplink, "up");
	}
	if (row->n == 1 && down)
		return ", since the vantage's uplink is down";
	if (all_uplinks(row, "down"))
		return ", since the vantages' uplinks are down";
	if (down)
		return ", since no vantage has an uplink that is known to work";
	if (up)
		return ": nothing that was probed has answered lately";
	return ", since nothing tells how the vantages' uplinks are";
}

static void
print_unknown(const struct status_prefix *row, FILE *out)
{
	if (is(row->carrier, "none")) {
		fputs("had no route; whether it has one now is unknown", out);
	} else if (is(row->carrier, "unknown")) {
		fputs("was not seen; whether it answers, and through "
		      "whom, is unknown",
		    out);
	} else {
		fputs("is routed through ", out);
		print_carriers(row, out);
		fputs("; whether it answers is unknown", out);
	}
	fputs(why_unknown(row), out);
}

static void
print_down(const struct status_prefix *row, FILE *out)
{
	if (is(row->carrier, "none")) {
		fputs("is reached through nobody (no route)", out);
		return;
	}
	fputs("is routed through ", out);
	print_carriers(row, out);
	fputs(", but nothing answers", out);
}

static void
print_up(const struct status_prefix *row, FILE *out)
{
	fputs("is reached through ", out);
	print_carriers(row, out);
	print_routeless(row, out);
}

/* What BGP says beside it, and when it was heard last. */
static void
print_control(const struct control_run *run, FILE *out)
{
	char text[CLOCK_STRLEN];
	clock_format_us(run->last_us, text);
	fprintf(out, " In BGP it is %s", run->routed ? "behind" : "withdrawn");
	for (size_t i = 0; i < run->nupstreams; i++)
		fprintf(
		    out, "%s AS%u", i > 0 ? " and" : "", run->upstream[i].asn);
	if (run->routed && run->nupstreams == 0)
		fputs(" a network that no path shows", out);
	fprintf(out, " (%zu of %zu peers, as of %.10s %.8s UTC).", run->peers,
	    run->peers_known, text, text + 11);
}

static void
print_answer(const struct status *s, FILE *out)
{
	char text[CLOCK_STRLEN];
	for (size_t i = 0; i < s->n; i++) {
		const struct status_prefix *row = &s->row[i];
		fprintf(out, "%s ", prefix_format(&row->prefix, text));
		if (is(row->reach, "up"))
			print_up(row, out);
		else if (is(row->reach, "down"))
			print_down(row, out);
		else
			print_unknown(row, out);
		fputc('.', out);
		if (row->control != NULL)
			print_control(row->control, out);
		fputc('\n', out);
	}
	clock_format_us(s->newest_us, text);
	fprintf(out, "Last observation %.10s %.8s UTC.\n\n", text, text + 11);
}

static void
print_line(
    const char *name, const struct run *run, const char *reach, FILE *out)
{
	char since[CLOCK_STRLEN], as[24] = "-", p[8] = "-";
	if (run->entry_as >= 0)
		snprintf(as, sizeof(as), "AS%lld", (long long)run->entry_as);
	if (!isnan(run->p))
		snprintf(p, sizeof(p), "%.2f", run->p);
	snprintf(since, sizeof(since), "-");
	if (run->since_us >= 0) {
		clock_format_us(run->since_us, since);
		since[10] = ' ';
	}
	fprintf(out, "%-18s  %-10s  %-10s  %-5s  %-7s  %-19.19s  ", name,
	    run->carrier, as, p, reach, since);
}

/* The entry AS on which all who name a carrier agree, -1 otherwise. */
static int64_t
common_entry(const struct status_prefix *row)
{
	int64_t entry = -1;
	for (size_t i = 0; i < row->n; i++) {
		int64_t as = row->last[i].run.entry_as;
		if (as >= 0 && entry >= 0 && as != entry)
			return -1;
		if (as >= 0)
			entry = as;
	}
	return entry;
}

/* The time of day, behind the date when that is not the newest's. */
static void
print_seen(const struct status_vantage *v, int64_t newest_us, FILE *out)
{
	char at[CLOCK_STRLEN], newest[CLOCK_STRLEN];
	const char *between = "; perhaps now ";
	clock_format_us(v->run.seen_us, at);
	clock_format_us(newest_us, newest);
	fputs("seen ", out);
	if (strncmp(at, newest, 10) != 0)
		fprintf(out, "%.10s ", at);
	fprintf(out, "%.8s", at + 11);
	if (is(v->reach.uplink, "down"))
		fputs("; uplink down", out);
	if (v->run.pending.carrier[0] != '\0') {
		fprintf(out, "%s%s", between, v->run.pending.carrier);
		between = ", ";
	}
	if (v->reach.pending.reach[0] != '\0')
		fprintf(out, "%s%s", between, v->reach.pending.reach);
	fputc('\n', out);
}

static void
print_row(const struct status_prefix *row, int64_t newest_us, FILE *out)
{
	char text[PREFIX_STRLEN];
	struct run all = {.p = row->p,
	    .since_us = row->since_us,
	    .entry_as = common_entry(row)};
	memcpy(all.carrier, row->carrier, sizeof(all.carrier));
	print_line(prefix_format(&row->prefix, text), &all, row->reach, out);
	fprintf(out, "%zu of %zu vantage%s\n", row->agreeing, row->n,
	    row->n == 1 ? "" : "s");
	for (size_t i = 0; i < row->n; i++) {
		const struct status_vantage *v = &row->last[i];
		char name[RECORD_NAME_MAX + 3];
		snprintf(name, sizeof(name), "  %s", v->run.vantage);
		print_line(name, &v->run, v->reach.reach, out);
		print_seen(v, newest_us, out);
	}
}

void
status_print(const struct status *s, FILE *out)
{
	if (s->n == 0) {
		fputs("No verdict in this selection; `tumen infer` derives "
		      "them.\n",
		    out);
		return;
	}
	print_answer(s, out);
	fprintf(out, "%-18s  %-10s  %-10s  %-5s  %-7s  %s\n",
	    "PREFIX / VANTAGE", "CARRIER", "ENTRY", "P", "REACH",
	    "SINCE (UTC)");
	for (size_t i = 0; i < s->n; i++)
		print_row(&s->row[i], s->newest_us, out);
}

static void
json_vantage(const struct status_vantage *v, struct json *j)
{
	const struct run *run = &v->run;
	json_object(j, NULL);
	json_text(j, "vantage", run->vantage);
	json_text(j, "carrier", run->carrier);
	json_int_or_null(j, "entry_as", run->entry_as);
	json_real(j, "p", run->p, 3);
	json_int_or_null(j, "since_us", run->since_us);
	json_int(j, "last_us", run->last_us);
	json_int(j, "seen_us", run->seen_us);
	json_text(j, "reach", v->reach.reach);
	json_int_or_null(j, "reach_since_us", v->reach.since_us);
	json_text(j, "uplink", v->reach.uplink);
	json_text(j, "pending",
	    run->pending.carrier[0] ? run->pending.carrier : NULL);
	json_int_or_null(j, "pending_us",
	    run->pending.carrier[0] ? run->pending.since_us : -1);
	json_text(j, "reach_pending",
	    v->reach.pending.reach[0] ? v->reach.pending.reach : NULL);
	json_object_end(j);
}

static void
json_control(const struct control_run *run, struct json *j)
{
	if (run == NULL) {
		json_null(j, "control");
		return;
	}
	json_object(j, "control");
	json_array(j, "upstreams");
	for (size_t i = 0; i < run->nupstreams; i++)
		json_int(j, NULL, run->upstream[i].asn);
	json_array_end(j);
	json_int(j, "asof_us", run->last_us);
	json_int(j, "since_us", run->since_us);
	json_bool(j, "routed", run->routed);
	json_int(j, "peers", (int64_t)run->peers);
	json_int(j, "peers_known", (int64_t)run->peers_known);
	json_object_end(j);
}

static void
json_row(const struct status_prefix *row, struct json *j)
{
	char text[PREFIX_STRLEN];
	json_object(j, NULL);
	json_text(j, "record", "status");
	json_int(j, "v", 1);
	json_text(j, "prefix", prefix_format(&row->prefix, text));
	json_text(j, "carrier", row->carrier);
	json_int_or_null(j, "since_us", row->since_us);
	json_real(j, "p", row->p, 3);
	json_text(j, "reach", row->reach);
	json_int(j, "last_us", row->last_us);
	json_int(j, "seen_us", row->seen_us);
	json_array(j, "vantages");
	for (size_t i = 0; i < row->n; i++)
		json_vantage(&row->last[i], j);
	json_array_end(j);
	json_control(row->control, j);
	json_object_end(j);
}

void
status_json(const struct status *s, FILE *out)
{
	for (size_t i = 0; i < s->n; i++) {
		struct json j = {0};
		json_row(&s->row[i], &j);
		json_line(&j, out);
	}
}
