/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_RECORD_KIND_H
#define TUMEN_BASE_RECORD_KIND_H

/* The kinds of things in a record; their words are in record_name.h. */

enum record_method { METHOD_UDP = 1, METHOD_ICMP = 2, METHOD_TCP = 3 };

enum record_stop {
	STOP_REACHED = 1,     /* the target itself answered */
	STOP_UNREACHABLE = 2, /* another host said so (detail: code) */
	STOP_GAP = 3,	      /* gap limit: too many silent TTLs */
	STOP_MAX_TTL = 4,
	STOP_LOOP = 5,
	STOP_ERROR = 6, /* this host could not send (detail: why) */
};

/*
 * How much of the keyed identity came back in the reply. Untold (null in JSON):
 * another tool matched it, by rules of its own that its records do not show.
 */
enum record_proof {
	PROOF_NONE = 1,
	PROOF_ONE = 2,
	PROOF_BOTH = 3,
	PROOF_UNTOLD = 4,
};

/* Why a probe has no reply. */
enum record_silent {
	SILENT_NOT_SENT = 1,
	SILENT_OVERFLOW = 2,
	SILENT_RATE_LIMITED = 3,
	SILENT_FILTERED = 4,
	SILENT_LATE = 5,
	SILENT_LOST = 6,
	SILENT_UNKNOWN = 7,
};

#endif
