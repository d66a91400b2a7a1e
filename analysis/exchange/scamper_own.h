/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_SCAMPER_OWN_H
#define TUMEN_EXCHANGE_SCAMPER_OWN_H

#include "analysis/exchange/scamper_hops.h"

/*
 * The keys of ours in an object of scamper's shape, under "tumen": what
 * shaped_scamper() writes, so that reading it gives the same record again.
 */

/* Those of a reply or an unanswered probe; missing: as scamper has it. */
struct scamper_own_probe {
	enum record_proof proof;   /* 0 */
	enum record_silent silent; /* 0 */
	bool late;
	int64_t reply_no;	 /* -1 */
	int64_t tx_ns;		 /* nanoseconds beyond tx; 0 */
	int64_t reply_ttl;	 /* -1 */
	struct record_bytes ext; /* to be freed */
};
void scamper_own_probe(struct json_read *in, struct scamper_own_probe *own);

/* Those of the trace. */
struct scamper_own {
	bool is; /* there are some */
	char id[UUID_STRLEN];
	struct record r; /* without probes; owns the source */
};

/* The probes that did not leave, which scamper knows nothing of, are here. */
void scamper_own_read(struct json_read *in, struct foreign *f,
    struct scamper_hops *hops, struct scamper_own *own);

/* Moves all into r, which has probes, src, start and target; looks at the id.
 */
void scamper_own_end(
    struct json_read *in, struct scamper_own *own, struct record *r);

#endif
