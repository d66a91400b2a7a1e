/* SPDX-License-Identifier: ISC */
#include "analysis/infer/explain.h"

#include "probe/base/clock.h"
#include "probe/base/record_name.h"

#include <inttypes.h>
#include <string.h>

enum { AS_STRLEN = 16, NAME_LEN = 48 };

static const char *
as_text(int64_t asn, char text[static AS_STRLEN])
{
	if (asn <= 0)
		return "an unknown network";
	snprintf(text, AS_STRLEN, "AS%u", (unsigned)asn);
	return text;
}

/* " (NAME)" of an AS, or nothing. */
static void
put_name(int64_t asn, const struct origin_set *tables, FILE *out)
{
	const char *name =
	    asn > 0 ? origin_as_name(tables, (uint32_t)asn) : NULL;
	if (name != NULL)
		fprintf(out, " (%.*s)", NAME_LEN, name);
}

static void
put_as(int64_t asn, const struct origin_set *tables, FILE *out)
{
	char text[AS_STRLEN];
	fputs(as_text(asn, text), out);
	put_name(asn, tables, out);
}

static const char *
day(int64_t us, char text[static CLOCK_STRLEN])
{
	clock_format_us(us, text);
	text[10] = '\0';
	return text;
}

static void
head(const struct verdict *v, const struct origin_set *tables, FILE *out)
{
	char id[UUID_STRLEN], addr[ADDR_STRLEN], prefix[PREFIX_STRLEN];
	char at[CLOCK_STRLEN];
	fprintf(out, "Trace %s from %s to %s (%s), %s, flow %" PRIu32 "\n",
	    uuid_format(v->trace, id), v->vantage, addr_format(v->target, addr),
	    prefix_format(&v->prefix, prefix), record_method_name(v->method),
	    v->flow);
	fprintf(out, "  at %s\n\n", clock_format_us(v->start_us, at));
	if (v->entry_as < 0) {
		fprintf(out, "It does not say who carried it (%s).\n",
		    evidence_name(v->evidence));
		if (v->days < 0)
			fputs("No address table is of its time: tumen origin "
			      "build makes one, --origin names it.\n",
			    out);
		return;
	}
	fprintf(out, "Carried by %s, with probability %.3f: ", v->carrier,
	    v->carrier_p);
	put_as(v->entry_as, tables, out);
	fprintf(out, " hands over to the target's network (%.3f, %s).\n", v->p,
	    evidence_name(v->evidence));
	if (v->votes > 0)
		fprintf(out,
		    "%d of %d other vantages that know a way in at that time "
		    "name the same AS.\n",
		    v->agree, v->votes);
}

static const struct verdict_hop *
hop_at(const struct verdict *v, uint8_t ttl)
{
	for (size_t i = 0; i < v->nhops; i++)
		if (v->hop[i].ttl == ttl)
			return &v->hop[i];
	return NULL;
}

static void
table_says(const struct origin_answer *a, char *text, size_t room)
{
	char prefix[PREFIX_STRLEN];
	size_t used = 0;
	if (a->layer == ORIGIN_NONE) {
		snprintf(text, room, "no table knows it");
		return;
	}
	for (size_t i = 0; i < a->nasns && used < room; i++)
		used += (size_t)snprintf(text + used, room - used, "%sAS%u",
		    i > 0 ? "," : "", (unsigned)a->asns[i]);
	if (used < room)
		snprintf(text + used, room - used, "%s%s %s",
		    used > 0 ? " " : "", origin_layer_name(a->layer),
		    prefix_format(&a->prefix, prefix));
}

static void
hops(const struct explain *e, FILE *out)
{
	const struct scene *s = &e->scene;
	char addr[ADDR_STRLEN], owner[AS_STRLEN], says[96];
	fputs("\nThe path. The owner is who operates the router, which is not "
	      "always whose address it has.\n",
	    out);
	fprintf(out, "  %3s  %-15s  %-36s  %-10s  %-5s  %s\n", "TTL", "ADDRESS",
	    "THE TABLE SAYS", "OWNER", "P", "THE ADDRESS IS");
	for (size_t t = 0; t < s->nspots; t++) {
		const struct verdict_hop *h =
		    hop_at(&e->verdict, s->spot[t].ttl);
		if (h == NULL) {
			fprintf(out, "  %3u  %s\n", s->spot[t].ttl,
			    s->spot[t].probed ? "*" : "(not probed)");
			continue;
		}
		table_says(&h->origin, says, sizeof(says));
		fprintf(out, "  %3u  %-15s  %-36s  %-10s  %.3f  %s\n", h->ttl,
		    addr_format(h->addr, addr), says,
		    h->owner < 0 ? "?" : as_text(h->owner, owner), h->p,
		    h->evidence != NULL ? h->evidence : "");
	}
}

