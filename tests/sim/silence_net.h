/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_SILENCE_NET_H
#define TUMEN_TESTS_SILENCE_NET_H

#include "probe/base/record.h"
#include "tests/sim/play.h"
#include "tests/sim/random.h"

/*
 * Random networks with loss, limits, mute routers and firewalls: a trunk, at
 * times with a balancer, then a branch for each /24; and what really became
 * of a probe in them.
 */

enum {
	NET_PREFIXES = 4,
	NET_TRUNK = 7,
	NET_BRANCH = 6,
	NET_ROUTERS = NET_TRUNK + 2 + NET_PREFIXES * NET_BRANCH,
	NET_HOST = 20, /* addresses .1 to .20 are probed */
};

struct net_limit {
	double rate; /* 0: none */
	int burst;
};

struct net_router {
	uint32_t addr;
	int position; /* the TTL at which it answers */
	bool mute;
	struct net_limit limit;
};

struct net_wall {
	int position; /* 0: none; drops probes that come so far */
	bool udp_only, one_target, refuses;
	struct net_router *at;
};

/* Why a probe has no answer, and what else would have kept it from one. */
struct net_truth {
	enum play_fate fate;
	bool
	    muted; /* a firewall did not let it pass, or a mute router had it */
	bool hidden;  /* and lets nothing pass to that prefix, ever */
	bool limited; /* lost, but there was no token either */
};

struct silence_net {
	struct random random;
	struct play *play;
	double loss; /* there and back, of the longest way */
	int64_t delay_ns;
	int prefixes, routers;
	struct net_router router[NET_ROUTERS];
	struct net_wall wall[NET_PREFIXES];
	bool deaf[NET_PREFIXES]; /* hosts that say nothing to UDP */
	struct net_truth truth;	 /* of the probe sent last */
};

/* Everything from the seed. */
void silence_net_open(struct silence_net *n, uint64_t seed);
void silence_net_close(struct silence_net *n);

/* An address of the prefix-th /24: host 1..NET_HOST. */
uint32_t silence_net_target(int prefix, int host);

/* play_send(), which leaves the truth in n->truth. */
size_t silence_net_send(struct silence_net *n, const uint8_t *probe, size_t len,
    int64_t now_ns, struct play_reply out[static PLAY_REPLIES]);

#endif
