/* SPDX-License-Identifier: ISC */
#include "tests/truth/routing.h"

#include "probe/base/mem.h"
#include "tests/truth/draw.h"

#include <stdlib.h>

/* What an AS has; good when the epoch is that of the routes. */
struct state {
	uint32_t down_epoch, best_epoch;
	uint32_t down_next, best_next; /* GRAPH_NONE: no route */
	uint8_t down_len, best_len;    /* ASes behind this one */
	bool queued;
};

struct routing {
	const struct graph *g;
	uint64_t seed;
	struct state *state;
	uint32_t *queue; /* a ring of all ASes */
	uint32_t epoch, destination;
	struct routing_export export;
};

struct routing *
routing_open(const struct graph *g, uint64_t seed)
{
	struct routing *r = xcalloc(1, sizeof(*r));
	r->g = g;
	r->seed = seed;
	r->state = xcalloc(g->n + 1, sizeof(*r->state));
	r->queue = xcalloc(g->n + 1, sizeof(*r->queue));
	return r;
}

void
routing_close(struct routing *r)
{
	if (r == NULL)
		return;
	free(r->state);
	free(r->queue);
	free(r);
}

/* A candidate route of an AS beside the one it has. */
struct offer {
	uint32_t next;
	uint8_t len;
};

static uint64_t
tie(const struct routing *r, uint32_t as, uint32_t next)
{
	return draw(r->seed, DRAW_TIE, as, next);
}

static bool
better(const struct routing *r, uint32_t as, struct offer a, struct offer b)
{
	if (b.next == GRAPH_NONE || a.next == GRAPH_NONE)
		return a.next != GRAPH_NONE;
	if (a.len != b.len)
		return a.len < b.len;
	return a.next != b.next && tie(r, as, a.next) < tie(r, as, b.next);
}

static bool
has_down(const struct routing *r, uint32_t as)
{
	return r->state[as].down_epoch == r->epoch;
}

/* --- up from the destination: routes of customers ------------------------- */

static bool
learn(struct routing *r, uint32_t as, struct offer o)
{
	struct state *s = &r->state[as];
	struct offer had = {s->down_next, s->down_len};
	if (!has_down(r, as)) {
		had.next = GRAPH_NONE;
		s->queued = false;
	}
	if (as == r->destination || !better(r, as, o, had))
		return false;
	s->down_epoch = r->epoch;
	s->down_next = o.next;
	s->down_len = o.len;
	return true;
}

static uint8_t
prepended(const struct routing *r, uint32_t as, uint32_t arc)
{
	if (as != r->destination || arc > GRAPH_UPSTREAMS_MAX)
		return 0;
	return r->export.prepend[arc];
}

/* An AS is told again when its customer's route changes: until none does. */
static void
climb(struct routing *r)
{
	uint32_t head = 0, tail = 0, size = r->g->n + 1, n;
	r->queue[tail++] = r->destination;
	while (head != tail) {
		uint32_t as = r->queue[head];
		head = (head + 1) % size;
		r->state[as].queued = false;
		const struct graph_arc *arc =
		    graph_arcs(r->g, as, GRAPH_PROVIDER, &n);
		for (uint32_t i = 0; i < n; i++) {
			uint8_t more = prepended(r, as, i);
			int len = r->state[as].down_len + 1 + more;
			if (more == ROUTING_WITHHELD ||
			    !learn(r, arc[i].as,
				(struct offer){as, (uint8_t)len}) ||
			    r->state[arc[i].as].queued)
				continue;
			r->state[arc[i].as].queued = true;
			r->queue[tail] = arc[i].as;
			tail = (tail + 1) % size;
		}
	}
}

void
routing_to(
    struct routing *r, uint32_t destination, const struct routing_export *e)
{
	r->epoch++;
	r->destination = destination;
	r->export = e != NULL ? *e : (struct routing_export){.te = 0};
	r->state[destination] = (struct state){.down_epoch = r->epoch,
	    .best_epoch = r->epoch,
	    .down_next = GRAPH_NONE,
	    .best_next = GRAPH_NONE};
	climb(r);
}

/* --- across and down ------------------------------------------------------ */

static struct offer
of_peers(const struct routing *r, uint32_t as)
{
	uint32_t n;
	struct offer best = {GRAPH_NONE, 0};
	const struct graph_arc *arc = graph_arcs(r->g, as, GRAPH_PEER, &n);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t q = arc[i].as;
		struct offer o = {q, (uint8_t)(r->state[q].down_len + 1)};
		if (has_down(r, q) && better(r, as, o, best))
			best = o;
	}
	return best;
}

static void settle(struct routing *r, uint32_t as);

/*
 * The shortest way up, or, where an AS engineers its traffic, the provider that
 * it likes best. Providers form no circle, so this ends.
 */
static struct offer
of_providers(struct routing *r, uint32_t as)
{
	uint32_t n;
	struct offer best = {GRAPH_NONE, 0};
	const struct graph_arc *arc = graph_arcs(r->g, as, GRAPH_PROVIDER, &n);
	bool te = n > 1 && draw_chance(r->seed ^ r->export.te_key, DRAW_TE, as,
			       0, r->export.te);
	for (uint32_t i = 0; i < n; i++) {
		settle(r, arc[i].as);
		const struct state *s = &r->state[arc[i].as];
		struct offer o = {arc[i].as, (uint8_t)(s->best_len + 1)};
		if (s->best_next == GRAPH_NONE && arc[i].as != r->destination)
			continue;
		if (te ? best.next == GRAPH_NONE ||
			     draw(r->export.te_key, DRAW_TE, as, o.next) <
				 draw(r->export.te_key, DRAW_TE, as, best.next)
		       : better(r, as, o, best))
			best = o;
	}
	return best;
}

static void
settle(struct routing *r, uint32_t as)
{
	struct state *s = &r->state[as];
	struct offer best = {GRAPH_NONE, 0};
	if (s->best_epoch == r->epoch)
		return;
	if (has_down(r, as))
		best = (struct offer){s->down_next, s->down_len};
	if (best.next == GRAPH_NONE)
		best = of_peers(r, as);
	if (best.next == GRAPH_NONE)
		best = of_providers(r, as);
	s->best_epoch = r->epoch;
	s->best_next = best.next;
	s->best_len = best.len;
}

uint32_t
routing_next(struct routing *r, uint32_t as)
{
	settle(r, as);
	return r->state[as].best_next;
}

size_t
routing_path(
    struct routing *r, uint32_t from, uint32_t path[ROUTING_LENGTH_MAX])
{
	size_t n = 0;
	for (uint32_t as = from; n < ROUTING_LENGTH_MAX;
	     as = routing_next(r, as)) {
		path[n++] = as;
		if (as == r->destination)
			return n;
		if (routing_next(r, as) == GRAPH_NONE)
			break;
	}
	return 0;
}
