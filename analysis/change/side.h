/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_SIDE_H
#define TUMEN_CHANGE_SIDE_H

#include "analysis/change/trail.h"
#include "probe/base/fault.h"

/*
 * One of the two sides of a comparison. Of each flow its newest trace is kept,
 * packed, and which routers it showed: memory grows with the flows (a KiB
 * each), not with the traces. What flows are spread over is what all of them
 * show at one time, one trace of each: older ones say what the path was before
 * it changed, and one that moves to and fro would be taken for a balanced one.
 */

/* (TTL and what flows say of it u8, address u32) of all that was shown. */
struct side_sights {
	int64_t start_us;
	uint64_t seq;
	uint8_t *p; /* NULL: none */
	size_t len;
};

struct side_flow {
	struct record head;	 /* the newest trace, without its probes */
	uint8_t *packed;	 /* which are here (record_pack.h) */
	size_t len, traces;	 /* 0: none was added, others only seen */
	struct side_sights near; /* of the trace next to side.near_us */
	struct side_place *place;
	struct side_flow *next; /* of the same place */
};

/* All flows of one vantage to one target. */
struct side_place {
	char vantage[RECORD_NAME_MAX + 1];
	uint32_t target;
	struct side_flow *flows;
	struct side_sights all; /* once somebody asked */
};

/* Start from {0}, end with side_close(). */
struct side {
	int64_t near_us;	      /* 0: the newest */
	void *flow_tree, *place_tree; /* tsearch(3) */
	size_t n, ntraces;	      /* that were added */
	struct side_flow **flow; /* n, by flow, once side_sort() was called */
};

/* EX_DATAERR when a trace is none that can be kept. */
bool side_add(struct side *s, const struct record *r, struct fault *f);

/* Only what it shows counts. */
void side_see(struct side *s, const struct record *r);

/* After the last trace that is added. */
void side_sort(struct side *s);
void side_close(struct side *s);

/* By target, vantage, method, port, flow number. */
int side_order(const struct side_flow *a, const struct side_flow *b);

/* The newest trace; the caller clears it. */
void side_record(const struct side_flow *flow, struct record *r);

/* What all flows of its place showed; after the last trace. */
void side_flows(const struct side_flow *flow, struct flows *all);

#endif
