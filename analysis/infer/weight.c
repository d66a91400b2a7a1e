/* SPDX-License-Identifier: ISC */
#include "analysis/infer/weight.h"
#include "analysis/origin/origin_ases.h"

static struct weight
none(void)
{
	return (struct weight){.value = 1};
}

static double
row(const struct scene *s, enum model_param p)
{
	return s->model->value[p];
}

static void
times(const struct scene *s, struct weight *w, enum model_param p)
{
	w->value *= row(s, p);
	if (w->n < WEIGHT_TERMS_MAX)
		w->term[w->n++] = p;
}

struct weight
weight_first(const struct scene *s, size_t as)
{
	struct weight w = none();
	times(s, &w,
	    as == SCENE_HOME	  ? MODEL_FIRST_TARGET
	    : as == SCENE_UNKNOWN ? MODEL_FIRST_UNKNOWN
				  : MODEL_FIRST_KNOWN);
	return w;
}

/* What the AS paths to the target's prefix say of the AS before it. */
static enum model_param
upstream(const struct scene *s, size_t from)
{
	if (s->upstreams >> from & 1)
		return MODEL_UPSTREAM;
	return s->neighbours[SCENE_HOME] >> from & 1 ? MODEL_OTHER_UPSTREAM
						     : MODEL_NEW_NEIGHBOUR;
}

/* What the relation of two ASes says about a route from one to the other. */
static enum model_param
link_of(const struct scene *s, size_t from, size_t to, enum weight_phase *phase)
{
	bool down = *phase == WEIGHT_DOWN;
	if (to == SCENE_UNKNOWN)
		return MODEL_TO_UNKNOWN;
	if (from == SCENE_UNKNOWN)
		return MODEL_FROM_UNKNOWN;
	if (to == SCENE_HOME && s->routed)
		return upstream(s, from);
	switch ((enum origin_relation)s->relation[from][to]) {
	case ORIGIN_PROVIDER:
		*phase = WEIGHT_DOWN;
		return MODEL_KNOWN_LINK;
	case ORIGIN_PEER:
		*phase = WEIGHT_DOWN;
		return down ? MODEL_VALLEY : MODEL_KNOWN_LINK;
	case ORIGIN_CUSTOMER:
		return down ? MODEL_VALLEY : MODEL_KNOWN_LINK;
	case ORIGIN_ADJACENT:
		return MODEL_KNOWN_LINK;
	case ORIGIN_UNRELATED:
		break;
	}
	if (to == SCENE_HOME && (s->home_related || s->routed))
		return MODEL_NEW_NEIGHBOUR;
	if (to == SCENE_HOME)
		return s->class[from] == NULL		       ? MODEL_UNCLASSED
		       : s->class[from]->kind == CARRIER_FRONT ? MODEL_FRONT
							       : MODEL_CLASSED;
	return s->related ? MODEL_NEW_LINK : MODEL_ANY_LINK;
}

/* How many ASes may follow one: the more, the less says each of them. */
static double
choices(const struct scene *s, size_t from)
{
	int n = s->related ? __builtin_popcount(s->neighbours[from])
			   : (int)(s->nas - SCENE_NAMED);
	return n > 1 ? n : 1;
}

/*
 * A route of a customer is better than all others, and this one is as short as
 * can be (Gao and Rexford 2001).
 */
static bool
sells_home(const struct scene *s, size_t as)
{
	uint8_t is = s->relation[as][SCENE_HOME];
	if (s->routed)
		return s->upstreams >> as & 1;
	return as >= SCENE_NAMED &&
	       (is == ORIGIN_PROVIDER || is == ORIGIN_ADJACENT);
}

/* What other traces of the prefix and time say, against what the table does. */
static void
vote(const struct scene *s, size_t from, size_t to, struct weight *w)
{
	double strength = row(s, MODEL_HABIT);
	if (!s->voted || s->habits[from] <= 0 || to == SCENE_UNKNOWN)
		return;
	w->value = (s->habit[from][to] + strength * w->value) /
		   (s->habits[from] + strength);
	w->term[w->n++] = MODEL_HABIT;
}

struct weight
weight_step(
    const struct scene *s, size_t from, size_t to, enum weight_phase *phase)
{
	struct weight w = none();
	if (from == to) {
		if (from != SCENE_HOME)
			times(s, &w, MODEL_STAY);
		return w;
	}
	if (from == SCENE_HOME) {
		w.value = 0;
		return w;
	}
	times(s, &w, link_of(s, from, to, phase));
	if (w.term[0] == MODEL_KNOWN_LINK || w.term[0] == MODEL_ANY_LINK)
		w.value /= choices(s, from);
	if (to != SCENE_HOME && sells_home(s, from))
		times(s, &w, MODEL_DETOUR);
	vote(s, from, to, &w);
	if (to == SCENE_HOME && s->class[from] != NULL &&
		s->class[from] -> satellite &&rtt_too_fast(&s->rtt))
		times(s, &w, MODEL_TOO_FAST);
	times(s, &w, MODEL_CROSS);
	return w;
}

