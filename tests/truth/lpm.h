/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_LPM_H
#define TUMEN_TESTS_TRUTH_LPM_H

#include "analysis/origin/snapshot.h"
#include "probe/base/record.h"

/*
 * The rival that everybody can have: the AS that plain longest-prefix match in
 * BGP gives the last hop before the target's AS. 0: no hop has one.
 */
uint32_t lpm_entry(
    const struct snapshot *table, const struct record *r, uint32_t target_as);

#endif
