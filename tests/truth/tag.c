/* SPDX-License-Identifier: ISC */
#include "tests/truth/tag.h"

#include "probe/base/record_path.h"
#include "tests/truth/tables.h"

static uint32_t
bit(bool set, enum truth_tag tag)
{
	return set ? UINT32_C(1) << tag : 0;
}

static bool
on_path(const struct walk *w, uint32_t as)
{
	for (size_t i = 0; i < w->nas; i++)
		if (w->as_path[i] == as)
			return true;
	return false;
}

/* What one answer adds. */
static uint32_t
of_answer(const struct ground *g, const struct passage *p,
    const struct passage_hop *seen)
{
	const struct face *f = &seen->face;
	const struct walk *w = &p->walk;
	uint64_t border = w->hop[p->border].router;
	uint64_t before = w->hop[p->border - 1].router;
	bool other = f->role != FACE_INGRESS && f->role != FACE_HOST;
	uint32_t entry = w->as_path[w->nas - 2];
	uint32_t held = f->holder;
	return bit(other, TRUTH_THIRD_PARTY) |
	       bit(other && held != GRAPH_NONE && !on_path(w, held),
		   TRUTH_FOREIGN) |
	       bit(f->role == FACE_RETURN && seen->router == border &&
		       held != GRAPH_NONE && held != entry,
		   TRUTH_RETURN_INTERFACE) |
	       bit(f->space == WIRE_ROUTED && held != GRAPH_NONE &&
		       tables_second_origin(g, held, f->addr) != GRAPH_NONE,
		   TRUTH_MOAS) |
	       bit(f->space == WIRE_UNROUTED, TRUTH_UNROUTED) |
	       bit(f->space == WIRE_PRIVATE, TRUTH_RFC1918) |
	       bit(f->space == WIRE_EXCHANGE, TRUTH_IXP) |
	       bit(seen->router == border || seen->router == before,
		   TRUTH_ANSWERED_NEXT) |
	       bit(ROUTER_AS(seen->router) == entry, TRUTH_ANSWERED_NEIGHBOUR);
}

/* Two TTLs with the same router, and the packet of one was used up before. */
static bool
zero_ttl(const struct record *r)
{
	for (size_t i = 0; i < r->nprobes; i++)
		if (r->probes[i].answered && r->probes[i].icmp_type == 11 &&
		    r->probes[i].quoted_ttl == 0)
			return true;
	return false;
}

static bool
saw_front(const struct passage *p, uint32_t front)
{
	for (size_t ttl = 1; ttl <= RECORD_TTL_MAX; ttl++)
		if (p->seen[ttl].face.role != FACE_NONE &&
		    p->seen[ttl].face.holder == front)
			return true;
	return false;
}

uint32_t
tag_all(const struct ground *g, const struct passage *p, const struct record *r)
{
	const struct walk *w = &p->walk;
	uint32_t target = w->as_path[w->nas - 1], upstreams;
	uint32_t entry = w->as_path[w->nas - 2];
	bool front = g->graph.use[entry] == GRAPH_FRONT;
	graph_arcs(&g->graph, target, GRAPH_PROVIDER, &upstreams);
	uint32_t tags = bit(p->edge == EDGE_SILENT, TRUTH_SILENT_EDGE) |
			bit(p->edge == EDGE_BORDER, TRUTH_BORDER_EDGE) |
			bit(front, TRUTH_FRONT) |
			bit(front && !saw_front(p, entry), TRUTH_HIDDEN_FRONT) |
			bit(w->balanced, TRUTH_BALANCER) |
			bit(w->per_packet, TRUTH_PER_PACKET) |
			bit(zero_ttl(r), TRUTH_ZERO_TTL) |
			bit(upstreams > 1, TRUTH_TWO_UPSTREAMS) |
			bit(record_reached(r), TRUTH_REACHED) |
			bit(p->doubled && record_reached(r), TRUTH_DOUBLED);
	for (size_t ttl = 1; ttl <= RECORD_TTL_MAX; ttl++)
		if (p->seen[ttl].face.role != FACE_NONE)
			tags |= of_answer(g, p, &p->seen[ttl]);
	return tags;
}

const char *
truth_tag_name(enum truth_tag tag)
{
	static const char *const name[TRUTH_TAGS] = {
	    [TRUTH_SILENT_EDGE] = "silent_edge",
	    [TRUTH_BORDER_EDGE] = "border_edge",
	    [TRUTH_THIRD_PARTY] = "third_party",
	    [TRUTH_FOREIGN] = "foreign",
	    [TRUTH_HIDDEN_FRONT] = "hidden_front",
	    [TRUTH_FRONT] = "front",
	    [TRUTH_RETURN_INTERFACE] = "return_interface",
	    [TRUTH_MOAS] = "moas",
	    [TRUTH_UNROUTED] = "unrouted",
	    [TRUTH_RFC1918] = "rfc1918",
	    [TRUTH_IXP] = "ixp",
	    [TRUTH_BALANCER] = "balancer",
	    [TRUTH_PER_PACKET] = "per_packet",
	    [TRUTH_ZERO_TTL] = "zero_ttl",
	    [TRUTH_DOUBLED] = "doubled",
	    [TRUTH_TWO_UPSTREAMS] = "two_upstreams",
	    [TRUTH_ANSWERED_NEXT] = "answered_next_to_border",
	    [TRUTH_ANSWERED_NEIGHBOUR] = "answered_neighbour",
	    [TRUTH_REACHED] = "reached",
	};
	return name[tag];
}
