/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_SCAMPER_GAPS_H
#define TUMEN_EXCHANGE_SCAMPER_GAPS_H

#include "analysis/exchange/scamper_head.h"

/*
 * Adds the unanswered probes of a trace of those versions of scamper (until
 * 2023) that do not list them, as far as the object tells them:
 * - Attempts are counted, and hop_count is the last TTL that was probed. So
 *   every attempt below one that was answered was made, and on every TTL one
 *   (unless that is more than probe_count: then only the former).
 * - probe_count is the number of all probes. If it is that of the answered
 *   ones, the attempts below them and all `attempts` on TTLs without an
 *   answer (what scamper does when it is not told otherwise), it was these;
 *   if it is that of all attempts on all TTLs (trace -Q), those.
 * Needs f's last record with its attempts; complete: nothing was left out.
 */
void
scamper_gaps(const struct scamper_head *head, struct foreign *f, bool complete);

#endif
