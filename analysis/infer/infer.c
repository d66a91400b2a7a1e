/* SPDX-License-Identifier: ISC */
#include "analysis/infer/infer.h"
#include "probe/base/record_path.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/*
 * How often an entry AS named under each class of evidence is right, as an
 * upper bound. To be replaced by figures calibrated on ground truth; until
 * then these are the caps that border inference papers suggest: about 98 % at
 * adjacent interdomain links (bdrmapIT, IMC 2018: 91.8-98.8 %), less with
 * every step away from what was seen.
 */
static const double cap[] = {
    [EVIDENCE_ADJACENT_SEEN] = 0.98,
    [EVIDENCE_GAP_ADJACENT] = 0.95,
    [EVIDENCE_GAP_ONLY] = 0.7,
    [EVIDENCE_UNROUTED_REGISTRY] = 0.9,
    [EVIDENCE_HIDDEN_INFERRED] = 0.6,
    [EVIDENCE_CONFLICT] = 0.5,
};

/* Factors for what weakens the one hop that decides. */
static const double moas_factor = 0.9;	    /* several origins, one is right */
static const double one_proof_factor = 0.8; /* half of the identity came back */
static const double old_table_factor = 0.95; /* table older than old_days */
static const int64_t old_days = 366;

static void
fire(struct verdict *v, const char *rule)
{
	for (size_t i = 0; i < v->nrules; i++)
		if (strcmp(v->rule[i], rule) == 0)
			return;
	if (v->nrules < VERDICT_RULES_MAX)
		v->rule[v->nrules++] = rule;
}

/* Which layers name the operator of a router: an IXP LAN only its member. */
static int64_t
owner_of(const struct origin_answer *a)
{
	switch (a->layer) {
	case ORIGIN_NONE:
	case ORIGIN_RESERVED:
		return -1;
	case ORIGIN_IXP:
		return a->nasns == 1 ? (int64_t)a->asns[0] : -1;
	case ORIGIN_BGP:
	case ORIGIN_REGISTRY:
	case ORIGIN_CURATED:
		return a->nasns > 0 ? (int64_t)a->asns[0] : -1;
	}
	return -1;
}

/*
 * Fills in the hops: the best proved answer of each TTL. A reply without proof
 * counts only from the target itself, whose answer may carry no quote.
 */
static void
name_hops(
    const struct record *r, const struct origin_set *tables, struct verdict *v)
{
	for (uint8_t ttl = 1; ttl <= record_last_ttl(r); ttl++) {
		const struct record_probe *p = record_answer(r, ttl);
		if (p == NULL)
			continue;
		if (p->proof == PROOF_NONE && p->addr != r->target) {
			fire(v, "unproved-reply-ignored");
			continue;
		}
		int64_t came_us = (p->tx_ns + p->rtt_ns) / 1000;
		if (p->tx_ns >= 0 && p->rtt_ns >= 0 && came_us > v->decided_us)
			v->decided_us = came_us;
		struct verdict_hop *h = &v->hop[v->nhops++];
		*h = (struct verdict_hop){.ttl = ttl, .addr = p->addr};
		origin_lookup(tables, p->addr, r->start_us, &h->origin);
		h->owner = owner_of(&h->origin);
	}
}

static void
append_as(struct verdict *v, int64_t asn)
{
	if (asn >= 0 && (v->nas == 0 || v->as_path[v->nas - 1] != asn))
		v->as_path[v->nas++] = (uint32_t)asn;
}

/* The hop that decides, and what stands behind it. */
struct border {
	int foreign; /* index of the last hop of another AS; -1 */
	int own;     /* index of the first hop of the target's AS; -1 */
	int last;    /* index of the last hop before own, whoever's; -1 */
};

