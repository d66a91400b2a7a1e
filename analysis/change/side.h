/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_SIDE_H
#define TUMEN_CHANGE_SIDE_H

#include "analysis/change/trail.h"
#include "probe/base/fault.h"

/*
 * One of the two sides of a comparison. Of each flow only the newest trace is
 * kept, packed, and of each vantage and target which routers all flows showed:
 * memory grows with the flows (a KiB each), not with the traces.
 */

/* What all traces of one vantage to one target showed. */
struct side_place {
	char vantage[RECORD_NAME_MAX + 1];
	uint32_t target;
	uint8_t *sights; /* of a struct flows what is in use */
};

struct side_flow {
	struct record head; /* the newest trace, without its probes */
	uint8_t *packed;    /* which are here (record_pack.h) */
	size_t len, traces;
	const struct side_place *place;
};

/* Start from {0}, end with side_close(). */
struct side {
	void *flow_tree, *place_tree; /* tsearch(3) */
	size_t n, ntraces;
	struct side_flow **flow; /* by flow, once side_sort() was called */
};

/* EX_DATAERR when a trace is none that can be kept. */
bool side_add(struct side *s, const struct record *r, struct fault *f);

/* Only what it shows, for the flows beside it. */
void side_see(struct side *s, const struct record *r);

/* After the last trace. */
void side_sort(struct side *s);
void side_close(struct side *s);

/* By target, vantage, method, port, flow number. */
int side_order(const struct side_flow *a, const struct side_flow *b);

/* The newest trace; the caller clears it. */
void side_record(const struct side_flow *flow, struct record *r);

/* What all flows beside it showed. */
void side_flows(const struct side_flow *flow, struct flows *all);

#endif
