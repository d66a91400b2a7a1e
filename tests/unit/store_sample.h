/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TEST_STORE_SAMPLE_H
#define TUMEN_TEST_STORE_SAMPLE_H

#include "probe/base/mem.h"
#include "probe/base/record_reply.h"

#include <stdio.h>
#include <string.h>

/* Every run sees the same records. */
static inline uint32_t
sample_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static inline struct record_bytes
sample_bytes(uint64_t *state, uint16_t len)
{
	struct record_bytes b = {.p = xcalloc(len, 1)};
	while (b.len < len)
		b.p[b.len++] = (uint8_t)sample_random(state);
	return b;
}

/* A well-formed object of RFC 4884, class 2. */
static inline struct record_bytes
sample_ext(uint64_t *state, uint16_t body)
{
	struct record_bytes b = sample_bytes(state, (uint16_t)(body + 4));
	memcpy(b.p, (uint8_t[]){0, (uint8_t)b.len, 2, 1}, 4);
	return b;
}

static inline void
sample_answer(struct record_probe *p, uint64_t *state, bool last, uint32_t at)
{
	p->answered = true;
	p->rtt_ns = 1000000 + sample_random(state) % 300000000;
	p->addr = last ? at : 0x0a000000u + p->ttl * 256u + 1;
	p->reply_ttl = (int16_t)(64 - p->ttl);
	p->reply_ipid = (int32_t)(sample_random(state) & 0xffff);
	p->quoted_ttl = 1, p->quoted_tos = 0;
	p->icmp_type = last ? 3 : 11;
	p->icmp_code = last ? 3 : 0;
	p->proof = PROOF_BOTH;
	if (p->ttl == 3)
		p->ext = sample_ext(state, 8);
	if (p->ttl >= 8)
		p->reply = sample_bytes(state, 56);
}

static inline struct record_probe
sample_probe(uint64_t *state, uint8_t ttl)
{
	struct record_probe p = record_unanswered(ttl, 1);
	p.tx_ns = INT64_C(1795280000000000000) + ttl * INT64_C(50000000) +
		  sample_random(state) % 1000000;
	return p;
}

/* A trace of 10 TTLs towards 175.45.176.71 with every kind of field set. */
static inline struct record
sample_record(const char *vantage, uint64_t epoch, uint64_t seq)
{
	uint64_t state = epoch * 1000003 + seq;
	struct record r = {.run = (int64_t)seq % 3 - 1,
	    .epoch = epoch,
	    .seq = seq,
	    .target = 0xaf2db047,
	    .prefix = {.addr = 0xaf2db000, .len = 24},
	    .method = (enum record_method)(1 + seq % 3),
	    .port = seq % 3 == 2 ? 80 : -1,
	    .flow = (uint32_t)(seq % 4),
	    .src = 0xc0a80102,
	    .sport = 33456,
	    .dport = 33434,
	    .start_us = INT64_C(1795280000000000) + (int64_t)seq * 1000003,
	    .duration_us = 1234567,
	    .stop = STOP_REACHED,
	    .clock_step = seq % 7 == 0,
	    .control = seq % 11 == 0,
	    .drops = (uint32_t)(seq % 5)};
	snprintf(r.vantage, sizeof(r.vantage), "%s", vantage);
	if (r.run >= 0)
		snprintf(r.campaign, sizeof(r.campaign), "hourly");
	snprintf(r.tool, sizeof(r.tool), "tumen-probe 0.1.0");
	if (seq % 2 == 0)
		snprintf(r.stop_detail, sizeof(r.stop_detail), "port");
	r.nprobes = 11;
	r.probes = xcalloc(r.nprobes, sizeof(*r.probes));
	for (uint8_t i = 0; i < 10; i++) {
		struct record_probe *p = &r.probes[i];
		*p = sample_probe(&state, (uint8_t)(i + 1));
		if (i == 4 || sample_random(&state) % 20 == 0)
			p->silent = SILENT_LOST;
		else
			sample_answer(p, &state, i == 9, r.target);
	}
	/* The last probe was answered twice, or lost and tried again. */
	struct record_probe *last = &r.probes[10];
	*last = sample_probe(&state, 10);
	last->reply_no = r.probes[9].answered;
	last->attempt = r.probes[9].answered ? 1 : 2;
	last->late = true;
	sample_answer(last, &state, true, r.target);
	last->sent = sample_bytes(&state, 40);
	return r;
}

#endif