static struct border
find_border(const struct verdict *v, int64_t target_as)
{
	struct border b = {.foreign = -1, .own = -1, .last = -1};
	int i = (int)v->nhops - 1;
	for (; i >= 0; i--) {
		const struct verdict_hop *h = &v->hop[i];
		bool own = h->addr == v->target ||
			   (target_as >= 0 && h->owner == target_as);
		if (!own && h->owner >= 0)
			break;
		if (own) {
			b.own = i;
			b.last = -1;
		} else if (b.last < 0) {
			b.last = i;
		}
	}
	b.foreign = i;
	if (b.last < 0)
		b.last = i;
	return b;
}

/*
 * The border as an interval of TTLs, from the last hop of the provider to the
 * first of the target's AS (or, unseen, the last TTL that was probed).
 */
static void
place_border(const struct record *r, const struct border *b, struct verdict *v)
{
	if (b->foreign < 0)
		return;
	v->border_lo = v->hop[b->foreign].ttl;
	v->border_hi = b->own >= 0 ? v->hop[b->own].ttl : -1;
	int end = b->own >= 0 ? v->border_hi : record_last_ttl(r) + 1;
	int answered = 0;
	for (size_t i = 0; i < v->nhops; i++)
		if (v->hop[i].ttl > v->border_lo && v->hop[i].ttl < end)
			answered++;
	v->silent_hops = end - v->border_lo - 1 - answered;
}

/*
 * What an unreachable on the path says (RFC 1812, 5.2.7.1): only "network
 * unreachable" and "network unknown" say that the routing ends there. A host
 * that is missing or a filter still stand behind the route.
 */
static const char *
stop_rule(int16_t icmp_code)
{
	switch (icmp_code) {
	case 0:
	case 6:
		return "stop-no-route";
	case 9:
	case 10:
	case 13:
		return "stop-prohibited";
	default:
		return "stop-unreachable";
	}
}

static void
read_stop(const struct record *r, struct verdict *v)
{
	if (r->stop != STOP_UNREACHABLE)
		return;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->answered && p->proof != PROOF_NONE &&
		    p->icmp_type == 3 && p->addr != r->target)
			fire(v, stop_rule(p->icmp_code));
	}
}

static bool
fired(const struct verdict *v, const char *rule)
{
	for (size_t i = 0; i < v->nrules; i++)
		if (strcmp(v->rule[i], rule) == 0)
			return true;
	return false;
}

/*
 * Without an answer of the target's AS, the last hop names the neighbour only
 * when it is one that is known to stand there: a path may die anywhere.
 */
static enum evidence
weigh_unreached(
    struct verdict *v, const struct border *b, const struct carriers *classes)
{
	if (b->foreign < 0 || fired(v, "stop-no-route"))
		return EVIDENCE_UNREACHED;
	int64_t owner = v->hop[b->foreign].owner;
	if (owner == v->as_path[0]) {
		fire(v, "ends-in-first-as");
		return EVIDENCE_UNREACHED;
	}
	const struct carrier_row *c = carriers_find(classes, owner);
	return c != NULL && c->kind != CARRIER_TARGET ? EVIDENCE_GAP_ONLY
						      : EVIDENCE_UNREACHED;
}

static enum evidence
weigh(struct verdict *v, const struct border *b, const struct carriers *classes)
{
	if (b->own < 0)
		return weigh_unreached(v, b, classes);
	if (b->foreign < 0)
		return EVIDENCE_UNREACHED;
	enum origin_layer layer = v->hop[b->foreign].origin.layer;
	if (layer == ORIGIN_REGISTRY || layer == ORIGIN_CURATED)
		return EVIDENCE_UNROUTED_REGISTRY;
	return v->border_hi == v->border_lo + 1 ? EVIDENCE_ADJACENT_SEEN
						: EVIDENCE_GAP_ADJACENT;
}

/*
 * The nearest AS of a carrier class, from the deciding hop back; a front
 * speaks only when no carrier is on the path.
 */
