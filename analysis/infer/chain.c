/* SPDX-License-Identifier: ISC */
#include "analysis/infer/chain.h"

static double
row(const struct chain *c, enum model_param p)
{
	return c->s->model->value[p];
}

static void
set_links(struct chain *c)
{
	const struct scene *s = c->s;
	for (size_t from = SCENE_UNKNOWN; from < s->nas; from++)
		for (int phase = 0; phase < WEIGHT_PHASES; phase++)
			for (size_t to = 0; to < s->nas; to++) {
				enum weight_phase p = (enum weight_phase)phase;
				struct weight x = weight_step(s, from, to, &p);
				c->link[from][phase][to] =
				    (struct chain_link){x.value, (uint8_t)p};
			}
}

/* weight_beyond() out of its two steps. */
static double
beyond(const struct chain *c, size_t last, size_t entry, int phase)
{
	double value = row(c, MODEL_BEYOND);
	if (entry == SCENE_UNKNOWN)
		return value * row(c, MODEL_BEYOND_UNKNOWN);
	if (last != entry) {
		const struct chain_link *there = &c->link[last][phase][entry];
		value *= there->value;
		phase = there->phase;
	}
	return value * c->link[entry][phase][SCENE_HOME].value;
}

static void
set_beyond(struct chain *c)
{
	size_t nas = c->s->nas;
	for (size_t last = SCENE_UNKNOWN; last < nas; last++)
		for (int p = 0; p < WEIGHT_PHASES; p++)
			for (size_t e = SCENE_UNKNOWN; e < nas; e++)
				c->beyond[last][p][e] = beyond(c, last, e, p);
}

/* A spot without a sight says the same whoever was before. */
static void
see_nothing(const struct scene *s, const struct spot *spot, double *seen)
{
	for (size_t to = 0; to < s->nas; to++)
		seen[to] = weight_spot(s, spot, to, to);
}

/* Of two ASes that no sight names, the one before makes no difference. */
static void
see_unnamed(const struct scene *s, const struct spot *spot, uint32_t named,
    size_t to, double *seen)
{
	const size_t none = SCENE_ASES_MAX;
	size_t first = none;
	for (size_t from = SCENE_UNKNOWN; from < s->nas; from++) {
		bool same = from != to && (named >> from & 1) == 0;
		double *x = &seen[from * s->nas + to];
		*x = same && first != none ? seen[first * s->nas + to]
					   : weight_spot(s, spot, from, to);
		if (same)
			first = from;
	}
}

static void
see(const struct scene *s, const struct spot *spot, double *seen)
{
	uint32_t named = 0;
	for (size_t i = 0; i < spot->n; i++)
		named |= spot->sight[i].of;
	seen[SCENE_HOME] = weight_spot(s, spot, SCENE_HOME, SCENE_HOME);
	for (size_t to = 0; to < s->nas; to++) {
		if ((named >> to & 1) == 0) {
			see_unnamed(s, spot, named, to, seen);
			continue;
		}
		for (size_t from = SCENE_UNKNOWN; from < s->nas; from++)
			seen[from * s->nas + to] =
			    weight_spot(s, spot, from, to);
	}
}

static void
see_first(const struct scene *s, double *seen)
{
	for (size_t k = 0; k < s->nas; k++)
		seen[k * s->nas + k] = weight_spot(s, &s->spot[0], k, k);
}

static void
set_seen(struct chain *c)
{
	const struct scene *s = c->s;
	see_first(s, c->seen);
	c->row[0] = s->nas;
	for (size_t t = 1; t < s->nspots; t++) {
		double *seen = &c->seen[t * s->nas * s->nas];
		c->row[t] = s->spot[t].n == 0 ? 0 : s->nas;
		if (c->row[t] == 0)
			see_nothing(s, &s->spot[t], seen);
		else
			see(s, &s->spot[t], seen);
	}
}

static void
set_tails(struct chain *c)
{
	const struct scene *s = c->s;
	c->silent[s->nspots] = c->closed[s->nspots] = true;
	c->inside[s->nspots] = 1;
	for (size_t t = s->nspots; t-- > 0;) {
		const struct spot *spot = &s->spot[t];
		bool target = spot->n > 0 && t + 1 == s->nspots && s->reached;
		c->silent[t] = c->silent[t + 1] && spot->n == 0;
		c->closed[t] = c->closed[t + 1] && (spot->n == 0 || target);
		c->inside[t] =
		    c->inside[t + 1] * chain_seen(c, t, SCENE_HOME, SCENE_HOME);
	}
}

/* weight_edge() is weight_spot() but for silence. */
static double
edge(const struct chain *c, size_t t, size_t from)
{
	const struct spot *spot = &c->s->spot[t];
	return spot->n == 0 ? weight_edge(c->s, spot, from)
			    : chain_seen(c, t, from, SCENE_HOME);
}

static void
set_enter(struct chain *c)
{
	for (size_t t = 1; t < c->s->nspots; t++) {
		double closed = c->closed[t + 1] ? row(c, MODEL_CLOSED) : 0;
		double rest =
		    closed + (1 - row(c, MODEL_CLOSED)) * c->inside[t + 1];
		for (size_t k = SCENE_UNKNOWN; k < c->s->nas; k++)
			c->enter[t][k] = edge(c, t, k) * rest;
	}
}

void
chain_make(struct chain *c, const struct scene *s)
{
	c->s = s;
	set_links(c);
	if (!s->reached)
		set_beyond(c);
	set_seen(c);
	set_tails(c);
	set_enter(c);
}
