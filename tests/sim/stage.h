/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_STAGE_H
#define TUMEN_TESTS_STAGE_H

#include "probe/wire/build.h"
#include "probe/wire/reply.h"
#include "tests/sim/play.h"

/* A played network and probes towards it, one after the other. */
struct stage {
	struct play *play;
	struct build *build;
	struct flow_id flow;
	struct probe_id id; /* of the probe sent last */
	uint8_t probe[BUILD_MAX];
	size_t len;
	int64_t now_ns; /* moved by the test alone */
	struct play_reply out[PLAY_REPLIES];
	size_t n;
	struct reply reply; /* the first of out, as our parser has it */
};

/*
 * UDP from 192.0.2.1 port 33456 to 203.0.113.9 port 33434. A text that is no
 * scenario ends the program: it is a bug of the test.
 */
void stage_open(struct stage *s, const char *text, uint64_t seed);
void stage_close(struct stage *s);

/* The flow of another method, with its usual destination port. */
void stage_method(struct stage *s, enum record_method method);

/* Sends a probe of a new identity; the number of replies. */
size_t stage_ask(struct stage *s, uint8_t ttl);

/* Who answers it in s->reply, which must be good; 0 nobody. */
uint32_t stage_hop(struct stage *s, uint8_t ttl);

/* The fate of the probe sent last. */
enum play_fate stage_fate(const struct stage *s);

/*
 * What our matcher would grade the reply as an answer of that very probe; 0:
 * it refuses the bytes, or matches them to no or to another probe.
 */
enum record_proof
stage_grade(const struct stage *s, const struct play_reply *reply);

#endif
