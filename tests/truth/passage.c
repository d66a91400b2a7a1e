/* SPDX-License-Identifier: ISC */
#include "tests/truth/passage.h"

#include "probe/base/clock.h"
#include "tests/truth/draw.h"

#include <string.h>

enum {
	TARGET_INNER = 4, /* 0..3 routers behind the border */
	ICMP_ECHO_REPLY = 0,
	ICMP_UNREACHABLE = 3,
	ICMP_PORT = 3,
	ICMP_PROHIBITED = 13,
	ICMP_TIME_EXCEEDED = 11,
	TCP_SYN_ACK = 0x12,
};

static uint64_t
seed_of(const struct passage *p)
{
	return p->order.world.ground->seed;
}

static const struct truth_rates *
rates_of(const struct passage *p)
{
	return &p->order.world.ground->rates;
}

enum passage_edge
passage_edge_of(const struct ground *g, uint32_t as)
{
	double x = draw_real(g->seed, DRAW_EDGE, as, 0);
	if (x < g->rates.edge_silent)
		return EDGE_SILENT;
	return x < g->rates.edge_silent + g->rates.edge_border ? EDGE_BORDER
							       : EDGE_ANSWERS;
}

uint32_t
passage_inner_of(const struct ground *g, uint32_t as)
{
	return draw_below(g->seed, DRAW_EDGE, as, 1, TARGET_INNER);
}

/* --- time ----------------------------------------------------------------- */

/* Between two regions, one way; the farthest are three apart on a ring. */
static int64_t
distance_ns(uint8_t a, uint8_t b)
{
	static const int64_t ms[] = {3, 35, 70, 95};
	int apart = a > b ? a - b : b - a;
	if (apart > GRAPH_REGIONS / 2)
		apart = GRAPH_REGIONS - apart;
	return ms[apart] * NS_PER_MS;
}

/* A link inside an AS is short, one to another AS as long as they are apart. */
static int64_t
link_ns(const struct passage *p, const struct walk_hop *hop)
{
	const uint8_t *region = p->order.world.ground->graph.region;
	uint32_t from = ROUTER_AS(hop->in.router[0]);
	uint32_t to = ROUTER_AS(hop->in.router[1]);
	double x = draw_real(
	    seed_of(p), DRAW_DELAY, hop->in.router[0], hop->in.router[1]);
	if (from == to)
		return (int64_t)(x * 2e6) + 50000;
	return (
	    int64_t)((0.5 + x) * (double)distance_ns(region[from], region[to]));
}

static int64_t
rtt_ns(const struct passage *p, size_t hop, uint64_t probe)
{
	double x = draw_real(seed_of(p), DRAW_DELAY, p->order.trace, probe);
	return 2 * p->delay_ns[hop] + (int64_t)(x * x * x * 8e6) + 30000;
}

/* --- routers -------------------------------------------------------------- */

/* Of the target's own routers, its edge decides which answer. */
static bool
is_mute(const struct passage *p, size_t hop)
{
	uint64_t router = p->walk.hop[hop].router;
	if (hop >= p->border && p->edge == EDGE_SILENT)
		return true;
	if (hop > p->border && p->edge == EDGE_BORDER)
		return true;
	return draw_chance(seed_of(p), DRAW_SILENT, router, 0,
		   rates_of(p)->silent_router) ||
	       draw_chance(seed_of(p), DRAW_SILENT, ROUTER_AS(router), 1,
		   rates_of(p)->silent_as);
}

/* A probe that a rate limit leaves without an answer. */
static bool
is_limited(const struct passage *p, uint64_t router, uint64_t probe)
{
	const struct truth_rates *r = rates_of(p);
	return draw_chance(seed_of(p), DRAW_LIMITED, ROUTER_AS(router), 0,
		   r->limited_as) &&
	       !draw_chance(seed_of(p), DRAW_LIMITED,
		   draw(seed_of(p), DRAW_LIMITED, router, p->order.trace),
		   probe, r->limited_pass);
}

static bool
forwards_zero(const struct passage *p, size_t hop)
{
	return hop + 1 < p->border &&
	       draw_chance(seed_of(p), DRAW_ZERO, p->walk.hop[hop].router, 0,
		   rates_of(p)->zero_ttl);
}

/* Linux and Juniper begin with 64, most others with 255. */
static void
stamp(const struct passage *p, size_t hop, uint64_t probe,
    struct passage_answer *a)
{
	uint64_t router = p->walk.hop[hop].router;
	uint32_t first =
	    draw_chance(seed_of(p), DRAW_STACK, router, 0, 0.4) ? 64 : 255;
	uint32_t detour = draw_below(seed_of(p), DRAW_STACK, ROUTER_AS(router),
	    p->order.walk.vantage, 5);
	a->reply_ttl = (uint8_t)(first - hop - detour % 3);
	a->ipid = (uint16_t)draw(
	    seed_of(p), DRAW_STACK, router ^ p->order.trace, probe);
	a->rtt_ns = rtt_ns(p, hop, probe);
}

static void
answered_by(struct passage *p, size_t hop, uint8_t ttl, struct face face)
{
	p->seen[ttl] = (struct passage_hop){face, p->walk.hop[hop].router};
}

