/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_PLAY_GRAPH_H
#define TUMEN_TESTS_PLAY_GRAPH_H

#include "tests/sim/play.h"
#include "tests/sim/play_manner.h"
#include "tests/sim/random.h"

/*
 * What play_text.c makes of a scenario and play_walk.c walks through. Chances
 * are per million. Node 0 is the source.
 */
enum { PLAY_ADDRS = 8, PLAY_NEXTS = 128, PLAY_NAME = 32, PLAY_FLOWS = 16384 };
#define PLAY_NONE UINT32_MAX

/* Bits in the order of the names after `by=`. */
enum play_field {
	PLAY_BY_SRC = 1,
	PLAY_BY_DST = 2,
	PLAY_BY_PROTOCOL = 4,
	PLAY_BY_TOS = 8,
	PLAY_BY_LENGTH = 16,
	PLAY_BY_PORTS = 32, /* first four octets behind the IP header */
	PLAY_BY_SPORT = 64,
	PLAY_BY_DPORT = 128,
	PLAY_BY_ICMP_ID = 256,
	PLAY_BY_PACKET = 512, /* by chance, each for itself */
};

struct play_span {
	uint32_t first; /* up to the next one's first */
	uint32_t route; /* PLAY_NONE: none */
};

struct play_deny {
	struct prefix prefix;
	int16_t code;
	bool silent, back;
	uint16_t protocols; /* bits: udp, tcp, icmp; 0 all */
	uint32_t rate, next;
};

struct play_router {
	char name[PLAY_NAME];
	uint32_t addr[PLAY_ADDRS];	 /* by the link it came over */
	uint32_t addrs, links_in, links; /* links: list of those from here */
	struct play_manner manner;
	bool zero_ttl, hidden;
	int16_t tos, detour, no_route; /* -1: leaves it; ...; says nothing */
	uint8_t nat;
	uint32_t outside, deny, span, spans;
	struct prefix prefix; /* of a tree's router */
	uint64_t answered, asked;
	uint16_t ipid;
};

struct play_link {
	uint32_t from, to, ingress, next;
	int64_t delay_ns, back_ns, jitter_ns; /* back: -1 as the delay */
	uint32_t loss;
	struct play_delay reorder;
};

/* Where a prefix leads from a router: over links, or to hosts. */
struct play_route {
	uint32_t router;
	struct prefix prefix;
	unsigned line;
	uint32_t hosts; /* PLAY_NONE: a balancer or a single link */
	uint16_t by;
	uint32_t n, next; /* in play.next and play.share */
	uint32_t shares;
};

struct play_hosts {
	struct play_manner manner;
	uint32_t share;
	int16_t unreachable; /* the router says so of nobody; -1 */
	bool router;	     /* lets TTL 1 die at its own door */
	int64_t delay_ns, jitter_ns;
};

/* Of every probe, or of every answer: for hostile runs. */
struct play_network {
	uint32_t forge, flip, fuzz, truncate, oversize, duplicate, amplify;
};

/* The branch that a flow took at a balancer. */
struct play_flow {
	uint64_t key;
	uint32_t branch;
};

struct play {
	struct random random;
	uint64_t seed;
	uint32_t source;
	struct play_router *router;
	struct play_link *link;
	struct play_route *route;
	struct play_hosts *hosts;
	struct play_deny *deny;
	struct play_span *span;
	uint32_t *next, *share; /* links, and sums of weights, of balancers */
	uint32_t *slot;		/* routers by hash of the name; PLAY_NONE */
	uint32_t routers, links, routes, hostses, denies, spans, nexts, slots;
	struct play_network network;
	struct play_flow *flow;
	bool inconstant;
	enum play_fate fate;
	uint32_t responder;
};

/* The router of that name; PLAY_NONE if there is none. */
uint32_t play_router(const struct play *p, const char *name);

#endif
