/* SPDX-License-Identifier: ISC */
#include "analysis/report/live.h"

#include "probe/base/clock.h"
#include "probe/base/record_name.h"
#include "probe/base/record_path.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
live_open(struct live *l, FILE *out, const struct origin_set *tables,
    const struct carriers *carriers)
{
	*l = (struct live){.out = out, .tables = tables, .carriers = carriers};
}

static void
print_head(struct live *l, const struct record *r)
{
	char target[ADDR_STRLEN];
	fprintf(l->out, "%s, %s", addr_format(r->target, target),
	    record_method_name(r->method));
	if (r->port >= 0)
		fprintf(l->out, " port %d", (int)r->port);
	fprintf(l->out, ", flow %u\n", r->flow);
	fflush(l->out);
}

/* Whether r is the trace that grows; a reply does not know when it began. */
static bool
is_growing(const struct live *l, const struct record *r)
{
	return l->growing && l->epoch == r->epoch && l->seq == r->seq;
}

/* "AS4837 China Unicom": the AS, or what else is known of the address. */
static void
print_owner(struct live *l, const struct origin_answer *a)
{
	if (a->nasns == 0) {
		fprintf(l->out, "%s",
		    a->source ? a->source : "in no address table");
		return;
	}
	for (size_t i = 0; i < a->nasns; i++)
		fprintf(l->out, "%sAS%u", i ? "|" : "", a->asns[i]);
	const char *name = a->names[0];
	if (name == NULL)
		name = origin_as_name(l->tables, a->asns[0]);
	if (name != NULL)
		fprintf(l->out, " %s", name);
	const struct carrier_row *c = carriers_find(l->carriers, a->asns[0]);
	if (c != NULL)
		fprintf(l->out, " [%s]", c->name);
	if (a->layer != ORIGIN_BGP)
		fprintf(l->out, " (%s, not BGP)", origin_layer_name(a->layer));
}

/* What a reply says beside "I am the hop": only the unusual. */
static void
print_marks(struct live *l, const struct record_probe *p)
{
	if (p->icmp_type == 3)
		fprintf(l->out, "  !%d", p->icmp_code);
	if (p->quoted_ttl == 0 || p->quoted_ttl > 1)
		fprintf(l->out, "  quoted TTL %d", p->quoted_ttl);
	if (p->late)
		fputs("  late", l->out);
	if (p->proof < PROOF_BOTH)
		fprintf(l->out, "  proof %s", record_proof_name(p->proof));
	if (p->ext.len > 0)
		fputs("  MPLS or other extension", l->out);
}

static void
print_hop(
    struct live *l, uint8_t ttl, const struct record_probe *p, int64_t at_us)
{
	char addr[ADDR_STRLEN], rtt[32] = "";
	struct origin_answer a;
	if (p == NULL || !p->answered) {
		fprintf(l->out, "%3u  *\n", ttl);
		return;
	}
	if (p->rtt_ns >= 0)
		snprintf(rtt, sizeof(rtt), "%.3f ms", (double)p->rtt_ns / 1e6);
	fprintf(
	    l->out, "%3u  %-15s  %11s  ", ttl, addr_format(p->addr, addr), rtt);
	origin_lookup(l->tables, p->addr, at_us, &a);
	print_owner(l, &a);
	print_marks(l, p);
	fputc('\n', l->out);
	fflush(l->out);
}

/*
 * Up to the target's first answer: what was in flight behind it says nothing
 * more of the path.
 */
static void
grow(struct live *l, uint32_t target)
{
	while (!l->ended && l->printed < RECORD_TTL_MAX &&
	       l->answer[l->printed + 1].answered) {
		const struct record_probe *p = &l->answer[++l->printed];
		print_hop(l, l->printed, p, p->tx_ns / 1000);
		l->ended = p->addr == target;
	}
}

