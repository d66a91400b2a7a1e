/* SPDX-License-Identifier: ISC */
#include "probe/trace/proof.h"

static bool
same_check(const struct method_witness *w, const struct probe_id *id)
{
	uint32_t wide = w->wide ? (uint32_t)id->ipid << 16 : 0;
	return w->has_check && w->check == (wide | id->check);
}

/* An acknowledged SYN has all 32 bits in one field. */
enum record_proof
proof_named(const struct method_witness *w, const struct probe_id *id)
{
	bool ipid = w->has_ipid && id->ipid == w->ipid;
	bool check = same_check(w, id);
	if (check && (ipid || (w->wide && !w->has_ipid)))
		return PROOF_BOTH;
	return ipid || check ? PROOF_ONE : 0;
}

enum record_proof
proof_whole(uint32_t src, const struct reply *reply)
{
	bool ours = reply->dst == src && reply->quote.src == src;
	return !ours && reply->kind == REPLY_ICMP_ERROR ? PROOF_ONE
							: PROOF_BOTH;
}
