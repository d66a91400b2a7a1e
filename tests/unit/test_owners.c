/* SPDX-License-Identifier: ISC */
#include "analysis/infer/owners.h"
#include "analysis/infer/path.h"
#include "analysis/infer/weight.h"
#include "probe/base/mem.h"
#include "tests/unit/infer_scene.h"

#include <math.h>

/*
 * The sums of owners.c and the best paths of path.c against a count of every
 * single path of small random scenes, by the same weights.
 */

/* What a count of all paths finds. */
struct count {
	const struct scene *s;
	double total, unknown;
	double entry[SCENE_ASES_MAX], best[SCENE_ASES_MAX];
	double owner[RECORD_TTL_MAX][SCENE_ASES_MAX];
	double class[SCENE_ASES_MAX][4]; /* by 1 + row, 0 none */
	double cross[SCENE_ASES_MAX][SCENE_ASES_MAX];
};

/* A path so far. */
struct walk {
	size_t t; /* spots behind it */
	uint8_t owner[RECORD_TTL_MAX];
	enum weight_phase phase;
	double weight;
};

static bool
rest_is(const struct scene *s, size_t t, bool target_too)
{
	for (; t < s->nspots; t++)
		if (s->spot[t].n > 0 &&
		    !(target_too && s->reached && t + 1 == s->nspots))
			return false;
	return true;
}

/* The carrier by the definition: the nearest one, else the nearest front. */
static size_t
class_of(const struct scene *s, const struct walk *w, size_t entry)
{
	size_t front = 0;
	for (size_t i = w->t + 1; i-- > 0;) {
		size_t k = i == w->t ? entry : w->owner[i];
		const struct carrier_row *c = s->class[k];
		if (c != NULL && c->kind == CARRIER_TRANSIT)
			return 1 + (size_t)(c - infer_rows);
		if (c != NULL && c->kind == CARRIER_FRONT && front == 0)
			front = 1 + (size_t)(c - infer_rows);
	}
	return front;
}

static void
finish(struct count *c, const struct walk *w, size_t entry, double weight)
{
	c->total += weight;
	for (size_t t = 0; t < w->t; t++)
		c->owner[t][w->owner[t]] += weight;
	for (size_t t = 1; t < w->t; t++)
		if (w->owner[t] != w->owner[t - 1])
			c->cross[w->owner[t - 1]][w->owner[t]] += weight;
	if (entry <= SCENE_UNKNOWN) {
		c->unknown += weight;
		return;
	}
	c->entry[entry] += weight;
	c->best[entry] = fmax(c->best[entry], weight);
	c->class[entry][class_of(c->s, w, entry)] += weight;
}

/* The target's network from here on, with its first router at spot w->t. */
static void
enter(struct count *c, const struct walk *w)
{
	const struct scene *s = c->s;
	const double *m = s->model->value;
	size_t from = w->owner[w->t - 1];
	enum weight_phase phase = w->phase;
	double x = w->weight * weight_step(s, from, SCENE_HOME, &phase).value;
	const struct spot *first = &s->spot[w->t];
	x *= first->probed && first->n == 0
		 ? m[MODEL_SILENT_EDGE]
		 : weight_spot(s, first, from, SCENE_HOME);
	double open = 1 - m[MODEL_CLOSED];
	for (size_t t = w->t + 1; t < s->nspots; t++)
		open *= weight_spot(s, &s->spot[t], SCENE_HOME, SCENE_HOME);
	if (rest_is(s, w->t + 1, true))
		open += m[MODEL_CLOSED];
	struct walk all = *w;
	for (; all.t < s->nspots; all.t++)
		all.owner[all.t] = SCENE_HOME;
	finish(c, &all, from, x * open);
}

static void
go(struct count *c, const struct walk *w)
{
	const struct scene *s = c->s;
	size_t from = w->owner[w->t - 1];
	if (w->t == s->nspots) {
		for (size_t e = SCENE_UNKNOWN; !s->reached && e < s->nas; e++)
			finish(c, w, e,
			    w->weight *
				weight_beyond(s, from, e, w->phase).value);
		return;
	}
	if (rest_is(s, w->t, false))
		finish(c, w, SCENE_UNKNOWN,
		    w->weight * s->model->value[MODEL_DIE]);
	enter(c, w);
	for (size_t k = SCENE_UNKNOWN; k < s->nas; k++) {
		struct walk next = *w;
		next.weight *= weight_step(s, from, k, &next.phase).value *
			       weight_spot(s, &s->spot[w->t], from, k);
		next.owner[next.t++] = (uint8_t)k;
		go(c, &next);
	}
}

