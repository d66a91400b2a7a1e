/* SPDX-License-Identifier: ISC */
#include "analysis/change/cells.h"
#include "analysis/change/event_text.h"
#include "analysis/report/disagree.h"

#include <inttypes.h>

static bool
within(const struct disagreement *d, int64_t from_us, int64_t to_us)
{
	return d->until_us >= from_us && (to_us == 0 || d->since_us < to_us);
}

static void
put_upstreams(const struct control_run *run, FILE *out)
{
	if (!run->routed && run->peers > 0)
		fprintf(out, "only %zu of %zu peers %s a route", run->peers,
		    run->peers_known, run->peers == 1 ? "has" : "have");
	else if (!run->routed)
		fputs("no peer has a route", out);
	else if (run->nupstreams > 0)
		fputs("the peers' upstream is ", out);
	else
		fputs("the peers' paths show no upstream", out);
	for (size_t i = 0; run->routed && i < run->nupstreams; i++)
		fprintf(out, "%sAS%" PRIu32, i > 0 ? ", " : "",
		    run->upstream[i].asn);
}

static void
put_sight(const struct disagreement *d, FILE *out)
{
	switch (d->kind) {
	case DISAGREE_UPSTREAM:
		fprintf(out, "through %s", d->carrier);
		if (d->entry_as >= 0)
			fprintf(out, " (AS%" PRId64 ")", d->entry_as);
		fputs(", but ", out);
		break;
	case DISAGREE_NO_ROUTE:
		fputs("answers, but ", out);
		break;
	case DISAGREE_NO_ANSWER:
		fprintf(out,
		    "nothing answers, but %zu of %zu peers have a "
		    "route; ",
		    d->run->peers, d->run->peers_known);
		break;
	}
	put_upstreams(d->run, out);
}

static void
print_one(const struct disagreement *d, size_t width, FILE *out)
{
	char prefix[PREFIX_STRLEN];
	struct cells line;
	cells_open(&line);
	event_span(d->since_us, d->until_us, line.to);
	fprintf(line.to, " %s ", prefix_format(&d->prefix, prefix));
	for (size_t i = 0; i < d->vantages && i < DISAGREE_VANTAGES_MAX; i++)
		fprintf(line.to, "%s%s", i > 0 ? ", " : "", d->vantage[i]);
	if (d->vantages > DISAGREE_VANTAGES_MAX)
		fputs(" and more", line.to);
	fputs(": ", line.to);
	put_sight(d, line.to);
	cells_hang(&line, 0, 4, width, out);
}

void
disagree_print(const struct disagreements *d, int64_t from_us, int64_t to_us,
    size_t width, FILE *out)
{
	bool any = false;
	for (size_t i = 0; i < d->n; i++) {
		if (!within(&d->item[i], from_us, to_us))
			continue;
		if (!any)
			fputs("TRACES AND BGP DISAGREE (UTC; shown, not "
			      "resolved)\n",
			    out);
		any = true;
		print_one(&d->item[i], width, out);
	}
	if (any)
		fputc('\n', out);
}

static const char *
kind_name(enum disagree_kind kind)
{
	switch (kind) {
	case DISAGREE_UPSTREAM:
		return "upstream";
	case DISAGREE_NO_ROUTE:
		return "no-route";
	case DISAGREE_NO_ANSWER:
		return "no-answer";
	}
	return NULL;
}

static void
one_json(const struct disagreement *d, struct json *j)
{
	char text[PREFIX_STRLEN];
	json_object(j, NULL);
	json_text(j, "record", "disagreement");
	json_int(j, "v", 1);
	json_text(j, "prefix", prefix_format(&d->prefix, text));
	json_text(j, "kind", kind_name(d->kind));
	json_int(j, "since_us", d->since_us);
	json_int(j, "until_us", d->until_us);
	json_text(j, "carrier", d->carrier[0] ? d->carrier : NULL);
	json_int_or_null(j, "entry_as", d->entry_as);
	json_array(j, "vantages");
	for (size_t i = 0; i < d->vantages && i < DISAGREE_VANTAGES_MAX; i++)
		json_text(j, NULL, d->vantage[i]);
	json_array_end(j);
	json_array(j, "upstreams");
	for (size_t i = 0; i < d->run->nupstreams; i++)
		json_int(j, NULL, d->run->upstream[i].asn);
	json_array_end(j);
	json_int(j, "peers", (int64_t)d->run->peers);
	json_int(j, "peers_known", (int64_t)d->run->peers_known);
	json_object_end(j);
}

void
disagree_json(
    const struct disagreements *d, int64_t from_us, int64_t to_us, FILE *out)
{
	for (size_t i = 0; i < d->n; i++) {
		struct json j = {0};
		if (!within(&d->item[i], from_us, to_us))
			continue;
		one_json(&d->item[i], &j);
		json_line(&j, out);
	}
}
