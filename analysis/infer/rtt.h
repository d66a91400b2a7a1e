/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_RTT_H
#define TUMEN_INFER_RTT_H

#include "probe/base/record.h"

/*
 * Round trips as evidence, in pairs only: the least that one vantage measures
 * to two prefixes of one network in one window of time. A round trip by itself
 * proves nothing; in December 2011, before any satellite carried it, part of
 * 175.45.176.0/24 was 460 ms away.
 */
struct rtt_pair {
	int64_t here_ns;     /* to the target's prefix; -1: not known */
	int64_t other_ns;    /* to the other prefix that is nearest; -1: none */
	struct prefix other; /* that one */
};

/*
 * The least round trip to the target itself that is proved, or of a tool that
 * does not tell how it knows its replies; -1: none.
 */
int64_t rtt_least_ns(const struct record *r);

/* The least that is proved at a TTL, whoever answered; -1: none. */
int64_t rtt_at_us(const struct record *r, int ttl);

/*
 * True when the target is nearer than a geostationary satellite allows. One
 * way over it takes at least 2 x 35,786 km at the speed of light; the other way
 * takes about half of what the other prefix needs.
 */
bool rtt_too_fast(const struct rtt_pair *pair);

/* Whether the two differ by more than 10 ms and more than a fifth. */
bool rtt_differs(const struct rtt_pair *pair);

/* What one vantage measured to one prefix, and what that is paired with. */
struct rtt_least {
	int64_t window;
	uint32_t network; /* the target's, an ASN */
	const char *vantage;
	struct prefix prefix;
	struct rtt_pair *pair; /* here_ns is filled in, the rest is asked for */
};

/* Pairs all that belongs together; reorders them. */
void rtt_pair_all(struct rtt_least *least, size_t n);

#endif
