/* SPDX-License-Identifier: ISC */
#include "analysis/control/control_show.h"

#include "analysis/change/cells.h"
#include "analysis/change/event_text.h"

#include <inttypes.h>
#include <string.h>

enum { HEAD = 48, NARROW = 80, HANG_NARROW = 23 };

static bool
shown(const struct control_run *run, int64_t from_us, int64_t to_us)
{
	return run->last_us >= from_us && (to_us == 0 || run->since_us < to_us);
}

static void
put_upstreams(const struct control_run *run, FILE *out)
{
	for (size_t i = 0; i < run->nupstreams; i++)
		fprintf(out, "%sAS%" PRIu32 " at %zu", i > 0 ? ", " : "",
		    run->upstream[i].asn, run->upstream[i].peers);
}

/* Origins are told where there are several, or others than in the run before
 * that had any. */
static void
put_origins(
    const struct control_run *run, const struct control_run *old, FILE *out)
{
	bool same = old != NULL && old->norigins == run->norigins &&
		    old->origin[0] == run->origin[0];
	const char *before = run->norigins > 1 ? ", origins " : ", origin ";
	if (run->norigins == 1 && same)
		return;
	for (size_t i = 0; i < run->norigins; i++)
		fprintf(
		    out, "%sAS%" PRIu32, i > 0 ? ", " : before, run->origin[i]);
}

static void
print_run(const struct control_run *run, const struct control_run *old,
    const struct control_look *look, FILE *out)
{
	size_t width = look->width;
	char since[EVENT_TIME_STRLEN], name[RUN_CARRIER_MAX + 1], peers[32];
	struct cells line;
	cells_open(&line);
	control_name(run, look->classes, name);
	snprintf(peers, sizeof(peers), "%zu/%zu", run->peers, run->peers_known);
	fprintf(line.to, "  %s  %-12s  %-9s  ",
	    event_time(run->since_us, since), name, run->known ? peers : "-");
	if (run->known && run->routed) {
		put_upstreams(run, line.to);
		put_origins(run, old, line.to);
		if (run->rpki != ORIGIN_RPKI_UNKNOWN)
			fprintf(
			    line.to, ", RPKI %s", origin_rpki_name(run->rpki));
		if (run->few)
			fputs(", few peers", line.to);
	}
	if (!run->known || !run->routed)
		cells_line(&line, out);
	else
		cells_hang(&line, HEAD, width < NARROW ? HANG_NARROW : HEAD,
		    width, out);
}

static bool
same_prefix(const struct control_run *a, const struct control_run *b)
{
	return a->prefix.addr == b->prefix.addr &&
	       a->prefix.len == b->prefix.len;
}

static void
print_heading(const struct control_run *run, size_t width, FILE *out)
{
	char prefix[PREFIX_STRLEN];
	struct cells line;
	fprintf(out, "%s\n", prefix_format(&run->prefix, prefix));
	cells_open(&line);
	fprintf(line.to, "  %-19s  %-12s  %-9s  UPSTREAMS (AT SO MANY PEERS)",
	    "SINCE (UTC)", "CARRIER", "PEERS");
	cells_hang(
	    &line, HEAD, width < NARROW ? HANG_NARROW : HEAD, width, out);
}

/* Until when is known; that is nothing new where the window ends before. */
static void
print_last(const struct control_run *run, int64_t to_us, FILE *out)
{
	char last[EVENT_TIME_STRLEN];
	if (run->until_us < 0 && (to_us == 0 || run->last_us + 1 < to_us))
		fprintf(
		    out, "  %s  last heard\n", event_time(run->last_us, last));
}

void
control_runs_print(
    const struct control *c, const struct control_look *look, FILE *out)
{
	const struct control_run *head = NULL, *old = NULL;
	for (size_t i = 0; i < c->n; i++) {
		const struct control_run *run = &c->run[i];
		if (i > 0 && !same_prefix(run - 1, run))
			old = NULL;
		else if (i > 0 && run[-1].norigins > 0)
			old = run - 1;
		if (!shown(run, look->from_us, look->to_us))
			continue;
		if (head == NULL || !same_prefix(head, run)) {
			fputs(head != NULL ? "\n" : "", out);
			print_heading(run, look->width, out);
		}
		print_run(run, old, look, out);
		print_last(run, look->to_us, out);
		head = run;
	}
	if (head == NULL)
		fputs("No route in this selection; `tumen control import` "
		      "reads them.\n",
		    out);
}

static void
upstreams_json(const struct control_run *run, struct json *j)
{
	json_array(j, "upstreams");
	for (size_t i = 0; i < run->nupstreams; i++) {
		json_object(j, NULL);
		json_int(j, "asn", run->upstream[i].asn);
		json_int(j, "peers", (int64_t)run->upstream[i].peers);
		json_object_end(j);
	}
	json_array_end(j);
	json_array(j, "origins");
	for (size_t i = 0; i < run->norigins; i++)
		json_int(j, NULL, run->origin[i]);
	json_array_end(j);
}

void
control_run_json(const struct control_run *run, const struct carriers *classes,
    struct json *j)
{
	char text[PREFIX_STRLEN], name[RUN_CARRIER_MAX + 1];
	control_name(run, classes, name);
	json_object(j, NULL);
	json_text(j, "record", "route-run");
	json_int(j, "v", 1);
	json_text(j, "prefix", prefix_format(&run->prefix, text));
	json_text(j, "carrier", name);
	json_int(j, "since_us", run->since_us);
	json_int_or_null(j, "until_us", run->until_us);
	json_int(j, "settled_us", run->settled_us);
	json_int(j, "last_us", run->last_us);
	json_bool(j, "known", run->known);
	json_bool(j, "routed", run->routed);
	json_bool(j, "few", run->few);
	upstreams_json(run, j);
	json_int(j, "peers", (int64_t)run->peers);
	json_int(j, "peers_known", (int64_t)run->peers_known);
	json_text(j, "rpki",
	    run->rpki == ORIGIN_RPKI_UNKNOWN ? NULL
					     : origin_rpki_name(run->rpki));
	json_object_end(j);
}

void
control_runs_json(const struct control *c, const struct carriers *classes,
    int64_t from_us, int64_t to_us, FILE *out)
{
	for (size_t i = 0; i < c->n; i++) {
		struct json j = {0};
		if (!shown(&c->run[i], from_us, to_us))
			continue;
		control_run_json(&c->run[i], classes, &j);
		json_line(&j, out);
	}
}
