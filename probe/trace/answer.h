/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_ANSWER_H
#define TUMEN_TRACE_ANSWER_H

#include "probe/trace/trace.h"

/* How a reply becomes an entry of the record. */

/*
 * Duplicates prove their point after a few, and a flood may not fill the
 * record: replies to one probe, and replies of a trace beyond the first one of
 * each probe.
 */
enum { ANSWER_REPLIES_MAX = 8, ANSWER_EXTRAS_MAX = 128 };

/*
 * Writes the reply of a TRACE_REPLY into its probe or, when that has one
 * already, into an entry of its own: *index. False when the record holds
 * enough of them.
 */
bool answer_record(struct trace *t, const struct trace_event *e, size_t *index);

/*
 * What the record says of a reply, but for its proof, its round trip, and the
 * bytes that the owner of the record may keep.
 */
void answer_fill(struct record_probe *p, const struct reply *reply);

/*
 * The round trip of what was received at rx_ns, -1 unknown: without both
 * stamps, and without identity, for then it may be the answer to any probe.
 */
int64_t answer_rtt_ns(const struct record_probe *p, int64_t rx_ns);

/* The transmit stamp of the probe at i, for all its replies. */
void answer_stamp(struct trace *t, size_t i, int64_t tx_ns);

#endif
