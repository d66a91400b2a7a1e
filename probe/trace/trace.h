/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_TRACE_H
#define TUMEN_TRACE_TRACE_H

#include "probe/base/clock.h"
#include "probe/base/record.h"
#include "probe/trace/key.h"
#include "probe/wire/build.h"
#include "probe/wire/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One path of one flow: which probe to send next, what a reply means, when to
 * stop. Pure: an event in, actions out; no socket, clock or allocation.
 */

/* Each field's legal range is in the comment; trace_config_default() first. */
struct trace_config {
	uint8_t first_ttl; /* 1..RECORD_TTL_MAX */
	uint8_t max_ttl;   /* first_ttl..RECORD_TTL_MAX */
	uint8_t attempts;  /* 1..RECORD_ATTEMPTS_MAX, on one TTL */
	uint8_t window;	   /* 1..RECORD_TTL_MAX, unanswered TTLs in flight */
	uint8_t gap;	   /* 1..RECORD_TTL_MAX, silent TTLs that end a trace */
	int64_t wait_ns;   /* 10 ms..60 s, for a reply */
	int64_t linger_ns; /* 0..60 s, late replies after the last time-out */
};
void trace_config_default(struct trace_config *c);

enum trace_state { TRACE_IDLE, TRACE_RUNNING, TRACE_LINGERING, TRACE_DONE };

enum trace_event_kind {
	TRACE_START,	/* now */
	TRACE_SENT,	/* index left this host; stamp_ns is the kernel's */
	TRACE_NOT_SENT, /* index did not; error is an errno, 0 unknown */
	TRACE_REPLY,	/* reply, for index, with proof; stamp_ns */
	TRACE_TICK,	/* now: the time asked for has come */
	TRACE_ABORT,	/* stop at once; error is an errno, 0 asked for */
};

struct trace_event {
	enum trace_event_kind kind;
	struct mono now;
	int64_t stamp_ns; /* wall, from the kernel; -1 none */
	size_t index;	  /* of the probe in record.probes */
	int error;
	const struct reply *reply;
	enum record_proof proof;
};

enum trace_action_kind {
	TRACE_SEND,  /* build and send the probe at index */
	TRACE_KEEP,  /* the reply became record.probes[index]: keep its bytes */
	TRACE_ENDED, /* the record is complete */
};

struct trace_action {
	enum trace_action_kind kind;
	size_t index;
};

/* What a step wants done, in order. It is emptied at the start of a step. */
struct outbox {
	size_t n;
	struct trace_action action[RECORD_TTL_MAX + 2];
};

/* Private to trace.c beside the index of each probe that was sent. */
struct trace_slot {
	struct mono deadline; /* when the reply is overdue */
	bool waiting;	      /* queued or in flight */
	bool in_flight;
	struct probe_id id;
};

struct trace {
	struct trace_config config;
	enum trace_state state;
	struct flow_id flow;
	struct key_input input; /* ttl and attempt are set for each probe */
	const struct key *key;	/* borrowed */
	struct record record;	/* owned until trace_take() */
	struct trace_slot *slot;
	struct mono started, wake;
	uint8_t next_ttl;   /* lowest TTL not probed yet */
	uint8_t target_ttl; /* lowest TTL at which the trace ends, 0 unknown */
};

/*
 * Prepares a trace: copies what identifies it (names, target, prefix, method,
 * flow, 5-tuple, epoch, seq) from `about`, whose probes are ignored. Allocates
 * all it will ever need. The key is borrowed until trace_close().
 */
void trace_open(struct trace *t, const struct trace_config *c,
    const struct record *about, const struct key *key);
void trace_close(struct trace *t);

void trace_step(
    struct trace *t, const struct trace_event *event, struct outbox *out);

/* The probe's identity for build_probe(). */
struct probe_id trace_probe_id(const struct trace *t, size_t index);

/*
 * When the next TRACE_TICK is due; false when only other events matter. The
 * driver may tick later, never has to tick earlier.
 */
bool trace_wake(const struct trace *t, struct mono *at);

/*
 * Whether the reply answers a probe of this trace, which one, and how much of
 * the identity came back. Checks the quoted source, destination, protocol and
 * ports, or, without a quote, that the target itself answered from and to the
 * right ports.
 */
bool trace_match(const struct trace *t, const struct reply *reply,
    size_t *index, enum record_proof *proof);

/* Hands the finished record over (sorted, silences named); the trace is empty.
 */
void trace_take(struct trace *t, struct record *into);

#endif
