/* SPDX-License-Identifier: ISC */
#include "tests/truth/agenda.h"

#include "probe/base/clock.h"
#include "tests/truth/draw.h"
#include "tests/truth/truth.h"

#include <assert.h>
#include <string.h>

enum {
	PREFIXES_MAX = 4, /* as North Korea has */
	VANTAGES_MAX = 8, /* that trace one prefix at one time */
	WEEK_S = 7 * 86400,
};

uint32_t
agenda_prefixes(const struct ground *g, uint32_t as)
{
	uint32_t addr, n = 0;
	uint32_t want = 1 + draw_below(g->seed, DRAW_HOST, as, 3, PREFIXES_MAX);
	while (n < want && graph_slash24(&g->space, as, n, &addr))
		n++;
	return n;
}

bool
agenda_host(const struct ground *g, uint32_t as, uint32_t nth, uint32_t *host)
{
	uint32_t addr;
	if (!graph_slash24(&g->space, as, nth, &addr))
		return false;
	*host = addr + 1 + draw_below(g->seed, DRAW_HOST, addr, 4, 254);
	return true;
}

uint32_t
agenda_source(const struct ground *g, uint32_t vantage)
{
	uint32_t addr = 0;
	graph_slash24(&g->space, g->graph.vantage[vantage], 0, &addr);
	return addr + 10 + vantage;
}

/* At least one upstream is told plainly. */
static void
announce(
    const struct ground *g, uint64_t key, uint32_t as, struct routing_export *e)
{
	uint32_t n;
	graph_arcs(&g->graph, as, GRAPH_PROVIDER, &n);
	uint32_t plain = n ? draw_below(g->seed, DRAW_EXPORT, key, 0, n) : 0;
	*e = (struct routing_export){
	    .te_key = draw(g->seed, DRAW_EXPORT, key, 1), .te = g->rates.te};
	for (uint32_t i = 0; i < n && i <= GRAPH_UPSTREAMS_MAX; i++) {
		double x = draw_real(g->seed, DRAW_EXPORT, key, 2 + i);
		if (i == plain)
			continue;
		if (x < g->rates.withheld)
			e->prepend[i] = ROUTING_WITHHELD;
		else if (x < g->rates.withheld + g->rates.prepended)
			e->prepend[i] =
			    (uint8_t)(1 + draw_below(
					      g->seed, DRAW_EXPORT, key, 9, 3));
	}
}

static void
add(struct agenda_group *p, uint32_t vantage, enum record_method method,
    uint32_t flows)
{
	for (uint32_t flow = 0; flow < flows; flow++)
		p->trace[p->n++] = (struct agenda_trace){vantage, method, flow};
}

/* Half of the groups use all methods, the others one or two. */
static void
add_vantage(const struct ground *g, struct agenda_group *p, uint32_t vantage)
{
	uint32_t methods = draw_below(g->seed, DRAW_GROUP, p->number, 1, 14);
	uint32_t flows = 1 + draw_below(g->seed, DRAW_GROUP, p->number, 2, 2);
	if (methods == 0 || methods > 7)
		methods = 7;
	if ((methods & 1) != 0)
		add(p, vantage, METHOD_UDP, flows);
	if ((methods & 2) != 0)
		add(p, vantage, METHOD_ICMP, 1);
	if ((methods & 4) != 0)
		add(p, vantage, METHOD_TCP, flows);
}

/* Some vantages, each once. */
static void
add_vantages(const struct ground *g, struct agenda_group *p)
{
	uint32_t all = (uint32_t)g->graph.nvantages;
	assert(all > 0);
	uint32_t n = 1 + draw_below(g->seed, DRAW_GROUP, p->number, 3,
			     all < VANTAGES_MAX ? all : VANTAGES_MAX);
	uint32_t at = draw_below(g->seed, DRAW_GROUP, p->number, 4, all);
	for (uint32_t i = 0; i < n; i++)
		add_vantage(g, p, (at + i) % all);
}

void
agenda_group(const struct ground *g, uint64_t number, struct agenda_group *p)
{
	uint64_t round = number / g->graph.ntargets;
	memset(p, 0, sizeof(*p));
	p->number = number;
	p->as = g->graph.target[number % g->graph.ntargets];
	uint32_t prefixes = agenda_prefixes(g, p->as);
	assert(prefixes > 0); /* or it would be no target */
	uint32_t nth = (uint32_t)(round % prefixes);
	agenda_host(g, p->as, nth, &p->host);
	p->prefix = (struct prefix){p->host & prefix_mask(24), 24};
	p->start_us =
	    truth_asof_us() +
	    US_PER_S * draw_below(g->seed, DRAW_GROUP, number, 5, WEEK_S);
	/* what is announced to whom may change from round to round */
	uint64_t era = draw_below(g->seed, DRAW_EXPORT, number, 20, 3) == 0
			   ? round / prefixes
			   : 0;
	announce(g, (uint64_t)p->prefix.addr << 16 | era, p->as, &p->export);
	add_vantages(g, p);
}
