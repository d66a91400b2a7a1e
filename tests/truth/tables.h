/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_TABLES_H
#define TUMEN_TESTS_TRUTH_TABLES_H

#include "analysis/origin/origin_ases.h"
#include "analysis/origin/snapshot.h"
#include "tests/truth/truth.h"

/*
 * What a measurer of the world has on the day of the traces, faults included:
 * the routes that a collector sees, the registry, lists of exchanges, relations
 * as CAIDA infers them.
 */

/* One announced range. */
struct tables_route {
	uint32_t first, last;
	uint32_t asn[2];
	size_t nasns;
};

/* Calls each for every announced range, ascending inside an AS. */
typedef void tables_route_each(const struct tables_route *route, void *arg);
void tables_routes(struct truth *t, tables_route_each *each, void *arg);

/* A relation as the measurer has it: a is kind to b (PROVIDER or PEER). */
struct tables_relation {
	uint32_t a, b; /* ASN */
	enum origin_relation kind;
};
typedef void tables_relation_each(const struct tables_relation *r, void *arg);
void tables_relations(struct truth *t, tables_relation_each *each, void *arg);

/*
 * What the AS paths of a full table show of the way to the targets: pairs that
 * stand side by side, with the kind ADJACENT; some come several times.
 */
void tables_adjacencies(struct truth *t, tables_relation_each *each, void *arg);

/* The AS before the origin in the route of one peer of a collector. */
struct tables_upstream {
	struct prefix prefix;
	uint32_t asn;
};
typedef void tables_upstream_each(const struct tables_upstream *u, void *arg);
void tables_upstreams(struct truth *t, tables_upstream_each *each, void *arg);

/* An address of an exchange's LAN with the AS that has it there. */
struct tables_member {
	uint32_t exchange, addr, asn;
};
typedef void tables_member_each(const struct tables_member *m, void *arg);
void tables_members(struct truth *t, tables_member_each *each, void *arg);

/*
 * The second AS that announces the range of a holder that has the address;
 * GRAPH_NONE: only the holder does.
 */
uint32_t
tables_second_origin(const struct ground *g, uint32_t as, uint32_t addr);

/* Puts all of it into a table, dated truth_asof_us(); the caller clears it. */
void tables_fill(struct truth *t, struct table *table);

/*
 * The same, ready to be asked: what `tumen origin build` would have made of the
 * files. The bytes, which start from {0}, are the content of a *.origin file
 * and outlive the snapshot; the caller frees both.
 */
struct snapshot *
tables_snapshot(struct truth *t, struct wr *bytes, struct fault *f);

#endif
