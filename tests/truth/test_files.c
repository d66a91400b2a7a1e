/* SPDX-License-Identifier: ISC */
#include "analysis/origin/reader.h"
#include "probe/base/mem.h"
#include "tests/sim/random.h"
#include "tests/truth/files.h"
#include "tests/truth/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The files of a world say what its table says, read by the usual readers. */
enum { ADDRESSES = 200000 };

struct desk {
	char folder[64];
	struct truth *truth;
	struct wr bytes;
	struct snapshot *table;
};

static const char *const names[] = {"bgp.txt", "registry.txt", "ixp.txt",
    "peeringdb.json", "as-rel.txt", "carriers.txt", "ip2as.txt",
    "delegated.txt"};

static int
open_desk(void **state)
{
	struct desk *d = xcalloc(1, sizeof(*d));
	struct truth_rates rates;
	struct fault f = {0};
	truth_rates_small(&rates);
	struct truth_order o = {
	    "analysis/origin/data/shipped.tbl.zst", 41, &rates};
	strcpy(d->folder, "/tmp/tumen-truth-XXXXXX");
	if (mkdtemp(d->folder) == NULL)
		return -1;
	d->truth = truth_open(&o, &f);
	d->table = d->truth ? tables_snapshot(d->truth, &d->bytes, &f) : NULL;
	if (d->table == NULL)
		fail_msg("%s", f.text);
	*state = d;
	return 0;
}

static int
close_desk(void **state)
{
	struct desk *d = *state;
	char path[128];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", d->folder, names[i]);
		unlink(path);
	}
	rmdir(d->folder);
	snapshot_close(d->table);
	wr_free(&d->bytes);
	truth_close(d->truth);
	free(d);
	return 0;
}

static void
load(const struct desk *d, struct table *t, enum origin_layer layer,
    const char *name)
{
	char path[128];
	struct fault f = {0};
	snprintf(path, sizeof(path), "%s/%s", d->folder, name);
	if (!reader_load(t, layer, path, &f))
		fail_msg("%s", f.text);
	assert_int_equal(table_source(t)->counts[COUNT_SYNTAX], 0);
	assert_int_equal(table_source(t)->asof_us,
	    layer == ORIGIN_IXP && strstr(name, "json") ? -1 : truth_asof_us());
}

static void
same_answer(const struct snapshot *a, const struct snapshot *b, uint32_t addr)
{
	struct origin_answer x = {0}, y = {0};
	assert_int_equal(
	    snapshot_find(a, addr, &x), snapshot_find(b, addr, &y));
	assert_int_equal(x.layer, y.layer);
	assert_int_equal(x.nasns, y.nasns);
	for (size_t i = 0; i < x.nasns; i++)
		assert_int_equal(x.asns[i], y.asns[i]);
}

/* The files have no AS paths, and so no adjacencies. */
static enum origin_relation
relation(const struct snapshot *s, uint32_t a, uint32_t b)
{
	enum origin_relation is = snapshot_relate(s, a, b);
	return is == ORIGIN_ADJACENT ? ORIGIN_UNRELATED : is;
}

static void
same_relations(const struct desk *d, const struct snapshot *b)
{
	const struct ground *g = truth_ground(d->truth);
	for (uint32_t as = 0; as < g->graph.n; as++) {
		uint32_t n;
		const struct graph_arc *arc =
		    graph_arcs(&g->graph, as, GRAPH_PROVIDER, &n);
		for (uint32_t i = 0; i < n; i++) {
			uint32_t x = g->space.asn[as];
			uint32_t y = g->space.asn[arc[i].as];
			assert_int_equal(
			    relation(d->table, x, y), relation(b, x, y));
		}
	}
}

static void
test_same_tables(void **state)
{
	struct desk *d = *state;
	struct fault f = {0};
	struct table t = {0};
	struct wr bytes = {0};
	struct random random = {41};
	if (!files_write(d->truth, d->folder, &f))
		fail_msg("%s", f.text);
	load(d, &t, ORIGIN_BGP, "bgp.txt");
	load(d, &t, ORIGIN_REGISTRY, "registry.txt");
	load(d, &t, ORIGIN_IXP, "ixp.txt");
	load(d, &t, ORIGIN_IXP, "peeringdb.json");
	load(d, &t, ORIGIN_NONE, "as-rel.txt");
	snapshot_pack(&t, truth_asof_us(), &bytes);
	table_clear(&t);
	struct snapshot *read =
	    snapshot_borrow(bytes.p, bytes.len, "files", &f);
	assert_non_null(read);
	for (int i = 0; i < ADDRESSES; i++)
		same_answer(d->table, read, (uint32_t)random_next(&random));
	const struct addresses *a = truth_addresses(d->truth);
	for (size_t i = 0; i < a->book.room; i++)
		same_answer(d->table, read, a->book.addr[i]);
	for (size_t i = 0; i < a->nblocks; i++)
		same_answer(d->table, read, a->block[i].first);
	same_relations(d, read);
	snapshot_close(read);
	wr_free(&bytes);
}

/* What sc_bdrmap stumbles over is not there. */
static void
test_bdrmap(void **state)
{
	struct desk *d = *state;
	struct fault f = {0};
	char path[128], line[256], before[256] = "";
	size_t lines = 0;
	if (!files_write_bdrmap(d->truth, d->folder, &f))
		fail_msg("%s", f.text);
	snprintf(path, sizeof(path), "%s/ip2as.txt", d->folder);
	FILE *in = fopen(path, "r");
	assert_non_null(in);
	for (; fgets(line, sizeof(line), in) != NULL; lines++) {
		char *origin = strrchr(line, '\t');
		assert_non_null(origin);
		*origin = '\0';
		assert_string_not_equal(line, before);
		assert_in_range(atoi(strchr(line, '\t') + 1), 8, 24);
		assert_true(atoll(origin + 1) > 0);
		snprintf(before, sizeof(before), "%s", line);
	}
	fclose(in);
	assert_true(lines > 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_tables),
	    cmocka_unit_test(test_bdrmap),
	};
	return cmocka_run_group_tests(tests, open_desk, close_desk);
}
