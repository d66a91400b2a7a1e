/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_KEY_H
#define TUMEN_TRACE_KEY_H

#include "probe/base/hash.h"
#include "probe/wire/build.h"

#include <stdint.h>

/* The secret of this process; never stored, never printed. */
struct key {
	uint8_t secret[HASH_KEY_LEN];
};

/* What a probe's identity is derived from. */
struct key_input {
	uint64_t seq; /* of the trace in this process */
	uint32_t target;
	uint32_t flow;
	uint8_t method, ttl, attempt;
};

void key_init(struct key *k);

/*
 * SipHash-2-4 of the input, cut to 32 bits in the legal ranges of
 * struct probe_id: ipid 1..0xffff, check 1..0xfffe.
 */
struct probe_id key_id(const struct key *k, const struct key_input *in);

#endif
