/* SPDX-License-Identifier: ISC */
#include "analysis/infer/owners.h"

#include "analysis/infer/chain.h"

#include <string.h>

/* What of the paths to an AS has one phase and class. */
struct part {
	double weight;
	uint8_t phase, class;
};

struct work {
	const struct scene *s;
	struct owners *o;
	/* All that is seen up to a spot, and behind it, by the owner there. */
	double sum[RECORD_TTL_MAX][SCENE_ASES_MAX][WEIGHT_PHASES];
	double rest[RECORD_TTL_MAX][SCENE_ASES_MAX][WEIGHT_PHASES];
	/* The first of them split by class, for one spot and the next. */
	double now[SCENE_ASES_MAX][WEIGHT_PHASES][OWNERS_CLASSES_MAX];
	double next[SCENE_ASES_MAX][WEIGHT_PHASES][OWNERS_CLASSES_MAX];
	uint8_t enters[SCENE_ASES_MAX][OWNERS_CLASSES_MAX]; /* class by class */
	double total;
	struct chain c;
};

static double
row(const struct work *w, enum model_param p)
{
	return w->s->model->value[p];
}

/* The place of a class in the result, which it gets when there is one. */
static uint8_t
class_of(struct owners *o, const struct carrier_row *c)
{
	for (size_t i = 1; i < o->nclasses; i++)
		if (strcmp(o->class[i] -> name, c -> name) == 0)
			return (uint8_t)i;
	if (o->nclasses == OWNERS_CLASSES_MAX)
		return 0;
	o->class[o->nclasses] = c;
	return (uint8_t)o->nclasses++;
}

/*
 * The nearest carrier class so far when a path enters each AS: a carrier's own;
 * a front's own only when there was no carrier before.
 */
static void
set_classes(struct work *w)
{
	struct owners *o = w->o;
	uint8_t own[SCENE_ASES_MAX] = {0};
	o->nclasses = 1;
	o->class[0] = NULL;
	for (size_t k = 0; k < w->s->nas; k++)
		if (w->s->class[k] != NULL &&
			w->s->class[k] -> kind != CARRIER_TARGET)
			own[k] = class_of(o, w->s->class[k]);
	for (size_t k = 0; k < w->s->nas; k++)
		for (size_t c = 0; c < o->nclasses; c++) {
			bool carried =
			    c > 0 && o->class[c]->kind == CARRIER_TRANSIT;
			bool front = own[k] > 0 &&
				     o->class[own[k]]->kind == CARRIER_FRONT;
			bool keep = own[k] == 0 || (front && carried);
			w->enters[k][c] = keep ? (uint8_t)c : own[k];
		}
}

/* All ends behind the last spot of a path that is not in the target's. */
static double
all_beyond(const struct work *w, size_t last, int phase)
{
	double sum = 0;
	if (w->s->reached)
		return 0;
	for (size_t e = SCENE_UNKNOWN; e < w->s->nas; e++)
		sum += w->c.beyond[last][phase][e];
	return sum;
}

static double
rest_of(const struct work *w, size_t t, size_t k, int phase)
{
	const struct scene *s = w->s;
	const struct chain *c = &w->c;
	if (t + 1 == s->nspots)
		return all_beyond(w, k, phase);
	double sum = c->silent[t + 1] ? row(w, MODEL_DIE) : 0;
	for (size_t y = SCENE_UNKNOWN; y < s->nas; y++) {
		const struct chain_link *l = &c->link[k][phase][y];
		sum += l->value * chain_seen(c, t + 1, k, y) *
		       w->rest[t + 1][y][l->phase];
	}
	return sum + c->link[k][phase][SCENE_HOME].value * c->enter[t + 1][k];
}

static void
backward(struct work *w)
{
	for (size_t t = w->s->nspots; t-- > 0;)
		for (size_t k = SCENE_UNKNOWN; k < w->s->nas; k++)
			for (int p = 0; p < WEIGHT_PHASES; p++)
				w->rest[t][k][p] = rest_of(w, t, k, p);
}

