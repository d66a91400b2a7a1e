/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_NET_MODEL_H
#define TUMEN_TESTS_NET_MODEL_H

#include "probe/base/record.h"
#include "tests/sim/play.h"
#include "tests/sim/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A played network: bytes of a probe in, bytes of the replies out, each with
 * the time of its arrival and what is true of it. Rates are per million.
 */
enum { NET_HOPS = 40, NET_BRANCHES = 4, NET_REPLIES = 4 };

/* What a balancer may hash without telling probes of one flow apart. */
enum net_field {
	NET_SRC = 1,
	NET_DST = 2,
	NET_PROTOCOL = 4,
	NET_TOS = 8,
	NET_LENGTH = 16,
	NET_PORTS = 32, /* first four octets behind the IP header */
};

struct net_hop {
	uint32_t addr[NET_BRANCHES];
	uint8_t branches; /* 1: no balancer */
	uint8_t hashed;	  /* of enum net_field */
	int64_t rtt_ns, jitter_ns;
	uint32_t loss, duplicate, late;
	bool silent;
	bool zero_ttl;	     /* forwards what it should have let die */
	bool long_quote;     /* quotes all of the probe */
	bool mpls;	     /* RFC 4950, behind 128 octets */
	int64_t interval_ns; /* between two ICMP errors; 0 no limit */
	int64_t next_ns;     /* when the limiter lets the next one go */
	int branch;	     /* taken by the first probe; -1 none yet */
};

/* How the target answers UDP and TCP; an echo request gets its reply. */
enum net_target {
	NET_CLOSED, /* port unreachable, RST */
	NET_BARE,   /* a datagram or an RST without a word of the probe */
	NET_MUTE,
	NET_ROUTER, /* as a hop first (time exceeded), then closed */
	NET_OPEN,   /* SYN/ACK; UDP: closed */
};

/* What a NAT behind the first hop leaves in a quote. */
enum net_nat {
	NET_NO_NAT,
	NET_NAT_UNDONE, /* everything translated back */
	NET_NAT_STALE_CHECK,
	NET_NAT_STALE_ALL, /* source and checksum of the outside */
	NET_NAT_NEW_IPID,  /* IP-ID rewritten, the rest translated back */
	NET_NAT_BLIND,	   /* both witnesses gone */
};

struct net {
	struct random random;
	uint32_t src, dst;
	struct net_hop hop[NET_HOPS + 2]; /* by TTL; the target is the last */
	uint8_t hops;			  /* routers; the target is beyond */
	enum net_target target;
	enum net_nat nat;
	uint8_t border; /* refuses all that goes farther; 0 none */
	uint8_t border_code;
	uint32_t border_rate;
	uint8_t loop_at, loop_len; /* these hops follow each other for ever */
	uint32_t forged, flipped;
	bool inconstant; /* a balancer told two probes of a flow apart */
};

/* Answers a probe that leaves at now; the number of replies in out. */
size_t net_send(struct net *n, const uint8_t *probe, size_t len, int64_t now_ns,
    struct play_reply out[static NET_REPLIES]);

/* The hop a probe of this TTL reaches, NULL when it does not get there. */
struct net_hop *net_reaches(struct net *n, uint8_t ttl);

#endif
