/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "probe/trace/mda_state.h"

#include <stdlib.h>

static void
add_node(struct mda_graph *g, struct mda_node node)
{
	g->nodes = xreallocarray(g->nodes, g->nnodes + 1, sizeof(*g->nodes));
	g->nodes[g->nnodes++] = node;
}

/* Also the star: flows that nobody answered beside those that were. */
static void
nodes(const struct mda *m, uint8_t ttl, struct mda_graph *g)
{
	const struct mda_view *v = &m->view[ttl];
	struct mda_node node = {.ttl = ttl};
	for (unsigned i = 0; i < m->hop[ttl].vertices; i++) {
		node.addr = m->hop[ttl].addr[i];
		node.flows = v->flows[i];
		node.per_packet = v->kind == MDA_MIXED;
		/* seen by a repeated flow only */
		if (v->flows[i] > 0 || node.per_packet)
			add_node(g, node);
	}
	if (v->spent > 0)
		add_node(g, (struct mda_node){.ttl = ttl, .flows = v->spent});
}

static void
add_link(struct mda_graph *g, struct mda_link link)
{
	g->links = xreallocarray(g->links, g->nlinks + 1, sizeof(*g->links));
	g->links[g->nlinks++] = link;
}

/* How many flows were seen at both ends. */
static unsigned
common(const struct mda *m, uint8_t ttl, unsigned from, unsigned to)
{
	unsigned n = 0;
	for (unsigned f = 0; f < m->used; f++)
		n += mda_cell(m, ttl, f)->who == from &&
		     mda_cell(m, (uint8_t)(ttl + 1), f)->who == to &&
		     m->flow[f].end > ttl;
	return n;
}

/* No flow takes a link that is drawn packet by packet. */
static void
links(const struct mda *m, uint8_t ttl, struct mda_graph *g)
{
	const struct mda_hop *hop = &m->hop[ttl], *next = &m->hop[ttl + 1];
	if (m->view[ttl].kind == MDA_MIXED ||
	    m->view[ttl + 1].kind == MDA_MIXED)
		return;
	for (unsigned i = 0; i < hop->vertices; i++)
		for (unsigned j = 0; j < next->vertices; j++) {
			struct mda_link link = {.ttl = ttl,
			    .from = hop->addr[i],
			    .to = next->addr[j],
			    .flows = common(m, ttl, i, j)};
			if (link.flows > 0)
				add_link(g, link);
		}
}

static void
balancers(const struct mda *m, uint8_t ttl, struct mda_graph *g)
{
	const struct mda_hop *hop = &m->hop[ttl];
	if (!hop->per_packet)
		return;
	g->balancers = xreallocarray(
	    g->balancers, g->nbalancers + 1, sizeof(*g->balancers));
	g->balancers[g->nbalancers++] = (struct mda_balancer){.ttl = ttl,
	    .width = hop->vertices,
	    .repeats = hop->repeated,
	    .differed = hop->differed};
}

static void
ids(const struct mda *m, struct mda_graph *g)
{
	struct record r;
	g->ids = xcalloc(m->used > 0 ? m->used : 1, sizeof(*g->ids));
	for (unsigned f = 0; f < m->used; f++) {
		if (!mda_recorded(m, f))
			continue;
		mda_name(m, f, g->nids, &r);
		record_id(&r, g->ids[g->nids++]);
	}
}

static void
about(const struct mda *m, struct mda_graph *g)
{
	struct mono end = m->done ? m->closed : m->now;
	g->about = m->about;
	g->about.duration_us = (end.ns - m->opened.ns) / 1000;
	g->confidence = m->config.confidence;
	g->probes = (uint32_t)m->asked;
	g->flows = (uint32_t)g->nids;
}

void
mda_graph(struct mda *m, struct mda_graph *g)
{
	*g = (struct mda_graph){0};
	mda_look(m);
	mda_count(m);
	for (uint8_t ttl = m->config.first_ttl; ttl <= m->heard; ttl++) {
		nodes(m, ttl, g);
		balancers(m, ttl, g);
		if (ttl < m->heard)
			links(m, ttl, g);
	}
	ids(m, g);
	about(m, g);
	mda_diamonds(m, g);
	mda_judge(m, g);
}

void
mda_graph_clear(struct mda_graph *g)
{
	free(g->nodes);
	free(g->links);
	free(g->diamonds);
	free(g->balancers);
	free(g->ids);
	*g = (struct mda_graph){0};
}