static void
begin(struct work *w)
{
	const struct scene *s = w->s;
	memset(w->now, 0, sizeof(w->now[0]) * s->nas);
	for (size_t k = SCENE_UNKNOWN; k < s->nas; k++)
		w->now[k][WEIGHT_UP][w->enters[k][0]] =
		    weight_first(s, k).value * chain_seen(&w->c, 0, k, k);
	double home = weight_first(s, SCENE_HOME).value * w->c.inside[0];
	w->o->unknown = w->total = home;
	w->o->begins[0] = home;
}

/* Those of an AS that are there; most are not. */
static size_t
parts(const struct work *w, size_t k,
    struct part part[static WEIGHT_PHASES * OWNERS_CLASSES_MAX])
{
	size_t n = 0;
	for (int p = 0; p < WEIGHT_PHASES; p++)
		for (size_t c = 0; c < w->o->nclasses; c++)
			if (w->now[k][p][c] > 0)
				part[n++] = (struct part){
				    w->now[k][p][c], (uint8_t)p, (uint8_t)c};
	return n;
}

static void
add_entry(struct work *w, size_t from, size_t class, double weight)
{
	w->o->entry[from][class] += weight;
	w->total += weight;
}

/* The path enters the target's network at spot t. */
static void
enter_all(
    struct work *w, size_t t, size_t from, const struct part *part, size_t n)
{
	double in = w->c.enter[t][from];
	for (size_t i = 0; i < n; i++) {
		double x = part[i].weight *
			   w->c.link[from][part[i].phase][SCENE_HOME].value *
			   in;
		w->o->begins[t] += x;
		add_entry(w, from, part[i].class, x);
	}
}

static void
move(struct work *w, size_t t, size_t from, const struct part *part, size_t n)
{
	for (size_t to = SCENE_UNKNOWN; to < w->s->nas; to++) {
		double shown = chain_seen(&w->c, t, from, to);
		for (size_t i = 0; i < n; i++) {
			uint8_t c = part[i].class;
			const struct chain_link *l =
			    &w->c.link[from][part[i].phase][to];
			if (from != to)
				c = w->enters[to][c];
			w->next[to][l->phase][c] +=
			    part[i].weight * l->value * shown;
		}
	}
}

static void
keep_sums(struct work *w, size_t t)
{
	for (size_t k = 0; k < w->s->nas; k++)
		for (int p = 0; p < WEIGHT_PHASES; p++) {
			w->sum[t][k][p] = 0;
			for (size_t c = 0; c < w->o->nclasses; c++)
				w->sum[t][k][p] += w->now[k][p][c];
		}
}

static void
forward(struct work *w)
{
	const struct scene *s = w->s;
	struct part part[WEIGHT_PHASES * OWNERS_CLASSES_MAX];
	begin(w);
	keep_sums(w, 0);
	for (size_t t = 1; t < s->nspots; t++) {
		memset(w->next, 0, sizeof(w->next[0]) * s->nas);
		w->o->begins[t] = 0;
		for (size_t k = SCENE_UNKNOWN; k < s->nas; k++) {
			size_t n = parts(w, k, part);
			enter_all(w, t, k, part, n);
			move(w, t, k, part, n);
			if (!w->c.silent[t])
				continue;
			double dead = row(w, MODEL_DIE) *
				      (w->sum[t - 1][k][WEIGHT_UP] +
					  w->sum[t - 1][k][WEIGHT_DOWN]);
			w->o->unknown += dead;
			w->total += dead;
		}
		memcpy(w->now, w->next, sizeof(w->next[0]) * s->nas);
		keep_sums(w, t);
	}
}

