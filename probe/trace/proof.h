/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_PROOF_H
#define TUMEN_TRACE_PROOF_H

#include "probe/wire/method.h"

/*
 * How much of a probe's identity a reply brought back. One witness is enough
 * when it names exactly one probe: a NAT rewrites the checksum or the IP-ID.
 * Two probes, or two witnesses that contradict each other, are no answer.
 */

/*
 * What of the probe with this identity the witnesses name: PROOF_BOTH, which
 * no other probe can have, PROOF_ONE, which another one may have too, or 0.
 */
enum record_proof
proof_named(const struct method_witness *w, const struct probe_id *id);

/*
 * The proof by a reply that names both of a probe which left with the source
 * src. It is full only when the addresses were ours on the way out and on the
 * way back: where a NAT rewrote them, the packet that was answered is not the
 * one that was sent.
 */
enum record_proof proof_whole(uint32_t src, const struct reply *reply);

#endif
