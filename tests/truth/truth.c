/* SPDX-License-Identifier: ISC */
#include "tests/truth/truth.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/base/record_path.h"
#include "probe/base/version.h"
#include "tests/truth/agenda.h"
#include "tests/truth/draw.h"
#include "tests/truth/observe.h"
#include "tests/truth/tag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TCP_PORT = 80,
	UDP_PORT = 33434,
	SOURCE_PORT = 33456,
	TRACE_GAP_S = 3, /* between two traces of a group */
};

struct truth {
	struct ground ground;
	struct wires *wires;
	struct routing *forward; /* to the target of the group */
	struct routing **home;	 /* to each vantage */
	struct agenda_group group;
	size_t next; /* trace of the group */
	uint64_t ngroups, ntraces;
	struct passage passage;
	struct truth_trace trace;
};

int64_t
truth_asof_us(void)
{
	return INT64_C(1794182400) * US_PER_S; /* 2026-11-09 */
}

/* Hosts and vantages have their addresses before any router gets one. */
static void
give_fixed(struct truth *t)
{
	const struct ground *g = &t->ground;
	struct addresses *a = wires_addresses(t->wires);
	uint32_t host;
	for (uint32_t v = 0; v < g->graph.nvantages; v++)
		address_give(a, agenda_source(g, v),
		    ROUTER(g->graph.vantage[v], ROUTER_HOST + v));
	for (size_t i = 0; i < g->graph.ntargets; i++) {
		uint32_t as = g->graph.target[i];
		for (uint32_t nth = 0; nth < agenda_prefixes(g, as); nth++)
			if (agenda_host(g, as, nth, &host))
				address_give(a, host, ROUTER(as, ROUTER_HOST));
	}
}

static void
open_routes(struct truth *t)
{
	const struct graph *graph = &t->ground.graph;
	t->forward = routing_open(graph, t->ground.seed);
	t->home = xcalloc(graph->nvantages + 1, sizeof(void *));
	for (size_t v = 0; v < graph->nvantages; v++) {
		t->home[v] = routing_open(graph, t->ground.seed);
		routing_to(t->home[v], graph->vantage[v], NULL);
	}
}

struct truth *
truth_open(const struct truth_order *o, struct fault *f)
{
	struct truth *t = xcalloc(1, sizeof(*t));
	struct ground *g = &t->ground;
	g->seed = draw(o->seed, DRAW_SAMPLE, 0, 0);
	if (o->rates != NULL)
		g->rates = *o->rates;
	else
		truth_rates_default(&g->rates);
	struct space_want want = {o->table, g->rates.ases, g->seed};
	if (!space_load(&g->space, &want, f)) {
		free(t);
		return NULL;
	}
	graph_grow(&g->graph, &g->space, &g->rates, g->seed);
	t->wires = wires_open(g);
	give_fixed(t);
	wires_join(t->wires);
	open_routes(t);
	return t;
}

void
truth_close(struct truth *t)
{
	if (t == NULL)
		return;
	for (size_t v = 0; v < t->ground.graph.nvantages; v++)
		routing_close(t->home[v]);
	free(t->home);
	routing_close(t->forward);
	wires_close(t->wires);
	graph_clear(&t->ground.graph);
	space_clear(&t->ground.space);
	record_clear(&t->trace.record);
	free(t);
}

const struct ground *
truth_ground(const struct truth *t)
{
	return &t->ground;
}

const struct addresses *
truth_addresses(struct truth *t)
{
	return wires_addresses(t->wires);
}

/* --- traces --------------------------------------------------------------- */

