/* SPDX-License-Identifier: ISC */
#include "analysis/infer/explain.h"

#include "analysis/infer/owners.h"

#include <math.h>
#include <stdlib.h>

/* A hop matters when the answer or its probability changes by this much. */
static const double matters_p = 0.05;

/* Factors smaller than this are no reason. */
static const double matters_times = 2;

static double
entry_p(const struct owners *o, size_t as)
{
	double p = 0;
	for (size_t c = 0; c < o->nclasses; c++)
		p += o->entry[as][c];
	return p;
}

/* The named AS that most probably hands over, but for one; 0: none. */
static size_t
likeliest(const struct scene *s, const struct owners *o, size_t but)
{
	size_t best = 0;
	for (size_t k = SCENE_NAMED; k < s->nas; k++)
		if (k != but && (best == 0 || entry_p(o, k) > entry_p(o, best)))
			best = k;
	return best;
}

static void
leave_out(struct explain *e, size_t spot, size_t entry, double p)
{
	struct spot *left = &e->scene.spot[spot];
	struct owners o;
	size_t n = left->n;
	left->n = 0;
	left->probed = false;
	owners_infer(&e->scene, &o);
	left->n = n;
	left->probed = true;
	size_t now = likeliest(&e->scene, &o, 0);
	bool unknown = now == 0 || o.unknown > entry_p(&o, now);
	double then = entry_p(&o, entry);
	if (e->nwithout == EXPLAIN_WITHOUT_MAX ||
	    (!unknown && now == entry && fabs(then - p) < matters_p))
		return;
	e->without[e->nwithout++] = (struct explain_without){.ttl = left->ttl,
	    .addr = left->sight[0].addr,
	    .entry_as = unknown ? -1 : (int64_t)e->scene.asn[now],
	    .p = then};
}

static enum model_param
link_row(const struct path_factor *f, bool crosses)
{
	return crosses && f->step.n > 0 ? f->step.term[0] : MODEL_PARAMS;
}

/* Whether other traces say whose router it is, or who hands over to whom. */
static bool
is_voted(const struct spot *spot, const struct path_factor *f)
{
	bool voted = spot->n > 0 && spot->reputes > 0;
	for (size_t i = 0; i < f->step.n; i++)
		voted |= f->step.term[i] == MODEL_HABIT;
	return voted;
}

static struct explain_against
compare(const struct explain *e, size_t spot)
{
	const struct scene *s = &e->scene;
	const struct path *a = &e->path, *b = &e->next;
	struct path_factor x = path_factor(s, a, spot);
	struct path_factor y = path_factor(s, b, spot);
	size_t before = spot > 0 ? spot - 1 : 0;
	return (struct explain_against){.ttl = s->spot[spot].ttl,
	    .times = x.value / y.value,
	    .voted =
		is_voted(&s->spot[spot], &x) || is_voted(&s->spot[spot], &y),
	    .from = s->asn[b->owner[before]],
	    .to = s->asn[b->owner[spot]],
	    .best_from = s->asn[a->owner[before]],
	    .best_to = s->asn[a->owner[spot]],
	    .link = link_row(&y, b->owner[before] != b->owner[spot]),
	    .sight = y.sight,
	    .best_link = link_row(&x, a->owner[before] != a->owner[spot]),
	    .best_sight = x.sight};
}

static int
by_times(const void *a, const void *b)
{
	const struct explain_against *x = a, *y = b;
	return (x->times < y->times) - (x->times > y->times);
}

static void
hold_against(struct explain *e)
{
	struct explain_against all[RECORD_TTL_MAX] = {0};
	size_t n = 0;
	for (size_t t = 0; t < e->scene.nspots; t++) {
		struct explain_against a = compare(e, t);
		if (a.times >= matters_times)
			all[n++] = a;
	}
	if (n > 0)
		qsort(all, n, sizeof(*all), by_times);
	e->nagainst = n < EXPLAIN_AGAINST_MAX ? n : EXPLAIN_AGAINST_MAX;
	for (size_t i = 0; i < e->nagainst; i++)
		e->against[i] = all[i];
}

void
explain(const struct record *r, const struct basis *basis,
    const struct votes *votes, size_t ballot, struct explain *e)
{
	struct owners o;
	if (votes != NULL)
		infer_voted(r, basis, votes, ballot, &e->verdict);
	else
		infer(r, basis, &e->verdict);
	scene_make(&e->scene, r, basis);
	if (votes != NULL)
		votes_show(votes, ballot, &e->scene);
	owners_infer(&e->scene, &o);
	e->path.weight = e->next.weight = 0;
	e->nwithout = e->nagainst = 0;
	int entry = scene_find(&e->scene, e->verdict.entry_as);
	if (entry < SCENE_NAMED)
		return;
	path_best(&e->scene, (size_t)entry, &e->path);
	for (size_t t = 0; t < e->scene.nspots; t++)
		if (e->scene.spot[t].n > 0 &&
		    e->scene.spot[t].sight[0].kind != SIGHT_TARGET)
			leave_out(
			    e, t, (size_t)entry, entry_p(&o, (size_t)entry));
	size_t next = likeliest(&e->scene, &o, (size_t)entry);
	if (next == 0)
		return;
	e->next_p = entry_p(&o, next);
	path_best(&e->scene, next, &e->next);
	if (e->next.weight > 0)
		hold_against(e);
}
