/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_PASSAGE_H
#define TUMEN_TESTS_TRUTH_PASSAGE_H

#include "probe/base/record.h"
#include "tests/truth/face.h"

/*
 * What the world does to the probes of one trace: which router each reaches,
 * whether that answers, from where and after how long.
 */

/* What a target's network does to probes. */
enum passage_edge {
	EDGE_ANSWERS,
	EDGE_BORDER, /* its border answers, nothing behind it; a filter */
	EDGE_SILENT, /* no router answers; a filter for all but TCP */
};

struct passage_order {
	struct face_world world;
	struct walk_order walk;
	enum record_method method;
	uint64_t trace; /* a number of its own: for loss and jitter */
};

/* What is known beside the record: who answered, and was it the usual way. */
struct passage_hop {
	struct face face;
	uint64_t router; /* of the hop, or the one that answered for it */
};

struct passage {
	struct passage_order order;
	struct walk walk;
	size_t border; /* hop of the target's first router */
	enum passage_edge edge;
	bool doubled;
	int64_t delay_ns[WALK_HOPS_MAX]; /* one way */
	struct face face[WALK_HOPS_MAX]; /* FACE_NONE: not asked yet */
	struct passage_hop seen[RECORD_TTL_MAX + 1]; /* by TTL, answered */
};

/* One answer; kind as in struct reply. */
struct passage_answer {
	uint32_t addr;
	int64_t rtt_ns;
	uint8_t icmp_type, icmp_code, tcp_flags;
	uint8_t quoted_ttl, reply_ttl;
	uint16_t ipid;
};

/* p->walk.as_path is set; fills in the rest. */
void passage_open(struct passage *p, const struct passage_order *o);

/* False: nobody answers. */
bool passage_probe(struct passage *p, uint8_t ttl, uint8_t attempt,
    struct passage_answer *answer);

/* How a target's edge treats probes, and how many routers are behind it. */
enum passage_edge passage_edge_of(const struct ground *g, uint32_t as);
uint32_t passage_inner_of(const struct ground *g, uint32_t as);

#endif
