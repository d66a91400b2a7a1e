/* SPDX-License-Identifier: ISC */
#include "probe/trace/sweep_learn.h"

#include "probe/trace/sweep_plan.h"
#include "probe/trace/sweep_reply.h"

/* PLAIN_ATTEMPTS: what trace_config_default() has. */
enum { PLAIN_ATTEMPTS = 2 };

bool
sweep_shows_end(const struct sweep *s, const struct sweep_trace *t)
{
	uint8_t first = sweep_first(t);
	uint8_t last = t->end != 0 ? t->end : t->last_answer;
	if (t->join == 0 && t->low > s->config.first_ttl)
		return false;
	if (last == 0 || (t->busy & sweep_span(first, last)) != 0)
		return false;
	return t->end != 0 || last == s->config.max_ttl ||
	       (t->expired & sweep_span(last + 1, last + 1)) != 0;
}

/* The routers that the trace has seen, by TTL; of several the first one. */
static void
routers(
    const struct sweep *s, uint32_t i, uint32_t addr[static RECORD_TTL_MAX + 1])
{
	uint32_t h = s->trace[i].probe;
	for (; h != 0; h = sweep_probe_at(s, h)->next) {
		const struct sweep_probe *p = sweep_probe_at(s, h);
		if (p->proof == PROOF_BOTH && sweep_by_router(s, p))
			addr[p->ttl] = p->addr;
	}
}

uint32_t
sweep_plain(const struct sweep *s, const struct sweep_trace *t, uint8_t ttl)
{
	bool answered = (t->answered & sweep_span(ttl, ttl)) != 0;
	uint8_t attempts = s->config.attempts < PLAIN_ATTEMPTS
			       ? s->config.attempts
			       : PLAIN_ATTEMPTS;
	if (!answered)
		return attempts;
	return (t->expired & sweep_span(ttl, ttl)) == 0
		   ? 1
		   : sweep_tries(s, t, ttl);
}

static void
observe(struct sweep *s, uint32_t node, uint32_t before,
    const struct sweep_node *way)
{
	uint32_t other = sweep_map_observe(&s->map, node, before, way);
	if (other == SWEEP_NONE)
		return;
	uint32_t a = s->map.node[before].addr, b = s->map.node[other].addr;
	sweep_gate_merge(
	    s->gates, sweep_gate_of(s->gates, a), sweep_gate_of(s->gates, b));
}

/*
 * Where a trace joined others, what they know of the way there is taken over,
 * and its own part is added; each router in that part learns who is before it.
 */
static uint32_t
add_way(struct sweep *s, uint32_t i,
    const uint32_t addr[static RECORD_TTL_MAX + 1], uint8_t last)
{
	const struct sweep_trace *t = &s->trace[i];
	bool whole = t->low <= s->config.first_ttl;
	uint32_t before = t->join != 0 ? t->node : SWEEP_NONE;
	struct sweep_node way = {.trace = i};
	uint8_t ttl = sweep_first(t);
	if (t->join != 0) {
		way.holes = s->map.node[t->node].holes;
		way.cost = s->map.node[t->node].cost + sweep_plain(s, t, ttl++);
	} else if (whole) {
		before = SWEEP_START;
	}
	for (; ttl <= last; ttl++) {
		if (addr[ttl] != 0 && before != SWEEP_NONE) {
			uint32_t node = sweep_map_add(&s->map, ttl, addr[ttl]);
			observe(s, node, before, &way);
			before = node;
		} else if ((t->answered & sweep_span(ttl, ttl)) == 0) {
			way.holes++;
		}
		way.cost += sweep_plain(s, t, ttl);
	}
	return way.cost;
}

void
sweep_spread(struct sweep *s)
{
	if (s->spread || (s->map.edge.weight == 0 && s->finished < s->started))
		return;
	s->spread = true;
	struct sweep_area order = {.count = s->map.areas};
	for (uint32_t a; (a = sweep_map_draw(&order)) < order.count;)
		sweep_line(s, a);
}

void
sweep_learn(struct sweep *s, uint32_t i)
{
	struct sweep_trace *t = &s->trace[i];
	uint32_t addr[RECORD_TTL_MAX + 1] = {0};
	uint8_t last = t->end != 0 ? t->end : t->last_answer;
	uint8_t edge = t->end != 0 ? (uint8_t)(t->end - 1) : last;
	uint16_t gate = 0;
	routers(s, i, addr);
	add_way(s, i, addr, last);
	while (edge > 0 && addr[edge] == 0)
		edge--;
	if (edge > 0) {
		gate = sweep_gate_of(s->gates, addr[edge]);
		s->map.area[t->area].router =
		    sweep_map_find(&s->map, edge, addr[edge]);
	}
	uint8_t found[2] = {edge, t->rank == 3 ? t->end : 0};
	sweep_map_learn(&s->map, t->area, s->target[i], found, gate);
	s->map.area[t->area].known++;
	t->known = true;
	sweep_spread(s);
	sweep_line(s, t->area);
}
