/* SPDX-License-Identifier: ISC */
#include "analysis/infer/infer.h"

#include "analysis/infer/border.h"
#include "analysis/infer/named.h"
#include "analysis/infer/owners.h"
#include "analysis/infer/scene.h"
#include "analysis/infer/weight.h"
#include "analysis/origin/origin_ases.h"
#include "probe/base/clock.h"
#include "probe/base/record_path.h"
#include "probe/base/record_reply.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Below this a candidate is not told; together they make "unknown". */
static const double least_p = 0.005;

/* From here on a second entry AS makes the evidence a conflict. */
static const double rival_p = 0.25;

static void
identify(const struct record *r, struct verdict *v)
{
	v->target = r->target;
	v->prefix = r->prefix;
	v->method = r->method;
	v->flow = r->flow;
	v->start_us = r->start_us;
	v->entry_as = -1;
	snprintf(v->carrier, sizeof(v->carrier), "unknown");
	v->border_lo = v->border_hi = -1;
	v->silent_hops = 0;
	v->border_rtt_us = -1;
	v->evidence = EVIDENCE_UNREACHED;
	v->p = v->carrier_p = NAN;
	v->asof_us = v->days = -1;
	v->votes = v->agree = -1;
	v->ncandidates = v->nas = v->nhops = v->nrules = v->ntables = 0;
	record_id(r, v->trace);
	memcpy(v->vantage, r->vantage, sizeof(v->vantage));
}

/* The AS that most probably owns the router at a spot. */
static size_t
owner_of(const struct scene *s, const double *owner)
{
	size_t best = SCENE_UNKNOWN;
	for (size_t k = 0; k < s->nas; k++)
		if (owner[k] > owner[best])
			best = k;
	return best;
}

static void
name_hop(const struct scene *s, const struct owners *o, size_t t,
    struct verdict_hop *h)
{
	const struct sight *sight = &s->spot[t].sight[0];
	size_t as = owner_of(s, o->owner[t]);
	size_t before = t > 0 ? owner_of(s, o->owner[t - 1]) : as;
	bool known = as != SCENE_UNKNOWN;
	*h = (struct verdict_hop){.ttl = s->spot[t].ttl,
	    .addr = sight->addr,
	    .origin = sight->origin,
	    .owner = known ? (int64_t)s->asn[as] : -1,
	    .p = o->owner[t][as]};
	if (known)
		h->evidence = model_name(weight_sight(s, sight, before, as));
}

static void
name_hops(const struct scene *s, const struct owners *o, struct verdict *v)
{
	for (size_t t = 0; t < s->nspots; t++) {
		if (s->spot[t].n == 0)
			continue;
		struct verdict_hop *h = &v->hop[v->nhops++];
		name_hop(s, o, t, h);
		if (h->owner >= 0 &&
		    (v->nas == 0 || v->as_path[v->nas - 1] != h->owner))
			v->as_path[v->nas++] = (uint32_t)h->owner;
	}
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
read_stop(const struct record *r, const struct scene *s, struct verdict *v)
{
	if (r->stop != STOP_UNREACHABLE)
		return;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (!p->answered || p->proof == PROOF_NONE ||
		    p->icmp_type != ICMP_T_UNREACHABLE || p->addr == r->target)
			continue;
		verdict_fire(v, scene_inside(s, p->ttl, p->addr)
				    ? "stop-inside"
				    : stop_rule(p->icmp_code));
	}
}

/* The name of the carrier of an entry: its class, or the AS's number. */
static void
name_carrier(const struct carrier_row *class, int64_t entry_as,
    char name[static VERDICT_CARRIER_MAX])
{
	if (class != NULL)
		snprintf(name, VERDICT_CARRIER_MAX, "%s", class->name);
	else if (entry_as >= 0)
		snprintf(
		    name, VERDICT_CARRIER_MAX, "other:%u", (unsigned)entry_as);
	else
		snprintf(name, VERDICT_CARRIER_MAX, "unknown");
}

/* Keeps the list in the order of p; equal ones in the order of coming. */
static void
add_candidate(struct verdict *v, const struct verdict_candidate *c)
{
	size_t i = v->ncandidates;
	if (i == VERDICT_CANDIDATES_MAX - 1) {
		if (v->candidate[i - 1].p >= c->p)
			return;
		i--;
	} else {
		v->ncandidates++;
	}
	for (; i > 0 && v->candidate[i - 1].p < c->p; i--)
		v->candidate[i] = v->candidate[i - 1];
	v->candidate[i] = *c;
}