static enum model_param
inner_sight(const struct sight *sight, size_t as)
{
	bool own = sight->of >> as & 1, near = sight->near >> as & 1;
	switch (sight->kind) {
	case SIGHT_TARGET:
		return as == SCENE_HOME ? MODEL_OWN : MODEL_STRANGE;
	case SIGHT_ROUTED:
		return own    ? MODEL_OWN
		       : near ? MODEL_THIRD_PARTY
			      : MODEL_STRANGE;
	case SIGHT_UNROUTED:
		return own    ? MODEL_OWN_UNROUTED
		       : near ? MODEL_THIRD_PARTY
			      : MODEL_STRANGE;
	case SIGHT_LAN:
		return MODEL_INNER_LAN;
	case SIGHT_MEMBER:
		return own ? MODEL_INNER_LAN : MODEL_STRANGE;
	case SIGHT_PRIVATE:
		return MODEL_PRIVATE;
	case SIGHT_NOWHERE:
		break;
	}
	return as == SCENE_UNKNOWN ? MODEL_NOWHERE_UNKNOWN : MODEL_NOWHERE;
}

/* Who numbers the link between two ASes, by what they are to each other. */
static enum model_param
numbered(enum origin_relation is, bool by_from)
{
	switch (is) {
	case ORIGIN_PROVIDER:
		return by_from ? MODEL_LINK_OF_PROVIDER
			       : MODEL_LINK_OF_CUSTOMER;
	case ORIGIN_CUSTOMER:
		return by_from ? MODEL_LINK_OF_CUSTOMER
			       : MODEL_LINK_OF_PROVIDER;
	case ORIGIN_PEER:
	case ORIGIN_ADJACENT:
	case ORIGIN_UNRELATED:
		break;
	}
	return MODEL_LINK_OF_EITHER;
}

/* The first router of a network: its address may be the link's. */
static enum model_param
link_sight(
    const struct scene *s, const struct sight *sight, size_t from, size_t to)
{
	bool by_from = sight->of >> from & 1, by_to = sight->of >> to & 1;
	switch (sight->kind) {
	case SIGHT_ROUTED:
		if (by_from || by_to)
			return s->related
				   ? numbered(s->relation[from][to], by_from)
				   : MODEL_LINK_OF_SOMEBODY;
		if (to == SCENE_HOME && sight->of & s->neighbours[SCENE_HOME])
			return MODEL_LINK_OF_OTHER;
		break;
	case SIGHT_UNROUTED:
		if (by_from || by_to)
			return MODEL_LINK_UNROUTED;
		break;
	case SIGHT_LAN:
		return MODEL_LINK_LAN;
	case SIGHT_MEMBER:
		return by_to ? MODEL_LINK_MEMBER : MODEL_STRANGE;
	case SIGHT_TARGET:
	case SIGHT_PRIVATE:
	case SIGHT_NOWHERE:
		break;
	}
	return inner_sight(sight, to);
}

enum model_param
weight_sight(
    const struct scene *s, const struct sight *sight, size_t from, size_t to)
{
	return from == to ? inner_sight(sight, to)
			  : link_sight(s, sight, from, to);
}

enum model_param
weight_silence(const struct scene *s, size_t as)
{
	if (as == SCENE_HOME)
		return MODEL_SILENT_TARGET;
	if (as == SCENE_UNKNOWN)
		return MODEL_SILENT_UNKNOWN;
	return s->answers >> as & 1 ? MODEL_SILENT : MODEL_SILENT_UNSEEN;
}

double
weight_spot(
    const struct scene *s, const struct spot *spot, size_t from, size_t to)
{
	const double repute = row(s, MODEL_REPUTE);
	double sum = 0;
	if (!spot->probed)
		return 1;
	if (spot->n == 0)
		return row(s, weight_silence(s, to));
	for (size_t i = 0; i < spot->n; i++) {
		const struct sight *sight = &spot->sight[i];
		enum model_param p = weight_sight(s, sight, from, to);
		double w = row(s, p);
		if (i == 0 && spot->shared && p != MODEL_THIRD_PARTY)
			w *= row(s, MODEL_SHARED);
		double forged =
		    sight->proof == PROOF_BOTH ? 0 : row(s, MODEL_HALF_FORGED);
		sum += (1 - forged) * w + forged * row(s, MODEL_FORGED);
	}
	if (spot->reputes > 0)
		sum *= (spot->repute[to] + repute) / (spot->reputes + repute);
	if (spot->again && from != to)
		sum *= row(s, MODEL_AGAIN_ELSEWHERE);
	return sum / (double)spot->n;
}

double
weight_edge(const struct scene *s, const struct spot *spot, size_t from)
{
	return spot->probed && spot->n == 0
		   ? row(s, MODEL_SILENT_EDGE)
		   : weight_spot(s, spot, from, SCENE_HOME);
}

struct weight
weight_beyond(
    const struct scene *s, size_t last, size_t entry, enum weight_phase phase)
{
	struct weight w = none();
	times(s, &w, MODEL_BEYOND);
	if (entry == SCENE_UNKNOWN) {
		times(s, &w, MODEL_BEYOND_UNKNOWN);
		return w;
	}
	if (last != entry) {
		struct weight there = weight_step(s, last, entry, &phase);
		w.value *= there.value;
	}
	struct weight home = weight_step(s, entry, SCENE_HOME, &phase);
	w.value *= home.value;
	return w;
}
