/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_PLAY_MANNER_H
#define TUMEN_TESTS_PLAY_MANNER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How routers and hosts of a played network answer. The names of an enum stand
 * in the same order in the grammar (play_text.c). Chances are per million.
 */
enum play_answer { PLAY_CLOSED, PLAY_OPEN, PLAY_MUTE, PLAY_BARE };

enum play_ext {
	PLAY_EXT_NONE,
	PLAY_EXT_MPLS,
	PLAY_EXT_TWO,
	PLAY_EXT_UNKNOWN,
	PLAY_EXT_BROKEN,
	PLAY_EXT_OVERSIZE,
	PLAY_EXT_LONG,
	PLAY_EXT_INTERFACE,
};

/* What a NAT leaves in the quote of an error that passes it. */
enum play_nat {
	PLAY_NAT_UNDONE, /* everything translated back */
	PLAY_NAT_STALE_CHECK,
	PLAY_NAT_STALE_ALL, /* source and checksum of the outside */
	PLAY_NAT_NEW_IPID,  /* IP-ID rewritten, the rest translated back */
	PLAY_NAT_BLIND,	    /* both witnesses gone */
	PLAY_NAT_NONE,
};

struct play_delay {
	uint32_t chance;
	int64_t lo_ns, hi_ns;
};

/* A token bucket, as the time at which it will be full again. */
struct play_bucket {
	int64_t interval_ns; /* between two tokens; 0 no limit */
	int16_t burst;
	int64_t full_ns;
};

/* How a router or a host answers. */
struct play_manner {
	bool silent;
	uint8_t udp, tcp, icmp; /* enum play_answer: to probes of its own */
	uint8_t ext;
	uint16_t quote; /* octets of the probe, at most */
	int16_t ttl;	/* of its packets when they leave */
	uint32_t answer_from, loss, duplicate;
	struct play_delay late;
	struct play_bucket bucket;
};

#endif
