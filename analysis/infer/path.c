/* SPDX-License-Identifier: ISC */
#include "analysis/infer/path.h"

#include <string.h>

struct cell {
	double weight;
	uint8_t from, from_phase;
};

struct work {
	const struct scene *s;
	struct cell cell[RECORD_TTL_MAX][SCENE_ASES_MAX][WEIGHT_PHASES];
};

static double
row(const struct scene *s, enum model_param p)
{
	return s->model->value[p];
}

static void
improve(struct cell *c, double weight, size_t from, size_t phase)
{
	if (weight > c->weight)
		*c = (struct cell){weight, (uint8_t)from, (uint8_t)phase};
}

/* The best way to every AS but the target's at every spot. */
static void
walk(struct work *w)
{
	const struct scene *s = w->s;
	for (size_t k = SCENE_UNKNOWN; k < s->nas; k++) {
		w->cell[0][k][WEIGHT_UP].weight =
		    weight_first(s, k).value *
		    weight_spot(s, &s->spot[0], k, k);
		w->cell[0][k][WEIGHT_DOWN].weight = 0;
	}
	for (size_t t = 1; t < s->nspots; t++) {
		memset(w->cell[t], 0, sizeof(w->cell[t]));
		for (size_t k = SCENE_UNKNOWN; k < s->nas; k++)
			for (size_t p = 0; p < WEIGHT_PHASES; p++)
				for (size_t y = SCENE_UNKNOWN; y < s->nas;
				     y++) {
					enum weight_phase to =
					    (enum weight_phase)p;
					double x =
					    w->cell[t - 1][k][p].weight *
					    weight_step(s, k, y, &to).value *
					    weight_spot(s, &s->spot[t], k, y);
					improve(&w->cell[t][y][to], x, k, p);
				}
	}
}

/* The owners from a cell back to the first spot. */
static void
trace_back(
    const struct work *w, size_t spot, size_t as, size_t phase, struct path *p)
{
	for (size_t t = spot;; t--) {
		const struct cell *c = &w->cell[t][as][phase];
		p->owner[t] = (uint8_t)as;
		if (t == 0)
			return;
		as = c->from;
		phase = c->from_phase;
	}
}

/* The target's network from spot t on, either open or closed. */
static double
inside(const struct scene *s, size_t t, size_t entry)
{
	double open = 1 - row(s, MODEL_CLOSED), closed = row(s, MODEL_CLOSED);
	for (size_t i = t + 1; i < s->nspots; i++) {
		const struct spot *spot = &s->spot[i];
		bool target = i + 1 == s->nspots && s->reached;
		open *= weight_spot(s, spot, SCENE_HOME, SCENE_HOME);
		if (spot->n > 0 && !target)
			closed = 0;
	}
	return weight_edge(s, &s->spot[t], entry) * (open + closed);
}

static void
enter_at(struct work *w, size_t t, size_t entry, struct path *p)
{
	const struct scene *s = w->s;
	double in = inside(s, t, entry);
	for (size_t phase = 0; phase < WEIGHT_PHASES; phase++) {
		enum weight_phase to = (enum weight_phase)phase;
		double x = w->cell[t - 1][entry][phase].weight *
			   weight_step(s, entry, SCENE_HOME, &to).value * in;
		if (x <= p->weight)
			continue;
		p->weight = x;
		p->begins = (int)t;
		trace_back(w, t - 1, entry, phase, p);
		for (size_t i = t; i < s->nspots; i++)
			p->owner[i] = SCENE_HOME;
	}
}

static void
enter_beyond(struct work *w, size_t entry, struct path *p)
{
	const struct scene *s = w->s;
	size_t last = s->nspots - 1;
	for (size_t k = SCENE_UNKNOWN; k < s->nas; k++)
		for (size_t phase = 0; phase < WEIGHT_PHASES; phase++) {
			enum weight_phase at = (enum weight_phase)phase;
			double x = w->cell[last][k][phase].weight *
				   weight_beyond(s, k, entry, at).value;
			if (x <= p->weight)
				continue;
			p->weight = x;
			p->begins = -1;
			trace_back(w, last, k, phase, p);
		}
}

void
path_best(const struct scene *s, size_t entry, struct path *p)
{
	struct work w;
	w.s = s;
	*p = (struct path){.entry = entry, .begins = -1};
	if (s->nspots == 0)
		return;
	walk(&w);
	for (size_t t = 1; t < s->nspots; t++)
		enter_at(&w, t, entry, p);
	if (!s->reached)
		enter_beyond(&w, entry, p);
}

static enum model_param
sight_of(const struct scene *s, const struct spot *spot, size_t from, size_t to,
    bool edge)
{
	if (!spot->probed)
		return MODEL_PARAMS;
	if (spot->n > 0)
		return weight_sight(s, &spot->sight[0], from, to);
	if (to == SCENE_HOME)
		return edge ? MODEL_SILENT_EDGE : MODEL_CLOSED;
	return weight_silence(s, to);
}

struct path_factor
path_factor(const struct scene *s, const struct path *p, size_t spot)
{
	size_t to = p->owner[spot], from = spot > 0 ? p->owner[spot - 1] : to;
	enum weight_phase phase = WEIGHT_UP;
	struct path_factor f = {0};
	for (size_t t = 1; t <= spot; t++)
		f.step = weight_step(s, p->owner[t - 1], p->owner[t], &phase);
	if (spot == 0)
		f.step = weight_first(s, to);
	f.sight = sight_of(s, &s->spot[spot], from, to, (int)spot == p->begins);
	f.value =
	    f.step.value * (f.sight == MODEL_PARAMS ? 1 : row(s, f.sight));
	if (s->spot[spot].n > 0)
		f.value =
		    f.step.value * weight_spot(s, &s->spot[spot], from, to);
	return f;
}
