/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_RUNS_H
#define TUMEN_SQL_RUNS_H

#include "probe/base/addr.h"
#include "probe/base/record.h"

#include <stdint.h>

/* What timelines are made of, and what is kept of them (sql/states.h). */

enum { RUN_CARRIER_MAX = 32 };

/* A stretch of rounds of one series with one carrier and entry AS. */
struct run {
	char vantage[RECORD_NAME_MAX + 1];
	struct prefix prefix;
	char carrier[RUN_CARRIER_MAX + 1]; /* "none": no route; "unknown" */
	int64_t entry_as;		   /* -1 */
	char reach[8];			   /* believed after its newest round */
	double p;	    /* of the newest round with this state; NAN */
	int64_t since_us;   /* the first round began */
	int64_t decided_us; /* the first round had its last answer */
	int64_t last_us;    /* the newest round with this state began */
	int64_t seen_us; /* the newest round of any state, for the last run */
	uint8_t first_trace[UUID_LEN], last_trace[UUID_LEN];
	/* What the newest round saw instead, not yet believed; carrier ""
	 * nothing. Times and trace as above, of that round. */
	struct {
		char carrier[RUN_CARRIER_MAX + 1];
		int64_t entry_as, since_us, decided_us;
		uint8_t first_trace[UUID_LEN];
	} pending;
};

/*
 * A stretch of rounds of one series with one reachability, apart from who
 * carries it: a path may stand while nothing behind it answers.
 */
struct reach_run {
	char vantage[RECORD_NAME_MAX + 1];
	struct prefix prefix;
	char reach[8]; /* up, down, unknown */
	/* As in struct run. */
	int64_t since_us, decided_us, last_us, seen_us;
	uint8_t first_trace[UUID_LEN], last_trace[UUID_LEN];
	char uplink[8]; /* of the newest round: up, down (or unstable), unknown
			 */
	/* Of an "up": what answered, and so must fall silent for a "down";
	 * method 0: nothing. A later run keeps it. */
	uint32_t witness;
	enum record_method witness_method;
	int64_t witness_us; /* its round began that it answered in last */
	struct {
		char reach[8]; /* "": nothing */
		int64_t since_us, decided_us;
		uint8_t first_trace[UUID_LEN];
	} pending;
};

#endif
