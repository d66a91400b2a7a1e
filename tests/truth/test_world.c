/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/ndjson.h"
#include "analysis/origin/reserved.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/base/record_json.h"
#include "probe/base/record_path.h"
#include "tests/truth/files.h"
#include "tests/truth/tables.h"
#include "tests/truth/truth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SEEDS = 3, TRACES = 800 };
#define DAY_US (INT64_C(86400) * US_PER_S)

static struct truth *
world(uint64_t seed)
{
	struct truth_rates rates;
	struct fault f = {0};
	truth_rates_small(&rates);
	struct truth_order o = {
	    "analysis/origin/data/shipped.tbl.zst", seed, &rates};
	struct truth *t = truth_open(&o, &f);
	if (t == NULL)
		fail_msg("%s", f.text);
	return t;
}

typedef void check(struct truth *t, const struct truth_trace *trace, void *arg);

static void
for_traces(check *each, void *arg)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct truth *t = world(seed);
		for (int i = 0; i < TRACES; i++)
			each(t, truth_next(t), arg);
		truth_close(t);
	}
}

/* --- paths ---------------------------------------------------------------- */

/* Up to providers, across to at most one peer, then down to customers. */
static void
check_path(struct truth *t, const struct truth_trace *trace, void *arg)
{
	(void)arg;
	const struct ground *g = truth_ground(t);
	bool down = false;
	for (size_t i = 0; i + 1 < trace->nas; i++) {
		enum graph_role role;
		uint32_t a = space_find(&g->space, trace->as_path[i]);
		uint32_t b = space_find(&g->space, trace->as_path[i + 1]);
		assert_non_null(graph_between(&g->graph, a, b, &role));
		assert_false(down && role != GRAPH_CUSTOMER);
		down = down || role != GRAPH_PROVIDER;
		for (size_t k = i + 1; k < trace->nas; k++)
			assert_int_not_equal(
			    trace->as_path[i], trace->as_path[k]);
	}
	assert_int_equal(trace->as_path[trace->nas - 1], trace->target_as);
	assert_int_equal(trace->as_path[trace->nas - 2], trace->entry_as);
}

static void
test_paths(void **state)
{
	(void)state;
	for_traces(check_path, NULL);
}

/* --- owners --------------------------------------------------------------- */

/* The owners come in the order of the path, the target's from the border on. */
static void
check_order(const struct truth_trace *trace)
{
	size_t at = 0;
	for (int ttl = 1; ttl <= trace->nhops; ttl++) {
		bool passed = trace->hop[ttl].owner == trace->target_as;
		while (trace->as_path[at] != trace->hop[ttl].owner &&
		       at + 1 < trace->nas)
			at++;
		assert_int_equal(trace->as_path[at], trace->hop[ttl].owner);
		if (passed)
			assert_true(ttl >= trace->border_ttl);
		else
			assert_true(ttl < trace->border_ttl);
	}
}

static void
check_owners(struct truth *t, const struct truth_trace *trace, void *arg)
{
	(void)arg;
	const struct addresses *a = truth_addresses(t);
	check_order(trace);
	for (uint8_t ttl = 1; ttl <= trace->nhops; ttl++) {
		const struct truth_hop *hop = &trace->hop[ttl];
		const struct record_probe *p =
		    record_answer(&trace->record, ttl);
		uint64_t router = 0;
		assert_int_equal(p != NULL, hop->role != FACE_NONE);
		if (p == NULL)
			continue;
		if (hop->space == WIRE_PRIVATE) {
			assert_non_null(reserved_find(p->addr));
			continue;
		}
		assert_true(address_owner(a, p->addr, &router));
		assert_true(router == hop->router);
		assert_int_equal(
		    truth_ground(t)->space.asn[ROUTER_AS(router)], hop->owner);
	}
}

static void
test_owners(void **state)
{
	(void)state;
	for_traces(check_owners, NULL);
}

/* --- tables --------------------------------------------------------------- */

struct packed {
	struct truth *truth;
	struct wr bytes;
	struct snapshot *table;
	size_t routed, registry, exchange, members;
};

static void
pack(struct packed *p, struct truth *t)
{
	struct fault f = {0};
	p->truth = t;
	p->table = tables_snapshot(t, &p->bytes, &f);
	if (p->table == NULL)
		fail_msg("%s", f.text);
}

static bool
among(const struct origin_answer *a, uint32_t asn)
{
	for (size_t i = 0; i < a->nasns; i++)
		if (a->asns[i] == asn)
			return true;
	return false;
}

