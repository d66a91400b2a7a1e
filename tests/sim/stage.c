/* SPDX-License-Identifier: ISC */
#include "tests/sim/stage.h"

#include "probe/wire/method.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
give_up(const char *why)
{
	fprintf(stderr, "stage: %s\n", why);
	exit(1);
}

void
stage_open(struct stage *s, const char *text, uint64_t seed)
{
	char why[160];
	struct fault f;
	memset(s, 0, sizeof(*s));
	s->play = play_parse(text, seed, why);
	if (s->play == NULL)
		give_up(why);
	s->build = build_open("tumen test", &f);
	if (s->build == NULL)
		give_up("no builder");
	s->flow = (struct flow_id){
	    .src = 0xc0000201, .dst = 0xcb007109, .sport = 33456};
	stage_method(s, METHOD_UDP);
}

void
stage_close(struct stage *s)
{
	play_close(s->play);
	build_close(s->build);
}

void
stage_method(struct stage *s, enum record_method method)
{
	static const uint16_t dport[] = {
	    [METHOD_UDP] = 33434, [METHOD_ICMP] = 0, [METHOD_TCP] = 80};
	s->flow.method = method;
	s->flow.dport = dport[method];
}

size_t
stage_ask(struct stage *s, uint8_t ttl)
{
	/* all of one stage differ, in both witnesses */
	s->id.ipid = (uint16_t)(s->id.ipid % 65000 + 1);
	s->id.check = (uint16_t)(s->id.ipid * 7919u % 65000 + 1);
	s->len = build_probe(s->build, &s->flow, &s->id, ttl, s->probe);
	s->n = play_send(s->play, s->probe, s->len, s->now_ns, s->out);
	return s->n;
}

uint32_t
stage_hop(struct stage *s, uint8_t ttl)
{
	if (stage_ask(s, ttl) == 0)
		return 0;
	const struct play_reply *r = &s->out[0];
	if (reply_parse(r->bytes, r->len, &s->reply) != REPLY_GOOD)
		give_up("a reply that cannot be parsed");
	return s->reply.src;
}

enum play_fate
stage_fate(const struct stage *s)
{
	uint32_t responder;
	return play_fate(s->play, &responder);
}

enum record_proof
stage_grade(const struct stage *s, const struct play_reply *reply)
{
	const struct method *m = method_of(s->flow.method);
	struct method_witness w;
	struct reply r;
	if (reply_parse(reply->bytes, reply->len, &r) != REPLY_GOOD ||
	    !method_witness(m, &s->flow, &r, &w))
		return 0;
	if (!w.has_ipid && !w.has_check)
		return PROOF_NONE;
	uint32_t wide = w.wide ? (uint32_t)s->id.ipid << 16 : 0;
	bool ipid = w.has_ipid && w.ipid == s->id.ipid;
	bool check = w.has_check && w.check == (wide | s->id.check);
	bool ours = r.kind != REPLY_ICMP_ERROR || r.quote.src == s->flow.src;
	if (check && (ipid || (w.wide && !w.has_ipid)))
		return ours ? PROOF_BOTH : PROOF_ONE;
	return ipid || check ? PROOF_ONE : 0;
}
