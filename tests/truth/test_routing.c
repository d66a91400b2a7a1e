/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "tests/truth/routing.h"
#include "tests/truth/truth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * The routes against the plainest form of the same rules: every AS tells its
 * neighbours its route, over and over, until nothing changes.
 */
enum { SEEDS = 3, DESTINATIONS = 12, FAR = 1000 };

struct oracle_route {
	enum { OF_NOBODY, OF_CUSTOMER, OF_PEER, OF_PROVIDER } class;
	int len;
};

static struct truth *
small_world(uint64_t seed)
{
	struct truth_rates rates;
	struct fault f = {0};
	truth_rates_small(&rates);
	rates.ases = 1200;
	rates.targets = 30;
	struct truth_order o = {
	    "analysis/origin/data/shipped.tbl.zst", seed, &rates};
	struct truth *t = truth_open(&o, &f);
	if (t == NULL)
		fail_msg("%s", f.text);
	return t;
}

static bool
is_better(struct oracle_route a, struct oracle_route b)
{
	if (a.class == OF_NOBODY || b.class == OF_NOBODY)
		return a.class != OF_NOBODY && b.class == OF_NOBODY;
	return a.class != b.class ? a.class < b.class : a.len < b.len;
}

/* What an AS makes of the route of a neighbour in a role. */
static struct oracle_route
told(struct oracle_route theirs, enum graph_role role)
{
	static const int class[] = {[GRAPH_PROVIDER] = OF_PROVIDER,
	    [GRAPH_CUSTOMER] = OF_CUSTOMER,
	    [GRAPH_PEER] = OF_PEER};
	bool up = theirs.class == OF_CUSTOMER;
	if (theirs.class == OF_NOBODY || (role != GRAPH_PROVIDER && !up))
		return (struct oracle_route){OF_NOBODY, FAR};
	return (struct oracle_route){class[role], theirs.len + 1};
}

static bool
listen(const struct graph *g, struct oracle_route *r, uint32_t as)
{
	struct oracle_route best = {OF_NOBODY, FAR};
	for (int role = 0; role < 3; role++) {
		uint32_t n;
		const struct graph_arc *arc =
		    graph_arcs(g, as, (enum graph_role)role, &n);
		for (uint32_t i = 0; i < n; i++) {
			struct oracle_route o =
			    told(r[arc[i].as], (enum graph_role)role);
			best = is_better(o, best) ? o : best;
		}
	}
	bool changed = memcmp(&best, &r[as], sizeof(best)) != 0;
	r[as] = best;
	return changed;
}

static struct oracle_route *
oracle(const struct graph *g, uint32_t destination)
{
	struct oracle_route *r = xcalloc(g->n, sizeof(*r));
	bool changed = true;
	for (uint32_t as = 0; as < g->n; as++)
		r[as].len = FAR;
	r[destination] = (struct oracle_route){OF_CUSTOMER, 0};
	while (changed) {
		changed = false;
		for (uint32_t as = 0; as < g->n; as++)
			if (as != destination && listen(g, r, as))
				changed = true;
	}
	return r;
}

static int
class_of(const struct graph *g, uint32_t as, uint32_t next)
{
	enum graph_role role;
	assert_non_null(graph_between(g, as, next, &role));
	if (role == GRAPH_CUSTOMER)
		return OF_CUSTOMER;
	return role == GRAPH_PEER ? OF_PEER : OF_PROVIDER;
}

static void
compare(const struct graph *g, struct routing *r, uint32_t destination)
{
	uint32_t path[ROUTING_LENGTH_MAX];
	struct oracle_route *want = oracle(g, destination);
	routing_to(r, destination, NULL);
	for (uint32_t as = 0; as < g->n; as++) {
		size_t n = routing_path(r, as, path);
		if (as == destination)
			continue;
		if (want[as].class == OF_NOBODY) {
			assert_int_equal(n, 0);
			continue;
		}
		assert_int_equal(n, want[as].len + 1);
		assert_int_equal(class_of(g, as, path[1]), want[as].class);
		assert_int_equal(path[n - 1], destination);
	}
	free(want);
}

static void
test_same_as_the_plain_form(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct truth *t = small_world(seed);
		const struct graph *g = &truth_ground(t)->graph;
		struct routing *r = routing_open(g, seed);
		for (uint32_t i = 0; i < DESTINATIONS; i++) {
			compare(g, r, g->target[i]);
			compare(g, r, g->vantage[i]);
		}
		routing_close(r);
		truth_close(t);
	}
}

/* A provider that is told nothing never hands over itself. */
static void
test_withheld(void **state)
{
	(void)state;
	struct truth *t = small_world(7);
	const struct graph *g = &truth_ground(t)->graph;
	struct routing *r = routing_open(g, 7);
	size_t seen = 0;
	for (size_t i = 0; i < g->ntargets; i++) {
		uint32_t n, path[ROUTING_LENGTH_MAX];
		const struct graph_arc *up =
		    graph_arcs(g, g->target[i], GRAPH_PROVIDER, &n);
		if (n < 2)
			continue;
		struct routing_export e = {.prepend = {ROUTING_WITHHELD}};
		routing_to(r, g->target[i], &e);
		for (uint32_t as = 0; as < g->n; as++) {
			size_t len = routing_path(r, as, path);
			if (len >= 2)
				assert_int_not_equal(path[len - 2], up[0].as);
		}
		seen++;
	}
	assert_true(seen > 3);
	routing_close(r);
	truth_close(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_as_the_plain_form),
	    cmocka_unit_test(test_withheld),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