static void
check_unrouted(struct packed *p, const struct truth_hop *hop, uint32_t addr,
    bool found, const struct origin_answer *a)
{
	const struct ground *g = truth_ground(p->truth);
	uint32_t as = space_find(&g->space, hop->holder);
	const struct address_block *b =
	    address_unrouted(truth_addresses(p->truth), as, addr);
	assert_non_null(b);
	if (b->covered) {
		assert_int_equal(a->layer, ORIGIN_BGP);
		return;
	}
	assert_int_equal(found, b->registered);
	if (found) {
		assert_int_equal(a->layer, ORIGIN_REGISTRY);
		assert_true(among(a, hop->holder));
		assert_int_equal(a->nasns, b->sibling ? 2 : 1);
	}
	p->registry++;
}

static void
check_hop(struct packed *p, const struct truth_hop *hop, uint32_t addr)
{
	struct origin_answer a;
	bool found = snapshot_find(p->table, addr, &a);
	switch (hop->space) {
	case WIRE_ROUTED:
		assert_true(found);
		assert_int_equal(a.layer, ORIGIN_BGP);
		p->routed += among(&a, hop->holder);
		return;
	case WIRE_UNROUTED:
		check_unrouted(p, hop, addr, found, &a);
		return;
	case WIRE_EXCHANGE:
		assert_true(found);
		assert_int_equal(a.layer, ORIGIN_IXP);
		if (a.nasns > 0)
			assert_int_equal(a.asns[0], hop->owner);
		p->members += a.nasns > 0;
		p->exchange++;
		return;
	case WIRE_PRIVATE:
		break;
	}
	assert_false(found && a.layer == ORIGIN_BGP);
}

static void
check_tables(struct packed *p, const struct truth_trace *trace, size_t *hops)
{
	struct origin_answer a;
	assert_true(snapshot_find(p->table, trace->record.target, &a));
	assert_int_equal(a.layer, ORIGIN_BGP);
	assert_int_equal(a.asns[0], trace->target_as);
	assert_int_equal(a.nasns, 1);
	for (uint8_t ttl = 1; ttl <= trace->nhops; ttl++) {
		const struct record_probe *answer =
		    record_answer(&trace->record, ttl);
		if (answer == NULL)
			continue;
		*hops += trace->hop[ttl].space == WIRE_ROUTED;
		check_hop(p, &trace->hop[ttl], answer->addr);
	}
}

static void
test_tables(void **state)
{
	(void)state;
	size_t hops = 0;
	struct packed p = {0};
	struct truth *t = world(11);
	pack(&p, t);
	for (int i = 0; i < TRACES; i++)
		check_tables(&p, truth_next(t), &hops);
	/* but for routes of others over a holder's space, all agree */
	assert_true(p.routed * 1000 > hops * 995);
	assert_true(p.registry > 10 && p.exchange > 10);
	assert_true(p.members > 0 && p.members < p.exchange);
	snapshot_close(p.table);
	wr_free(&p.bytes);
	truth_close(t);
}

/* --- records -------------------------------------------------------------- */

static void
check_sorted(const struct record *r)
{
	for (size_t i = 1; i < r->nprobes; i++) {
		const struct record_probe *a = &r->probes[i - 1], *b = a + 1;
		int x = a->ttl << 16 | a->attempt << 8 | a->reply_no;
		int y = b->ttl << 16 | b->attempt << 8 | b->reply_no;
		assert_true(x < y);
	}
}

static void
check_read_back(const struct record *r)
{
	struct json j = {0}, again = {0};
	struct record back = {0};
	struct fault f = {0};
	enum ndjson_kind kind;
	record_json(r, &j);
	if (!ndjson_parse((const char *)j.out.p, j.out.len, &kind, &back, &f))
		fail_msg("%s", f.text);
	record_json(&back, &again);
	assert_int_equal(j.out.len, again.out.len);
	assert_memory_equal(j.out.p, again.out.p, j.out.len);
	record_clear(&back);
	json_clear(&j);
	json_clear(&again);
}

