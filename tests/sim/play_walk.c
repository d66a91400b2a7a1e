/* SPDX-License-Identifier: ISC */
#include "tests/sim/play_walk.h"

#include "tests/sim/play_bytes.h"
#include "tests/sim/play_table.h"

enum { STEPS = 600 }; /* more than 255, for routers that do not count */

uint64_t
play_mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ h >> 29) * UINT64_C(0x94d049bb133111eb);
	return h ^ h >> 32;
}

static bool
chance(struct play_walk *w, uint32_t per_million)
{
	return per_million > 0 && !w->ideal &&
	       random_chance(w->random, per_million);
}

/* --- balancers ----------------------------------------------------------- */

static uint64_t
hash(const struct play_walk *w, uint64_t h, uint16_t by)
{
	const uint8_t *p = w->probe, *l4 = p + IP;
	if (by & PLAY_BY_SRC)
		h = play_mix(h, get32(p + 12));
	if (by & PLAY_BY_DST)
		h = play_mix(h, get32(p + 16));
	if (by & PLAY_BY_PROTOCOL)
		h = play_mix(h, p[9]);
	if (by & PLAY_BY_TOS)
		h = play_mix(h, w->tos);
	if (by & PLAY_BY_LENGTH)
		h = play_mix(h, get16(p + 2));
	if (by & PLAY_BY_PORTS)
		h = play_mix(h, get32(l4));
	if (by & PLAY_BY_SPORT)
		h = play_mix(h, get16(l4));
	if (by & PLAY_BY_DPORT)
		h = play_mix(h, get16(l4 + 2));
	if (by & PLAY_BY_ICMP_ID)
		h = play_mix(h, p[9] == ICMP ? get16(l4 + 4) : 0);
	return h;
}

/* Remembers what became of the flow at this balancer. */
static void
remember(struct play *p, const struct play_walk *w, uint64_t balancer,
    uint32_t branch)
{
	enum {
		FLOW = PLAY_BY_SRC | PLAY_BY_DST | PLAY_BY_PROTOCOL |
		       PLAY_BY_TOS | PLAY_BY_LENGTH | PLAY_BY_PORTS
	};
	uint64_t key = hash(w, balancer, FLOW) | 1;
	struct play_flow *f = &p->flow[(key >> 1) % PLAY_FLOWS];
	if (f->key == key && f->branch != branch)
		p->inconstant = true;
	*f = (struct play_flow){key, branch};
}

/* The link that the probe leaves over. */
static uint32_t
next_link(struct play *p, struct play_walk *w, const struct play_route *r)
{
	const uint32_t *share = p->share + r->next;
	if (r->n == 1)
		return p->next[r->next];
	uint64_t id = play_mix(p->seed, (uint64_t)(r - p->route) + 1), h;
	if (r->by & PLAY_BY_PACKET)
		h = random_next(w->random) >> 16;
	else
		h = hash(w, id, r->by);
	uint32_t at = (uint32_t)((h & 0xffffffff) * r->shares >> 32), i = 0;
	while (share[i] <= at)
		i++;
	if (!w->ideal && (r->by & PLAY_BY_PACKET) == 0)
		remember(p, w, id, i);
	return p->next[r->next + i];
}

/* --- links and routers --------------------------------------------------- */

static void
cross(struct play *p, struct play_walk *w, uint32_t link)
{
	const struct play_link *l = &p->link[link];
	w->link = link;
	w->node = l->to;
	w->out_ns += l->delay_ns;
	w->back_ns += l->back_ns < 0 ? l->delay_ns : l->back_ns;
	if (w->ideal)
		return;
	if (l->jitter_ns > 0) {
		w->out_ns += random_range(w->random, 0, l->jitter_ns);
		w->back_ns += random_range(w->random, 0, l->jitter_ns);
	}
	w->lost |= chance(w, l->loss);
	w->lost_back |= chance(w, l->loss);
	if (chance(w, l->reorder.chance))
		w->back_ns +=
		    random_range(w->random, l->reorder.lo_ns, l->reorder.hi_ns);
}

static bool
concerns(const struct play_deny *d, const struct play_walk *w)
{
	uint8_t protocol = w->probe[9];
	uint16_t bit = protocol == UDP ? 1 : protocol == TCP ? 2 : 4;
	return prefix_contains(&d->prefix, w->dst) &&
	       (d->protocols == 0 || (d->protocols & bit) != 0);
}

