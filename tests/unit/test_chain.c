/* SPDX-License-Identifier: ISC */
#include "analysis/infer/chain.h"
#include "probe/base/mem.h"
#include "tests/unit/infer_scene.h"

/*
 * What a chain holds is, to the last bit, what weight.h says of each pair: it
 * asks less often, and so must know where the answers are the same.
 */

static void
same(double a, double b, const char *what, size_t from, size_t to)
{
	if (!(a == b))
		fail_msg("%s from %zu to %zu: %.17g, not %.17g", what, from, to,
		    a, b);
}

static void
check_steps(const struct chain *c, const struct scene *s)
{
	for (size_t from = SCENE_UNKNOWN; from < s->nas; from++)
		for (int p = 0; p < WEIGHT_PHASES; p++)
			for (size_t to = 0; to < s->nas; to++) {
				enum weight_phase at = (enum weight_phase)p;
				double x = weight_step(s, from, to, &at).value;
				const struct chain_link *l =
				    &c->link[from][p][to];
				same(l->value, x, "step", from, to);
				assert_int_equal(l->phase, at);
				at = (enum weight_phase)p;
				if (to == SCENE_HOME || s->reached)
					continue;
				x = weight_beyond(s, from, to, at).value;
				same(
				    c->beyond[from][p][to], x, "end", from, to);
			}
}

static void
check_spot(const struct chain *c, const struct scene *s, size_t t)
{
	const struct spot *spot = &s->spot[t];
	for (size_t to = 0; to < s->nas; to++)
		same(chain_seen(c, t, to, to), weight_spot(s, spot, to, to),
		    "own spot", to, to);
	for (size_t from = SCENE_UNKNOWN; t > 0 && from < s->nas; from++)
		for (size_t to = 0; to < s->nas; to++)
			same(chain_seen(c, t, from, to),
			    weight_spot(s, spot, from, to), "spot", from, to);
}

/* By the definition: open or closed behind its first router. */
static void
check_enter(const struct chain *c, const struct scene *s, size_t t)
{
	double inside = 1, closed = s->model->value[MODEL_CLOSED], open = 1;
	for (size_t i = s->nspots - 1; i > t; i--) {
		bool target = s->reached && i + 1 == s->nspots;
		inside *= weight_spot(s, &s->spot[i], SCENE_HOME, SCENE_HOME);
		open *= s->spot[i].n == 0 || target;
	}
	for (size_t k = SCENE_UNKNOWN; k < s->nas; k++) {
		double x = weight_edge(s, &s->spot[t], k) *
			   (closed * open + (1 - closed) * inside);
		same(c->enter[t][k], x, "enter", k, SCENE_HOME);
	}
}

static void
a_chain_is_its_weights(void **state)
{
	(void)state;
	struct scene *s = xcalloc(1, sizeof(*s));
	struct chain *c = xcalloc(1, sizeof(*c));
	for (uint64_t seed = 1; seed <= 1000; seed++) {
		uint64_t x = seed * UINT64_C(0x9e3779b97f4a7c15);
		size_t nas = 2 + infer_draw(&x) % (SCENE_ASES_MAX - 1);
		infer_scene_draw(s, nas, 1 + infer_draw(&x) % 12, &x);
		chain_make(c, s);
		check_steps(c, s);
		for (size_t t = 0; t < s->nspots; t++)
			check_spot(c, s, t);
		for (size_t t = 1; t < s->nspots; t++)
			check_enter(c, s, t);
	}
	free(c);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_chain_is_its_weights),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
