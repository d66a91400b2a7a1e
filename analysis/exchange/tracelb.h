/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_TRACELB_H
#define TUMEN_EXCHANGE_TRACELB_H

#include "analysis/exchange/foreign.h"

/*
 * scamper's tracelb, the MDA traceroute: nodes, the links between them and the
 * probes that showed each link. It becomes one record a flow, in the flows'
 * order, all with the start of the whole; attempts are counted anew by the
 * time of sending, since a flow is probed again on a TTL with the same number.
 *
 * What the object lacks, the records lack: the probes that found the first
 * node (no link leads to it), and unanswered ones ("addr":"*" has no probes).
 */
void tracelb_read(struct json_read *in, struct foreign *f);

#endif