/* Whether a firewall ends the walk; one that lets errors not back is noted. */
static bool
denied(struct play *p, struct play_walk *w, const struct play_router *r)
{
	for (uint32_t i = r->deny; i != PLAY_NONE; i = p->deny[i].next) {
		const struct play_deny *d = &p->deny[i];
		if (!concerns(d, w))
			continue;
		if (d->back) {
			w->denied_back = true;
			continue;
		}
		bool says = !d->silent &&
			    (w->ideal || random_chance(w->random, d->rate));
		w->end = says ? WALK_REFUSED : WALK_DENIED;
		w->code = (uint8_t)d->code;
		return true;
	}
	return false;
}

static bool
own(const struct play_router *r, uint32_t addr)
{
	for (uint32_t i = 0; i < r->addrs; i++)
		if (r->addr[i] == addr)
			return true;
	return false;
}

static bool
refuse(struct play_walk *w, int16_t code)
{
	w->end = code < 0 ? WALK_NOWHERE : WALK_REFUSED;
	w->code = (uint8_t)code;
	return false;
}

/* Is somebody at that address? Always the same, by chance. */
static bool
somebody(const struct play *p, const struct play_hosts *h, uint32_t addr)
{
	return h->share >= 1000000 ||
	       play_mix(p->seed ^ 0x5ca1ab1e, addr) % 1000000 < h->share;
}

static bool
deliver(struct play *p, struct play_walk *w, const struct play_route *route)
{
	const struct play_hosts *h = &p->hosts[route->hosts];
	w->out_ns += h->delay_ns;
	w->back_ns += h->delay_ns;
	if (!somebody(p, h, w->dst))
		return refuse(w, h->unreachable);
	if (h->jitter_ns > 0 && !w->ideal)
		w->out_ns += random_range(w->random, 0, h->jitter_ns);
	w->hosts = h;
	w->end = h->router && w->ttl <= 1 ? WALK_EXPIRED : WALK_HOST;
	return false;
}

/* Whether the probe may leave the router; if not, it has come to its end. */
static bool
forward(struct play_walk *w, const struct play_router *r)
{
	if (r->hidden)
		return true;
	if (w->ttl == 0 || (w->ttl == 1 && !r->zero_ttl)) {
		w->end = WALK_EXPIRED;
		return false;
	}
	w->ttl--;
	return true;
}

/* What the router leaves its mark on when it sends the probe on. */
static void
mark(struct play_walk *w, const struct play_router *r)
{
	w->passed++;
	w->detour = (uint8_t)(w->detour + r->detour);
	if (r->tos >= 0)
		w->tos = (uint8_t)r->tos;
	if (r->nat != PLAY_NAT_NONE)
		w->nat = w->node;
}

/* One router; false when the walk has ended. */
static bool
step(struct play *p, struct play_walk *w)
{
	const struct play_router *r = &p->router[w->node];
	if (w->node != 0) {
		if (r->deny != PLAY_NONE && denied(p, w, r))
			return false;
		if (own(r, w->dst)) {
			w->end = WALK_SELF;
			return false;
		}
		if (!forward(w, r))
			return false;
	}
	const struct play_route *route = play_table_find(p, r, w->dst);
	if (route == NULL)
		return refuse(w, r->no_route);
	if (w->node != 0)
		mark(w, r);
	if (route->hosts != PLAY_NONE)
		return deliver(p, w, route);
	cross(p, w, next_link(p, w, route));
	return true;
}

void
play_walk(struct play *p, struct play_walk *w)
{
	int steps = 0;
	w->dst = get32(w->probe + 16);
	w->tos = w->probe[1];
	while (step(p, w) && steps < STEPS)
		steps++;
	if (steps == STEPS)
		w->end = WALK_NOWHERE;
}

uint32_t
play_walk_addr(const struct play *p, const struct play_walk *w)
{
	const struct play_router *r = &p->router[w->node];
	if (w->hosts != NULL && w->hosts->manner.answer_from != 0)
		return w->hosts->manner.answer_from;
	if (w->hosts != NULL)
		return w->dst;
	if (r->manner.answer_from != 0)
		return r->manner.answer_from;
	if (w->end == WALK_SELF)
		return w->dst;
	return r->addr[p->link[w->link].ingress % r->addrs];
}