static void
check_record(struct truth *t, const struct truth_trace *trace, void *arg)
{
	(void)t;
	(void)arg;
	const struct record *r = &trace->record;
	struct wr path = {0};
	assert_in_range(r->nprobes, 2, 32 * 2);
	assert_true(prefix_contains(&r->prefix, r->target));
	assert_true(r->start_us >= truth_asof_us() &&
		    r->start_us < truth_asof_us() + 8 * DAY_US);
	assert_int_equal(record_reached(r), r->stop == STOP_REACHED);
	assert_int_equal(record_reached(r), TRUTH_IS(trace, TRUTH_REACHED));
	check_sorted(r);
	check_read_back(r);
	record_path(r, &path);
	assert_true(path.len >= 2);
	wr_free(&path);
}

static void
test_records(void **state)
{
	(void)state;
	for_traces(check_record, NULL);
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, UUID_LEN);
}

static void
test_ids(void **state)
{
	(void)state;
	enum { N = SEEDS * TRACES };
	uint8_t(*id)[UUID_LEN] = xcalloc(N, UUID_LEN);
	for (uint64_t seed = 0, n = 0; seed < SEEDS; seed++) {
		struct truth *t = world(seed + 100);
		for (int i = 0; i < TRACES; i++)
			record_id(&truth_next(t)->record, id[n++]);
		truth_close(t);
	}
	qsort(id, N, UUID_LEN, by_bytes);
	for (size_t i = 1; i < N; i++)
		assert_memory_not_equal(id[i - 1], id[i], UUID_LEN);
	free(id);
}

/* --- edges ---------------------------------------------------------------- */

struct edges {
	size_t silent, tcp, prohibited, doubled, zero;
};

static void
check_edge(struct truth *t, const struct truth_trace *trace, void *arg)
{
	(void)t;
	struct edges *e = arg;
	const struct record *r = &trace->record;
	bool silent = TRUTH_IS(trace, TRUTH_SILENT_EDGE);
	bool filter = silent || TRUTH_IS(trace, TRUTH_BORDER_EDGE);
	e->silent += silent;
	e->doubled += TRUTH_IS(trace, TRUTH_DOUBLED);
	e->zero += TRUTH_IS(trace, TRUTH_ZERO_TTL);
	if (filter && r->method != METHOD_TCP)
		assert_false(record_reached(r));
	e->tcp += filter && record_reached(r);
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (!p->answered || p->addr == r->target)
			continue;
		if (silent && p->icmp_type == 11)
			assert_true(p->ttl < trace->border_ttl);
		e->prohibited += p->icmp_type == 3 && p->icmp_code == 13;
	}
}

static void
test_edges(void **state)
{
	(void)state;
	struct edges e = {0};
	for_traces(check_edge, &e);
	assert_true(e.silent > 500 && e.tcp > 200 && e.prohibited > 20);
	assert_true(e.doubled > 20 && e.zero > 20);
}

/* --- the same again ------------------------------------------------------- */

static char *
bytes_of(uint64_t seed)
{
	struct json j = {0};
	struct truth *t = world(seed);
	for (int i = 0; i < TRACES; i++) {
		const struct truth_trace *trace = truth_next(t);
		record_json(&trace->record, &j);
		files_truth_json(trace, &j);
		json_end_line(&j);
	}
	truth_close(t);
	return json_take(&j);
}

static void
test_same_bytes(void **state)
{
	(void)state;
	char *a = bytes_of(21), *b = bytes_of(21), *c = bytes_of(22);
	assert_string_equal(a, b);
	assert_string_not_equal(a, c);
	free(a);
	free(b);
	free(c);
}

static size_t
shared(
    const uint32_t *a, const uint32_t *b, size_t n, const struct ground *g[2])
{
	size_t same = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			same += g[0]->space.asn[a[i]] == g[1]->space.asn[b[k]];
	return same;
}

/* Another seed is another world: train on one, evaluate on the other. */
static void
test_other_world(void **state)
{
	(void)state;
	struct truth *a = world(31), *b = world(32);
	const struct ground *g[2] = {truth_ground(a), truth_ground(b)};
	size_t targets = g[0]->graph.ntargets, vantages = g[0]->graph.nvantages;
	assert_int_equal(targets, g[1]->graph.ntargets);
	assert_true(shared(g[0]->graph.target, g[1]->graph.target, targets, g) <
		    targets / 10);
	assert_true(shared(g[0]->graph.vantage, g[1]->graph.vantage, vantages,
			g) < vantages / 10);
	truth_close(a);
	truth_close(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_owners),
	    cmocka_unit_test(test_tables),
	    cmocka_unit_test(test_records),
	    cmocka_unit_test(test_ids),
	    cmocka_unit_test(test_edges),
	    cmocka_unit_test(test_same_bytes),
	    cmocka_unit_test(test_other_world),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
