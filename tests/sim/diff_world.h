/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_DIFF_WORLD_H
#define TUMEN_TESTS_DIFF_WORLD_H

#include "tests/sim/random.h"
#include "tests/sim/scenario.h"

/*
 * Networks with balancers between a vantage and one target, and what changes
 * in them. A router's address is 10.AS.ID.BRANCH: its AS, its place in the
 * network (none has that of another), its branch of a balancer.
 */

enum { DIFF_WORLD_STAGES = 32, DIFF_WORLD_WIDTH = 4 };
#define DIFF_WORLD_TARGET UINT32_C(0xcb007109)

/* One router, or those that a balancer has between two such. */
struct diff_stage {
	uint8_t id, as, width;
	bool packet;			  /* by packet, not by flow */
	uint8_t length[DIFF_WORLD_WIDTH]; /* routers of each branch, 1 or 2 */
	char option[64];
};

struct diff_world {
	uint8_t n, next_id, next_as;
	struct diff_stage stage[DIFF_WORLD_STAGES];
	uint8_t refused_at; /* 1 + the stage that lets nothing pass; 0 none */
	uint8_t code;	    /* of its unreachable */
	bool mute;	    /* the target says nothing */
	char router[64], link[64]; /* defaults */
};

enum diff_balance {
	DIFF_BY_FLOW,	  /* branches of one length or two */
	DIFF_BY_PACKET,	  /* of one length */
	DIFF_BY_PACKET_2, /* of one or two */
};

/* A network with 0 to 20 % loss, rate limits, silence, late and repeated
 * replies. */
void diff_world_make(
    struct diff_world *w, enum diff_balance balance, struct random *r);

enum diff_change {
	DIFF_NEW_HOP,
	DIFF_NEW_AS,
	DIFF_LONGER,
	DIFF_SHORTER,
	DIFF_DETOUR, /* as long as before */
	DIFF_NEW_END,
	DIFF_CHANGES
};
const char *diff_change_name(enum diff_change c);

/* Changes one thing in it. */
void
diff_world_change(struct diff_world *w, enum diff_change c, struct random *r);

/* As a scenario. */
void diff_world_say(const struct diff_world *w, struct scenario *s);

#endif
