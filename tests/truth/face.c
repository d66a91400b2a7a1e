/* SPDX-License-Identifier: ISC */
#include "tests/truth/face.h"

#include "tests/truth/draw.h"

static struct face
end_of(const struct wire *wire, int end, enum face_role role)
{
	return (struct face){wire->addr[end], wire->holder, wire->space, role};
}

/* How a router that does not answer from the ingress does; mostly it does. */
static enum face_role
manner(const struct face_world *f, const struct walk *w, size_t hop)
{
	const struct truth_rates *r = &f->ground->rates;
	uint64_t seed = f->ground->seed, router = w->hop[hop].router;
	uint32_t upstreams, as = ROUTER_AS(router);
	graph_arcs(&f->ground->graph, as, GRAPH_PROVIDER, &upstreams);
	if (hop == walk_border(w) && upstreams > 1 &&
	    draw_chance(seed, DRAW_REPLY, router, 2, r->edge_return))
		return FACE_RETURN;
	if (!draw_chance(seed, DRAW_REPLY, router, 0, r->other_interface))
		return FACE_INGRESS;
	double x = draw_real(seed, DRAW_REPLY, router, 1);
	if (x < r->other_loopback)
		return FACE_LOOPBACK;
	return x < r->other_loopback + r->other_egress ? FACE_EGRESS
						       : FACE_RETURN;
}

static struct face
loopback(const struct face_world *f, uint64_t router)
{
	struct wire self = wire_inside(f->wires, router, router);
	return end_of(&self, 0, FACE_LOOPBACK);
}

static struct face
egress(const struct face_world *f, const struct walk *w, size_t hop)
{
	const struct wire *out = &w->hop[hop + 1].in;
	if (out->addr[0] == 0)
		return loopback(f, w->hop[hop].router);
	return end_of(out, 0, FACE_EGRESS);
}

/* Towards the vantage: over a link to the next AS, or to the router with it. */
static struct face
homewards(const struct face_world *f, const struct walk *w, size_t hop)
{
	uint64_t router = w->hop[hop].router;
	uint32_t as = ROUTER_AS(router), next = routing_next(f->home, as);
	if (next == GRAPH_NONE)
		return end_of(&w->hop[hop].in, 1, FACE_INGRESS);
	struct wire out = wire_between(
	    f->wires, as, next, walk_link(f->wires, f->ground, router, next));
	if (out.router[0] != router)
		out = wire_inside(f->wires, router, out.router[0]);
	return end_of(&out, 0, FACE_RETURN);
}

struct face
face_of(const struct face_world *f, const struct walk *w, size_t hop)
{
	const struct wire *in = &w->hop[hop].in;
	if (hop + 1 == w->n)
		return end_of(in, 1, FACE_HOST);
	switch (manner(f, w, hop)) {
	case FACE_EGRESS:
		return egress(f, w, hop);
	case FACE_RETURN:
		return homewards(f, w, hop);
	case FACE_LOOPBACK:
		return loopback(f, w->hop[hop].router);
	case FACE_NONE:
	case FACE_INGRESS:
	case FACE_HOST:
		break;
	}
	return end_of(in, 1, FACE_INGRESS);
}

const char *
face_role_name(enum face_role role)
{
	static const char *const name[] = {[FACE_NONE] = "none",
	    [FACE_INGRESS] = "ingress",
	    [FACE_EGRESS] = "egress",
	    [FACE_RETURN] = "return",
	    [FACE_LOOPBACK] = "loopback",
	    [FACE_HOST] = "host"};
	return name[role];
}
