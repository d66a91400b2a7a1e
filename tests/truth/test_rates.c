/* SPDX-License-Identifier: ISC */
#include "tests/truth/agenda.h"
#include "tests/truth/passage.h"
#include "tests/truth/tables.h"
#include "tests/truth/truth.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* What is counted in a world lies within 5 standard deviations of its rate. */
struct count {
	double n, hits;
};

static void
count(struct count *c, bool hit)
{
	c->n++;
	c->hits += hit;
}

static void
within(const char *what, const struct count *c, double p)
{
	double sigma = sqrt(c->n * p * (1 - p)) + 1;
	print_message("# %s: %.0f of %.0f, %.4f, wanted %.4f\n", what, c->hits,
	    c->n, c->hits / c->n, p);
	assert_true(c->n > 100);
	assert_true(fabs(c->hits - c->n * p) < 5 * sigma);
}

static struct truth *
world(uint64_t seed, const struct truth_rates *rates)
{
	struct fault f = {0};
	struct truth_order o = {
	    "analysis/origin/data/shipped.tbl.zst", seed, rates};
	struct truth *t = truth_open(&o, &f);
	if (t == NULL)
		fail_msg("%s", f.text);
	return t;
}

/* Every transit link of the world, each once. */
static void
test_numbering(void **state)
{
	(void)state;
	struct truth_rates r;
	truth_rates_small(&r);
	r.unrouted = r.unrouted_front = 0;
	struct truth *t = world(1, &r);
	const struct ground *g = truth_ground(t);
	struct wires *w = wires_open(g);
	struct count provider = {0}, customer = {0}, private = {0};
	for (uint32_t as = 0; as < g->graph.n; as++) {
		uint32_t n;
		const struct graph_arc *arc =
		    graph_arcs(&g->graph, as, GRAPH_CUSTOMER, &n);
		for (uint32_t i = 0; i < n; i++) {
			struct wire x = wire_between(w, as, arc[i].as, 0);
			count(&provider, x.holder == as);
			count(&customer, x.holder == arc[i].as);
			count(&private, x.space == WIRE_PRIVATE);
		}
	}
	/* without unannounced space, those links are the provider's as well */
	within("provider", &provider, r.link_provider + r.link_unrouted);
	within("customer", &customer, r.link_customer);
	within("private", &private, r.link_private);
	wires_close(w);
	truth_close(t);
}

static void
check_end(struct wires *w, const struct wire *x, int end)
{
	uint64_t owner = 0;
	assert_true(address_owner(wires_addresses(w), x->addr[end], &owner));
	assert_true(owner == x->router[end]);
}

/* The same from both ends; the number of its addresses in the book. */
static size_t
check_link(struct wires *w, uint32_t as, uint32_t next)
{
	struct wire x = wire_between(w, as, next, 0);
	struct wire y = wire_between(w, next, as, 0);
	assert_int_equal(x.addr[0], y.addr[1]);
	assert_int_equal(x.addr[1], y.addr[0]);
	assert_int_equal(ROUTER_AS(x.router[0]), as);
	assert_int_equal(ROUTER_AS(x.router[1]), next);
	assert_int_not_equal(x.addr[0], x.addr[1]);
	if (x.space == WIRE_PRIVATE)
		return 0;
	check_end(w, &x, 0);
	check_end(w, &x, 1);
	return 2;
}

/* Of all transit links, asked for by the customer or by the provider. */
static size_t
check_links(struct wires *w, const struct graph *g, enum graph_role role)
{
	size_t addresses = 0;
	for (uint32_t as = 0; as < g->n; as++) {
		uint32_t n;
		const struct graph_arc *arc = graph_arcs(g, as, role, &n);
		for (uint32_t i = 0; i < n; i++)
			addresses += check_link(w, as, arc[i].as);
	}
	return addresses;
}

/*
 * A link has its addresses for ever: asked for again, none is added. No other
 * link has them: the book has as many as there are ends.
 */
static void
test_links(void **state)
{
	(void)state;
	struct truth_rates r;
	truth_rates_small(&r);
	struct truth *t = world(2, &r);
	const struct ground *g = truth_ground(t);
	struct wires *w = wires_open(g);
	size_t ends = check_links(w, &g->graph, GRAPH_PROVIDER);
	assert_true(ends > 2000);
	assert_int_equal(wires_addresses(w)->book.n, ends);
	assert_int_equal(check_links(w, &g->graph, GRAPH_CUSTOMER), ends);
	assert_int_equal(wires_addresses(w)->book.n, ends);
	wires_close(w);
	truth_close(t);
}

/* A small AS gives away all that it has, hosts left out, nothing twice. */
static void
test_crowded(void **state)
{
	(void)state;
	struct truth_rates r;
	truth_rates_small(&r);
	struct truth *t = world(9, &r);
	const struct ground *g = truth_ground(t);
	struct addresses a;
	uint32_t base, host, quads = 0, as = g->graph.target[0];
	uint64_t size = space_size(&g->space, as);
	addresses_open(&a, g);
	assert_true(agenda_host(g, as, 0, &host));
	assert_true(address_give(&a, host, ROUTER(as, ROUTER_HOST)));
	for (; address_quad(&a, as, false, &base); quads++) {
		assert_int_equal(base % 4, 0);
		assert_true(host < base || host > base + 3);
		for (uint32_t i = 0; i < 4; i++)
			assert_true(
			    address_give(&a, base + i, ROUTER(as, quads)));
	}
	assert_in_range(quads, size / 4 - size / 256 - 2, size / 4 - 1);
	addresses_close(&a);
	truth_close(t);
}

