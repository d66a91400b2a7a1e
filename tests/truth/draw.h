/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_DRAW_H
#define TUMEN_TESTS_TRUTH_DRAW_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Chance that belongs to a thing, not to the moment: what is drawn for a
 * router, a link or a flow is the same whenever it is asked, so that nothing
 * has to be stored and every trace that crosses the thing agrees.
 */
enum draw_what {
	DRAW_SAMPLE,	/* whether an AS of the table is in this world */
	DRAW_SIZE,	/* noise on the rank of an AS */
	DRAW_REGION,	/* where an AS is at home */
	DRAW_TIE,	/* which of two equal routes an AS prefers */
	DRAW_TE,	/* a local preference among providers */
	DRAW_EXPORT,	/* to whom, and how, a target announces a prefix */
	DRAW_EDGE,	/* what a target's edge does */
	DRAW_HOST,	/* what a target host is */
	DRAW_LINKS,	/* parallel links of two ASes */
	DRAW_AT,	/* the border router that a link ends at */
	DRAW_NUMBERING, /* whose space a link is numbered from */
	DRAW_LOWER,	/* which side has the lower address */
	DRAW_UNROUTED,	/* whether an AS keeps space out of BGP */
	DRAW_PRIVATE,	/* RFC 1918 inside an AS */
	DRAW_POOL,	/* where in its space an AS numbers its links */
	DRAW_INNER,	/* routers between two borders of an AS */
	DRAW_CORE,	/* which ones */
	DRAW_BALANCE,	/* whether there are parallel ones, how many */
	DRAW_CHOICE,	/* which of them a flow, or a probe, takes */
	DRAW_SILENT,	/* routers and ASes that never answer */
	DRAW_LIMITED,	/* those that answer some probes only */
	DRAW_REPLY,	/* which interface a router answers from */
	DRAW_ZERO,	/* forwarding of packets with TTL 0 */
	DRAW_LOSS,	/* whether this probe or its reply is lost */
	DRAW_DELAY,	/* of a link, and jitter of a probe */
	DRAW_STACK,	/* the initial TTL of a router's replies, its IP-IDs */
	DRAW_NAT,	/* a vantage behind a translator */
	DRAW_GROUP,	/* vantages, methods, flows and time of a group */
	DRAW_TABLE,	/* faults of the tables that a measurer has */
};

/* 64 bits for (seed, what, a, b). */
uint64_t draw(uint64_t seed, enum draw_what what, uint64_t a, uint64_t b);

/* 0 <= x < 1. */
double draw_real(uint64_t seed, enum draw_what what, uint64_t a, uint64_t b);

/* 0..n-1; n > 0. */
uint32_t draw_below(
    uint64_t seed, enum draw_what what, uint64_t a, uint64_t b, uint32_t n);

/* True with probability p. */
bool draw_chance(
    uint64_t seed, enum draw_what what, uint64_t a, uint64_t b, double p);

#endif
