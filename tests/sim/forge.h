/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_FORGE_H
#define TUMEN_TESTS_FORGE_H

#include "tests/unit/trace_rig.h"

/* A trace that waits for answers, and packets that claim to be some. */
enum {
	FORGE_IP = 20,
	FORGE_ICMP = 8,
	FORGE_QUOTE = FORGE_IP + 8, /* all that a router has to quote */
	FORGE_FLIGHT = 30,
};

struct forge {
	uint8_t b[512];
	size_t len;
};

/* Network byte order; more than the field holds is cut off. */
uint16_t forge_get16(const uint8_t *p);
void forge_put16(uint8_t *p, uint64_t v);
void forge_put32(uint8_t *p, uint64_t v);

/* FORGE_FLIGHT probes have left and none is answered; the caller closes g->t.
 */
void forge_trace(struct rig *g, enum record_method method, const struct key *k);

/* The bytes of the probe at i, and how many. */
size_t forge_probe(struct build *b, const struct rig *g, size_t i,
    uint8_t bytes[static BUILD_MAX]);

/* An IP header before len octets of 0. */
void forge_outer(struct forge *p, uint8_t protocol, uint32_t src, size_t len);

/* Time exceeded, with so much of the probe. */
void forge_error(struct forge *p, const uint8_t *probe, size_t quote_len);

/* Fills the quote to room octets and puts an extension structure behind it. */
void forge_extend(struct forge *p, size_t room, uint8_t words,
    const uint8_t *ext, size_t len);

/*
 * An echo reply of the target: the low 16 bits of identity in the sequence
 * number, the next 16 in the payload, behind two octets.
 */
void forge_echo(struct forge *p, uint16_t id, uint64_t identity);

/* Total length, IP checksum and ICMP checksum. */
void forge_seal(struct forge *p);

/* From the bytes to the verdict; above these it is an enum record_proof. */
enum forge_verdict { FORGE_REFUSED = -1, FORGE_UNMATCHED = 0 };
int forge_judge(
    const struct rig *g, const struct forge *p, struct reply *r, size_t *at);

#endif
