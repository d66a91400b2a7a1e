/* SPDX-License-Identifier: ISC */
#include "probe/trace/key.h"

#include <string.h>

void
key_init(struct key *k)
{
	hash_random(k->secret, sizeof(k->secret));
}

static uint8_t *
put(uint8_t *p, uint64_t v, size_t octets)
{
	while (octets-- > 0)
		*p++ = (uint8_t)(v >> 8 * octets);
	return p;
}

/* Octet by octet: the padding of a struct would be hashed as well. */
struct probe_id
key_id(const struct key *k, const struct key_input *in)
{
	uint8_t text[19];
	uint8_t *p = put(text, in->seq, 8);
	p = put(p, in->target, 4);
	p = put(p, in->flow, 4);
	p = put(p, in->method, 1);
	p = put(p, in->ttl, 1);
	put(p, in->attempt, 1);
	uint64_t h = hash_sip(k->secret, text, sizeof(text));
	return (struct probe_id){
	    .ipid = (uint16_t)(1 + (h >> 32) % 0xffff),
	    .check = (uint16_t)(1 + (h & 0xffffffff) % 0xfffe),
	};
}
