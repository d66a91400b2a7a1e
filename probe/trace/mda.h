/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_MDA_H
#define TUMEN_TRACE_MDA_H

#include "probe/trace/responder.h"
#include "probe/trace/survey.h"

/*
 * All paths to one target: the multipath detection algorithm, with a bound on
 * the failure of the whole trace. Many flows of one method, UDP or TCP, each
 * with a source port of its own and each probed at the TTLs where it is
 * needed; the graph is a conclusion over their records. Pure, pulled, bounded.
 */
enum { MDA_FLOWS_MAX = 1024, MDA_PROBES_MAX = 65536 };

/* Each field's legal range is in the comment; mda_config_default() first. */
struct mda_config {
	uint8_t confidence; /* 95 or 99: percent, for the whole trace */
	uint8_t first_ttl;  /* 1..RECORD_TTL_MAX */
	uint8_t max_ttl;    /* first_ttl..RECORD_TTL_MAX */
	uint8_t gap;	    /* 1..RECORD_TTL_MAX, silent TTLs that end it */
	uint8_t attempts;   /* 1..5, of one flow at one TTL, before silence */
	uint8_t window;	    /* 1..RECORD_TTL_MAX, TTLs that are looked ahead */
	uint16_t flows;	    /* 1..MDA_FLOWS_MAX: source ports sport.. */
	uint16_t inflight;  /* 1..MDA_FLOWS_MAX, probes on the way at once */
	uint32_t probes;    /* 1..MDA_PROBES_MAX, in all */
	int64_t wait_ns;    /* 10 ms..60 s, the longest wait for a reply */
};
void mda_config_default(struct mda_config *c);

struct mda;

/*
 * Copies what identifies the traces from about, whose sport, flow, seq and
 * start_us are those of the first flow: the wall clock at this moment, UDP or
 * TCP. Flow k has sport + k and flow + k. The identity of a probe is key_id()
 * of seq, target, its flow, method, TTL and attempt. The ceiling of each
 * responder is kept where responders is not NULL (borrowed, as the key is,
 * until mda_close()).
 */
struct mda *mda_open(const struct mda_config *c,
    const struct survey_about *about, struct responders *responders);
void mda_close(struct mda *m);

/*
 * The core of these operations is a struct mda. take() hands out one record
 * for each flow that was used, when all have ended; seq and start_us are the
 * record's own. A flow that was not followed to its end has the reason max-ttl
 * and says so in its detail. The bytes of a probe are not kept.
 */
extern const struct survey_ops mda_ops;

/* A responder at a TTL; only replies with full proof make one. */
struct mda_node {
	uint8_t ttl;
	uint32_t addr;	 /* 0: a star, flows that nobody answered here */
	uint32_t flows;	 /* that came by */
	bool per_packet; /* which flows do is drawn packet by packet */
};

/* Two responders of one flow at neighbouring TTLs. */
struct mda_link {
	uint8_t ttl; /* of from */
	uint32_t from, to;
	uint32_t flows; /* seen at both */
};

/* What lies between a router that all flows pass and the next such one. */
struct mda_diamond {
	uint8_t from_ttl, to_ttl;
	uint32_t from, to; /* 0: this host; 0: never seen to close */
	unsigned width;	   /* responders at its widest TTL */
	bool meshed;	   /* branches that part meet before its end */
	bool asymmetric;   /* branches differ in links, or in length */
	bool uniform;	   /* symmetric, and each branch has its share */
	bool per_packet;
};

/* A balancer that draws a branch for each packet: proved by one flow. */
struct mda_balancer {
	uint8_t ttl; /* where its answers came from */
	unsigned width, repeats, differed;
};

struct mda_graph {
	struct record about; /* of the first flow; no probes; duration, stop */
	uint8_t confidence;
	bool complete; /* every stopping rule was met */

	/*
	 * With what chance the rules miss a link of a network like this one:
	 * the largest of three cases, what was found is all, one balancer has
	 * one successor more, there is one more balancer with two. Where rules
	 * were not met, what the evidence leaves open. Silent routers are not
	 * spoken of. per_hop: the evidence for the worst single vertex.
	 */
	double failure_bound, per_hop_bound;
	uint32_t probes, probes_full_mda, flows;
	size_t nnodes, nlinks, ndiamonds, nbalancers, nids;
	struct mda_node *nodes; /* by TTL */
	struct mda_link *links; /* by TTL */
	struct mda_diamond *diamonds;
	struct mda_balancer *balancers;
	uint8_t (*ids)[UUID_LEN]; /* of the traces */
};

/*
 * What is known by now (all, when the survey is over). The caller owns it.
 * probes_full_mda: what the full algorithm would have been expected to send
 * for this graph at the same levels.
 */
void mda_graph(struct mda *m, struct mda_graph *into);
void mda_graph_clear(struct mda_graph *g);

#endif
