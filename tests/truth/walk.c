/* SPDX-License-Identifier: ISC */
#include "tests/truth/walk.h"

#include "tests/truth/draw.h"

enum { WIDTH_MAX = 4, CORE_MAX = 256 };

struct going {
	struct wires *wires;
	const struct ground *g;
	const struct walk_order *o;
	struct walk *w;
};

static void
put(struct going *s, uint64_t router, const struct wire *in, bool balanced)
{
	if (s->w->n < WALK_HOPS_MAX)
		s->w->hop[s->w->n++] = (struct walk_hop){router, *in, balanced};
}

static void
step_to(struct going *s, uint64_t router, bool balanced)
{
	uint64_t here = s->w->hop[s->w->n - 1].router;
	if (here == router)
		return;
	struct wire in = wire_inside(s->wires, here, router);
	put(s, router, &in, balanced);
}

/* --- inside an AS --------------------------------------------------------- */

/* More routers in a large network than in a small one. */
static uint32_t
inner_max(const struct ground *g, uint32_t as)
{
	uint32_t degree = graph_degree(&g->graph, as);
	if (degree < 4)
		return 1;
	return degree < 50 ? 2 : degree < 400 ? 3 : WALK_INNER_MAX;
}

static uint32_t
core_routers(const struct ground *g, uint32_t as)
{
	uint32_t n = 1 + graph_degree(&g->graph, as) / 8;
	return n < CORE_MAX / WIDTH_MAX ? n : CORE_MAX / WIDTH_MAX;
}

/* Which of the parallel routers of a step; by the flow, or by the probe. */
static uint32_t
choose(struct going *s, uint64_t way, uint32_t step, bool *balanced)
{
	const struct truth_rates *r = &s->g->rates;
	uint64_t seed = s->g->seed, at = way + step;
	*balanced = draw_chance(seed, DRAW_BALANCE, at, 0, r->balanced);
	if (!*balanced)
		return 0;
	uint32_t width =
	    2 + draw_below(seed, DRAW_BALANCE, at, 1, WIDTH_MAX - 1);
	bool packets = draw_chance(seed, DRAW_BALANCE, at, 2, r->per_packet);
	s->w->balanced = true;
	s->w->per_packet = s->w->per_packet || packets;
	return draw_below(
	    seed, DRAW_CHOICE, at, packets ? s->o->probe : s->o->flow, width);
}

static void
cross(struct going *s, uint32_t as, uint64_t out)
{
	uint64_t in = s->w->hop[s->w->n - 1].router, seed = s->g->seed;
	uint64_t way = draw(seed, DRAW_INNER, in, out);
	uint32_t n = (uint32_t)(way % (inner_max(s->g, as) + 1));
	if (in == out)
		return;
	for (uint32_t i = 0; i < n; i++) {
		bool balanced;
		uint32_t core =
		    draw_below(seed, DRAW_CORE, way, i, core_routers(s->g, as));
		uint32_t which = choose(s, way, i, &balanced);
		step_to(s,
		    ROUTER(as,
			ROUTER_CORE + i * CORE_MAX + core * WIDTH_MAX + which),
		    balanced);
	}
	step_to(s, out, false);
}

/* --- from one AS to the next ---------------------------------------------- */

uint32_t
walk_link(const struct wires *wires, const struct ground *g, uint64_t router,
    uint32_t next)
{
	uint32_t n = wire_parallel(wires, ROUTER_AS(router), next);
	return draw_below(g->seed, DRAW_LINKS, router, next, n);
}

static void
leave(struct going *s, uint32_t as, uint32_t next)
{
	uint64_t in = s->w->hop[s->w->n - 1].router;
	struct wire wire = wire_between(
	    s->wires, as, next, walk_link(s->wires, s->g, in, next));
	cross(s, as, wire.router[0]);
	put(s, wire.router[1], &wire, false);
}

static void
enter_target(struct going *s, uint32_t as)
{
	for (uint32_t i = 0; i < s->o->target_inner; i++)
		step_to(s, ROUTER(as, ROUTER_CORE + i), false);
	struct wire in = {
	    .router = {s->w->hop[s->w->n - 1].router, ROUTER(as, ROUTER_HOST)},
	    .addr = {0, s->o->target},
	    .holder = as};
	put(s, in.router[1], &in, false);
}

void
walk_go(struct wires *wires, const struct ground *g, const struct walk_order *o,
    struct walk *w)
{
	struct going s = {wires, g, o, w};
	uint32_t as = w->as_path[0];
	uint64_t gateway = ROUTER(as, ROUTER_ACCESS + o->vantage);
	struct wire access =
	    wire_inside(wires, ROUTER(as, ROUTER_HOST + o->vantage), gateway);
	w->n = 0;
	w->per_packet = w->balanced = false;
	put(&s, gateway, &access, false);
	for (size_t i = 0; i + 1 < w->nas; i++)
		leave(&s, w->as_path[i], w->as_path[i + 1]);
	enter_target(&s, w->as_path[w->nas - 1]);
}

size_t
walk_border(const struct walk *w)
{
	size_t i = 0;
	while (
	    i < w->n && ROUTER_AS(w->hop[i].router) != w->as_path[w->nas - 1])
		i++;
	return i;
}
