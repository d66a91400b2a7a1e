/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_RECORD_PATH_H
#define TUMEN_BASE_RECORD_PATH_H

#include "probe/base/record.h"
#include "probe/base/wr.h"

/* The path that a record shows. */

/*
 * How much a proof says, 1 nothing: one that is untold (another tool's) as much
 * as half of ours.
 */
unsigned record_proof_rank(enum record_proof proof);

/*
 * The reply that speaks for a TTL: the one with the best proof, of equal ones
 * the first; NULL when there is none. Late replies count: they came from the
 * same router.
 */
const struct record_probe *record_answer(const struct record *r, uint8_t ttl);

/* The highest TTL that was probed, 0 when none. */
uint8_t record_last_ttl(const struct record *r);

/*
 * Whether a TTL was probed: between the gap limit and the last one none may
 * have been.
 */
bool record_probed(const struct record *r, uint8_t ttl);

/*
 * Whether the target itself answered. Of another tool's trace (epoch 0) its
 * stop may say so where no probe shows at which TTL.
 */
bool record_reached(const struct record *r);
bool record_reached_nowhere(const struct record *r);

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
