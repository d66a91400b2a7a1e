/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_PROBE_BAD_REPLIES_H
#define TUMEN_PROBE_BAD_REPLIES_H

#include "probe/net/prober.h"

/*
 * Logs one line about the malformed replies since *told, how many of which kind
 * (wire/reply.h), when there were any, and remembers them in *told.
 */
void bad_replies_tell(struct prober *p, struct prober_counts *told);

/* How many malformed ones there were. */
uint64_t bad_replies_count(const struct prober_counts *c);

#endif
