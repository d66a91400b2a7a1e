/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_RECORD_PACK_H
#define TUMEN_BASE_RECORD_PACK_H

#include "probe/base/record.h"

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

/*
 * The canonical path: for each TTL that was probed, ascending, up to the
 * target's first answer (what was in flight behind it depends on timing),
 * [ttl u8, kind u8, address u32 or nothing]. Kind 0 is silence, without an
 * address; 16 and more an unreachable of code kind - 16. record_answer()
 * speaks for a TTL.
 */
enum record_kind {
	KIND_SILENT = 0,
	KIND_TIME_EXCEEDED = 1,
	KIND_ECHO_REPLY = 2,
	KIND_TCP = 3,
	KIND_UDP = 4,
	KIND_OTHER = 5,
	KIND_UNREACHABLE = 16,
};
uint8_t record_kind(const struct record_probe *p);
void record_path(const struct record *r, struct wr *out);

#endif