static void
name_carrier(
    const struct carriers *classes, const struct border *b, struct verdict *v)
{
	const struct carrier_row *front = NULL;
	for (int i = b->foreign; i >= 0; i--) {
		const struct carrier_row *c =
		    carriers_find(classes, v->hop[i].owner);
		if (c != NULL && c->kind == CARRIER_TRANSIT) {
			snprintf(v->carrier, sizeof(v->carrier), "%s", c->name);
			if (front != NULL)
				fire(v, "carrier-behind-front");
			return;
		}
		if (c != NULL && c->kind == CARRIER_FRONT && front == NULL)
			front = c;
	}
	if (front != NULL) {
		snprintf(v->carrier, sizeof(v->carrier), "%s", front->name);
		fire(v, "front-without-carrier");
		return;
	}
	snprintf(
	    v->carrier, sizeof(v->carrier), "other:%u", (unsigned)v->entry_as);
}

static double
probability(const struct record *r, const struct border *b, struct verdict *v)
{
	const struct verdict_hop *h = &v->hop[b->foreign];
	const struct record_probe *answer = record_answer(r, h->ttl);
	double p = cap[v->evidence];
	if (h->origin.nasns > 1) {
		fire(v, "moas");
		p *= moas_factor;
	}
	if (answer != NULL && answer->proof != PROOF_BOTH) {
		fire(v, "half-proof");
		p *= one_proof_factor;
	}
	if (v->days > old_days) {
		fire(v, "old-table");
		p *= old_table_factor;
	}
	return p;
}

static void
add_candidate(
    struct verdict *v, const char *carrier, int64_t entry_as, double p)
{
	struct verdict_candidate *c = &v->candidate[v->ncandidates++];
	snprintf(c->carrier, sizeof(c->carrier), "%s", carrier);
	c->entry_as = entry_as;
	c->p = p;
}

/* Turns the border into the answer; without one the answer is "unknown". */
static void
conclude(const struct record *r, const struct carriers *classes,
    const struct border *b, struct verdict *v)
{
	if (v->evidence == EVIDENCE_UNREACHED) {
		fire(v, "no-deciding-hop");
		return;
	}
	v->entry_as = v->hop[b->foreign].owner;
	fire(v, b->own >= 0 ? "walk-back-from-target" : "walk-back-from-last");
	if (v->evidence == EVIDENCE_UNROUTED_REGISTRY)
		fire(v, "unrouted-holder");
	if (b->last != b->foreign)
		fire(v, "unowned-hop-in-border");
	name_carrier(classes, b, v);
	v->p = probability(r, b, v);
	add_candidate(v, v->carrier, v->entry_as, v->p);
	add_candidate(v, "unknown", -1, 1.0 - v->p);
}

static void
identify(const struct record *r, struct verdict *v)
{
	*v = (struct verdict){.target = r->target,
	    .prefix = r->prefix,
	    .method = r->method,
	    .flow = r->flow,
	    .start_us = r->start_us,
	    .decided_us = r->start_us,
	    .reached = record_reached(r),
	    .entry_as = -1,
	    .carrier = "unknown",
	    .border_lo = -1,
	    .border_hi = -1,
	    .evidence = EVIDENCE_UNREACHED,
	    .p = NAN,
	    .asof_us = -1,
	    .days = -1};
	record_id(r, v->trace);
	memcpy(v->vantage, r->vantage, sizeof(v->vantage));
}

void
infer(const struct record *r, const struct origin_set *tables,
    const struct carriers *classes, struct verdict *v)
{
	struct origin_answer target;
	identify(r, v);
	if (!origin_set_asof(tables, r->start_us, &v->asof_us, &v->days)) {
		v->asof_us = v->days = -1;
		fire(v, "no-table-of-that-day");
	}
	origin_lookup(tables, r->target, r->start_us, &target);
	name_hops(r, tables, v);
	for (size_t i = 0; i < v->nhops; i++)
		append_as(v, v->hop[i].owner);
	read_stop(r, v);
	struct border b = find_border(v, owner_of(&target));
	place_border(r, &b, v);
	v->evidence = weigh(v, &b, classes);
	v->reach = v->reached		       ? REACH_UP
		   : fired(v, "stop-no-route") ? REACH_DOWN
					       : REACH_UNKNOWN;
	conclude(r, classes, &b, v);
}
