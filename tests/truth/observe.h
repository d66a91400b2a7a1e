/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_OBSERVE_H
#define TUMEN_TESTS_TRUTH_OBSERVE_H

#include "tests/truth/passage.h"

/*
 * Traces a passage with the engine of tumen-probe (probe/trace) itself, on a
 * clock that jumps from event to event: the record is the one that the probe
 * would have written, but for raw packets and extensions. `about` identifies
 * the trace as in trace_open(), start_us included. The caller clears *into.
 */
void
observe(struct passage *p, const struct record *about, struct record *into);

#endif