static void
count_all(struct count *c)
{
	const struct scene *s = c->s;
	for (size_t k = 0; k < s->nas; k++) {
		struct walk w = {.t = 1,
		    .owner = {(uint8_t)k},
		    .phase = WEIGHT_UP,
		    .weight = weight_first(s, k).value *
			      weight_spot(s, &s->spot[0], k, k)};
		if (k != SCENE_HOME) {
			go(c, &w);
			continue;
		}
		for (; w.t < s->nspots; w.t++) {
			w.owner[w.t] = SCENE_HOME;
			w.weight *= weight_spot(
			    s, &s->spot[w.t], SCENE_HOME, SCENE_HOME);
		}
		finish(c, &w, SCENE_HOME, w.weight);
	}
}

static void
near(double a, double b, uint64_t seed, const char *what)
{
	if (fabs(a - b) > 1e-9 + 1e-6 * fabs(b))
		fail_msg("scene %llu: %s %g, counted %g",
		    (unsigned long long)seed, what, a, b);
}

/* Those that are rare may be told as 0. */
static void
check_crossings(const struct count *c, const struct owners *o, uint64_t seed)
{
	for (size_t from = SCENE_NAMED; from < c->s->nas; from++)
		for (size_t to = SCENE_NAMED; to < c->s->nas; to++) {
			double x = c->cross[from][to] / c->total;
			if (x >= OWNERS_CROSS_LEAST || o->cross[from][to] > 0)
				near(o->cross[from][to], x, seed, "crossing");
		}
	for (size_t from = SCENE_NAMED; from < c->s->nas; from++) {
		double sum = 0;
		for (size_t n = 0; n < o->nclasses; n++)
			sum += o->entry[from][n];
		near(o->cross[from][SCENE_HOME], sum, seed, "crossing home");
	}
}

static void
check(const struct scene *s, uint64_t seed)
{
	struct count *c = xcalloc(1, sizeof(*c));
	struct owners *o = xcalloc(1, sizeof(*o));
	c->s = s;
	count_all(c);
	owners_infer_crossings(s, o);
	check_crossings(c, o, seed);
	owners_infer(s, o);
	double outside = s->model->value[MODEL_OUTSIDE];
	double share = (1 - outside) / c->total;
	near(o->unknown, c->unknown * share + outside, seed, "unknown");
	for (size_t k = SCENE_NAMED; k < s->nas; k++) {
		struct path p;
		double sum = 0;
		for (size_t n = 0; n < o->nclasses; n++) {
			size_t at =
			    n == 0 ? 0 : 1 + (size_t)(o->class[n] - infer_rows);
			near(o->entry[k][n], c->class[k][at] * share, seed,
			    "entry by class");
			sum += o->entry[k][n];
		}
		near(sum, c->entry[k] * share, seed, "entry");
		path_best(s, k, &p);
		near(p.weight / c->total, c->best[k] / c->total, seed,
		    "best path");
	}
	for (size_t t = 0; t < s->nspots; t++)
		for (size_t k = 0; k < s->nas; k++)
			near(o->owner[t][k], c->owner[t][k] / c->total, seed,
			    "owner");
	free(o);
	free(c);
}

static void
sums_are_exact(void **state)
{
	(void)state;
	struct scene *s = xcalloc(1, sizeof(*s));
	for (uint64_t seed = 1; seed <= 2000; seed++) {
		uint64_t x = seed * UINT64_C(0x9e3779b97f4a7c15);
		size_t nas = 3 + infer_draw(&x) % 3;
		infer_scene_draw(s, nas, 1 + infer_draw(&x) % 5, &x);
		check(s, seed);
	}
	free(s);
}

static void
every_figure_is_a_weight(void **state)
{
	(void)state;
	for (int p = 0; p < MODEL_PARAMS; p++) {
		double x = model_default()->value[p];
		assert_true(x > 0 && x <= 10);
		assert_non_null(model_name((enum model_param)p));
		assert_non_null(model_text((enum model_param)p));
	}
}

/* Nothing was sent: nothing is known. */
static void
an_empty_scene(void **state)
{
	(void)state;
	struct scene *s = xcalloc(1, sizeof(*s));
	struct owners *o = xcalloc(1, sizeof(*o));
	struct path p;
	s->model = model_default();
	s->nas = 3;
	owners_infer(s, o);
	assert_true(o->unknown == 1);
	path_best(s, 2, &p);
	assert_true(p.weight == 0);
	free(o);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sums_are_exact),
	    cmocka_unit_test(every_figure_is_a_weight),
	    cmocka_unit_test(an_empty_scene),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