/* Everything else being quiet, each router that is seen is one draw. */
static void
quiet(struct truth_rates *r)
{
	truth_rates_small(r);
	r->silent_as = r->silent_router = r->limited_as = r->loss = 0;
	r->zero_ttl = r->edge_silent = r->edge_border = r->edge_return = 0;
	r->other_interface = r->per_packet = 0;
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* Counts the routers before the targets, each once, by what is seen of them. */
static struct count
count_routers(struct truth *t, bool (*hit)(const struct truth_hop *))
{
	enum { TRACES = 4000, ROOM = TRACES * 40 };
	uint64_t *seen = calloc(ROOM, sizeof(*seen));
	struct count c = {0};
	size_t n = 0;
	for (int i = 0; i < TRACES; i++) {
		const struct truth_trace *trace = truth_next(t);
		for (int ttl = 1; ttl < trace->border_ttl && n < ROOM; ttl++)
			seen[n++] =
			    trace->hop[ttl].router << 1 | hit(&trace->hop[ttl]);
	}
	qsort(seen, n, sizeof(*seen), by_number);
	for (size_t i = 0; i < n; i++)
		if (i + 1 == n || seen[i] >> 1 != seen[i + 1] >> 1)
			count(&c, (seen[i] & 1) != 0);
	free(seen);
	return c;
}

static bool
is_silent(const struct truth_hop *hop)
{
	return hop->role == FACE_NONE;
}

static bool
is_other(const struct truth_hop *hop)
{
	return hop->role != FACE_NONE && hop->role != FACE_INGRESS;
}

static void
test_silence(void **state)
{
	(void)state;
	struct truth_rates r;
	quiet(&r);
	r.silent_router = 0.1;
	struct truth *t = world(3, &r);
	struct count c = count_routers(t, is_silent);
	within("silent routers", &c, 0.1);
	truth_close(t);
}

static void
test_other_interfaces(void **state)
{
	(void)state;
	struct truth_rates r;
	quiet(&r);
	r.other_interface = 0.07;
	r.other_loopback = 1;
	struct truth *t = world(4, &r);
	struct count c = count_routers(t, is_other);
	within("routers that answer from another interface", &c, 0.07);
	truth_close(t);
}

static void
test_loss(void **state)
{
	(void)state;
	struct truth_rates r;
	struct count c = {0};
	quiet(&r);
	r.loss = 0.02;
	struct truth *t = world(5, &r);
	for (int i = 0; i < 2000; i++) {
		const struct truth_trace *trace = truth_next(t);
		const struct record *record = &trace->record;
		for (size_t k = 0; k < record->nprobes; k++)
			if (record->probes[k].ttl < trace->border_ttl)
				count(&c, !record->probes[k].answered);
	}
	within("lost probes", &c, 0.02);
	truth_close(t);
}

static void
test_edges(void **state)
{
	(void)state;
	struct truth_rates r;
	struct count silent = {0}, border = {0};
	truth_rates_small(&r);
	struct truth *t = world(6, &r);
	const struct ground *g = truth_ground(t);
	for (uint32_t as = 0; as < g->graph.n; as++) {
		count(&silent, passage_edge_of(g, as) == EDGE_SILENT);
		count(&border, passage_edge_of(g, as) == EDGE_BORDER);
	}
	within("silent edges", &silent, r.edge_silent);
	within("edges of which the border answers", &border, r.edge_border);
	truth_close(t);
}

struct relations {
	const struct ground *g;
	double told, wrong;
};

static void
check_relation(const struct tables_relation *r, void *arg)
{
	struct relations *x = arg;
	enum graph_role role;
	uint32_t a = space_find(&x->g->space, r->a);
	uint32_t b = space_find(&x->g->space, r->b);
	assert_non_null(graph_between(&x->g->graph, a, b, &role));
	x->told += role == GRAPH_CUSTOMER;
	x->wrong += role == GRAPH_CUSTOMER && r->kind != ORIGIN_PROVIDER;
}

static void
test_relations(void **state)
{
	(void)state;
	struct truth_rates r;
	truth_rates_small(&r);
	struct truth *t = world(8, &r);
	struct relations x = {truth_ground(t), 0, 0};
	double buyers = 0;
	tables_relations(t, check_relation, &x);
	double links = x.g->graph.to[GRAPH_PROVIDER].at[x.g->graph.n];
	for (uint32_t as = 0; as < x.g->graph.n; as++) {
		uint32_t n;
		graph_arcs(&x.g->graph, as, GRAPH_PROVIDER, &n);
		buyers += n > 0;
	}
	/* one link of each that buys is always known */
	struct count told = {links - buyers, x.told - buyers};
	struct count wrong = {x.told, x.wrong};
	within("transit that is known", &told, 1 - r.missing_transit);
	within("transit that is wrong", &wrong, r.wrong_transit);
	truth_close(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbering),
	    cmocka_unit_test(test_links),
	    cmocka_unit_test(test_crowded),
	    cmocka_unit_test(test_silence),
	    cmocka_unit_test(test_other_interfaces),
	    cmocka_unit_test(test_loss),
	    cmocka_unit_test(test_edges),
	    cmocka_unit_test(test_relations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
