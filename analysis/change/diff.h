/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_DIFF_H
#define TUMEN_CHANGE_DIFF_H

#include "analysis/change/trail.h"

/*
 * How two traces of one flow differ. Pure, no allocation. Loss is no change: a
 * silent hop matches anything (measured on a year of real traces: 76 % of what
 * a comparison of whole paths calls a change is loss).
 */

/*
 * A hop that answered both times is common when one router answered at both.
 * A path ends with the target, or with an unreachable behind which nothing else
 * answered; otherwise the rest of it is not known, and that is no difference to
 * one that is. Who ends a path answers everything sent farther, too: silence
 * before an end leaves open where it is.
 */
enum diff_class {
	DIFF_SAME,	  /* what answered once, did so both times */
	DIFF_RTT_ONLY,	  /* that, with a lasting shift of the round trip */
	DIFF_BALANCING,	  /* other routers of those that flows are spread over
			     before and after, nothing else */
	DIFF_SILENT_ONLY, /* all that answered both times is the same, and
			     silence is closed by a common hop behind it, or
			     only the end is missing */
	DIFF_CHANGED,	  /* another router at one TTL of one flow, a hop more
			     or less in front of a common one, another end */
	/*
	 * Two flows that differ; or no difference, and too little that could
	 * show one: nothing answered both times, or less than half of what
	 * answered where the other trace had asked, too; or routers behind the
	 * last common hop answered only once.
	 */
	DIFF_INSUFFICIENT,
};

enum edit_op {
	EDIT_EQUAL,
	EDIT_REPLACE,
	EDIT_INSERT, /* only in b */
	EDIT_DELETE, /* only in a */
	EDIT_SILENT, /* one or both did not answer, or were not probed */
};

/*
 * One step of the alignment; ttl 0: that side has no hop here. What is silent
 * can be a hop too many as well: an INSERT or DELETE without an address.
 */
struct diff_edit {
	enum edit_op op;
	bool balanced; /* a REPLACE, INSERT or DELETE that is balancing */
	uint8_t ttl_a, ttl_b;
	uint32_t a, b; /* 0: silent */
};

enum { DIFF_EDITS_MAX = 2 * RECORD_TTL_MAX };

/* RIPE Atlas's limits: a shift is more than both. */
#define DIFF_RTT_NS	 INT64_C(10000000)
#define DIFF_RTT_PERCENT 20

struct diff {
	enum diff_class class;
	bool same_flow;
	const char *why;   /* of INSUFFICIENT, static; NULL */
	uint8_t first_ttl; /* of CHANGED and BALANCING: where it starts, in a
			      (in b when it has no such hop); 0: nowhere */
	/* From here to the end every round trip is longer (shift > 0) or
	 * shorter by more than the limits; ttl 0: no shift, or two paths. */
	uint8_t rtt_ttl;
	int64_t rtt_a_ns,
	    rtt_b_ns; /* of the last hop that answered twice; -1 */
	/* The stretch of a, and of b, between the last common hop before
	 * first_ttl and the next common one, or the end. Where it begins, or
	 * ends, may lie in silence between the two. */
	struct {
		bool rejoins;	/* a router in front of the target is common */
		bool symmetric; /* and that after as many hops */
		uint8_t from_a, to_a, from_b, to_b; /* TTLs; to < from: none */
	} detour;
	size_t nedits;
	struct diff_edit edit[DIFF_EDITS_MAX];
};

/*
 * Whether both are of one flow, as a balancer sees it: same vantage, target,
 * method, port and flow number, and the same addresses and ports in the packets
 * where both are known. Of other tools that tell no ports only those with the
 * same flow number, not 0. Otherwise *why says what differs (static).
 */
bool diff_same_flow(
    const struct record *a, const struct record *b, const char **why);

/*
 * Fills in all of *d. same_flow as diff_same_flow() said, with its why. before
 * and after are what all flows of that vantage and target showed about the time
 * of a and of b; NULL: not known, then nothing is balancing but what one trace
 * itself shows several responders of at that TTL. What makes another router
 * balancing: both are seen at one TTL before and after, or each is in use on
 * the other side at a TTL where several routers stay; a hop more or less is,
 * when it is in use on the other side and what is behind it is seen at both
 * distances.
 */
struct diff_sides {
	const struct trail *a, *b;
	const struct flows *before, *after;
	bool same_flow;
	const char *why;
};
void diff(struct diff *d, const struct diff_sides *sides);

/* "same", "rtt-only", ...; "equal", "replace", ... */
const char *diff_class_name(enum diff_class c);
const char *edit_op_name(enum edit_op op);

#endif
