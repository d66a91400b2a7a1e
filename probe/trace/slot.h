/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_SLOT_H
#define TUMEN_TRACE_SLOT_H

#include "probe/base/clock.h"
#include "probe/wire/build.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What probe/trace alone knows, beside the record. */

/* Of each entry of record.probes. */
struct trace_slot {
	struct mono since; /* when it left, or failed to; if timed */
	int64_t rx_ns;	   /* wall, kernel receive stamp; -1 none */
	bool waiting;	   /* queued, or its reply is waited for */
	bool sent;	   /* left this host */
	bool timed;
	struct probe_id id;
};

/* Of each TTL. */
struct trace_hop {
	uint8_t tried, unsent; /* attempts begun; that could not be sent */
	bool waiting, answered, cancelled;
	bool ignored;  /* above the end, and not worth more waiting */
	size_t last;   /* index of the latest attempt */
	uint32_t addr; /* who let the probe die, by the best proof; 0 nobody */
	enum record_proof proof;
	int64_t rtt_ns; /* the longest round trip here; 0 none yet */
};

#endif
