/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_REPORT_LIVE_H
#define TUMEN_REPORT_LIVE_H

#include "analysis/infer/infer.h"

#include <stdio.h>

/*
 * The live view of traces: each hop in its place as soon as all hops before it
 * are known, with the AS that its address belongs to; then the verdict in
 * words. Only one path can grow on a screen: the first trace of which a reply
 * comes is shown live, others that end meanwhile wait until it is complete.
 */
struct live {
	FILE *out;
	const struct origin_set *tables; /* borrowed, as the next */
	const struct carriers *carriers;
	uint64_t epoch, seq; /* of the trace that grows */
	bool growing;
	char *waiting; /* what came to its end meanwhile; heap, NULL: nothing */
	uint8_t printed; /* its TTLs up to this one are on the screen */
	bool ended;	 /* the target is */
	struct record_probe answer[RECORD_TTL_MAX + 1]; /* by TTL */
};

void live_open(struct live *l, FILE *out, const struct origin_set *tables,
    const struct carriers *carriers);

/* A reply has come; r identifies the trace, without probes. */
void live_reply(
    struct live *l, const struct record *r, const struct record_probe *reply);

/* The trace is complete: what is still missing, stars too, and the verdict. */
void
live_trace(struct live *l, const struct record *r, const struct verdict *v);

/* Nothing more comes: what still waits is printed. */
void live_end(struct live *l);

#endif
