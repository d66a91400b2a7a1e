/* SPDX-License-Identifier: ISC */
#include "analysis/control/control_show.h"

#include "analysis/change/cells.h"
#include "analysis/change/event_text.h"

#include <inttypes.h>
#include <string.h>

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
	if (run->norigins == 1 && same)
		return;
	for (size_t i = 0; i < run->norigins; i++)
		fprintf(out, "%sAS%" PRIu32, i > 0 ? ", " : ", origin ",
		    run->origin[i]);
}

static void
print_run(const struct control_run *run, const struct control_run *old,
    const struct carriers *classes, FILE *out)
{
	char since[EVENT_TIME_STRLEN], name[RUN_CARRIER_MAX + 1], peers[32];
	struct cells line;
	cells_open(&line);
	control_name(run, classes, name);
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
	cells_line(&line, out);
}

static bool
same_prefix(const struct control_run *a, const struct control_run *b)
{
	return a->prefix.addr == b->prefix.addr &&
	       a->prefix.len == b->prefix.len;
}

static void
print_heading(const struct control_run *run, FILE *out)
{
	char prefix[PREFIX_STRLEN];
	fprintf(out, "%s\n  %-19s  %-12s  %-9s  UPSTREAMS (AT SO MANY PEERS)\n",
	    prefix_format(&run->prefix, prefix), "SINCE (UTC)", "CARRIER",
	    "PEERS");
}

void
control_runs_print(const struct control *c, const struct carriers *classes,
    int64_t from_us, int64_t to_us, FILE *out)
{
	const struct control_run *head = NULL, *old = NULL;
	char last[EVENT_TIME_STRLEN];
	for (size_t i = 0; i < c->n; i++) {
		const struct control_run *run = &c->run[i];
		if (i > 0 && !same_prefix(run - 1, run))
			old = NULL;
		else if (i > 0 && run[-1].norigins > 0)
			old = run - 1;
		if (!shown(run, from_us, to_us))
			continue;
		if (head == NULL || !same_prefix(head, run)) {
			fputs(head != NULL ? "\n" : "", out);
			print_heading(run, out);
		}
		print_run(run, old, classes, out);
		if (run->until_us < 0)
			fprintf(out, "  %s  last heard\n",
			    event_time(run->last_us, last));
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
