/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_TRACE_H
#define TUMEN_TRACE_TRACE_H

#include "probe/trace/event.h"
#include "probe/trace/key.h"
#include "probe/trace/slot.h"
#include "probe/wire/build.h"
#include "probe/wire/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One path of one flow: which probe to send next, what a reply means, when to
 * stop. Pure: an event in, actions out; no socket, clock or allocation.
 *
 * A volley goes first: one probe for each of the first `window` TTLs, without
 * waiting for answers. Whatever is silent then is tried again, and what lies
 * beyond is tried, up to the gap limit. A hint ends the volley one beyond it,
 * and nothing farther is tried before that TTL was answered or waited for.
 * patience.h says how long an attempt is waited for, stop.h when it is enough.
 */

/* Each field's legal range is in the comment; trace_config_default() first. */
struct trace_config {
	uint8_t first_ttl; /* 1..RECORD_TTL_MAX */
	uint8_t max_ttl;   /* first_ttl..RECORD_TTL_MAX */
	uint8_t attempts;  /* 1..RECORD_ATTEMPTS_MAX, on one TTL */
	uint8_t window;	   /* 1..RECORD_TTL_MAX, TTLs in flight at once */
	uint8_t gap;	   /* 1..RECORD_TTL_MAX, silent TTLs that end a trace */
	uint8_t hint_ttl;  /* where the path ended last time; 0 not known */
	int64_t wait_ns;   /* 10 ms..60 s, for a reply, at most */
	int64_t linger_ns; /* 0..60 s, for what is unanswered at the end */
};
void trace_config_default(struct trace_config *c);

enum trace_state {
	TRACE_IDLE,
	TRACE_RUNNING,
	TRACE_LINGERING, /* settled; what still comes is kept */
	TRACE_DONE,
};

struct trace {
	struct trace_config config;
	enum trace_state state;
	struct flow_id flow;
	struct key_input input; /* ttl and attempt are set for each probe */
	const struct key *key;	/* borrowed */
	struct record record;	/* owned until trace_take() */
	struct trace_slot *slot;
	struct trace_hop hop[RECORD_TTL_MAX + 1];
	struct mono started, linger_end;
	int64_t slowest_ns;  /* the longest round trip so far; 0 none yet */
	size_t extras;	     /* replies beyond the first one of a probe */
	uint8_t volley_ttl;  /* the last one of the volley */
	uint8_t next_ttl;    /* lowest TTL not probed yet */
	uint8_t last_answer; /* highest TTL below it that was answered */
	uint8_t target_ttl;  /* lowest TTL at which the trace ends, 0 unknown */
};

/*
 * Prepares a trace: copies what identifies it (names, target, prefix, method,
 * flow, 5-tuple, epoch, seq) from `about`, whose probes are ignored. Allocates
 * all it will ever need; c must be legal. The key is borrowed until
 * trace_close().
 */
void trace_open(struct trace *t, const struct trace_config *c,
    const struct record *about, const struct key *key);
void trace_close(struct trace *t);

/*
 * The driver owes each TRACE_SEND one TRACE_SENT or TRACE_NOT_SENT; a second
 * TRACE_SENT may bring the stamp. It copies bytes into record.probes[index]:
 * the packet into .sent, reply->bytes into .reply and reply->ext into .ext.
 */
void trace_step(
    struct trace *t, const struct trace_event *event, struct outbox *out);

/*
 * Whether a queued probe is still worth sending: false once the trace ended
 * at a lower TTL, or an earlier attempt was answered. The driver then says
 * TRACE_NOT_SENT with ECANCELED, and the probe leaves nothing in the record.
 */
bool trace_wanted(const struct trace *t, size_t index);

/*
 * Whether nothing is sent any more: the trace is over, or only lingers. Such
 * a trace does not count as one that runs.
 */
bool trace_settled(const struct trace *t);

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
 * right ports; match.c says how far each proof goes.
 */
bool trace_match(const struct trace *t, const struct reply *reply,
    size_t *index, enum record_proof *proof);

/* Hands the ended trace's record over, sorted, silences named. */
void trace_take(struct trace *t, struct record *into);

#endif
