/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_PLAY_REPLY_H
#define TUMEN_TESTS_PLAY_REPLY_H

#include "tests/sim/play_walk.h"

/*
 * The answer at the end of a walk, to its bytes; at_ns is left to the caller.
 * False when nobody says anything: the host takes it without a word.
 */
bool play_reply_make(
    struct play *p, const struct play_walk *w, struct play_reply *r);

/* The most that an error with this quote of the probe may be graded; 0. */
enum record_proof
play_reply_grade(const uint8_t *probe, const uint8_t *quote, size_t quote_len);

/*
 * Makes the outer headers and the checksums of an ICMP message right: body_len
 * octets lie behind its header already, r has type, code and address.
 */
void play_reply_seal(uint32_t to, struct play_reply *r, size_t body_len);

#endif
