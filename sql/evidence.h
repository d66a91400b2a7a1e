/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_EVIDENCE_H
#define TUMEN_SQL_EVIDENCE_H

#include "probe/base/fault.h"
#include "probe/base/record.h"

/*
 * What of a trace lies in the table `evidence`: the raw packets of each probe,
 * and what another tool wrote of the whole trace (record.source), in a row at a
 * place that no probe has: `sent` is the format's word, `reply` the text.
 */
enum { EVIDENCE_SOURCE = 255 }; /* ttl, attempt and reply_no of that row */

/* A row; NULL, 0: there are no such octets. */
struct evidence {
	uint8_t ttl, attempt, reply_no;
	const void *sent, *reply;
	size_t sent_len, reply_len;
};

/*
 * The rows of r one after the other, *at 0 at first; false behind the last
 * one. They borrow from r.
 */
bool evidence_next(const struct record *r, size_t *at, struct evidence *e);

/* How many octets all of them hold. */
size_t evidence_octets(const struct record *r);

/*
 * Copies a row that was read to where it belongs in r; packets of no probe of
 * r are passed over. EX_DATAERR: a source that was never stored so.
 */
bool evidence_take(struct record *r, const struct evidence *e, struct fault *f);

/* Whether the source of r, if any, may be stored; else EX_DATAERR. */
bool evidence_sane(const struct record *r, struct fault *f);

#endif
