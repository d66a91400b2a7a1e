/* SPDX-License-Identifier: ISC */
#include "tests/sim/random_world.h"

static void
random_hop(struct random *r, struct net_hop *h, uint8_t ttl, bool calm)
{
	*h = (struct net_hop){.branches = 1, .branch = -1};
	for (int b = 0; b < NET_BRANCHES; b++)
		h->addr[b] = 0xc6330000 + ttl * 256u + (uint32_t)b;
	h->rtt_ns = ttl * random_range(r, 1, 15) * NS_PER_MS;
	h->long_quote = random_chance(r, 300000);
	h->mpls = random_chance(r, 150000);
	if (random_chance(r, 300000))
		h->branches = NET_BRANCHES;
	h->hashed = (uint8_t)random_below(r, 64);
	if (calm)
		return;
	h->jitter_ns = random_range(r, 0, 60) * NS_PER_MS;
	h->loss = random_chance(r, 300000) ? random_below(r, 500000) : 0;
	h->duplicate = random_chance(r, 100000) ? 300000 : 0;
	h->late = random_chance(r, 200000) ? 300000 : 0;
	h->silent = random_chance(r, 120000);
	h->zero_ttl = random_chance(r, 50000);
	if (random_chance(r, 150000))
		h->interval_ns = random_range(r, 100, 3000) * NS_PER_MS;
}

static void
random_obstacle(struct random *r, struct net *n)
{
	uint8_t at = (uint8_t)(1 + random_below(r, n->hops));
	switch (random_below(r, 8)) {
	case 0: /* an ACL that says so now and then, or never */
		n->border = at;
		n->border_code = (uint8_t)random_below(r, 16);
		n->border_rate = random_below(r, 3) * 400000;
		break;
	case 1:
		n->loop_at = at;
		n->loop_len = (uint8_t)(1 + random_below(r, 4));
		break;
	case 2: /* the NAT may be anything */
	case 3:
		n->nat = (enum net_nat)random_below(r, NET_NAT_BLIND + 1);
		break;
	default:
		break;
	}
	for (uint8_t ttl = at; ttl <= n->hops; ttl++)
		if (n->border != 0 || n->loop_at != 0)
			n->hop[ttl].zero_ttl = false;
}

static void
random_net(struct random *r, struct net *n, bool calm)
{
	n->src = 0xc0000201;
	n->dst = 0xaf2db000 + random_below(r, 1024);
	n->hops = (uint8_t)(1 + random_below(r, 30));
	n->target = (enum net_target)random_below(r, NET_OPEN + 1);
	for (uint8_t ttl = 1; ttl <= n->hops + 1; ttl++)
		random_hop(r, &n->hop[ttl], ttl, calm);
	struct net_hop *target = &n->hop[n->hops + 1];
	target->branches = 1;
	target->addr[0] = n->dst;
	if (calm)
		return;
	if (n->target == NET_BARE) /* no identity: no two alike */
		target->duplicate = target->late = 0;
	n->forged = random_chance(r, 300000) ? 100000 : 0;
	n->flipped = random_chance(r, 300000) ? 300000 : 0;
	random_obstacle(r, n);
}

/* The slots of the loop may not hold what is beyond its last hop. */
static void
keep_loop_inside(struct net *n)
{
	while (n->loop_at != 0 && n->loop_at + n->loop_len - 1 > n->hops)
		n->loop_len--;
}

static void
random_config(struct random *r, struct trace_config *c)
{
	trace_config_default(c);
	if (random_chance(r, 500000))
		return;
	c->first_ttl = (uint8_t)(1 + random_below(r, 4));
	c->max_ttl = (uint8_t)(c->first_ttl + random_below(r, 60));
	c->attempts = (uint8_t)(1 + random_below(r, 4));
	c->window = (uint8_t)(1 + random_below(r, 16));
	c->gap = (uint8_t)(1 + random_below(r, 10));
	if (random_chance(r, 300000))
		c->hint_ttl = (uint8_t)(1 + random_below(r, RECORD_TTL_MAX));
	c->wait_ns = random_range(r, 200, 3000) * NS_PER_MS;
	c->linger_ns = random_range(r, 0, 2000) * NS_PER_MS;
}

void
random_world(struct world *w, uint64_t seed, bool calm)
{
	world_reset(w, seed);
	w->method = (enum record_method)(METHOD_UDP + seed % 3);
	random_net(&w->random, &w->net, calm);
	keep_loop_inside(&w->net);
	uint32_t rate = (uint32_t)random_range(&w->random, 5, 500);
	uint32_t burst = (uint32_t)random_range(&w->random, 1, 60);
	pace_init(&w->pace, rate, burst, (struct mono){w->now_ns});
	if (calm)
		return;
	random_config(&w->random, &w->config);
	w->stamp_delay_ns = RANDOM_SEND_DELAY_NS;
	w->second_stamps = random_chance(&w->random, 300000) ? 500000 : 0;
	w->unsent = random_chance(&w->random, 100000) ? 100000 : 0;
}
