/* SPDX-License-Identifier: ISC */
#include "analysis/infer/scene.h"

#include "analysis/origin/origin_ases.h"
#include "probe/base/record_path.h"

/* More neighbours of a target than this name no hidden one. */
enum { HIDDEN_MAX = 8, UPSTREAMS_MAX = 16 };

int
scene_find(const struct scene *s, int64_t asn)
{
	for (size_t k = 0; k < s->nas; k++)
		if (k != SCENE_UNKNOWN && s->asn[k] == asn)
			return (int)k;
	return -1;
}

static bool
is_home(const struct scene *s, uint32_t asn)
{
	for (size_t i = 0; i < s->home.nasns; i++)
		if (s->home.asns[i] == asn)
			return true;
	if (s->home.nasns > 0)
		return false;
	const struct carrier_row *c = carriers_find(s->classes, asn);
	return c != NULL && c->kind == CARRIER_TARGET;
}

/* 0: neither the table nor the classes know it. */
static uint32_t
home_asn(const struct scene *s)
{
	if (s->home.nasns > 0)
		return s->home.asns[0];
	for (size_t i = 0; i < s->classes->n; i++)
		if (s->classes->row[i].kind == CARRIER_TARGET)
			return s->classes->row[i].asn;
	return 0;
}

/* The bit of an AS, which gets a place when there is one; 0: none is left. */
static uint32_t
place(struct scene *s, uint32_t asn)
{
	if (is_home(s, asn))
		return 1u << SCENE_HOME;
	for (size_t k = SCENE_NAMED; k < s->nas; k++)
		if (s->asn[k] == asn)
			return 1u << k;
	if (s->nas == SCENE_ASES_MAX)
		return 0;
	s->asn[s->nas] = asn;
	s->class[s->nas] = carriers_find(s->classes, asn);
	return 1u << s->nas++;
}

static enum sight_kind
kind_of(const struct origin_answer *a)
{
	switch (a->layer) {
	case ORIGIN_NONE:
		return SIGHT_NOWHERE;
	case ORIGIN_RESERVED:
		return SIGHT_PRIVATE;
	case ORIGIN_IXP:
		return a->nasns > 0 ? SIGHT_MEMBER : SIGHT_LAN;
	case ORIGIN_BGP:
		return SIGHT_ROUTED;
	case ORIGIN_REGISTRY:
	case ORIGIN_CURATED:
		return SIGHT_UNROUTED;
	}
	return SIGHT_NOWHERE;
}

static bool
seen(const struct spot *spot, uint32_t addr)
{
	for (size_t i = 0; i < spot->n; i++)
		if (spot->sight[i].addr == addr)
			return true;
	return false;
}

static void
add_sight(struct scene *s, struct spot *spot, const struct record *r,
    const struct record_probe *p, const struct origin_set *tables)
{
	if (spot->n == SCENE_SIGHTS_MAX || seen(spot, p->addr))
		return;
	struct sight *sight = &spot->sight[spot->n++];
	sight->addr = p->addr;
	sight->proof = p->proof;
	sight->of = sight->near = 0;
	origin_lookup(tables, p->addr, r->start_us, &sight->origin);
	sight->kind = kind_of(&sight->origin);
	if (p->addr == r->target) {
		sight->kind = SIGHT_TARGET;
		sight->of = 1u << SCENE_HOME;
		s->reached = true;
		return;
	}
	for (size_t i = 0; i < sight->origin.nasns; i++)
		sight->of |= place(s, sight->origin.asns[i]);
}

/* When a reply had come: by the end of the trace where nobody stamped it. */
static int64_t
came(const struct record *r, const struct record_probe *p)
{
	if (p->tx_ns >= 0 && p->rtt_ns >= 0)
		return (p->tx_ns + p->rtt_ns) / 1000;
	return r->duration_us < 0 ? r->start_us : r->start_us + r->duration_us;
}

/*
 * The proved replies of one TTL. One without proof names nobody, not even the
 * target: a bare datagram can be forged by whoever guesses two ports.
 */
static void
look(struct scene *s, const struct record *r, uint8_t ttl,
    const struct origin_set *tables)
{
	struct spot *spot = &s->spot[s->nspots++];
	const struct record_probe *best = record_answer(r, ttl);
	spot->ttl = ttl;
	spot->probed = record_probed(r, ttl);
	spot->again = spot->shared = false;
	spot->n = 0;
	spot->reputes = 0;
	if (best == NULL)
		return;
	if (best->proof == PROOF_NONE) {
		s->unproved++;
		return;
	}
	int64_t came_us = came(r, best);
	if (came_us > s->decided_us)
		s->decided_us = came_us;
	add_sight(s, spot, r, best, tables);
	for (size_t i = 0; i < r->nprobes && !s->reached; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->ttl == ttl && p->answered && p->proof != PROOF_NONE)
			add_sight(s, spot, r, p, tables);
	}
	if (s->nspots > 1 && spot->n == 1 && spot[-1].n == 1)
		spot->again = spot->sight[0].addr == spot[-1].sight[0].addr;
}

