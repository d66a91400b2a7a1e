/* SPDX-License-Identifier: ISC */
#include "tests/sim/forge.h"

#include "probe/wire/checksum.h"

uint16_t
forge_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

void
forge_put16(uint8_t *p, uint64_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void
forge_put32(uint8_t *p, uint64_t v)
{
	forge_put16(p, v >> 16);
	forge_put16(p + 2, v);
}

void
forge_trace(struct rig *g, enum record_method method, const struct key *k)
{
	struct trace_config c = config();
	c.window = c.max_ttl = FORGE_FLIGHT;
	c.gap = FORGE_FLIGHT;
	struct record about = {.vantage = "sel",
	    .seq = 5,
	    .target = TARGET,
	    .method = method,
	    .port = method == METHOD_TCP ? 80 : -1,
	    .src = US,
	    .sport = 33456,
	    .dport = 33434,
	    .start_us = 1};
	if (method != METHOD_UDP)
		about.dport = method == METHOD_TCP ? 80 : 0;
	*g = (struct rig){.now_ns = NS_PER_S};
	trace_open(&g->t, &c, &about, k);
	step(g,
	    (struct trace_event){.kind = TRACE_START, .stamp_ns = EPOCH + 500});
	send_all(g);
	assert_int_equal(g->t.record.nprobes, FORGE_FLIGHT);
}

size_t
forge_probe(struct build *b, const struct rig *g, size_t i,
    uint8_t bytes[static BUILD_MAX])
{
	struct probe_id id = trace_probe_id(&g->t, i);
	return build_probe(
	    b, &g->t.flow, &id, g->t.record.probes[i].ttl, bytes);
}

void
forge_seal(struct forge *p)
{
	forge_put16(p->b + 2, p->len);
	forge_put16(p->b + 10, 0);
	forge_put16(p->b + 10, checksum_fold(checksum_sum(0, p->b, FORGE_IP)));
	if (p->b[9] != 1)
		return;
	forge_put16(p->b + FORGE_IP + 2, 0);
	forge_put16(p->b + FORGE_IP + 2,
	    checksum_fold(checksum_sum(0, p->b + FORGE_IP, p->len - FORGE_IP)));
}

void
forge_outer(struct forge *p, uint8_t protocol, uint32_t src, size_t len)
{
	p->len = FORGE_IP + len;
	memset(p->b, 0, p->len);
	p->b[0] = 0x45;
	p->b[8] = 60;
	p->b[9] = protocol;
	forge_put32(p->b + 12, src);
	forge_put32(p->b + 16, US);
}

void
forge_error(struct forge *p, const uint8_t *probe, size_t quote_len)
{
	forge_outer(p, 1, ROUTER, FORGE_ICMP + quote_len);
	p->b[FORGE_IP] = 11;
	memcpy(p->b + FORGE_IP + FORGE_ICMP, probe, quote_len);
	p->b[FORGE_IP + FORGE_ICMP + 8] = 1;
}

void
forge_extend(
    struct forge *p, size_t room, uint8_t words, const uint8_t *ext, size_t len)
{
	size_t at = FORGE_IP + FORGE_ICMP + room;
	memset(p->b + p->len, 0, at - p->len);
	memcpy(p->b + at, ext, len);
	p->b[FORGE_IP + 5] = words;
	p->len = at + len;
}

void
forge_echo(struct forge *p, uint16_t id, uint64_t identity)
{
	forge_outer(p, 1, TARGET, 64);
	forge_put16(p->b + FORGE_IP + 4, id);
	forge_put16(p->b + FORGE_IP + 6, identity);
	forge_put16(p->b + FORGE_IP + FORGE_ICMP + 2, identity >> 16);
}

int
forge_judge(
    const struct rig *g, const struct forge *p, struct reply *r, size_t *at)
{
	enum record_proof proof;
	if (reply_parse(p->b, p->len, r) != REPLY_GOOD)
		return FORGE_REFUSED;
	return trace_match(&g->t, r, at, &proof) ? (int)proof : FORGE_UNMATCHED;
}