static void
without(const struct explain *e, const struct origin_set *tables, FILE *out)
{
	char addr[ADDR_STRLEN];
	fputs("\nWhat decided\n", out);
	if (e->nwithout == 0)
		fputs("  No single hop: without any one of them the answer "
		      "stays.\n",
		    out);
	for (size_t i = 0; i < e->nwithout; i++) {
		const struct explain_without *w = &e->without[i];
		fprintf(out, "  TTL %u, %s: without it ", w->ttl,
		    addr_format(w->addr, addr));
		if (w->entry_as == e->verdict.entry_as) {
			fprintf(out, "the probability would be %.3f.\n", w->p);
			continue;
		}
		if (w->entry_as < 0)
			fputs("nobody would be named", out);
		else
			put_as(w->entry_as, tables, out);
		fprintf(out, "%s (this answer: %.3f).\n",
		    w->entry_as < 0 ? "" : " would be named", w->p);
	}
}

static void
reason(enum model_param link, enum model_param sight, uint32_t from,
    uint32_t to, FILE *out)
{
	char a[AS_STRLEN], b[AS_STRLEN];
	if (link != MODEL_PARAMS)
		fprintf(out, "%s to %s: %s; ", as_text(from, a), as_text(to, b),
		    model_text(link));
	else
		fprintf(out, "%s: ", as_text(to, b));
	fputs(
	    sight == MODEL_PARAMS ? "nothing is seen" : model_text(sight), out);
}

static void
put_times(double times, FILE *out)
{
	const double many = 1e6;
	if (times > many)
		fputs("more than a million", out);
	else
		fprintf(out, "%.0f", times);
}

static void
against(const struct explain *e, const struct origin_set *tables, FILE *out)
{
	if (e->next.weight <= 0)
		return;
	fputs("\nThe next answer: ", out);
	put_as(e->scene.asn[e->next.entry], tables, out);
	fprintf(out, " hands over (%.3f). It lost because\n", e->next_p);
	for (size_t i = 0; i < e->nagainst; i++) {
		const struct explain_against *a = &e->against[i];
		fprintf(out, "  TTL %u, ", a->ttl);
		put_times(a->times, out);
		fprintf(out, " times less likely%s\n    it needs  ",
		    a->voted ? " (what other traces show counts, too)" : "");
		reason(a->link, a->sight, a->from, a->to, out);
		fputs("\n    not       ", out);
		reason(
		    a->best_link, a->best_sight, a->best_from, a->best_to, out);
		putc('\n', out);
	}
	if (e->nagainst == 0)
		fputs("  its paths are fewer; none differs much at any TTL.\n",
		    out);
}

static void
round_trips(const struct rtt_pair *pair, FILE *out)
{
	char other[PREFIX_STRLEN];
	if (pair->here_ns < 0 || pair->other_ns < 0)
		return;
	fprintf(out,
	    "\nRound trips of this vantage at that time\n"
	    "  %.1f ms to this prefix, %.1f ms to %s: %s\n",
	    (double)pair->here_ns / 1e6, (double)pair->other_ns / 1e6,
	    prefix_format(&pair->other, other),
	    rtt_differs(pair)
		? "they are not reached in the same way."
		: "no sign that they are reached in different ways.");
}

static void
data(const struct explain *e, FILE *out)
{
	const struct verdict *v = &e->verdict;
	char text[CLOCK_STRLEN];
	fputs("\nWhat it rests on\n", out);
	if (v->asof_us < 0)
		fputs("  No address table of that time.\n", out);
	for (size_t i = 0; i < v->ntables; i++)
		fprintf(out, "  %s of %s, %" PRId64 " days before the trace\n",
		    v->table[i].kind, day(v->table[i].asof_us, text),
		    v->table[i].days);
	if (!e->scene.related)
		fputs("  Relations of ASes are not known.\n", out);
	fputs("  Rules:", out);
	for (size_t i = 0; i < v->nrules; i++)
		fprintf(out, " %s", v->rule[i]);
	fputs("\n", out);
}

void
explain_text(
    const struct explain *e, const struct origin_set *tables, FILE *out)
{
	head(&e->verdict, tables, out);
	hops(e, out);
	if (e->path.weight > 0) {
		without(e, tables, out);
		against(e, tables, out);
	}
	round_trips(&e->scene.rtt, out);
	data(e, out);
}
