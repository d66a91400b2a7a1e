/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_MDA_NET_H
#define TUMEN_TESTS_MDA_NET_H

#include "probe/trace/mda.h"
#include "tests/sim/random.h"

/*
 * A network of balancers and what a survey makes of it, without bytes: probes
 * and replies are structs, so that a hundred thousand traces take seconds.
 * Every balancer sends a flow where a hash of its own says.
 */
enum { MDA_NET_NODES = 160, MDA_NET_WIDTH = 80, MDA_NET_LINKS = 4096 };

struct mda_net_node {
	char name[8];
	unsigned next[MDA_NET_WIDTH], width;
	bool silent, per_packet;
	unsigned weight; /* percent of the flows for the first; 0 equal parts */
};

struct mda_net_link {
	uint8_t ttl; /* of from */
	unsigned from, to;
};

struct mda_net {
	struct mda_net_node node[MDA_NET_NODES];
	unsigned nodes; /* the last one is the target */
	struct mda_net_link link[MDA_NET_LINKS];
	unsigned links; /* between nodes that answer, by flows */
	uint64_t seed;	/* of the hashes */
	struct random random;
	uint32_t loss; /* per million */
	int64_t rtt_ns, jitter_ns;
	bool mute; /* the target says nothing */
};

/*
 * "a>b,c b>d c>d d>T": the first node stands behind the source's own one, the
 * last is the target. A mark behind a name where it is first used: `*` silent,
 * `!` draws packet by packet, `%` three quarters to the first.
 */
void mda_net_open(struct mda_net *n, const char *text);

uint32_t mda_net_addr(unsigned node);

/* Who gets the probe; `packet` differs from probe to probe. */
unsigned mda_net_at(
    const struct mda_net *n, uint16_t sport, uint8_t ttl, uint64_t packet);

/* One survey on a virtual clock. */
struct mda_run {
	struct mda_config config;
	enum record_method method;
	struct responders *responders;
	struct mda *mda;
	int64_t now_ns, took_ns;
	unsigned probes;
	struct mda_graph graph;
};
extern const uint32_t mda_run_source, mda_run_target;
enum { MDA_RUN_SPORT = 33456 };

/* Runs to the end; the caller owns the graph, and closes run->mda. */
void mda_run(struct mda_run *run, struct mda_net *n);
void mda_run_close(struct mda_run *run);

/* True links that are missing; links of the graph that are not true. */
unsigned mda_run_missed(const struct mda_run *run, const struct mda_net *n);
unsigned mda_run_false(const struct mda_run *run, const struct mda_net *n);

#endif
