/* SPDX-License-Identifier: ISC */
#include "analysis/infer/owners.h"

#include "analysis/infer/weight.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

struct link {
	double value;
	uint8_t phase; /* behind it */
};

struct work {
	const struct scene *s;
	struct owners *o;
	struct link link[SCENE_ASES_MAX][WEIGHT_PHASES][SCENE_ASES_MAX];
	/* From a spot on nothing is seen; or nothing but the target. */
	bool silent[RECORD_TTL_MAX + 1], closed[RECORD_TTL_MAX + 1];
	/* Of the spots from one on, all owned by the target's network. */
	double inside[RECORD_TTL_MAX + 1];
	/* All that is seen up to a spot, and behind it, by the owner there. */
	double sum[RECORD_TTL_MAX][SCENE_ASES_MAX][WEIGHT_PHASES];
	double rest[RECORD_TTL_MAX][SCENE_ASES_MAX][WEIGHT_PHASES];
	/* The first of them split by class, for one spot and the next. */
	double now[SCENE_ASES_MAX][WEIGHT_PHASES][OWNERS_CLASSES_MAX];
	double next[SCENE_ASES_MAX][WEIGHT_PHASES][OWNERS_CLASSES_MAX];
	uint8_t enters[SCENE_ASES_MAX][OWNERS_CLASSES_MAX]; /* class by class */
	/* What is seen at each spot, by the owners before and there. */
	double *seen;
	double total;
};

static double
row(const struct work *w, enum model_param p)
{
	return w->s->model->value[p];
}

