/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_RECORD_PACK_H
#define TUMEN_BASE_RECORD_PACK_H

#include "probe/base/record.h"
#include "probe/base/wr.h"

/*
 * The packed form of everything in a record that has no column of its own:
 * every probe and every reply except the raw packets. A version is immutable;
 * version 1 (record_v1.c) is read for ever. Version 2 is an octet of that
 * value, then bits, the first one the most significant, and zeros up to the
 * next octet. There is one way alone to write a record: what record_unpack()
 * takes as version 2, record_pack() gives again. Programs that knew of no
 * traces of other tools refuse an untold proof and attempts above 10, and
 * write no octet otherwise of all the rest. u(n): n bits. g(k): the
 * exponential Golomb code of order k (bits.h); of a signed number by zigzag.
 *
 *   u(32) src, u(16) sport, u(16) dport, g(20) signed duration_us,
 *   u(1) clock_step, g(1) drops, stop_detail and tool (record_text.h),
 *   g(4) how many probes,
 *   u(1), u(1): all tx_ns, all rtt_ns are whole microseconds and told as such.
 * Then each probe:
 *   place g(0)  0: of the next TTL the first attempt; 1: the next attempt;
 *               2: the next reply; 3: another one: u(8) ttl, attempt, reply_no
 *   shape g(0)  how many shapes were used since this one; as many as are
 *               remembered: another one, in u(49) (record_model.h)
 *   tx_ns       if stamped: the difference to what was expected, which is
 *               a further reply   the same stamp
 *               another attempt   the stamp before and the last such pause,
 *                                 at first 500 ms
 *               else              the stamp of the last such probe and the
 *                                 median of the last three distances between
 *                                 such, modulo 2^64, at first 0
 *               in g(k), k from the size of such differences before
 * and if it was answered:
 *   addr g(0)   0: a new one: u(5) bits - 1 in which it differs from the last
 *               one (at first src), and those but the first; n: used n - 1
 *               others ago
 *   quoted_ttl  if any and not as expected: u(8); expected is 1 or, where the
 *               last answer came from the same address and has one, that with
 *               the difference of the ttl
 *   reply_ttl   if any: g(0) which of 32, 64, 128, 255 it began with, as how
 *               many further than the last one (cyclic; at first 64), then
 *               g(0) signed by how much the way back is longer than the ttl,
 *               less than that of the last one (at first -1)
 *   reply_ipid  unless it is missing or 0: u(16)
 *   rtt_ns      if any: the difference to the last one in g(k), as above
 *   ext         if any: g(3) octets, then each one u(1) 0 when it is as in the
 *               last one of the record (or 0, where that has none), else
 *               u(1) 1, u(8)
 */
void record_pack(const struct record *r, struct wr *out);

/*
 * Fills src, sport, dport, duration_us, stop_detail, clock_step, drops, tool
 * and the probes of r (which must own none) from foreign bytes. False, with r
 * cleared of probes, on any inconsistency.
 */
bool record_unpack(const void *bytes, size_t len, struct record *r);

#endif
