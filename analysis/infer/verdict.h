/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_VERDICT_H
#define TUMEN_INFER_VERDICT_H

#include "analysis/infer/carrier.h"
#include "analysis/origin/origin.h"
#include "probe/base/json.h"
#include "probe/base/record.h"

/*
 * What one trace says about who carried it: the conclusion, how sure, and
 * everything it rests on. Derived, never observed: the same record and the
 * same tables give the same bytes.
 */

enum {
	VERDICT_RULES_MAX = 16,
	VERDICT_CANDIDATES_MAX = 4,
	VERDICT_CARRIER_MAX = 32, /* a class name or "other:<asn>" */
};

enum evidence {
	EVIDENCE_UNREACHED,	    /* no hop says who handed over */
	EVIDENCE_ADJACENT_SEEN,	    /* the next hop is the target's own */
	EVIDENCE_GAP_ADJACENT,	    /* silence, then the target's own */
	EVIDENCE_GAP_ONLY,	    /* silence to the end */
	EVIDENCE_UNROUTED_REGISTRY, /* the deciding hop is in no BGP table */
	EVIDENCE_HIDDEN_INFERRED,   /* a neighbour that must be there */
	EVIDENCE_CONFLICT,	    /* the hops contradict each other */
};

/*
 * Whether the target's network can be reached: an answer out of it makes it
 * up, a router before it that says "no route" down; silence, which is the
 * normal case behind a filter, does neither.
 */
enum reach { REACH_UNKNOWN, REACH_UP, REACH_DOWN };

struct verdict_hop {
	uint8_t ttl;
	uint32_t addr;
	int64_t owner; /* the AS that operates the router; -1 unknown */
	double p;      /* of that */
	/* What the address is to it, a name of model.h; NULL without one. */
	const char *evidence;
	struct origin_answer origin;
};

/* A possible answer; entry_as -1: none. The p add up to 1. */
struct verdict_candidate {
	char carrier[VERDICT_CARRIER_MAX];
	int64_t entry_as;
	double p;
};

/* A table that it rests on: "bgp", "registry", ..., "as-rel"; its date. */
enum { VERDICT_TABLES_MAX = 8 };
struct verdict_table {
	const char *kind; /* static */
	int64_t asof_us, days;
};

/* Strings of origins are borrowed from the origin set. */
struct verdict {
	uint8_t trace[UUID_LEN];
	char vantage[RECORD_NAME_MAX + 1];
	uint32_t target;
	struct prefix prefix;
	enum record_method method;
	uint32_t flow;
	int64_t start_us;
	int64_t decided_us; /* when the last answer it rests on had come */
	bool reached;
	int64_t entry_as; /* hands over to the target's AS; -1 unknown */
	char carrier[VERDICT_CARRIER_MAX];
	int border_lo, border_hi; /* the border lies between; -1 unknown */
	int silent_hops;	  /* TTLs without answer between the two */
	int64_t border_rtt_us; /* the least of the answers at border_hi; -1 */
	enum evidence evidence;
	enum reach reach;
	double p;	    /* NAN when carrier is unknown */
	double carrier_p;   /* of the carrier through any entry AS; NAN */
	size_t ncandidates; /* most probable first; [0] is the verdict */
	struct verdict_candidate candidate[VERDICT_CANDIDATES_MAX];
	/* Other vantages that know a way in at that time; -1: not asked. */
	int votes, agree; /* and those that name the same */
	size_t nas;
	uint32_t as_path[RECORD_TTL_MAX + 1];
	size_t nhops;
	struct verdict_hop hop[RECORD_TTL_MAX];
	size_t nrules;
	const char *rule[VERDICT_RULES_MAX]; /* static names */
	int64_t asof_us, days; /* of the BGP table; -1: none fitted */
	size_t ntables;	       /* by kind, BGP first */
	struct verdict_table table[VERDICT_TABLES_MAX];
	const char *basis; /* named.h, borrowed from there; NULL */
};

/* Adds the static name of a rule, once; and whether it was added. */
void verdict_fire(struct verdict *v, const char *rule);
bool verdict_fired(const struct verdict *v, const char *rule);

const char *evidence_name(enum evidence e);
const char *reach_name(enum reach r);

/* Writes the verdict object into j (no newline); or as a value under a key. */
void verdict_json(const struct verdict *v, struct json *j);
void verdict_json_in(const struct verdict *v, const char *key, struct json *j);

#endif