static double
seen(const struct work *w, size_t t, size_t from, size_t to)
{
	return w->seen[(t * w->s->nas + from) * w->s->nas + to];
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

static void
set_links(struct work *w)
{
	for (size_t from = 0; from < w->s->nas; from++)
		for (int phase = 0; phase < WEIGHT_PHASES; phase++)
			for (size_t to = 0; to < w->s->nas; to++) {
				enum weight_phase p = (enum weight_phase)phase;
				struct weight x =
				    weight_step(w->s, from, to, &p);
				w->link[from][phase][to] =
				    (struct link){x.value, (uint8_t)p};
			}
}

/* A silent spot says the same whoever was before. */
static void
set_seen(struct work *w)
{
	const struct scene *s = w->s;
	double *to = w->seen;
	for (size_t t = 0; t < s->nspots; t++) {
		const struct spot *spot = &s->spot[t];
		for (size_t k = 0; k < s->nas; k++)
			to[k] = weight_spot(s, spot, 0, k);
		for (size_t from = 1; from < s->nas; from++)
			for (size_t k = 0; k < s->nas; k++)
				to[from * s->nas + k] =
				    spot->n == 0
					? to[k]
					: weight_spot(s, spot, from, k);
		to += s->nas * s->nas;
	}
}

static void
set_tails(struct work *w)
{
	const struct scene *s = w->s;
	w->silent[s->nspots] = w->closed[s->nspots] = true;
	w->inside[s->nspots] = 1;
	for (size_t t = s->nspots; t-- > 0;) {
		const struct spot *spot = &s->spot[t];
		bool target = spot->n > 0 && t + 1 == s->nspots && s->reached;
		w->silent[t] = w->silent[t + 1] && spot->n == 0;
		w->closed[t] = w->closed[t + 1] && (spot->n == 0 || target);
		w->inside[t] =
		    w->inside[t + 1] * seen(w, t, SCENE_HOME, SCENE_HOME);
	}
}

/*
 * The target's network from spot t on, behind a router of AS from: its first
 * router, and then either any or none but the target itself.
 */
static double
enter(const struct work *w, size_t t, size_t from)
{
	double closed = w->closed[t + 1] ? row(w, MODEL_CLOSED) : 0;
	double first = weight_edge(w->s, &w->s->spot[t], from);
	return first * (closed + (1 - row(w, MODEL_CLOSED)) * w->inside[t + 1]);
}

static double
beyond(const struct work *w, size_t last, size_t entry, int phase)
{
	return weight_beyond(w->s, last, entry, (enum weight_phase)phase).value;
}

/* All ends behind the last spot of a path that is not in the target's. */
static double
all_beyond(const struct work *w, size_t last, int phase)
{
	double sum = 0;
	if (w->s->reached)
		return 0;
	for (size_t e = SCENE_UNKNOWN; e < w->s->nas; e++)
		sum += beyond(w, last, e, phase);
	return sum;
}

static double
rest_of(const struct work *w, size_t t, size_t k, int phase)
{
	const struct scene *s = w->s;
	if (t + 1 == s->nspots)
		return all_beyond(w, k, phase);
	double sum = w->silent[t + 1] ? row(w, MODEL_DIE) : 0;
	for (size_t y = SCENE_UNKNOWN; y < s->nas; y++) {
		const struct link *l = &w->link[k][phase][y];
		sum += l->value * seen(w, t + 1, k, y) *
		       w->rest[t + 1][y][l->phase];
	}
	return sum + w->link[k][phase][SCENE_HOME].value * enter(w, t + 1, k);
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
	memset(w->now, 0, sizeof(w->now));
	for (size_t k = SCENE_UNKNOWN; k < s->nas; k++)
		w->now[k][WEIGHT_UP][w->enters[k][0]] =
		    weight_first(s, k).value * seen(w, 0, k, k);
	double home = weight_first(s, SCENE_HOME).value * w->inside[0];
	w->o->unknown = w->total = home;
	w->o->begins[0] = home;
}

static void
add_entry(struct work *w, size_t from, size_t class, double weight)
{
	w->o->entry[from][class] += weight;
	w->total += weight;
}

/* The path enters the target's network at spot t. */
static void
enter_all(struct work *w, size_t t, size_t from)
{
	double in = enter(w, t, from);
	for (int p = 0; p < WEIGHT_PHASES; p++)
		for (size_t c = 0; c < w->o->nclasses; c++) {
			double x = w->now[from][p][c] *
				   w->link[from][p][SCENE_HOME].value * in;
			w->o->begins[t] += x;
			add_entry(w, from, c, x);
		}
}

static void
move(struct work *w, size_t t, size_t from, size_t to)
{
	double shown = seen(w, t, from, to);
	for (int p = 0; p < WEIGHT_PHASES; p++) {
		const struct link *l = &w->link[from][p][to];
		for (size_t c = 0; c < w->o->nclasses; c++) {
			uint8_t class =
			    from == to ? (uint8_t)c : w->enters[to][c];
			w->next[to][l->phase][class] +=
			    w->now[from][p][c] * l->value * shown;
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
	begin(w);
	keep_sums(w, 0);
	for (size_t t = 1; t < s->nspots; t++) {
		memset(w->next, 0, sizeof(w->next[0]) * s->nas);
		w->o->begins[t] = 0;
		for (size_t k = SCENE_UNKNOWN; k < s->nas; k++) {
			enter_all(w, t, k);
			for (size_t y = SCENE_UNKNOWN; y < s->nas; y++)
				move(w, t, k, y);
			if (!w->silent[t])
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
	if (s->reached)
		return;
	for (size_t k = SCENE_UNKNOWN; k < s->nas; k++)
		for (int p = 0; p < WEIGHT_PHASES; p++)
			for (size_t c = 0; c < w->o->nclasses; c++)
				for (size_t e = SCENE_UNKNOWN; e < s->nas; e++)
					add_entry(w, e,
					    k == e ? c : w->enters[e][c],
					    w->now[k][p][c] *
						beyond(w, k, e, p));
}

/*
 * How often each crossing is expected: the sum of all paths with it at a spot,
 * over the spots.
 */
static double
crossings(const struct work *w, size_t from, size_t to)
{
	const struct scene *s = w->s;
	double sum = 0;
	for (size_t t = 1; t < s->nspots; t++) {
		double shown = seen(w, t, from, to);
		for (int p = 0; p < WEIGHT_PHASES; p++) {
			const struct link *l = &w->link[from][p][to];
			sum += w->sum[t - 1][from][p] * l->value * shown *
			       w->rest[t][to][l->phase];
		}
	}
	return sum;
}

static void
count_crossings(struct work *w)
{
	struct owners *o = w->o;
	for (size_t from = 0; from < w->s->nas; from++) {
		o->cross[from][SCENE_HOME] = 0;
		for (size_t c = 0; c < o->nclasses; c++)
			o->cross[from][SCENE_HOME] += o->entry[from][c];
		for (size_t to = SCENE_UNKNOWN; to < w->s->nas; to++)
			o->cross[from][to] =
			    from == to || from == SCENE_HOME
				? 0
				: crossings(w, from, to) / w->total;
	}
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
	set_links(&w);
	w.seen = xcalloc(s->nspots * s->nas * s->nas, sizeof(*w.seen));
	set_seen(&w);
	set_tails(&w);
	backward(&w);
	forward(&w);
	end_beyond(&w);
	normalise(&w);
	if (crossings)
		count_crossings(&w);
	free(w.seen);
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
