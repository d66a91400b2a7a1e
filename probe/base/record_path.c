/* SPDX-License-Identifier: ISC */
#include "probe/base/record_path.h"

#include "probe/base/record_reply.h"

unsigned
record_proof_rank(enum record_proof proof)
{
	return proof == PROOF_UNTOLD ? PROOF_ONE : proof;
}

const struct record_probe *
record_answer(const struct record *r, uint8_t ttl)
{
	const struct record_probe *best = NULL;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->ttl == ttl && p->answered &&
		    (best == NULL || record_proof_rank(p->proof) >
					 record_proof_rank(best->proof)))
			best = p;
	}
	return best;
}

uint8_t
record_last_ttl(const struct record *r)
{
	uint8_t last = 0;
	for (size_t i = 0; i < r->nprobes; i++)
		if (r->probes[i].ttl > last)
			last = r->probes[i].ttl;
	return last;
}

bool
record_probed(const struct record *r, uint8_t ttl)
{
	for (size_t i = 0; i < r->nprobes; i++)
		if (r->probes[i].ttl == ttl)
			return true;
	return false;
}

static bool
target_seen(const struct record *r)
{
	for (size_t i = 0; i < r->nprobes; i++)
		if (r->probes[i].answered && r->probes[i].addr == r->target)
			return true;
	return false;
}

bool
record_reached_nowhere(const struct record *r)
{
	return r->epoch == 0 && r->stop == STOP_REACHED && !target_seen(r);
}

bool
record_reached(const struct record *r)
{
	return target_seen(r) || record_reached_nowhere(r);
}

uint8_t
record_kind(const struct record_probe *p)
{
	if (!p->answered)
		return KIND_SILENT;
	if (p->tcp_flags >= 0)
		return KIND_TCP;
	if (p->icmp_type < 0)
		return KIND_UDP;
	switch (p->icmp_type) {
	case ICMP_T_ECHO_REPLY:
		return KIND_ECHO_REPLY;
	case ICMP_T_UNREACHABLE:
		return (uint8_t)(KIND_UNREACHABLE +
				 (p->icmp_code > 0 ? p->icmp_code & 0x7f : 0));
	case ICMP_T_TIME_EXCEEDED:
		return KIND_TIME_EXCEEDED;
	default:
		return KIND_OTHER;
	}
}

void
record_path(const struct record *r, struct wr *out)
{
	bool probed[RECORD_TTL_MAX + 1] = {false};
	for (size_t i = 0; i < r->nprobes; i++)
		probed[r->probes[i].ttl] = true;
	for (int ttl = 1; ttl <= RECORD_TTL_MAX; ttl++) {
		if (!probed[ttl])
			continue;
		const struct record_probe *p = record_answer(r, (uint8_t)ttl);
		wr_u8(out, (uint8_t)ttl);
		wr_u8(out, p ? record_kind(p) : KIND_SILENT);
		if (p == NULL)
			continue;
		wr_u32(out, p->addr);
		if (p->addr == r->target)
			break;
	}
}
