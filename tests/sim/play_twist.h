/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_PLAY_TWIST_H
#define TUMEN_TESTS_PLAY_TWIST_H

#include "tests/sim/play_walk.h"

/*
 * How networks and those in them misbehave: adds to the n replies (0 or 1
 * genuine one) copies that are late, cut, padded, damaged, and forgeries; says
 * of each what is true of it. Returns how many there are then.
 */
size_t play_twist(struct play *p, const struct play_walk *w, int64_t now_ns,
    size_t n, struct play_reply out[static PLAY_REPLIES]);

/* Adds one copy that comes a little later, if there is room. */
size_t play_twist_copy(
    struct play *p, size_t n, struct play_reply out[static PLAY_REPLIES]);

#endif