void
live_reply(
    struct live *l, const struct record *r, const struct record_probe *reply)
{
	if (!l->growing) {
		l->epoch = r->epoch;
		l->seq = r->seq;
		memset(l->answer, 0, sizeof(l->answer));
		l->growing = true;
		l->printed = 0;
		l->ended = false;
		print_head(l, r);
	}
	if (!is_growing(l, r) || reply->ttl == 0 ||
	    reply->ttl > RECORD_TTL_MAX || l->answer[reply->ttl].answered)
		return;
	l->answer[reply->ttl] = *reply;
	l->answer[reply->ttl].ext = (struct record_bytes){0};
	grow(l, r->target);
}

static void
print_entry(struct live *l, const struct verdict *v)
{
	const char *name = origin_as_name(l->tables, (uint32_t)v->entry_as);
	fprintf(l->out,
	    "=> carried by %s; AS%lld%s%s%s hands over to the "
	    "target's network",
	    v->carrier, (long long)v->entry_as, name ? " (" : "",
	    name ? name : "", name ? ")" : "");
	if (v->border_hi >= 0)
		fprintf(l->out, " between TTL %d and %d", v->border_lo,
		    v->border_hi);
	else
		fprintf(l->out, " behind TTL %d", v->border_lo);
	if (v->silent_hops > 0)
		fprintf(l->out, " (%d silent)", v->silent_hops);
	fputc('\n', l->out);
}

static void
print_verdict(struct live *l, const struct record *r, const struct verdict *v)
{
	char date[CLOCK_STRLEN];
	if (v->entry_as >= 0)
		print_entry(l, v);
	else
		fprintf(l->out, "=> insufficient evidence: no hop says who "
				"hands over to the target's network\n");
	fprintf(l->out, "   %s", evidence_name(v->evidence));
	if (!isnan(v->p))
		fprintf(l->out, ", p %.2f", v->p);
	fprintf(
	    l->out, "; target %s", v->reached ? "reached" : "not reached: ");
	if (!v->reached)
		fputs(r->stop_detail[0] ? r->stop_detail
					: record_stop_name(r->stop),
		    l->out);
	if (v->asof_us >= 0) {
		clock_format_us(v->asof_us, date);
		fprintf(l->out, "; table of %.10s, %lld days before", date,
		    (long long)v->days);
	} else {
		fputs("; no address table of that day", l->out);
	}
	fputs("\n\n", l->out);
	fflush(l->out);
}

/* All of a trace, or what the screen does not show yet. */
static void
print_trace(struct live *l, const struct record *r, const struct verdict *v)
{
	bool growing = is_growing(l, r), ended = growing && l->ended;
	int first = growing ? l->printed + 1 : 1;
	if (!growing)
		print_head(l, r);
	for (int ttl = first; ttl <= record_last_ttl(r) && !ended; ttl++) {
		const struct record_probe *p = record_answer(r, (uint8_t)ttl);
		if (record_probed(r, (uint8_t)ttl))
			print_hop(l, (uint8_t)ttl, p, r->start_us);
		ended = p != NULL && p->addr == r->target;
	}
	print_verdict(l, r, v);
}

/* The same as a text, behind what waits already. */
static void
keep_waiting(struct live *l, const struct record *r, const struct verdict *v)
{
	FILE *screen = l->out;
	char *text = NULL;
	size_t len = 0;
	l->out = open_memstream(&text, &len);
	if (l->waiting != NULL)
		fputs(l->waiting, l->out);
	print_trace(l, r, v);
	fclose(l->out);
	l->out = screen;
	free(l->waiting);
	l->waiting = text;
}

void
live_trace(struct live *l, const struct record *r, const struct verdict *v)
{
	if (l->growing && !is_growing(l, r)) {
		keep_waiting(l, r, v);
		return;
	}
	print_trace(l, r, v);
	l->growing = false;
	live_end(l);
}

void
live_end(struct live *l)
{
	if (l->waiting != NULL)
		fputs(l->waiting, l->out);
	free(l->waiting);
	l->waiting = NULL;
	fflush(l->out);
}