/* Paths that are not yet in the target's network at the last spot. */
static void
end_beyond(struct work *w)
{
	const struct scene *s = w->s;
	struct part part[WEIGHT_PHASES * OWNERS_CLASSES_MAX];
	if (s->reached)
		return;
	for (size_t k = SCENE_UNKNOWN; k < s->nas; k++) {
		size_t n = parts(w, k, part);
		for (size_t i = 0; i < n; i++)
			for (size_t e = SCENE_UNKNOWN; e < s->nas; e++) {
				uint8_t c = part[i].class;
				add_entry(w, e, k == e ? c : w->enters[e][c],
				    part[i].weight *
					w->c.beyond[k][part[i].phase][e]);
			}
	}
}

/*
 * How often each crossing is expected: the sum of all paths with it at a spot,
 * over the spots.
 */
static double
crossings(const struct work *w, size_t from, size_t to)
{
	double sum = 0;
	for (size_t t = 1; t < w->s->nspots; t++) {
		double shown = chain_seen(&w->c, t, from, to);
		for (int p = 0; p < WEIGHT_PHASES; p++) {
			const struct chain_link *l = &w->c.link[from][p][to];
			sum += w->sum[t - 1][from][p] * l->value * shown *
			       w->rest[t][to][l->phase];
		}
	}
	return sum;
}

/* No AS is crossed from, or to, more often than it owns a router. */
static void
count_crossings(struct work *w)
{
	struct owners *o = w->o;
	bool often[SCENE_ASES_MAX];
	for (size_t k = 0; k < w->s->nas; k++) {
		double owned = 0;
		for (size_t t = 0; t < w->s->nspots; t++)
			owned += o->owner[t][k];
		often[k] = owned >= OWNERS_CROSS_LEAST;
		for (size_t c = 0; c < o->nclasses; c++)
			o->cross[k][SCENE_HOME] += o->entry[k][c];
	}
	for (size_t from = SCENE_UNKNOWN; from < w->s->nas; from++)
		for (size_t to = SCENE_UNKNOWN; to < w->s->nas; to++)
			if (from != to && often[from] && often[to])
				o->cross[from][to] =
				    crossings(w, from, to) / w->total;
}

/* Weights become probabilities. */
static void
normalise(struct work *w)
{
	const struct scene *s = w->s;
	struct owners *o = w->o;
	double z = w->total, begun = 0, inside = 1 - row(w, MODEL_OUTSIDE);
	for (size_t c = 0; c < o->nclasses; c++)
		o->unknown += o->entry[SCENE_UNKNOWN][c];
	o->unknown = o->unknown / z * inside + row(w, MODEL_OUTSIDE);
	for (size_t k = 0; k < s->nas; k++)
		for (size_t c = 0; c < o->nclasses; c++)
			o->entry[k][c] *= inside / z;
	for (size_t t = 0; t < s->nspots; t++) {
		o->begins[t] /= z;
		begun += o->begins[t];
		o->owner[t][SCENE_HOME] = begun;
		for (size_t k = SCENE_UNKNOWN; k < s->nas; k++)
			o->owner[t][k] =
			    (w->sum[t][k][0] * w->rest[t][k][0] +
				w->sum[t][k][1] * w->rest[t][k][1]) /
			    z;
	}
}

static void
infer_all(const struct scene *s, struct owners *o, bool crossings)
{
	struct work w;
	w.s = s;
	w.o = o;
	memset(o->entry, 0, sizeof(o->entry));
	memset(o->cross, 0, sizeof(o->cross));
	o->unknown = 1;
	set_classes(&w);
	if (s->nspots == 0)
		return;
	chain_make(&w.c, s);
	backward(&w);
	forward(&w);
	end_beyond(&w);
	normalise(&w);
	if (crossings)
		count_crossings(&w);
}

void
owners_infer(const struct scene *s, struct owners *o)
{
	infer_all(s, o, false);
}

void
owners_infer_crossings(const struct scene *s, struct owners *o)
{
	infer_all(s, o, true);
}
