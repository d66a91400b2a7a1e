/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_WORLD_H
#define TUMEN_TESTS_WORLD_H

#include "probe/trace/pace.h"
#include "probe/trace/trace.h"
#include "tests/sim/net_model.h"

/*
 * One trace on a virtual clock and a played network, driven as the real driver
 * does it: paced, built to bytes, parsed from bytes, matched.
 */
enum { WORLD_EVENTS = 8192, WORLD_REPLIES = 4096 };
#define WORLD_EPOCH (INT64_C(1795000000) * NS_PER_S)

/* What reached this host before the trace ended, and what is true of it. */
struct world_truth {
	uint8_t ttl, attempt;
	int64_t rtt_ns;
	struct play_reply reply;
};

struct world_event {
	int64_t at_ns;
	enum { WORLD_SENT, WORLD_NOT_SENT, WORLD_REPLY } kind;
	size_t index; /* of the probe; WORLD_REPLY: of truth */
	int64_t stamp_ns;
	uint64_t order; /* of the scheduling */
};

struct world {
	struct random random;
	struct net net;
	struct play *play; /* borrowed; not NULL: instead of net's replies */
	struct trace_config config;
	enum record_method method;
	uint32_t flow;		/* the source port is 33456 + flow */
	uint32_t unsent;	/* sends that fail, per million */
	uint32_t second_stamps; /* stamps that come by themselves, later */
	int64_t stamp_delay_ns; /* at most */

	struct trace trace;
	struct pace pace;
	struct build *build;
	struct key key;
	int64_t now_ns;
	uint64_t scheduled;
	size_t events, truths, queued;
	struct world_event event[WORLD_EVENTS];
	struct world_truth truth[WORLD_REPLIES];
	size_t queue[RECORD_PROBES_MAX];	/* what the pacer holds */
	int asked, volley, ended, failed_sends; /* volley: asked at once */
	int64_t settled_ns, left_ns; /* the end; when a probe was handed over,
					   left, failed or was still to leave */
	size_t bad[REPLY_BAD_KINDS], unmatched;
	struct record record; /* after world_run(): the caller's */
};

/* Once for any number of traces; w is all zero (and too big for a stack). */
void world_open(struct world *w);
void world_close(struct world *w);

/*
 * For a new trace: a calm world with an empty network and the default
 * configuration. Everything random comes from the seed; net, method and pace
 * are set next.
 */
void world_reset(struct world *w, uint64_t seed);

/* Runs to the end; false when nothing would ever happen again. */
bool world_run(struct world *w);

#endif
