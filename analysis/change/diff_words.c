/* SPDX-License-Identifier: ISC */
#include "analysis/change/diff_words.h"

#include "probe/base/record_name.h"
#include "probe/base/record_path.h"

#include <inttypes.h>
#include <string.h>

/* "AS4837 (China Unicom)"; what is in brackets may be NULL. */
static void
as_words(int64_t as, const char *name, FILE *out)
{
	fprintf(out, "AS%" PRId64, as);
	if (name != NULL)
		fprintf(out, " (%s)", name);
}

static void
list_words(
    const uint32_t *asn, size_t n, const struct origin_set *tables, FILE *out)
{
	for (size_t i = 0; i < n; i++) {
		fputs(i == 0 ? "" : i + 1 < n ? ", " : " and ", out);
		as_words(asn[i], origin_as_name(tables, asn[i]), out);
	}
}

static size_t
count_equal(const struct diff *d)
{
	size_t n = 0;
	for (size_t i = 0; i < d->nedits; i++)
		n += d->edit[i].op == EDIT_EQUAL;
	return n;
}

static size_t
count_balanced(const struct diff *d)
{
	size_t n = 0;
	for (size_t i = 0; i < d->nedits; i++)
		n += d->edit[i].balanced;
	return n;
}

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static int
hops_in(uint8_t from, uint8_t to)
{
	return from > 0 && to >= from ? to - from + 1 : 0;
}

/* "3 hops of AS1 and AS2"; what a stretch of the path is made of. */
static void
stretch_words(int hops, const uint32_t *asn, size_t n,
    const struct origin_set *tables, FILE *out)
{
	if (hops == 0) {
		fputs("nothing", out);
		return;
	}
	fprintf(out, "%d hop%s of ", hops, plural((size_t)hops));
	if (n == 0)
		fputs("a network that is not known", out);
	list_words(asn, n, tables, out);
}

/* Where the two paths meet again, if they do. */
static void
again_words(const struct compared *c, FILE *out)
{
	const struct diff *d = &c->diff;
	int a = d->detour.to_a + 1, b = d->detour.to_b + 1;
	const struct trail_hop *hop = &c->trail_a.hop[a - 1];
	if (!d->detour.rejoins) {
		bool target = a <= RECORD_TTL_MAX && hop->n > 0 &&
			      hop->addr[0] == c->trail_a.target;
		fputs(target ? "It meets the old one only at the target. "
			     : "It does not come back to the old one. ",
		    out);
		return;
	}
	fprintf(out, "It meets the old one again at TTL %d", a);
	if (a != b)
		fprintf(out, ", which is TTL %d after", b);
	fputs(". ", out);
}

static bool
same_ases(const struct compared_stretch *s)
{
	return s->nfrom > 0 && s->nfrom == s->nto &&
	       memcmp(s->from, s->to, s->nfrom * sizeof(s->from[0])) == 0;
}

static void
where_words(
    const struct compared *c, const struct origin_set *tables, FILE *out)
{
	const struct diff *d = &c->diff;
	int before = hops_in(d->detour.from_a, d->detour.to_a);
	int after = hops_in(d->detour.from_b, d->detour.to_b);
	struct compared_stretch s;
	compared_stretch(c, &s);
	fprintf(out, "The path changed at TTL %u", d->first_ttl);
	if (same_ases(&s)) {
		fputs(", within ", out);
		list_words(s.from, s.nfrom, tables, out);
		fprintf(out, ": %d hop%s before, %d after. ", before,
		    plural((size_t)before), after);
	} else {
		fputs(": ", out);
		stretch_words(before, s.from, s.nfrom, tables, out);
		fputs(" before, ", out);
		stretch_words(after, s.to, s.nto, tables, out);
		fputs(" after. ", out);
	}
	again_words(c, out);
}

/* How a path that does not reach the target ends. A datagram of the target's
 * quotes nothing: anybody may have sent it. */
static void
end_words(const struct record *r, FILE *out)
{
	if (record_reached_nowhere(r)) {
		fputs("it did too, at a TTL that nobody knows", out);
		return;
	}
	if (r->stop == STOP_REACHED) {
		fputs("what came from its address proves nothing", out);
		return;
	}
	fprintf(out, "the trace ends with %s", record_stop_name(r->stop));
	if (r->stop_detail[0] != '\0')
		fprintf(out, " (%s)", r->stop_detail);
}

