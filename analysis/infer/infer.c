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
static const double unowned_factor = 0.8;   /* a hop of an unknown network */
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

/* An exchange point's LAN belongs to no member, reserved space to nobody. */
static int64_t
owner_of(const struct origin_answer *a)
{
	return a->nasns > 0 && a->layer != ORIGIN_IXP ? (int64_t)a->asns[0]
						      : -1;
}

/*
 * Fills in the hops: the best proved answer of each TTL, up to the target's
 * first, behind which nothing belongs to the path. A reply without proof names
 * nobody, not even the target: a bare datagram can be forged by whoever guesses
 * two ports.
 */
static void
name_hops(
    const struct record *r, const struct origin_set *tables, struct verdict *v)
{
	uint8_t last = record_last_ttl(r);
	for (uint8_t ttl = 1; ttl <= last; ttl++) {
		const struct record_probe *p = record_answer(r, ttl);
		if (p == NULL)
			continue;
		if (p->proof == PROOF_NONE) {
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
		if (p->addr == r->target) {
			v->reached = true;
			return;
		}
	}
}

static void
append_as(struct verdict *v, int64_t asn)
{
	if (asn >= 0 && (v->nas == 0 || v->as_path[v->nas - 1] != asn))
		v->as_path[v->nas++] = (uint32_t)asn;
}

/*
 * The network of the target: every origin of its address and, when no table
 * knows one, the ASes of class "target".
 */
struct home {
	uint32_t target;
	struct origin_answer origin;
	const struct carriers *classes;
};

static bool
is_home(const struct home *home, uint32_t addr, int64_t owner)
{
	if (addr == home->target)
		return true;
	for (size_t i = 0; i < home->origin.nasns; i++)
		if (home->origin.asns[i] == owner)
			return true;
	if (home->origin.nasns > 0)
		return false;
	const struct carrier_row *c = carriers_find(home->classes, owner);
	return c != NULL && c->kind == CARRIER_TARGET;
}

/* The hop that decides, and what stands behind it. */
struct border {
	int foreign;	/* index of the last hop of another AS; -1 */
	int own;	/* index of the first hop of the target's AS; -1 */
	bool unowned;	/* between the two is a hop of who knows whom */
	int64_t rival;	/* another AS that answered at the deciding TTL; -1 */
	bool came_back; /* the target's AS answered before foreign, too */
};

static struct border
find_border(const struct verdict *v, const struct home *home)
{
	struct border b = {.own = -1, .rival = -1};
	int i = (int)v->nhops - 1;
	for (; i >= 0; i--) {
		const struct verdict_hop *h = &v->hop[i];
		if (is_home(home, h->addr, h->owner)) {
			b.own = i;
			b.unowned = false;
		} else if (h->owner >= 0) {
			break;
		} else if (h->origin.layer != ORIGIN_RESERVED) {
			b.unowned = true;
		}
	}
	b.foreign = i;
	for (i--; i >= 0; i--)
		if (is_home(home, v->hop[i].addr, v->hop[i].owner))
			b.came_back = true;
	return b;
}

/*
 * Another AS that answered at the TTL of the deciding hop: the packets of one
 * flow took two ways, or the path moved while it was traced.
 */
static int64_t
find_rival(const struct record *r, const struct verdict_hop *deciding,
    const struct origin_set *tables, const struct home *home)
{
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		struct origin_answer a;
		if (p->ttl != deciding->ttl || !p->answered ||
		    p->proof == PROOF_NONE || p->addr == deciding->addr)
			continue;
		origin_lookup(tables, p->addr, r->start_us, &a);
		int64_t owner = owner_of(&a);
		if (owner >= 0 && owner != deciding->owner &&
		    !is_home(home, p->addr, owner))
			return owner;
	}
	return -1;
}

/*
 * The border as an interval of TTLs, from the last hop of the provider to the
 * first of the target's AS (or, unseen, the last TTL that was probed). A TTL
 * that was not probed is not silent.
 */
static void
place_border(const struct record *r, const struct border *b, struct verdict *v)
{
	if (b->foreign < 0)
		return;
	v->border_lo = v->hop[b->foreign].ttl;
	v->border_hi = b->own >= 0 ? v->hop[b->own].ttl : -1;
	int end = b->own >= 0 ? v->border_hi : record_last_ttl(r) + 1;
	v->silent_hops = 0;
	for (int ttl = v->border_lo + 1; ttl < end; ttl++)
		v->silent_hops += record_probed(r, (uint8_t)ttl);
	for (size_t i = 0; i < v->nhops; i++)
		if (v->hop[i].ttl > v->border_lo && v->hop[i].ttl < end)
			v->silent_hops--;
}

