/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_ANSWER_H
#define TUMEN_TRACE_ANSWER_H

#include "probe/trace/trace.h"

/* How a reply becomes an entry of the record. */

/* Replies of a trace beyond the first one of each probe. */
enum { ANSWER_EXTRAS_MAX = 128 };

/*
 * Writes the reply of a TRACE_REPLY into its probe or, when that has one
 * already, into an entry of its own: *index. False when the record holds
 * enough of them.
 */
bool answer_record(struct trace *t, const struct trace_event *e, size_t *index);

/* The transmit stamp of the probe at i, for all its replies. */
void answer_stamp(struct trace *t, size_t i, int64_t tx_ns);

#endif
