/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_TRAIL_H
#define TUMEN_CHANGE_TRAIL_H

#include "probe/base/record.h"

/*
 * What a trace shows of its path, TTL by TTL, in the form that two of them are
 * compared in: who answered, and how quickly; and what all flows towards one
 * target showed about the same time. Pure.
 */

enum { TRAIL_ADDRS_MAX = 8 }; /* at one TTL; more are not kept */

/* Silent and not probed are different things, and neither says anything. */
struct trail_hop {
	bool probed; /* a probe left this host */
	uint8_t n;   /* different responders, in the order of their attempts */
	int16_t icmp_code; /* of an unreachable; -1: none */
	int64_t rtt_ns;	   /* the least, of the first responder; -1 */
	uint32_t addr[TRAIL_ADDRS_MAX];
};

/*
 * hop[ttl - 1]. Replies without any proof are left out, and beside one with
 * both witnesses those with one: they may be anybody's. Late and repeated ones
 * count for what they are: the same router again, or another one behind those
 * that answered in time. The path ends with the first answer of the target: it
 * may answer again at the next TTL.
 */
struct trail {
	uint32_t target;
	bool reached;
	uint8_t n;	 /* the last TTL that was probed, or reached */
	uint8_t last;	 /* the last that was answered; 0: none */
	bool clock_step; /* round trips are not to be believed */
	struct trail_hop hop[RECORD_TTL_MAX];
};

void trail_make(struct trail *t, const struct record *r);

/*
 * The TTL at which the path ends: of the target's answer, or of the first
 * unreachable of those who alone answered last, with unreachables; 0: it is not
 * known.
 */
uint8_t trail_end(const struct trail *t);

/*
 * The routers that any flow of one vantage towards one target showed in a
 * stretch of time: what a load balancer has to choose from. Start from {0}.
 * More of one TTL than there is room for are not kept, but that there were:
 * then nobody at that TTL is new. Who ends a path answers all that goes
 * farther, too: behind silence it may be nearer than it seems.
 */
enum { FLOWS_ADDRS_MAX = 32 };
struct flows {
	uint8_t n[RECORD_TTL_MAX];
	uint32_t sure[RECORD_TTL_MAX]; /* bit i: addr[i] is no nearer */
	uint32_t addr[RECORD_TTL_MAX][FLOWS_ADDRS_MAX];
	uint64_t more; /* bit ttl - 1: there were more than are kept */
};

void flows_add(struct flows *f, const struct trail *t);
void flows_add_router(struct flows *f, uint8_t ttl, uint32_t addr, bool sure);
bool flows_show(const struct flows *f, uint8_t ttl, uint32_t addr);

#endif
