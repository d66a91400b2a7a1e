/* SPDX-License-Identifier: ISC */
#include "analysis/infer/owners.h"
#include "analysis/infer/path.h"
#include "analysis/infer/weight.h"
#include "analysis/origin/origin_ases.h"
#include "probe/base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * The sums of owners.c and the best paths of path.c against a count of every
 * single path of small random scenes, by the same weights.
 */

static uint64_t
draw(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x >> 11;
}

static const struct carrier_row rows[] = {{101, CARRIER_TRANSIT, false, "one"},
    {102, CARRIER_FRONT, false, "two"}, {103, CARRIER_TRANSIT, true, "three"}};

static void
draw_relations(struct scene *s, uint64_t *x)
{
	static const uint8_t mirror[] = {ORIGIN_UNRELATED, ORIGIN_CUSTOMER,
	    ORIGIN_PROVIDER, ORIGIN_PEER, ORIGIN_ADJACENT};
	s->related = draw(x) % 4 > 0;
	s->home_related = s->related && draw(x) % 2;
	for (size_t a = 0; a < s->nas; a++)
		s->neighbours[a] = 0;
	for (size_t a = 0; a < s->nas; a++)
		for (size_t b = 0; b <= a; b++) {
			uint8_t kind =
			    a == b || !s->related ? 0 : (uint8_t)(draw(x) % 5);
			s->relation[a][b] = kind;
			s->relation[b][a] = mirror[kind];
			if (kind > 0) {
				s->neighbours[a] |= 1u << b;
				s->neighbours[b] |= 1u << a;
			}
		}
}

static void
draw_spot(struct scene *s, size_t t, uint64_t *x)
{
	struct spot *spot = &s->spot[t];
	*spot = (struct spot){.ttl = (uint8_t)(t + 1),
	    .probed = draw(x) % 8 > 0,
	    .again = t > 0 && draw(x) % 8 == 0};
	spot->n = spot->probed ? draw(x) % 3 : 0;
	for (size_t i = 0; i < spot->n; i++) {
		struct sight *sight = &spot->sight[i];
		sight->kind = (enum sight_kind)(draw(x) % SIGHT_TARGET);
		sight->proof = draw(x) % 4 ? PROOF_BOTH : PROOF_ONE;
		sight->of = (uint32_t)(draw(x) & ((1u << s->nas) - 1)) &
			    ~(1u << SCENE_UNKNOWN);
		sight->near = (uint32_t)draw(x);
	}
	spot->reputes = spot->n > 0 && draw(x) % 2 ? 3 : 0;
	for (size_t k = 0; k < s->nas; k++)
		spot->repute[k] = spot->reputes / (float)s->nas;
}

static void
draw_scene(struct scene *s, uint64_t *x)
{
	s->model = model_default();
	s->nas = 3 + draw(x) % 3;
	s->nspots = 1 + draw(x) % 5;
	s->reached = draw(x) % 2;
	s->answers = (uint32_t)draw(x);
	for (size_t k = 0; k < s->nas; k++) {
		s->asn[k] = k == SCENE_UNKNOWN ? 0 : 99 + (uint32_t)k;
		s->class[k] = NULL;
		for (size_t i = 0; i < 3; i++)
			if (rows[i].asn == s->asn[k])
				s->class[k] = &rows[i];
	}
	draw_relations(s, x);
	for (size_t t = 0; t < s->nspots; t++)
		draw_spot(s, t, x);
	if (s->reached) {
		struct spot *last = &s->spot[s->nspots - 1];
		last->probed = true;
		last->n = 1;
		last->sight[0].kind = SIGHT_TARGET;
		last->sight[0].of = 1u << SCENE_HOME;
		last->reputes = 0;
	}
	s->upstreams =
	    draw(x) % 2 ? (uint32_t)draw(x) & ((1u << s->nas) - 4) : 0;
	s->routed = s->upstreams != 0;
	s->rtt =
	    (struct rtt_pair){.here_ns = draw(x) % 2 ? 1 : -1, .other_ns = 1};
	s->voted = draw(x) % 2;
	for (size_t a = 0; a < s->nas; a++) {
		s->habits[a] = 2;
		for (size_t b = 0; b < s->nas; b++)
			s->habit[a][b] = 2.0f / (float)s->nas;
	}
}

/* What a count of all paths finds. */
struct count {
	const struct scene *s;
	double total, unknown;
	double entry[SCENE_ASES_MAX], best[SCENE_ASES_MAX];
	double owner[RECORD_TTL_MAX][SCENE_ASES_MAX];
	double class[SCENE_ASES_MAX][4]; /* by 1 + row, 0 none */
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
			return 1 + (size_t)(c - rows);
		if (c != NULL && c->kind == CARRIER_FRONT && front == 0)
			front = 1 + (size_t)(c - rows);
	}
	return front;
}

static void
finish(struct count *c, const struct walk *w, size_t entry, double weight)
{
	c->total += weight;
	for (size_t t = 0; t < w->t; t++)
		c->owner[t][w->owner[t]] += weight;
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

static void
check(const struct scene *s, uint64_t seed)
{
	struct count *c = xcalloc(1, sizeof(*c));
	struct owners *o = xcalloc(1, sizeof(*o));
	c->s = s;
	count_all(c);
	owners_infer(s, o);
	double outside = s->model->value[MODEL_OUTSIDE];
	double share = (1 - outside) / c->total;
	near(o->unknown, c->unknown * share + outside, seed, "unknown");
	for (size_t k = SCENE_NAMED; k < s->nas; k++) {
		struct path p;
		double sum = 0;
		for (size_t n = 0; n < o->nclasses; n++) {
			size_t at =
			    n == 0 ? 0 : 1 + (size_t)(o->class[n] - rows);
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
		draw_scene(s, &x);
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