static const struct face *
face_at(struct passage *p, size_t hop)
{
	if (p->face[hop].role == FACE_NONE || p->walk.per_packet)
		p->face[hop] = face_of(&p->order.world, &p->walk, hop);
	return &p->face[hop];
}

/* --- answers -------------------------------------------------------------- */

static bool
expired(
    struct passage *p, uint8_t ttl, uint64_t probe, struct passage_answer *a)
{
	size_t hop = (size_t)ttl - 1;
	a->quoted_ttl = 1;
	if (forwards_zero(p, hop)) {
		hop++;
		a->quoted_ttl = 0;
	}
	if (is_mute(p, hop) || is_limited(p, p->walk.hop[hop].router, probe))
		return false;
	const struct face *face = face_at(p, hop);
	a->addr = face->addr;
	a->icmp_type = ICMP_TIME_EXCEEDED;
	stamp(p, hop, probe, a);
	answered_by(p, hop, ttl, *face);
	return true;
}

/* UDP and ICMP end at a filter, which says so now and then. */
static bool
filtered(
    struct passage *p, uint8_t ttl, uint64_t probe, struct passage_answer *a)
{
	if (!draw_chance(seed_of(p), DRAW_EDGE, p->order.trace, probe,
		rates_of(p)->prohibited))
		return false;
	const struct face *face = face_at(p, p->border);
	a->addr = face->addr;
	a->icmp_type = ICMP_UNREACHABLE;
	a->icmp_code = ICMP_PROHIBITED;
	a->quoted_ttl = (uint8_t)(ttl - p->border);
	stamp(p, p->border, probe, a);
	answered_by(p, p->border, ttl, *face);
	return true;
}

static bool
is_deaf(const struct passage *p)
{
	const struct truth_rates *r = rates_of(p);
	uint64_t host = p->order.walk.target;
	switch (p->order.method) {
	case METHOD_UDP:
		return draw_chance(seed_of(p), DRAW_HOST, host, 1, r->deaf_udp);
	case METHOD_ICMP:
		return draw_chance(
		    seed_of(p), DRAW_HOST, host, 2, r->deaf_icmp);
	case METHOD_TCP:
		break;
	}
	return false;
}

static void
speak(const struct passage *p, uint8_t ttl, struct passage_answer *a)
{
	switch (p->order.method) {
	case METHOD_UDP:
		a->icmp_type = ICMP_UNREACHABLE;
		a->icmp_code = ICMP_PORT;
		a->quoted_ttl = (uint8_t)(ttl - p->walk.n + 1);
		break;
	case METHOD_ICMP:
		a->icmp_type = ICMP_ECHO_REPLY;
		break;
	case METHOD_TCP:
		a->tcp_flags = TCP_SYN_ACK;
		break;
	}
}

/*
 * The target, or, at the first of two TTLs, a translator before it: what that
 * says comes from the target's address.
 */
static bool
reached(
    struct passage *p, uint8_t ttl, uint64_t probe, struct passage_answer *a)
{
	size_t host = p->walk.n - 1;
	bool before = p->doubled && ttl == p->walk.n;
	if (!before && is_deaf(p))
		return false;
	const struct face *face = face_at(p, host);
	a->addr = face->addr;
	if (before) {
		a->icmp_type = ICMP_TIME_EXCEEDED;
		a->quoted_ttl = 1;
	} else {
		speak(p, ttl, a);
	}
	stamp(p, host, probe, a);
	answered_by(p, host, ttl, *face);
	return true;
}

static void
set_out(struct passage *p)
{
	int64_t delay = 0;
	walk_go(p->order.world.wires, p->order.world.ground, &p->order.walk,
	    &p->walk);
	p->border = walk_border(&p->walk);
	for (size_t i = 0; i < p->walk.n; i++) {
		delay += link_ns(p, &p->walk.hop[i]);
		p->delay_ns[i] = delay;
	}
}

void
passage_open(struct passage *p, const struct passage_order *o)
{
	const struct ground *g = o->world.ground;
	p->order = *o;
	memset(p->face, 0, sizeof(p->face));
	memset(p->seen, 0, sizeof(p->seen));
	p->edge = passage_edge_of(g, p->walk.as_path[p->walk.nas - 1]);
	p->doubled = draw_chance(
	    g->seed, DRAW_HOST, o->walk.target, 0, g->rates.doubled);
	set_out(p);
}

bool
passage_probe(struct passage *p, uint8_t ttl, uint8_t attempt,
    struct passage_answer *answer)
{
	uint64_t probe = (uint64_t)ttl << 8 | attempt;
	bool filter = p->edge != EDGE_ANSWERS && p->order.method != METHOD_TCP;
	*answer = (struct passage_answer){0};
	if (draw_chance(seed_of(p), DRAW_LOSS, p->order.trace, probe,
		rates_of(p)->loss))
		return false;
	if (p->walk.per_packet) {
		p->order.walk.probe =
		    draw(seed_of(p), DRAW_CHOICE, p->order.trace, probe);
		set_out(p);
	}
	if (filter && ttl > p->border + 1)
		return filtered(p, ttl, probe, answer);
	if (ttl >= p->walk.n)
		return reached(p, ttl, probe, answer);
	return expired(p, ttl, probe, answer);
}
