/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_SILENCE_RIG_H
#define TUMEN_TESTS_SILENCE_RIG_H

#include "probe/trace/pace.h"
#include "probe/trace/responder.h"
#include "probe/trace/trace.h"
#include "tests/sim/silence_net.h"

/*
 * Many traces at once on a virtual clock and one played network, driven as the
 * real driver does it: paced together, built to bytes, parsed from bytes,
 * matched, told to one table of responders, named when they end.
 */

enum { RIG_TRACES = 16, RIG_FLIGHT = 1024, RIG_QUEUE = 2048 };

struct rig_job {
	uint32_t target;
	uint32_t flow;
	enum record_method method;
	int round;
};

struct rig_truth {
	struct net_truth of[RECORD_TTL_MAX + 1][RECORD_ATTEMPTS_MAX + 1];
};

struct rig_trace {
	bool running;
	struct trace trace;
	struct rig_job job;
	struct rig_truth truth;
};

struct rig_packet {
	int64_t at_ns;
	size_t len;
	uint8_t bytes[PLAY_PACKET];
};

struct rig_wait {
	struct rig_trace *trace;
	size_t index;
};

struct silence_rig {
	struct silence_net *net;
	struct responders *responders;
	struct build *build; /* borrowed */
	struct trace_config config;
	struct pace pace;
	struct key key;
	int at_once; /* traces */
	int64_t now_ns;
	uint64_t seq;
	struct rig_trace trace[RIG_TRACES];
	size_t flying, queued;
	struct rig_packet *flight;
	struct rig_wait queue[RIG_QUEUE];

	/* Takes each named record, and what is true of its probes. */
	void (*ended)(void *context, const struct record *record,
	    const struct rig_job *job, const struct rig_truth *truth);
	void *context;
};

/* net, build, config, at_once, ended and context are set next. */
void
silence_rig_open(struct silence_rig *g, uint32_t rate, struct random *random);
void silence_rig_close(struct silence_rig *g);

/* Runs them all, in this order. */
void
silence_rig_run(struct silence_rig *g, const struct rig_job *job, size_t n);

#endif
