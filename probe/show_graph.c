/* SPDX-License-Identifier: ISC */
#include "probe/show_graph.h"

#include "probe/base/record_name.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

static void
json_addr(struct json *j, const char *key, uint32_t addr)
{
	char text[ADDR_STRLEN];
	json_text(j, key, addr != 0 ? addr_format(addr, text) : NULL);
}

static void
json_identity(const struct mda_graph *g, struct json *j)
{
	const struct record *r = &g->about;
	char prefix[PREFIX_STRLEN], start[CLOCK_STRLEN];
	json_text(j, "vantage", r->vantage);
	json_text(j, "campaign", r->campaign[0] ? r->campaign : NULL);
	json_int_or_null(j, "run", r->run);
	json_addr(j, "target", r->target);
	json_text(j, "prefix", prefix_format(&r->prefix, prefix));
	json_text(j, "method", record_method_name(r->method));
	json_int_or_null(j, "port", r->port);
	json_addr(j, "src", r->src);
	json_int(j, "dport", r->dport);
	json_text(j, "start", clock_format_us(r->start_us, start));
	json_int(j, "start_us", r->start_us);
	json_int(j, "duration_us", r->duration_us);
}

static void
json_nodes(const struct mda_graph *g, struct json *j)
{
	json_array(j, "nodes");
	for (size_t i = 0; i < g->nnodes; i++) {
		const struct mda_node *n = &g->nodes[i];
		json_object(j, NULL);
		json_int(j, "ttl", n->ttl);
		json_addr(j, "addr", n->addr);
		json_int(j, "flows", n->flows);
		json_bool(j, "per_packet", n->per_packet);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
json_links(const struct mda_graph *g, struct json *j)
{
	json_array(j, "links");
	for (size_t i = 0; i < g->nlinks; i++) {
		const struct mda_link *l = &g->links[i];
		json_object(j, NULL);
		json_int(j, "ttl", l->ttl);
		json_addr(j, "from", l->from);
		json_addr(j, "to", l->to);
		json_int(j, "flows", l->flows);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
json_diamonds(const struct mda_graph *g, struct json *j)
{
	json_array(j, "diamonds");
	for (size_t i = 0; i < g->ndiamonds; i++) {
		const struct mda_diamond *d = &g->diamonds[i];
		json_object(j, NULL);
		json_array(j, "ttl");
		json_int(j, NULL, d->from_ttl);
		json_int(j, NULL, d->to_ttl);
		json_array_end(j);
		json_addr(j, "from", d->from);
		json_addr(j, "to", d->to);
		json_int(j, "width", d->width);
		json_int(j, "length", d->to_ttl - d->from_ttl);
		json_bool(j, "meshed", d->meshed);
		json_bool(j, "asymmetric", d->asymmetric);
		json_bool(j, "uniform", d->uniform);
		json_bool(j, "per_packet", d->per_packet);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
json_balancers(const struct mda_graph *g, struct json *j)
{
	json_array(j, "per_packet");
	for (size_t i = 0; i < g->nbalancers; i++) {
		const struct mda_balancer *b = &g->balancers[i];
		json_object(j, NULL);
		json_int(j, "ttl", b->ttl);
		json_int(j, "width", b->width);
		json_int(j, "repeats", b->repeats);
		json_int(j, "differed", b->differed);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
json_traces(const struct mda_graph *g, struct json *j)
{
	char text[UUID_STRLEN];
	json_array(j, "traces");
	for (size_t i = 0; i < g->nids; i++)
		json_text(j, NULL, uuid_format(g->ids[i], text));
	json_array_end(j);
}

void
show_graph_json(const struct mda_graph *g, struct json *j)
{
	json_object(j, NULL);
	json_text(j, "record", "graph");
	json_int(j, "v", 1);
	json_identity(g, j);
	json_int(j, "confidence", g->confidence);
	json_bool(j, "complete", g->complete);
	json_real(j, "failure_bound", g->failure_bound, 6);
	json_real(j, "per_hop_bound", fmin(g->per_hop_bound, 1), 6);
	json_int(j, "probes", g->probes);
	json_int(j, "probes_full_mda", g->probes_full_mda);
	json_int(j, "flows", g->flows);
	json_nodes(g, j);
	json_links(g, j);
	json_diamonds(g, j);
	json_balancers(g, j);
	json_traces(g, j);
	json_text(j, "tool", g->about.tool);
	json_object_end(j);
}

static const char *
name(uint32_t addr, char text[static ADDR_STRLEN])
{
	return addr != 0 ? addr_format(addr, text) : "*";
}

static void
show_head(const struct mda_graph *g, FILE *f)
{
	const struct record *r = &g->about;
	char target[ADDR_STRLEN], src[ADDR_STRLEN];
	fprintf(f, "%s  %s", addr_format(r->target, target),
	    record_method_name(r->method));
	if (r->port >= 0)
		fprintf(f, " port %" PRId32, r->port);
	fprintf(f, " all paths  from %s  %u probes, %u flows  %.1f s\n",
	    addr_format(r->src, src), g->probes, g->flows,
	    (double)r->duration_us / 1e6);
}

/* Where the flows of a node go. */
static void
show_links(const struct mda_graph *g, const struct mda_node *n, FILE *f)
{
	char to[ADDR_STRLEN];
	const char *sep = "  ";
	for (size_t i = 0; i < g->nlinks && n->addr != 0; i++) {
		const struct mda_link *l = &g->links[i];
		if (l->ttl != n->ttl || l->from != n->addr)
			continue;
		fprintf(f, "%s%s", sep, name(l->to, to));
		sep = ", ";
	}
}

static void
show_nodes(const struct mda_graph *g, FILE *f)
{
	char addr[ADDR_STRLEN];
	uint8_t ttl = 0;
	if (g->nnodes > 0)
		fprintf(f, "TTL  %-15s  FLOWS  NEXT\n", "ADDRESS");
	for (size_t i = 0; i < g->nnodes; i++) {
		const struct mda_node *n = &g->nodes[i];
		if (n->ttl != ttl)
			fprintf(f, "%3u", n->ttl);
		else
			fputs("   ", f);
		ttl = n->ttl;
		fprintf(f, "  %-15s  %5u", name(n->addr, addr), n->flows);
		if (n->per_packet)
			fputs("  per packet", f);
		show_links(g, n, f);
		fputc('\n', f);
	}
}

static void
show_diamonds(const struct mda_graph *g, FILE *f)
{
	char from[ADDR_STRLEN], to[ADDR_STRLEN];
	for (size_t i = 0; i < g->ndiamonds; i++) {
		const struct mda_diamond *d = &g->diamonds[i];
		fprintf(f,
		    "  diamond at TTL %u-%u: %s to %s, width %u, length %d",
		    d->from_ttl, d->to_ttl,
		    d->from != 0 ? addr_format(d->from, from) : "here",
		    name(d->to, to), d->width, d->to_ttl - d->from_ttl);
		fprintf(f, "%s%s%s%s\n", d->meshed ? ", meshed" : "",
		    d->asymmetric ? ", asymmetric" : "",
		    d->uniform ? "" : ", not uniform",
		    d->per_packet ? ", per packet" : "");
	}
	for (size_t i = 0; i < g->nbalancers; i++)
		fprintf(f,
		    "  per packet at TTL %u: %u of %u repeats of a flow found "
		    "another router\n",
		    g->balancers[i].ttl, g->balancers[i].differed,
		    g->balancers[i].repeats);
}

static bool
has_target(const struct mda_graph *g)
{
	for (size_t i = 0; i < g->nnodes; i++)
		if (g->nodes[i].addr == g->about.target)
			return true;
	return false;
}

/* What the graph is worth; chances in percent, as they were asked for. */
static void
show_worth(const struct mda_graph *g, FILE *f)
{
	if (!has_target(g))
		fputs("  the target is not in it: it was silent, or its "
		      "replies proved too little\n",
		    f);
	if (!g->complete && g->failure_bound >= 1) {
		fputs("  incomplete: any number of links may be missing\n", f);
		return;
	}
	fprintf(f,
	    "  %s: the chance that a link was missed is at most %.2f %% "
	    "(asked for: %d %%; worst hop: %.2f %%)\n",
	    g->complete ? "complete" : "incomplete", 100 * g->failure_bound,
	    100 - g->confidence, 100 * fmin(g->per_hop_bound, 1));
}

int
show_graph(const struct mda_graph *g, FILE *f)
{
	show_head(g, f);
	show_nodes(g, f);
	show_diamonds(g, f);
	show_worth(g, f);
	errno = EIO;
	return fflush(f) != 0 || ferror(f) ? -errno : 0;
}
