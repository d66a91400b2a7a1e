/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_COMPARE_H
#define TUMEN_ORIGIN_COMPARE_H

#include "analysis/origin/origin_ases.h"

/* What differs between two moments, for all ASes or for some. */

/* One of the two: what a set answers for a time. */
struct compare_view {
	struct origin_set *set;
	int64_t at_us;
};

enum compare_kind {
	COMPARE_PREFIX,	  /* who has addresses */
	COMPARE_RELATION, /* what asn is to other */
	COMPARE_VRP,	  /* what asn may originate */
	COMPARE_ORG,	  /* who runs asn */
	COMPARE_UPSTREAM, /* that asn hands over to a prefix's origin */
	COMPARE_KINDS,
};

/* One side of a change; which part has a meaning, its kind says. */
struct compare_state {
	bool there;
	enum origin_layer layer; /* of a prefix, with its origins */
	size_t nasns;
	uint32_t asns[ORIGIN_ASNS_MAX];
	enum origin_relation relation;
	uint8_t max_len; /* of a VRP */
	struct origin_org org;
	uint32_t peers; /* of an upstream */
};

/*
 * At least one side is there. Adjoining addresses that changed alike are one
 * change, told prefix by prefix, each as large as can be; MOAS origins in
 * another order are no change, and neither is a longer or shorter prefix of the
 * same origins and layer.
 */
struct compare_change {
	enum compare_kind kind;
	struct prefix prefix; /* of PREFIX, VRP and UPSTREAM */
	uint32_t asn, other;
	struct compare_state before, after;
};

struct compare_sum {
	size_t came[COMPARE_KINDS], went[COMPARE_KINDS], changed[COMPARE_KINDS];
	uint64_t addresses;
	/* Kinds that one of the two knows nothing of: they are not compared. */
	bool unknown[COMPARE_KINDS];
};

/*
 * Tells every change to the sink: prefixes by address, then relations, VRPs,
 * organisations by ASN and upstreams. asns are the n ASes of interest,
 * ascending; NULL: all. Of a relation between two of them one side is told; an
 * upstream is told where it or the origin is of interest, and only when it came
 * or went: at how many peers is another number every day.
 */
struct compare {
	struct compare_view before, after;
	const uint32_t *asns;
	size_t n;
	void (*sink)(void *arg, const struct compare_change *change);
	void *arg;
	struct compare_sum sum; /* filled in */
};
void compare_run(struct compare *c);

/* Whether there is any change. */
bool compare_differs(const struct compare_sum *sum);

/* "prefix", "relation", "vrp", "organisation", "upstream". */
const char *compare_kind_name(enum compare_kind kind);

#endif
