/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_SILENCE_H
#define TUMEN_TRACE_SILENCE_H

#include "probe/base/record.h"
#include "probe/trace/responder.h"

/*
 * Names a reason for every probe of a finished, sorted record that has no
 * answer, unless it is named not-sent or late already: overflow, rate-limited,
 * filtered, late, lost, or unknown where the evidence does not suffice. The
 * evidence is the record itself and, when r is not NULL, what r has learnt of
 * the same responders before (this record included: responders_learn() comes
 * first). silence.c says how each reason is decided and how often it errs.
 */
void silence_name(struct record *record, const struct responders *r);

/* Whether a record has such a probe. */
bool silence_any(const struct record *record);

#endif
