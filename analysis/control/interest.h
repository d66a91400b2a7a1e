/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_INTEREST_H
#define TUMEN_CONTROL_INTEREST_H

#include "probe/base/addr.h"
#include "probe/base/rd.h"

/*
 * The prefixes that are looked for: what equals one or lies inside it, and what
 * covers one and has INTEREST_COVER_MIN bits or more (who takes over a
 * neighbourhood announces more than its own).
 */
enum { INTEREST_MAX = 64, INTEREST_COVER_MIN = 16 };

struct interest {
	size_t n;
	struct prefix prefix[INTEREST_MAX]; /* ascending */
	/* Those that a peer should have: that it has them not says something.
	 */
	size_t nexpected;
	struct prefix expected[2 * INTEREST_MAX];
	char text[INTEREST_MAX * PREFIX_STRLEN]; /* blanks between them */
	uint64_t near[1024]; /* a bit for the first 16 bits of what may be */
};

/*
 * n prefixes, 1..INTEREST_MAX; the same one twice is one. 0: North Korea's
 * 175.45.176.0/22. Expected are the four /24 that it announces inside them, and
 * each that has none of those inside.
 */
void interest_init(
    struct interest *interest, const struct prefix *prefixes, size_t n);

bool
interest_holds(const struct interest *interest, const struct prefix *prefix);

/*
 * A quick look at the prefixes of a list as BGP writes it (IPv4 unicast): false
 * when surely none is looked for and all are well formed.
 */
bool
interest_may(const struct interest *interest, struct rd list, bool add_path);

#endif