/* All that is worth telling, the rest as "unknown" where it belongs. */
static void
list_candidates(
    const struct scene *s, const struct owners *o, struct verdict *v)
{
	double told = 0;
	for (size_t k = SCENE_NAMED; k < s->nas; k++)
		for (size_t c = 0; c < o->nclasses; c++) {
			struct verdict_candidate x = {
			    .entry_as = s->asn[k], .p = o->entry[k][c]};
			name_carrier(o->class[c], x.entry_as, x.carrier);
			if (x.p >= least_p)
				add_candidate(v, &x);
		}
	for (size_t i = 0; i < v->ncandidates; i++)
		told += v->candidate[i].p;
	struct verdict_candidate rest = {
	    .entry_as = -1, .carrier = "unknown", .p = fmax(0, 1 - told)};
	v->ncandidates++;
	size_t i = v->ncandidates - 1;
	for (; i > 0 && v->candidate[i - 1].p < rest.p; i--)
		v->candidate[i] = v->candidate[i - 1];
	v->candidate[i] = rest;
}

static double
rival(const struct verdict *v)
{
	for (size_t i = 1; i < v->ncandidates; i++)
		if (v->candidate[i].entry_as >= 0 &&
		    v->candidate[i].entry_as != v->candidate[0].entry_as)
			return v->candidate[i].p;
	return 0;
}

/* Whose evidence names the entry AS, when the target's network was seen. */
static enum evidence
weigh_reached(
    const struct scene *s, const struct border *b, const struct verdict *v)
{
	int entry = scene_find(s, v->candidate[0].entry_as);
	const struct sight *sight = &s->spot[b->foreign].sight[0];
	if (!scene_names(s, entry))
		return EVIDENCE_HIDDEN_INFERRED;
	if (sight->kind == SIGHT_UNROUTED && (sight->of >> entry & 1))
		return EVIDENCE_UNROUTED_REGISTRY;
	return b->own == b->foreign + 1 ? EVIDENCE_ADJACENT_SEEN
					: EVIDENCE_GAP_ADJACENT;
}

static enum evidence
weigh(const struct scene *s, const struct border *b, struct verdict *v)
{
	if (b->foreign < 0 || v->candidate[0].entry_as < 0 ||
	    (b->own < 0 && verdict_fired(v, "stop-no-route")))
		return EVIDENCE_UNREACHED;
	if (b->own < 0 && scene_one_network(s)) {
		verdict_fire(v, "ends-in-first-as");
		return EVIDENCE_UNREACHED;
	}
	if (b->came_back || b->rival || rival(v) >= rival_p)
		return EVIDENCE_CONFLICT;
	if (b->own >= 0)
		return weigh_reached(s, b, v);
	return scene_names(s, scene_find(s, v->candidate[0].entry_as))
		   ? EVIDENCE_GAP_ONLY
		   : EVIDENCE_HIDDEN_INFERRED;
}

static void
remark_sight(const struct scene *s, const struct border *b, struct verdict *v)
{
	const struct sight *sight = &s->spot[b->foreign].sight[0];
	int entry = scene_find(s, v->entry_as);
	if (!scene_names(s, entry))
		verdict_fire(v, "hidden-neighbour");
	else if (entry >= 0 && (sight->of >> entry & 1) == 0)
		verdict_fire(v, "last-address-of-another");
	if (sight->origin.nasns > 1)
		verdict_fire(v, "moas");
	if (sight->proof == PROOF_UNTOLD)
		verdict_fire(v, "proof-untold");
	else if (sight->proof != PROOF_BOTH)
		verdict_fire(v, "half-proof");
	if (!s->related)
		verdict_fire(v, "no-relations");
}

static void
remark_carrier(const struct carriers *classes, struct verdict *v)
{
	const struct carrier_row *entry = carriers_find(classes, v->entry_as);
	bool front = entry != NULL && entry->kind == CARRIER_FRONT;
	if (front && strcmp(entry->name, v->carrier) == 0)
		verdict_fire(v, "front-without-carrier");
	else if (front)
		verdict_fire(v, "carrier-behind-front");
}

static void
remark_rtt(const struct scene *s, struct verdict *v)
{
	bool satellite = false;
	for (size_t k = SCENE_NAMED; k < s->nas; k++)
		satellite |= s->class[k] != NULL && s->class[k]->satellite;
	if (satellite && rtt_too_fast(&s->rtt))
		verdict_fire(v, "too-fast-for-satellite");
	if (rtt_differs(&s->rtt))
		verdict_fire(v, "rtt-differs-by-prefix");
}

/* What fired beside the way in which the border was found. */
static void
remark(const struct scene *s, const struct border *b, struct verdict *v)
{
	verdict_fire(
	    v, b->own >= 0 ? "walk-back-from-target" : "walk-back-from-last");
	if (v->evidence == EVIDENCE_UNROUTED_REGISTRY)
		verdict_fire(v, "unrouted-holder");
	if (b->came_back)
		verdict_fire(v, "target-before-border");
	if (b->rival)
		verdict_fire(v, "two-owners-at-border");
	if (b->unowned)
		verdict_fire(v, "unowned-hop-in-border");
	remark_sight(s, b, v);
	remark_rtt(s, v);
	remark_carrier(s->classes, v);
}