static const struct verdict_hop *
hop_at(const struct verdict *v, uint8_t ttl)
{
	for (size_t i = 0; i < v->nhops; i++)
		if (v->hop[i].ttl == ttl)
			return &v->hop[i];
	return NULL;
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

/* A router of the target's network proves the way there, whatever it says. */
static void
read_stop(const struct record *r, const struct home *home, struct verdict *v)
{
	if (r->stop != STOP_UNREACHABLE)
		return;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (!p->answered || p->proof == PROOF_NONE ||
		    p->icmp_type != 3 || p->addr == r->target)
			continue;
		const struct verdict_hop *h = hop_at(v, p->ttl);
		bool inside = h != NULL && h->addr == p->addr &&
			      is_home(home, h->addr, h->owner);
		fire(v, inside ? "stop-inside" : stop_rule(p->icmp_code));
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
	if (c == NULL || c->kind == CARRIER_TARGET)
		return EVIDENCE_UNREACHED;
	return b->came_back || b->rival >= 0 ? EVIDENCE_CONFLICT
					     : EVIDENCE_GAP_ONLY;
}

static enum evidence
weigh(struct verdict *v, const struct border *b, const struct carriers *classes)
{
	if (b->own < 0)
		return weigh_unreached(v, b, classes);
	if (b->foreign < 0)
		return EVIDENCE_UNREACHED;
	if (b->came_back || b->rival >= 0)
		return EVIDENCE_CONFLICT;
	enum origin_layer layer = v->hop[b->foreign].origin.layer;
	if (layer == ORIGIN_REGISTRY || layer == ORIGIN_CURATED)
		return EVIDENCE_UNROUTED_REGISTRY;
	return v->border_hi == v->border_lo + 1 ? EVIDENCE_ADJACENT_SEEN
						: EVIDENCE_GAP_ADJACENT;
}

/*
 * The nearest AS of a carrier class, from owner and then from hop[at] back; a
 * front speaks only when no carrier is on the path. NULL: none.
 */
static const struct carrier_row *
find_carrier(const struct carriers *classes, const struct verdict *v,
    int64_t owner, int at)
{
	const struct carrier_row *front = NULL;
	for (;; owner = v->hop[at--].owner) {
		const struct carrier_row *c = carriers_find(classes, owner);
		if (c != NULL && c->kind == CARRIER_TRANSIT)
			return c;
		if (c != NULL && c->kind == CARRIER_FRONT && front == NULL)
			front = c;
		if (at < 0)
			return front;
	}
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
	if (b->unowned)
		p *= unowned_factor;
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
add_candidate(struct verdict *v, const struct carrier_row *carrier,
    int64_t entry_as, double p)
{
	struct verdict_candidate *c = &v->candidate[v->ncandidates++];
	c->entry_as = entry_as;
	c->p = p;
	if (carrier != NULL)
		snprintf(c->carrier, sizeof(c->carrier), "%s", carrier->name);
	else if (entry_as >= 0)
		snprintf(c->carrier, sizeof(c->carrier), "other:%u",
		    (unsigned)entry_as);
	else
		snprintf(c->carrier, sizeof(c->carrier), "unknown");
}

/* What the first does not have, a rival shares with "unknown". */
static void
add_candidates(const struct carriers *classes, const struct border *b,
    const struct carrier_row *first, struct verdict *v)
{
	double rest = 1.0 - v->p;
	add_candidate(v, first, v->entry_as, v->p);
	memcpy(v->carrier, v->candidate[0].carrier, sizeof(v->carrier));
	if (b->rival >= 0) {
		rest /= 2;
		add_candidate(v,
		    find_carrier(classes, v, b->rival, b->foreign - 1),
		    b->rival, rest);
	}
	add_candidate(v, NULL, -1, rest);
}

/* What fired beside the way in which the border was found. */
static void
fire_remarks(const struct border *b, const struct carrier_row *carrier,
    const struct carrier_row *entry, struct verdict *v)
{
	if (v->evidence == EVIDENCE_UNROUTED_REGISTRY)
		fire(v, "unrouted-holder");
	if (b->came_back)
		fire(v, "target-before-border");
	if (b->rival >= 0)
		fire(v, "two-owners-at-border");
	if (b->unowned)
		fire(v, "unowned-hop-in-border");
	if (carrier != NULL && carrier->kind == CARRIER_FRONT)
		fire(v, "front-without-carrier");
	else if (entry != NULL && entry->kind == CARRIER_FRONT)
		fire(v, "carrier-behind-front");
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
	const struct carrier_row *carrier =
	    find_carrier(classes, v, v->entry_as, b->foreign - 1);
	fire_remarks(b, carrier, carriers_find(classes, v->entry_as), v);
	v->p = probability(r, b, v);
	add_candidates(classes, b, carrier, v);
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
	struct home home = {.target = r->target, .classes = classes};
	identify(r, v);
	if (!origin_set_asof(tables, r->start_us, &v->asof_us, &v->days)) {
		v->asof_us = v->days = -1;
		fire(v, "no-table-of-that-day");
	}
	origin_lookup(tables, r->target, r->start_us, &home.origin);
	name_hops(r, tables, v);
	for (size_t i = 0; i < v->nhops; i++)
		append_as(v, v->hop[i].owner);
	read_stop(r, &home, v);
	struct border b = find_border(v, &home);
	if (b.foreign >= 0)
		b.rival = find_rival(r, &v->hop[b.foreign], tables, &home);
	place_border(r, &b, v);
	v->evidence = weigh(v, &b, classes);
	v->reach = v->reached || b.own >= 0    ? REACH_UP
		   : fired(v, "stop-no-route") ? REACH_DOWN
					       : REACH_UNKNOWN;
	conclude(r, classes, &b, v);
}
