/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_RECORD_H
#define TUMEN_BASE_RECORD_H

#include "probe/base/addr.h"
#include "probe/base/hash.h"
#include "probe/base/record_kind.h"
#include "probe/base/record_source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The contract of the house: one trace as it was observed. Missing numbers are
 * negative, never 0. Immutable once the trace has ended.
 */

enum {
	RECORD_TTL_MAX = 64,	  /* longest real paths have about 40 hops */
	RECORD_ATTEMPTS_MAX = 10, /* that tumen-probe sends on one TTL */
	RECORD_ATTEMPT_TOP = 32,  /* that a record may have: RIPE Atlas 16 */
	RECORD_PROBES_MAX = 2048, /* probes and extra replies of one trace */
	RECORD_BYTES_MAX = 1500,  /* raw bytes kept of one packet */
	RECORD_NAME_MAX = 32,	  /* vantage and campaign names, in bytes */
	RECORD_DETAIL_MAX = 96,
};

/* Raw bytes, heap-owned; p is NULL when there are none. */
struct record_bytes {
	uint8_t *p;
	uint16_t len;
};

/*
 * One probe and its reply. A probe that was answered more than once has one
 * entry for each reply: same ttl, attempt and tx_ns, reply_no 1, 2, ...
 */
struct record_probe {
	uint8_t ttl;	 /* 1..RECORD_TTL_MAX */
	uint8_t attempt; /* 1..RECORD_ATTEMPT_TOP */
	uint8_t reply_no;
	bool answered;
	bool late;	/* after the longest wait, or when the trace was over */
	int64_t tx_ns;	/* wall, kernel transmit stamp; -1: never stamped */
	int64_t rtt_ns; /* receive stamp - transmit stamp; -1 */
	uint32_t addr;	/* responder; only when answered */
	int16_t reply_ttl; /* of the reply's outer header; -1 */
	int32_t reply_ipid;
	int16_t quoted_ttl, quoted_tos; /* -1: no quote */
	int16_t icmp_type, icmp_code;	/* -1: not ICMP */
	int16_t tcp_flags;		/* -1: not TCP */
	enum record_proof proof;	/* 0 when not answered */
	enum record_silent silent;	/* 0 when answered */
	struct record_bytes ext;   /* RFC 4884 objects, without its header */
	struct record_bytes sent;  /* the probe, from the IP header */
	struct record_bytes reply; /* the reply, from the IP header */
};

struct record {
	char vantage[RECORD_NAME_MAX + 1];
	char campaign[RECORD_NAME_MAX + 1]; /* "": none */
	bool clock_step; /* the wall clock was set while the trace ran */
	bool control;	 /* to a control destination, to see how we are */
	uint32_t drops;	 /* packets the kernel dropped before us meanwhile */
	int64_t run;	 /* slot of the campaign; -1 */
	uint64_t epoch;	 /* random, 1..2^53-1, one per spool or process; 0: of
			    another tool, not numbered */
	uint64_t seq;	 /* 1, 2, ... in an epoch; a gap is a lost trace. In
			    epoch 0 a hash, 1..2^53-1, of what identifies it */
	uint32_t target;
	struct prefix prefix; /* the announced prefix that holds the target */
	enum record_method method;
	int32_t port; /* TCP: the service probed; -1 */
	uint32_t flow;
	uint32_t src;
	uint16_t sport, dport; /* ICMP: the id and 0; 0 and src 0: untold */
	int64_t start_us;      /* wall, UTC since 1970 */
	int64_t duration_us;   /* until nothing was waited for any more; -1 */
	enum record_stop stop;
	char stop_detail[RECORD_DETAIL_MAX]; /* "": none */
	char tool[RECORD_NAME_MAX + 1];
	size_t nprobes;
	struct record_probe *probes; /* by ttl, attempt, reply_no */
	struct record_source source;
};

/* Frees what the record owns and makes it empty; the struct is the caller's. */
void record_clear(struct record *r);

/* Deep copy into *to, which is overwritten. */
void record_copy(struct record *to, const struct record *from);
void record_sort(struct record *r); /* by ttl, attempt, reply_no */

/*
 * The trace's id, a UUIDv8 of (vantage, epoch, seq, start_us): the same on the
 * agent, after the upload and after an import.
 */
void record_id(const struct record *r, uint8_t id[static UUID_LEN]);

/* A random epoch, never 0. */
uint64_t record_epoch(void);

#endif
