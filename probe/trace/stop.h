/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_STOP_H
#define TUMEN_TRACE_STOP_H

#include "probe/trace/trace.h"

/*
 * Where a trace ends and why. The reason that says most is kept: reached over
 * unreachable over all others, and of two equal ones the lower TTL. TTLs above
 * the end are not begun any more; those below it are completed.
 */

/* That make a loop. */
enum { STOP_LOOP_VISITS = 3 };

/*
 * The TTL of a router's third visit; 0 when there is none. at: who answered
 * where, 0 nobody.
 */
uint8_t
stop_third_visit(const uint32_t at[static RECORD_TTL_MAX + 1], uint32_t addr);

/* What the flags of a segment say of the port: "syn-ack", "rst", "ack". */
const char *stop_segment(int flags);

/* The highest TTL that may be begun by what is known now. */
uint8_t stop_limit(const struct trace *t);

/*
 * The highest TTL that may be tried again: the volley may have gone beyond the
 * gap limit, further attempts do not.
 */
uint8_t stop_gap_limit(const struct trace *t);

/*
 * Whether the gap limit is about to end the trace, with one more probe of the
 * highest TTL to send: the target may answer beyond the gap. True from when
 * the last attempts in the gap are asked for.
 */
bool stop_wants_last_word(const struct trace *t);

/* An answer was recorded. */
void stop_answer(struct trace *t, const struct record_probe *p);

/* No attempt at this TTL could be sent; error is an errno, 0 unknown. */
void stop_unsent(struct trace *t, uint8_t ttl, int error);

/* Every TTL up to the limit is settled: the gap limit or the maximum. */
void stop_settled(struct trace *t);

/* The trace was cut; error is an errno, 0 asked for. */
void stop_abort(struct trace *t, int error);

/* The record is complete: says so where an answer came beyond the gap. */
void stop_finish(struct trace *t);

#endif
