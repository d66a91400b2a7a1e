/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_RECORD_PACK_H
#define TUMEN_BASE_RECORD_PACK_H

#include "probe/base/record.h"
#include "probe/base/wr.h"

/*
 * The packed form of everything in a record that has no column of its own:
 * every probe and every reply except the raw packets, varints behind a version
 * byte. Immutable: version 1 is read for ever.
 */
void record_pack(const struct record *r, struct wr *out);

/*
 * Fills src, sport, dport, duration_us, stop_detail, clock_step, drops, tool
 * and the probes of r (which must own none) from foreign bytes. False, with r
 * cleared of probes, on any inconsistency.
 */
bool record_unpack(const void *bytes, size_t len, struct record *r);

#endif
