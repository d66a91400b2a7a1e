/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "probe/campaign/learn_state.h"

/* Of so many verify_s a port in use must have failed. */
enum { STABLE = 3 };

/* --- which ports --------------------------------------------------------- */

static size_t
copy_ports(const uint16_t *from, size_t room, uint16_t *ports, size_t max)
{
	size_t n = 0;
	while (n < max && n < room && from[n] != 0) {
		ports[n] = from[n];
		n++;
	}
	return n;
}

size_t
learn_ports(const struct config_campaign *c, uint32_t target, uint16_t *ports,
    size_t max)
{
	size_t nbuiltin, n = copy_ports(c->ports, CONFIG_PORTS_MAX, ports, max);
	const struct target *list = targets_builtin(&nbuiltin);
	for (size_t i = 0; n == 0 && i < nbuiltin; i++)
		if (list[i].addr == target)
			n = copy_ports(
			    list[i].port, TARGET_PORTS_MAX, ports, max);
	if (n == 0 && max > 0)
		ports[n++] = TARGETS_PORT;
	return n;
}

/* --- which one is in use ------------------------------------------------- */

/* The time is that of the last TCP trace: while there is none, none passes. */
static int64_t
time_of(const struct learn_target *t)
{
	return t->tried_us[METHOD_TCP - METHOD_UDP];
}

static bool
failed_since(const struct learn_service *p, int64_t since_us)
{
	return p != NULL && p->failed_us >= 0 && p->failed_us <= since_us;
}

/*
 * A port that was open while that one was not; 0. It was open in its last try,
 * so that it in turn is left that long after this at the earliest.
 */
static uint16_t
better_port(const struct learn_target *t, const struct config_campaign *c,
    uint16_t than, int64_t since_us)
{
	uint16_t ports[CONFIG_PORTS_MAX];
	size_t n = learn_ports(c, t->addr, ports, CONFIG_PORTS_MAX);
	if (!failed_since(learn_find_service(t, than), since_us))
		return 0;
	for (size_t i = 0; i < n; i++) {
		const struct learn_service *p = learn_find_service(t, ports[i]);
		if (p != NULL && p->failed_us < 0 && p->open_us >= since_us)
			return ports[i];
	}
	return 0;
}

static bool
is_listed(const struct config_campaign *c, const struct learn_target *t,
    uint16_t port)
{
	uint16_t ports[CONFIG_PORTS_MAX];
	size_t n = learn_ports(c, t->addr, ports, CONFIG_PORTS_MAX);
	for (size_t i = 0; i < n; i++)
		if (ports[i] == port)
			return true;
	return false;
}

static struct learn_past *
past_of(const struct learn *l, const struct config_campaign *c, uint32_t target)
{
	const struct learn_target *t = learn_find(l, target);
	size_t campaign = learn_find_campaign(l, c->name);
	return t != NULL && campaign < LEARN_CAMPAIGNS_MAX
		   ? learn_find_past(t, campaign)
		   : NULL;
}

/* As it was last decided. */
static uint16_t
port_in_use(
    const struct learn *l, const struct config_campaign *c, uint32_t target)
{
	uint16_t first = TARGETS_PORT;
	const struct learn_past *p = past_of(l, c, target);
	learn_ports(c, target, &first, 1);
	return p != NULL && p->port != 0 ? p->port : first;
}

uint16_t
learn_port(struct learn *l, const struct config_campaign *c, uint32_t target)
{
	uint16_t port = TARGETS_PORT, better;
	struct learn_past *p = past_of(l, c, target);
	learn_ports(c, target, &port, 1);
	if (p == NULL)
		return port;
	const struct learn_target *t = learn_find(l, target);
	int64_t since_us = time_of(t) - STABLE * c->verify_s * US_PER_S;
	if (is_listed(c, t, p->port))
		port = p->port;
	if (c->verify_s > 0 &&
	    (better = better_port(t, c, port, since_us)) != 0)
		port = better;
	l->changed |= p->port != port;
	p->port = port;
	return port;
}

/* --- whose turn it is ---------------------------------------------------- */

/*
 * Multiples of the golden ratio and of the root of 2, modulo 1: addresses in a
 * row, and ports of an address, lie as far from each other as can be (Weyl).
 */
static int64_t
offset_us(uint32_t target, uint16_t port, int64_t verify_s)
{
	uint64_t part = target * UINT64_C(0x9e3779b97f4a7c15) +
			port * UINT64_C(0x6a09e667f3bcc909);
	return (int64_t)((part >> 32) * (uint64_t)verify_s >> 32) * US_PER_S;
}

/* The last instant at which it was this port's turn. */
static int64_t
turn_us(uint32_t target, uint16_t port, int64_t verify_s, int64_t now_us)
{
	int64_t every_us = verify_s * US_PER_S;
	int64_t past_us =
	    (now_us - offset_us(target, port, verify_s)) % every_us;
	return now_us - (past_us < 0 ? past_us + every_us : past_us);
}

/* Tried in this turn, or so shortly before it that one may do without. */
static bool
is_tried(const struct learn_service *p, const struct config_campaign *c,
    int64_t turn, int64_t now_us)
{
	int64_t slack_s =
	    c->interval_s < c->verify_s ? (c->verify_s - c->interval_s) / 2 : 0;
	if (p == NULL || p->tried_us > now_us + c->verify_s * US_PER_S)
		return false; /* never, or by a clock that was wrong */
	return p->tried_us >= turn - slack_s * US_PER_S;
}

/* Since when the campaign has been tracing; now_us: it only begins. */
static int64_t
awake_since_us(
    const struct learn *l, const struct config_campaign *c, int64_t now_us)
{
	size_t campaign = learn_find_campaign(l, c->name);
	if (campaign == LEARN_CAMPAIGNS_MAX)
		return now_us;
	const struct learn_campaign *e = &l->campaigns[campaign];
	int64_t pause_us = learn_pause_us(c->interval_s);
	if (now_us - e->last_us > pause_us || e->last_us - now_us > pause_us)
		return now_us;
	return e->awake_us;
}

bool
learn_due(const struct learn *l, const struct config_campaign *c,
    uint32_t target, uint16_t port, int64_t now_us)
{
	const struct learn_target *t = learn_find(l, target);
	uint16_t used =
	    c->port >= 0 ? (uint16_t)c->port : port_in_use(l, c, target);
	if (t == NULL || c->sweep || c->verify_s <= 0 ||
	    (port == used && methods_have(&c->methods, METHOD_TCP)))
		return false;
	const struct learn_service *p = learn_find_service(t, port);
	if (p == NULL && t->nservices == LEARN_SERVICES_MAX)
		return false; /* it could not be remembered */
	int64_t turn = turn_us(target, port, c->verify_s, now_us);
	return t->known_us < turn && awake_since_us(l, c, now_us) < turn &&
	       !is_tried(p, c, turn, now_us);
}
