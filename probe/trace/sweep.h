/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_SWEEP_H
#define TUMEN_TRACE_SWEEP_H

#include "probe/trace/survey.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The paths to many addresses of a prefix, with one flow, without asking the
 * routers that they share more often than needed: Doubletree (Donnet, Raoult,
 * Friedman, Crovella: SIGMETRICS 2005). A few traces are complete; the others
 * begin at the distance where the last router is expected, go back until they
 * meet a router that is known at this TTL, and forward as every trace does.
 *
 * A record holds what was sent for its target and nothing else. The gap limit
 * is honest: STOP_GAP says that so many TTLs behind the last answer were
 * probed and silent, but where the neighbours have shown that no router is to
 * be expected, each of them once and not config.attempts times.
 */
enum { SWEEP_TARGETS_MAX = 65536 };

/* Each field's legal range is in the comment; sweep_config_default() first. */
struct sweep_config {
	uint8_t first_ttl; /* 1..RECORD_TTL_MAX */
	uint8_t max_ttl;   /* first_ttl..RECORD_TTL_MAX */
	uint8_t attempts;  /* 1..RECORD_ATTEMPTS_MAX, on one TTL */
	uint8_t gap;	   /* 1..RECORD_TTL_MAX, silent TTLs that end a trace */
	uint8_t verify;	   /* 1..64, traces that must agree on what precedes
			    * a router before others join them there */
	int64_t wait_ns;   /* 10 ms..60 s, for a reply, at most */
	int64_t linger_ns; /* 0..60 s, late replies after the last time-out */
	uint32_t responder_rate;  /* 1..1000000 packets/s, of one router */
	uint32_t responder_burst; /* 1..65536, at once */
	uint32_t target_rate;	  /* 1..1000000 packets/s, to one target */
	uint32_t target_burst;	  /* 1..65536 */
	uint32_t inflight;	  /* 1..1000000 probes */
};
void sweep_config_default(struct sweep_config *c);
bool sweep_config_legal(const struct sweep_config *c);

struct sweep;

/*
 * Prepares the traces to n <= SWEEP_TARGETS_MAX targets, which are copied; one
 * that is named twice is traced once. c must be legal. about->record names the
 * method, the ports and all else that the records have in common, and its
 * start_us the wall time of the first next(), for traces without a transmit
 * stamp; about->key is borrowed until sweep_close(). Traces are numbered from
 * about->seq on, without a gap, in the order in which they begin.
 */
struct sweep *sweep_open(const struct sweep_config *c,
    const struct survey_about *about, const uint32_t *target, size_t n);
void sweep_close(struct sweep *s);

/* The core of these is a struct sweep. */
extern const struct survey_ops sweep_ops;

/*
 * Where a path is completed by another one: below ttl this trace was not
 * probed to its end, because the router that it saw there was seen at the same
 * TTL by the trace seq, whose TTLs below (and in turn those of the trace that
 * it joins) lead there. What this record has below ttl itself goes first.
 */
struct sweep_join {
	uint8_t ttl;	 /* 0: the trace is complete by itself */
	uint64_t seq;	 /* handed over before this one */
	uint32_t target; /* of that trace */
};

/* Of a record that sweep_ops.take() has given; ttl 0 for any other. */
struct sweep_join
sweep_join(const struct sweep *s, const struct record *record);

/* What has been done up to now. */
struct sweep_saved {
	size_t targets, started, finished, joined;
	size_t routers;	   /* pairs of TTL and address, the stop set */
	uint64_t sent;	   /* probes that left */
	uint64_t plain;	   /* that plain traces of the finished ones, each
			    * from first_ttl on by itself, would have sent */
	uint64_t too_late; /* replies after their trace had ended */
	size_t bytes;	   /* of memory */
};
struct sweep_saved sweep_saved(const struct sweep *s);

#endif
