/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_UNIT_ORIGIN_DAYS_PACK_H
#define TUMEN_TESTS_UNIT_ORIGIN_DAYS_PACK_H

#include "tests/unit/origin_days.h"

/* The tables of origin_days.h as snapshots, with relations and the like. */

static void
days_side(struct table *t, const struct days_table *of)
{
	struct prefix p = {0x0a000000, 8};
	table_begin(t, ORIGIN_NONE)->name = xstrdup("side");
	table_source(t)->kind = xstrdup("side");
	table_relate(t, 1, 2, ORIGIN_PROVIDER);
	if (of->relations)
		table_relate(t, 3, 2, ORIGIN_PEER);
	table_vrp(t, &p, 24, of->vrps ? 6 : 5);
	table_org(t, 1, "ORG-1", of->orgs ? "another" : "an organisation");
	table_org(t, 2, "ORG-1", NULL);
	table_upstream(t, &p, 3, of->upstreams ? 5 : 4);
	table_upstream(t, &p, of->upstreams ? 8 : 7, 4);
}

/* The snapshot of a table; which sources there are, and in what order, varies
 * with the seed. */
static void
days_pack(
    const struct days_table *of, uint64_t seed, int64_t asof_us, struct wr *out)
{
	struct table t = {0};
	for (int k = 0; k < 6; k++) {
		int source = seed % 3 == 0 ? 5 - k : k;
		struct source *s = table_begin(
		    &t, (enum origin_layer)(ORIGIN_IXP + source % 4));
		s->name = xasprintf("file-%d-%d", (int)(asof_us % 97), source);
		s->kind = xstrdup(source == 4 && seed % 5 == 0 ? "b" : "a");
		s->asof_us = asof_us - source;
		for (size_t i = 0; i < of->n; i++) {
			struct table_seen seen = of->rows[i].seen;
			seen.asns = of->rows[i].asns;
			if (of->rows[i].source == source)
				table_add(&t, &seen);
		}
	}
	for (uint32_t i = 1; i <= DAYS_ASES; i++)
		if (of->names[i] != NULL)
			table_name(&t, i, of->names[i]);
	days_side(&t, of);
	snapshot_pack(&t, asof_us, out);
	table_clear(&t);
}

#endif
