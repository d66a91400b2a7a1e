/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_EVIDENCE_H
#define TUMEN_CAMPAIGN_EVIDENCE_H

#include "probe/campaign/config.h"

/*
 * Drops the raw packets of a record that its campaign does not keep. EDGE
 * keeps, with the probe that each answers: replies from the last routers
 * outside the target's network on (the last three TTLs before it that brought
 * a new router, and all behind them), every unreachable, and every reply whose
 * proof is not `both`. The target's network is the announced prefix, of a
 * North Korean target all four; it begins at the first answer from there, or
 * at the first that is no "TTL exceeded": a firewall answers every TTL behind
 * it, and would be the last three. A loop is one visit of its routers. What
 * the record says of a packet stays in any case.
 */
void evidence_trim(struct record *r, enum config_evidence keep);

#endif