static struct record
about(const struct truth *t, const struct agenda_trace *p)
{
	const struct agenda_group *group = &t->group;
	struct record r = {.run = -1,
	    .epoch = draw(t->ground.seed, DRAW_GROUP, 0, 6) >> 11,
	    .seq = t->ntraces,
	    .target = group->host,
	    .prefix = group->prefix,
	    .method = p->method,
	    .port = p->method == METHOD_TCP ? TCP_PORT : -1,
	    .flow = p->flow,
	    .src = agenda_source(&t->ground, p->vantage),
	    .sport = (uint16_t)(SOURCE_PORT + p->flow),
	    .start_us =
		group->start_us + (int64_t)t->next * TRACE_GAP_S * US_PER_S};
	if (p->method == METHOD_UDP)
		r.dport = UDP_PORT;
	else if (p->method == METHOD_TCP)
		r.dport = TCP_PORT;
	snprintf(r.vantage, sizeof(r.vantage), "v%02u", p->vantage);
	snprintf(r.tool, sizeof(r.tool), "tumen-probe %s", TUMEN_VERSION);
	return r;
}

static void
order(struct truth *t, const struct agenda_trace *p, const struct record *r,
    struct passage_order *o)
{
	uint64_t ports = (uint64_t)r->sport << 24 | (uint64_t)r->dport << 8 |
			 (uint64_t)r->method;
	*o = (struct passage_order){
	    .world = {t->wires, &t->ground, t->home[p->vantage]},
	    .walk = {.target = r->target,
		.vantage = p->vantage,
		.flow = draw(t->ground.seed, DRAW_CHOICE,
		    (uint64_t)r->src << 32 | r->target, ports),
		.target_inner = passage_inner_of(&t->ground, t->group.as)},
	    .method = p->method,
	    .trace = t->ntraces};
}

static uint32_t
asn(const struct truth *t, uint32_t as)
{
	return as == GRAPH_NONE ? 0 : t->ground.space.asn[as];
}

static void
tell_hop(struct truth *t, size_t i)
{
	const struct passage_hop *seen = &t->passage.seen[i + 1];
	bool answered = seen->face.role != FACE_NONE &&
			record_answer(&t->trace.record, (uint8_t)(i + 1));
	uint64_t router =
	    answered ? seen->router : t->passage.walk.hop[i].router;
	t->trace.hop[i + 1] = (struct truth_hop){
	    .router = router, .owner = asn(t, ROUTER_AS(router))};
	if (!answered) {
		t->passage.seen[i + 1].face.role = FACE_NONE;
		return;
	}
	t->trace.hop[i + 1].holder = asn(t, seen->face.holder);
	t->trace.hop[i + 1].role = seen->face.role;
	t->trace.hop[i + 1].space = seen->face.space;
}

static void
tell(struct truth *t)
{
	struct truth_trace *trace = &t->trace;
	const struct walk *w = &t->passage.walk;
	trace->group = t->group.number;
	trace->nas = w->nas;
	for (size_t i = 0; i < w->nas; i++)
		trace->as_path[i] = asn(t, w->as_path[i]);
	trace->target_as = trace->as_path[w->nas - 1];
	trace->entry_as = trace->as_path[w->nas - 2];
	trace->border_ttl = (uint8_t)(t->passage.border + 1);
	trace->nhops = (uint8_t)(w->n < RECORD_TTL_MAX ? w->n : RECORD_TTL_MAX);
	for (size_t i = 0; i < RECORD_TTL_MAX; i++)
		if (i < trace->nhops)
			tell_hop(t, i);
	trace->tags = tag_all(&t->ground, &t->passage, &trace->record);
}

/* False when the vantage has no route to the prefix. */
static bool
trace_one(struct truth *t, const struct agenda_trace *p)
{
	struct walk *w = &t->passage.walk;
	struct passage_order o;
	w->nas = routing_path(
	    t->forward, t->ground.graph.vantage[p->vantage], w->as_path);
	if (w->nas < 2)
		return false;
	t->ntraces++;
	struct record r = about(t, p);
	order(t, p, &r, &o);
	record_clear(&t->trace.record);
	passage_open(&t->passage, &o);
	observe(&t->passage, &r, &t->trace.record);
	tell(t);
	return true;
}

const struct truth_trace *
truth_next(struct truth *t)
{
	for (;;) {
		if (t->next == t->group.n) {
			agenda_group(&t->ground, t->ngroups++, &t->group);
			routing_to(t->forward, t->group.as, &t->group.export);
			t->next = 0;
		}
		if (trace_one(t, &t->group.trace[t->next++]))
			return &t->trace;
	}
}