static void
reach_words(const struct compared *c, FILE *out)
{
	bool before = c->trail_a.reached, after = c->trail_b.reached;
	if (before == after)
		return;
	fprintf(out, "The target answered %s; %s ", before ? "before" : "after",
	    before ? "after," : "before,");
	end_words(before ? &c->b : &c->a, out);
	fputs(". ", out);
}

static void
entry_words(const struct naming *n, FILE *out)
{
	const char *carrier = naming_carrier(n);
	if (naming_entry(n) >= 0)
		as_words(naming_entry(n), carrier, out);
	else if (carrier != NULL && strcmp(carrier, "none") == 0)
		fputs("nobody (no route)", out);
	else
		fputs("nobody that is known", out);
}

static bool
same_entry(const struct naming *a, const struct naming *b)
{
	const char *p = naming_carrier(a), *q = naming_carrier(b);
	return naming_entry(a) == naming_entry(b) &&
	       (p == NULL) == (q == NULL) && (p == NULL || strcmp(p, q) == 0);
}

static void
carrier_words(const struct compared *c, FILE *out)
{
	const struct naming *a = &c->name_a, *b = &c->name_b;
	if (c->a.control && c->b.control) {
		fputs("The target is a control destination. ", out);
		return;
	}
	entry_words(a, out);
	if (same_entry(a, b)) {
		fputs(" handed over to the target's network before and after. ",
		    out);
		return;
	}
	fputs(" handed over to the target's network before, ", out);
	entry_words(b, out);
	fputs(" after. ", out);
}

static void
rtt_words(const struct diff *d, FILE *out)
{
	double before = (double)d->rtt_a_ns / 1e6;
	double after = (double)d->rtt_b_ns / 1e6;
	if (d->rtt_a_ns < 0 || d->rtt_b_ns < 0)
		return;
	if (d->rtt_ttl > 0)
		fprintf(out, "From TTL %u to the end the round trips are %s: ",
		    d->rtt_ttl, after > before ? "longer" : "shorter");
	else
		fputs("To the last hop that answered both times: ", out);
	int digits = before < 10 && after < 10 ? 3 : 1;
	fprintf(out, "%.*f ms before, %.*f ms after (%+.*f ms). ", digits,
	    before, digits, after, digits, after - before);
}

static void
class_words(
    const struct compared *c, const struct origin_set *tables, FILE *out)
{
	const struct diff *d = &c->diff;
	size_t equal = count_equal(d);
	size_t spread = count_balanced(d);
	switch (d->class) {
	case DIFF_SAME:
	case DIFF_RTT_ONLY:
		fprintf(out, "The same path: %zu hop%s answered both times%s",
		    equal, plural(equal),
		    d->class == DIFF_SAME ? ". " : ", the round trips moved. ");
		break;
	case DIFF_BALANCING:
		fprintf(out,
		    "The same balanced path: at %zu TTL%s another of the "
		    "routers that flows are spread over. ",
		    spread, plural(spread));
		break;
	case DIFF_SILENT_ONLY:
		fprintf(out,
		    "No change is seen: the %zu hop%s that answered both "
		    "times %s the same, others were silent. ",
		    equal, plural(equal), equal == 1 ? "is" : "are");
		break;
	case DIFF_CHANGED:
		where_words(c, tables, out);
		break;
	case DIFF_INSUFFICIENT:
		fprintf(out, "Nothing can be said: %s. ",
		    d->why != NULL ? d->why : "too little answered");
		break;
	}
}

void
diff_words(const struct compared *c, const struct origin_set *tables, FILE *out)
{
	const struct diff *d = &c->diff;
	if (!d->same_flow)
		fputs("These are traces of two flows. ", out);
	class_words(c, tables, out);
	if (d->class == DIFF_CHANGED)
		reach_words(c, out);
	carrier_words(c, out);
	if (d->class == DIFF_CHANGED || d->class == DIFF_RTT_ONLY)
		rtt_words(d, out);
}
