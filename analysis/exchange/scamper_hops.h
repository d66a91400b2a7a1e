/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_SCAMPER_HOPS_H
#define TUMEN_EXCHANGE_SCAMPER_HOPS_H

#include "analysis/exchange/foreign.h"

/*
 * The probes of a trace in scamper's JSON. Until scamper_hops_end() a probe's
 * attempt is its probe_id, 255 at most, which some versions count from 1 and
 * others, as the manual has it, from 0.
 */
struct scamper_hops {
	bool from_0;	 /* there is a probe_id 0, or the object is of ours */
	bool silent;	 /* there is an array of unanswered probes */
	bool ipv6;	 /* an address was one */
	size_t left_out; /* no place in a record: TTL, attempt, number */
};

/* Reads hops or extra_hops, one object a reply, into f's last record. */
void scamper_hops_read(
    struct json_read *in, struct foreign *f, struct scamper_hops *hops);

/* Reads no_hops or extra_no_hops, one object a probe without a reply. */
void scamper_hops_silent(
    struct json_read *in, struct foreign *f, struct scamper_hops *hops);

/* Makes attempts of probe_ids. */
void scamper_hops_end(struct scamper_hops *hops, struct record *r);

#endif
