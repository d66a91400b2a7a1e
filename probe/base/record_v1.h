/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_RECORD_V1_H
#define TUMEN_BASE_RECORD_V1_H

#include "probe/base/rd.h"
#include "probe/base/record.h"

/*
 * Reads what tumen packed until November 2026, behind the version octet, into a
 * record that has no probes. False on any inconsistency; the probes that were
 * read until then are the caller's to drop.
 */
bool record_v1_unpack(struct rd *r, struct record *rec);

#endif
