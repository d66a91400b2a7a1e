/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TEST_LEARN_LESSON_H
#define TUMEN_TEST_LEARN_LESSON_H

/* Finished traces for a memory to learn from. */

#include "probe/base/clock.h"
#include "probe/base/record_reply.h"
#include "probe/campaign/learn_state.h"

#include <stdio.h>

#define LESSON_DAY  US_PER_DAY
#define LESSON_MIN  (60 * US_PER_S)
#define LESSON_FROM INT64_C(1795280000000000) /* November 2026 */

enum { LESSON_WEB = 0xaf2db043 }; /* 175.45.176.67 */

enum lesson_answer {
	LESSON_SILENCE,	 /* only a router answers */
	LESSON_OPEN,	 /* SYN/ACK of the target, or what UDP and ICMP get */
	LESSON_CLOSED,	 /* RST of the target, or its port unreachable */
	LESSON_FIREWALL, /* 3/13, from the target's address */
	LESSON_OTHER,	 /* the same as OPEN, from another address */
};

/* A trace of one probe to a router and one to the target. */
struct lesson {
	uint32_t target;
	enum record_method method;
	int32_t port;
	int64_t at_us;
	enum lesson_answer answer;
	enum record_stop stop;	 /* 0: as the answer says */
	enum record_proof proof; /* 0: both */
	bool control;
};

static inline struct record_probe
lesson_reply(const struct lesson *s)
{
	bool tcp = s->method == METHOD_TCP, closed = s->answer == LESSON_CLOSED;
	struct record_probe p = record_unanswered(12, 1);
	p.answered = s->answer != LESSON_SILENCE;
	p.addr = s->answer == LESSON_OTHER ? 0xc0000201 : s->target;
	p.proof = s->proof != 0 ? s->proof : PROOF_BOTH;
	if (s->answer == LESSON_FIREWALL) {
		p.icmp_type = ICMP_T_UNREACHABLE;
		p.icmp_code = ICMP_C_ADMIN_PROHIBITED;
	} else if (tcp) {
		p.tcp_flags = closed ? TCP_RST | TCP_ACK : TCP_SYN | TCP_ACK;
	} else if (closed) {
		p.icmp_type = ICMP_T_UNREACHABLE;
		p.icmp_code = ICMP_C_PORT;
	} else if (s->method == METHOD_ICMP) {
		p.icmp_type = ICMP_T_ECHO_REPLY;
	}
	return p;
}

static inline void
lesson_learn(
    struct learn *l, const struct config_campaign *c, const struct lesson *s)
{
	struct record_probe probes[2] = {
	    record_unanswered(4, 1), lesson_reply(s)};
	struct record r = {.target = s->target,
	    .prefix = targets_prefix(s->target),
	    .method = s->method,
	    .port = s->method == METHOD_TCP ? s->port : -1,
	    .start_us = s->at_us,
	    .stop = s->stop != 0 ? s->stop : STOP_GAP,
	    .control = s->control,
	    .nprobes = 2,
	    .probes = probes};
	probes[0].answered = true;
	probes[0].addr = 0xbc2be199; /* 188.43.225.153 */
	probes[0].icmp_type = ICMP_T_TIME_EXCEEDED;
	probes[0].proof = PROOF_BOTH;
	snprintf(r.campaign, sizeof(r.campaign), "%s", c->name);
	learn_trace(l, c, &r);
}

/* By TCP. */
static inline struct lesson
lesson_tcp(
    uint32_t target, int32_t port, int64_t at_us, enum lesson_answer answer)
{
	return (struct lesson){.target = target,
	    .method = METHOD_TCP,
	    .port = port,
	    .at_us = at_us,
	    .answer = answer};
}

/* A campaign as the configuration makes it without further keys. */
static inline struct config_campaign
lesson_campaign(const char *name, enum record_method method, int64_t interval_s)
{
	struct config_campaign c = {.methods = {{method}, 1},
	    .port = -1,
	    .flows = 1,
	    .interval_s = interval_s,
	    .verify_s = CONFIG_VERIFY_S,
	    .quiet = CONFIG_QUIET};
	snprintf(c.name, sizeof(c.name), "%s", name);
	return c;
}

/* A memory that was never in a file. */
static inline struct learn *
lesson_empty(void)
{
	static const char text[] = "tumen-learned 1\nend\n";
	return learn_parse(text, sizeof(text) - 1, NULL);
}

#endif