/* Turns the probabilities into the answer; without one it is "unknown". */
static void
conclude(const struct scene *s, const struct border *b, struct verdict *v)
{
	if (v->evidence == EVIDENCE_UNREACHED) {
		verdict_fire(v, "no-deciding-hop");
		return;
	}
	const struct verdict_candidate *first = &v->candidate[0];
	v->entry_as = first->entry_as;
	v->p = first->p;
	memcpy(v->carrier, first->carrier, sizeof(v->carrier));
	v->carrier_p = 0;
	for (size_t i = 0; i < v->ncandidates; i++)
		if (strcmp(v->candidate[i].carrier, v->carrier) == 0)
			v->carrier_p += v->candidate[i].p;
	remark(s, b, v);
}

/* A last answer of the target that shows no TTL: up, but no border. */
static void
read_reached(const struct record *r, const struct scene *s, struct verdict *v)
{
	int64_t end_us = r->start_us + r->duration_us;
	v->decided_us = s->decided_us;
	v->reached = s->reached;
	if (!record_reached_nowhere(r))
		return;
	v->reached = true;
	if (r->duration_us >= 0 && end_us > v->decided_us)
		v->decided_us = end_us;
}

/* All but the identity, of a scene with or without the votes of others. */
static void
judge(const struct record *r, const struct scene *s, struct verdict *v)
{
	struct owners o;
	read_reached(r, s, v);
	if (s->unproved > 0)
		verdict_fire(v, "unproved-reply-ignored");
	owners_infer(s, &o);
	name_hops(s, &o, v);
	read_stop(r, s, v);
	struct border b = border_find(s);
	border_place(s, &b, v);
	v->border_rtt_us = rtt_at_us(r, v->border_hi);
	list_candidates(s, &o, v);
	v->evidence = weigh(s, &b, v);
	v->reach = v->reached || b.own >= 0	       ? REACH_UP
		   : verdict_fired(v, "stop-no-route") ? REACH_DOWN
						       : REACH_UNKNOWN;
	conclude(s, &b, v);
}

/* Registries and exchanges have dates of their own in a table of a day. */
static int64_t
own_date(const struct origin_answer *a)
{
	return a->source_asof_us >= 0 ? a->source_asof_us : a->asof_us;
}

static void
rest_on(struct verdict *v, const char *kind, int64_t asof_us, int64_t at_us)
{
	int64_t days = (at_us - asof_us) / (US_PER_S * 86400);
	for (size_t i = 0; i < v->ntables; i++)
		if (strcmp(v->table[i].kind, kind) == 0)
			return;
	if (v->ntables < VERDICT_TABLES_MAX)
		v->table[v->ntables++] =
		    (struct verdict_table){kind, asof_us, days};
}

/* The tables of the day, or why there are none; none later is ever used. */
static void
name_tables(
    const struct origin_set *tables, const struct scene *s, struct verdict *v)
{
	int64_t asof_us = -1, days = -1;
	if (origin_set_asof(tables, v->start_us, &v->asof_us, &v->days)) {
		rest_on(v, "bgp", v->asof_us, v->start_us);
	} else {
		v->asof_us = v->days = -1;
		verdict_fire(
		    v, s->home.refusal == ORIGIN_ALL_LATER ? "tables-all-later"
		       : s->home.refusal == ORIGIN_ALL_OLD ? "tables-too-old"
							   : "no-table");
	}
	for (size_t t = 0; t < s->nspots; t++)
		for (size_t i = 0; i < s->spot[t].n; i++) {
			const struct origin_answer *a =
			    &s->spot[t].sight[i].origin;
			if (a->asof_us >= 0 && a->layer != ORIGIN_NONE)
				rest_on(v, origin_layer_name(a->layer),
				    own_date(a), v->start_us);
		}
	if (origin_relations_asof(tables, v->start_us, &asof_us, &days))
		rest_on(v, "as-rel", asof_us, v->start_us);
	if (s->routed &&
	    origin_upstreams_asof(tables, v->start_us, &asof_us, &days))
		rest_on(v, "upstreams", asof_us, v->start_us);
}

void
infer_scene(const struct record *r, const struct basis *basis,
    const struct scene *s, struct verdict *v)
{
	identify(r, v);
	name_tables(basis->tables, s, v);
	v->basis =
	    basis->named == NULL ? NULL : named_at(basis->named, r->start_us);
	judge(r, s, v);
}

void
infer_count(const struct votes *votes, size_t ballot, struct verdict *v)
{
	votes_count(votes, ballot, v->entry_as, &v->votes, &v->agree);
	if (v->entry_as >= 0 && v->agree < v->votes)
		verdict_fire(v, "vantages-disagree");
}

void
infer(const struct record *r, const struct basis *basis, struct verdict *v)
{
	struct scene s;
	scene_make(&s, r, basis);
	infer_scene(r, basis, &s, v);
}

void
infer_voted(const struct record *r, const struct basis *basis,
    const struct votes *votes, size_t ballot, struct verdict *v)
{
	struct scene s;
	scene_make(&s, r, basis);
	votes_show(votes, ballot, &s);
	infer_scene(r, basis, &s, v);
	infer_count(votes, ballot, v);
}
