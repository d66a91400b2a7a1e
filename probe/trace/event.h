/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_EVENT_H
#define TUMEN_TRACE_EVENT_H

#include "probe/base/clock.h"
#include "probe/base/record.h"
#include "probe/wire/reply.h"

#include <stddef.h>
#include <stdint.h>

/* What goes into trace_step() and what comes out. */

enum trace_event_kind {
	TRACE_START,	/* now; stamp_ns: the wall clock, for start_us */
	TRACE_SENT,	/* index left this host; stamp_ns may follow later */
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
	TRACE_SEND,  /* build and send the probe at index, keep its bytes */
	TRACE_KEEP,  /* the reply became record.probes[index]: keep its bytes */
	TRACE_ENDED, /* the record is complete: trace_take() it */
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

#endif
