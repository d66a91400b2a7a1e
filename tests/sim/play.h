/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_PLAY_H
#define TUMEN_TESTS_PLAY_H

#include "probe/base/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A network that is played from a scenario (tests/sim/scenarios/README.md has
 * the grammar): the bytes of a probe in, the bytes of the replies out, each
 * with the time of its arrival and what is true of it. The same scenario
 * serves the tests on a virtual clock and the TUN device on the real one.
 * The same text, seed, probes and times give the same replies.
 */
struct play;

enum { PLAY_REPLIES = 8, PLAY_PACKET = 1500 };

struct play_reply {
	int64_t at_ns; /* when it arrives, on the clock of now_ns */
	size_t len;
	bool genuine;		 /* the network said it about this very probe */
	enum record_proof proof; /* the most it may be graded; 0: nothing */
	uint32_t addr;
	int16_t icmp_type, icmp_code;
	uint8_t bytes[PLAY_PACKET];
};

/* What really became of a probe that brought no genuine answer. */
enum play_fate {
	PLAY_ANSWERED = 0,
	PLAY_LOST,	   /* the probe or its answer, on a link */
	PLAY_RATE_LIMITED, /* the router had no token */
	PLAY_SILENT,	   /* a router, or a host, that never answers */
	PLAY_FILTERED,	   /* a firewall dropped the probe or the answer */
	PLAY_NOBODY,	   /* there is no such host */
};

/* NULL, and what is wrong with which line, when the text is no scenario. */
struct play *play_parse(const char *text, uint64_t seed, char why[static 160]);
struct play *play_load(const char *path, uint64_t seed, char why[static 160]);
void play_close(struct play *p);

/* The address that probes must come from. */
uint32_t play_source(const struct play *p);

/* Answers a probe that leaves at now_ns (never falls between two calls). */
size_t play_send(struct play *p, const uint8_t *probe, size_t len,
    int64_t now_ns, struct play_reply out[static PLAY_REPLIES]);

/* Of the probe given to play_send() last: its fate, and whose it was to answer
 * (0 nobody's). */
enum play_fate play_fate(const struct play *p, uint32_t *responder);

/* The truth: who would answer a probe of this bytes' flow with this TTL if
 * nothing were lost, silent or limited; 0 nobody. Per-packet balancers: one of
 * them. No state changes. */
uint32_t
play_truth(const struct play *p, const uint8_t *probe, size_t len, uint8_t ttl);

/* Whether two probes of one flow (equal source, destination, protocol, TOS,
 * length and first four octets) were told apart by a flow balancer. */
bool play_inconstant(const struct play *p);

/* Of one router by its name: answers it gave, and probes it owed one, up to
 * now; false when there is no such router. */
bool play_count(const struct play *p, const char *router, uint64_t *answered,
    uint64_t *asked);

/* The name of the i-th router, the source being the first; NULL: no more. */
const char *play_name(const struct play *p, size_t i);

#endif