/* Who hands over to the target's prefix in the AS paths of the day. */
static void
place_upstreams(
    struct scene *s, const struct origin_set *tables, const struct record *r)
{
	struct origin_upstream u[UPSTREAMS_MAX];
	int n =
	    origin_upstreams(tables, r->target, r->start_us, u, UPSTREAMS_MAX);
	for (int i = 0; i < n && i < UPSTREAMS_MAX; i++)
		s->upstreams |= place(s, u[i].asn);
	s->routed = s->upstreams != 0;
}

/* A neighbour of the target that no address names may still be on the path. */
static void
place_hidden(struct scene *s, const struct origin_set *tables, int64_t at_us)
{
	uint32_t asns[HIDDEN_MAX];
	for (size_t i = 0; i < s->home.nasns; i++) {
		int n = origin_neighbours(
		    tables, s->home.asns[i], at_us, asns, HIDDEN_MAX);
		s->related |= n >= 0;
		s->home_related |= n > 0;
		for (int k = 0; k < n && k < HIDDEN_MAX; k++)
			place(s, asns[k]);
	}
}

/* Tables have every relation in both directions, one the other's mirror. */
static enum origin_relation
mirror(enum origin_relation kind)
{
	return kind == ORIGIN_PROVIDER	 ? ORIGIN_CUSTOMER
	       : kind == ORIGIN_CUSTOMER ? ORIGIN_PROVIDER
					 : kind;
}

static void
relate(struct scene *s, size_t a, size_t b, enum origin_relation kind)
{
	if (kind == ORIGIN_UNRELATED)
		return;
	s->relation[a][b] = (uint8_t)kind;
	s->relation[b][a] = (uint8_t)mirror(kind);
	s->neighbours[a] |= 1u << b;
	s->neighbours[b] |= 1u << a;
}

/* What every two are to each other; the target's network is all its ASNs. */
static void
relate_all(struct scene *s, const struct origin_set *tables, int64_t at_us)
{
	for (size_t a = 0; a < s->nas; a++) {
		s->neighbours[a] = 0;
		for (size_t b = 0; b < s->nas; b++)
			s->relation[a][b] = ORIGIN_UNRELATED;
	}
	if (!s->related)
		return;
	for (size_t a = SCENE_NAMED; a < s->nas; a++) {
		for (size_t b = SCENE_NAMED; b < a; b++)
			relate(s, a, b,
			    origin_relate(tables, s->asn[a], s->asn[b], at_us));
		for (size_t i = 0; i < s->home.nasns; i++)
			relate(s, a, SCENE_HOME,
			    origin_relate(
				tables, s->asn[a], s->home.asns[i], at_us));
	}
}

static void
look_around(struct scene *s)
{
	for (size_t i = 0; i < s->nspots; i++)
		for (size_t n = 0; n < s->spot[i].n; n++) {
			struct sight *sight = &s->spot[i].sight[n];
			for (size_t k = 0; k < s->nas; k++)
				if (sight->of >> k & 1)
					sight->near |= s->neighbours[k];
		}
}

void
scene_make(struct scene *s, const struct record *r, const struct basis *basis)
{
	const struct origin_set *tables = basis->tables;
	uint8_t last = record_last_ttl(r);
	s->model = basis->model != NULL ? basis->model : model_default();
	s->classes = basis->classes;
	s->reached = s->related = s->home_related = s->voted = false;
	s->upstreams = 0;
	s->rtt = (struct rtt_pair){.here_ns = -1, .other_ns = -1};
	s->unproved = s->nspots = 0;
	s->decided_us = r->start_us;
	origin_lookup(tables, r->target, r->start_us, &s->home);
	s->nas = SCENE_NAMED;
	s->asn[SCENE_HOME] = home_asn(s);
	s->asn[SCENE_UNKNOWN] = 0;
	s->class[SCENE_HOME] = s->class[SCENE_UNKNOWN] = NULL;
	for (uint8_t ttl = 1; ttl <= last && !s->reached; ttl++)
		look(s, r, ttl, tables);
	s->answers = 0;
	for (size_t t = 0; t < s->nspots; t++)
		for (size_t i = 0; i < s->spot[t].n; i++)
			s->answers |= s->spot[t].sight[i].of;
	place_upstreams(s, tables, r);
	place_hidden(s, tables, r->start_us);
	relate_all(s, tables, r->start_us);
	look_around(s);
}

bool
scene_inside(const struct scene *s, uint8_t ttl, uint32_t addr)
{
	for (size_t t = 0; t < s->nspots; t++)
		for (size_t i = 0; i < s->spot[t].n; i++)
			if (s->spot[t].ttl == ttl &&
			    s->spot[t].sight[i].addr == addr)
				return s->spot[t].sight[i].of &
				       1u << SCENE_HOME;
	return false;
}

bool
scene_names(const struct scene *s, int as)
{
	for (size_t t = 0; as >= 0 && t < s->nspots; t++)
		for (size_t i = 0; i < s->spot[t].n; i++)
			if (s->spot[t].sight[i].of >> as & 1)
				return true;
	return false;
}

bool
scene_one_network(const struct scene *s)
{
	uint32_t all = 0, common = UINT32_MAX;
	for (size_t t = 0; t < s->nspots; t++)
		for (size_t i = 0; i < s->spot[t].n; i++)
			if (s->spot[t].sight[i].of != 0) {
				all |= s->spot[t].sight[i].of;
				common &= s->spot[t].sight[i].of;
			}
	return all != 0 && common != 0;
}
