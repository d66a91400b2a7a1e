/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_RESPONDER_PAST_H
#define TUMEN_TRACE_RESPONDER_PAST_H

#include "probe/trace/responder.h"

/*
 * What silence.c reads of struct responders. Every pointer is borrowed until
 * the next change of the table, and NULL when nothing is known.
 */

enum { PAST_ASKS = 64 };

/*
 * What one router was asked last, ascending: wall ns of the moment at which
 * the answer came, or would have come; the lowest bit says which. whole: this
 * is all it was ever asked, so it was rested before the first.
 */
struct responder_past {
	int64_t ask[PAST_ASKS];
	uint32_t asks;
	bool whole;
	int64_t rtt_ns, jitter_ns; /* smoothed as in RFC 6298; rtt -1 none */
	int64_t least_rtt_ns;
};
const struct responder_past *
responders_past(const struct responders *r, uint32_t addr);

static inline bool
past_answered(int64_t ask)
{
	return (ask & 1) != 0;
}

/*
 * Of one place, that is a TTL towards a target by one method, port and flow;
 * towards a target; its /24; anything.
 */
enum responder_scope { SCOPE_PATH, SCOPE_TARGET, SCOPE_NET, SCOPE_ANY };

struct responder_place {
	uint32_t addr;		   /* who answered here last; 0 nobody yet */
	uint32_t again, same;	   /* answers after the first; by the same */
	uint32_t silent;	   /* probes that passed here unanswered */
	uint32_t run, run_records; /* silences since the last answer */
	bool host; /* addr is a target that answered for itself */
};
const struct responder_place *responders_place(const struct responders *r,
    const struct record *about, uint8_t ttl, enum responder_scope scope);

/* The probes of one TTL: record.probes[first..end). */
struct responder_hop {
	size_t first, end;
	uint8_t ttl;
	uint32_t addr;	 /* who answered one of them; 0 nobody */
	uint32_t silent; /* those to which silence is a fact: see below */
	bool passed;	 /* something answered from beyond */
};
struct responder_hop responders_hop(const struct record *r, size_t first);

/*
 * Whether it left and was listened for long enough, that is for a second and
 * for twice the round trip (-1: not known), but brought no answer.
 */
bool responders_silent(
    const struct record *r, const struct record_probe *p, int64_t rtt_ns);

/* How long the record could have taken an answer to the probe; -1 unknown. */
int64_t
responders_listened_ns(const struct record *r, const struct record_probe *p);

/* The lowest TTL at which the target itself was seen to answer; 0 never. */
uint8_t responders_reach(const struct responders *r, uint32_t target);

#endif
