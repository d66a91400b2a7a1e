/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_SWEEP_STATE_H
#define TUMEN_TRACE_SWEEP_STATE_H

#include "probe/trace/sweep.h"
#include "probe/trace/sweep_gate.h"
#include "probe/trace/sweep_map.h"
#include "probe/trace/sweep_rtt.h"
#include "probe/trace/sweep_timer.h"
#include "probe/wire/method.h"

/* What the files of a sweep share. */

/* A probe, or one more reply to one; numbered from 1 on, 0 is none. */
struct sweep_probe {
	int64_t tx_ns, rx_ns; /* wall, -1 none */
	int64_t left_ns;      /* monotonic: given to the driver, or sent */
	uint32_t addr, trace;
	uint32_t next; /* an earlier one of the same trace */
	struct probe_id id;
	uint16_t gate; /* that was charged */
	uint16_t reply_ipid;
	uint8_t ttl, attempt, reply_no;
	uint8_t reply_ttl, quoted_ttl, quoted_tos, type, code; /* or flags */
	unsigned kind : 2, proof : 3; /* reply_kind, record_proof */
	bool answered : 1, late : 1, sent : 1, unsent : 1;
	bool waiting : 1; /* for a reply in time */
};

enum { SWEEP_CHUNK = 4096 };

/* So many probes, that never move. */
struct sweep_chunk {
	struct sweep_probe *probe;
};

/* The objects behind a reply. */
struct sweep_ext {
	uint32_t probe, next;
	struct record_bytes bytes;
};

enum sweep_phase {
	SWEEP_IDLE,
	SWEEP_RUNNING,
	SWEEP_LINGERING, /* nothing more to ask, late replies may come */
	SWEEP_ENDED,	 /* not handed over before the one that it joins */
	SWEEP_READY,	 /* to be handed over */
	SWEEP_TAKEN
};

/* Sets of TTLs are bits, TTL 1 the lowest one. */
struct sweep_trace {
	uint64_t asked, busy, answered; /* busy: in line or in flight */
	uint64_t tried;			/* an attempt was given out */
	uint64_t expired;		/* an attempt was given up */
	int64_t full_ns;		/* the ceiling of the target */
	int64_t started_ns, ended_ns;
	int64_t expired_ns; /* when a probe was given up last */
	uint32_t probe;	    /* the latest one */
	uint32_t ext;	    /* the first one; from 1 on */
	uint32_t area, number;
	uint32_t node;			/* that it joins at */
	uint32_t source, waiters, next; /* traces, from 1 on */
	uint16_t probes;
	uint8_t phase, error;
	uint8_t low, top;    /* TTLs asked, or about to be */
	uint8_t floor, goal; /* expected: the last router, the target */
	uint8_t lowest;	     /* TTL of a router seen */
	uint8_t edge;	     /* highest TTL of a router seen */
	uint8_t join;	     /* TTL of node, 0 none */
	uint8_t last_answer, end, rank;
	uint8_t unsent; /* TTL that could not be sent */
	uint8_t extras;
	bool wide; /* forward up to the gap limit */
	bool known, cut, some_unsent;
	bool looked; /* for itself, where it could have joined */
};

struct sweep {
	struct sweep_config config;
	struct survey_about about;
	const struct method *method;
	size_t n;
	uint32_t *target; /* sorted */
	struct sweep_trace *trace;
	struct sweep_chunk *chunk;
	uint32_t probes, chunks;
	struct sweep_ext *ext;
	uint32_t exts, ext_room;
	struct sweep_timer *timer;
	struct sweep_gates *gates;
	struct sweep_map map;
	struct sweep_rtt rtt;
	struct mono now, begun;
	bool begins, spread, stopped;	 /* spread: beyond the first scouts */
	uint32_t line_head, line_tail;	 /* areas, from 1 on */
	uint32_t ready_head, ready_tail; /* traces, from 1 on */
	size_t inflight, started, finished, taken, joined;
	uint64_t sent, plain, too_late;
};

static inline struct sweep_probe *
sweep_probe_at(const struct sweep *s, uint32_t i)
{
	return &s->chunk[i / SWEEP_CHUNK].probe[i % SWEEP_CHUNK];
}

/* TTLs first..last; none when first > last. */
static inline uint64_t
sweep_span(int first, int last)
{
	return first > last
		   ? 0
		   : UINT64_MAX >> (64 - last) & UINT64_MAX << (first - 1);
}

#endif
