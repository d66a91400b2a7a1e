/* SPDX-License-Identifier: ISC */
#include "probe/base/record_reply.h"

#include "probe/base/mem.h"

struct record_probe
record_unanswered(uint8_t ttl, uint8_t attempt)
{
	return (struct record_probe){.ttl = ttl,
	    .attempt = attempt,
	    .tx_ns = -1,
	    .rtt_ns = -1,
	    .reply_ttl = -1,
	    .reply_ipid = -1,
	    .quoted_ttl = -1,
	    .quoted_tos = -1,
	    .icmp_type = -1,
	    .icmp_code = -1,
	    .tcp_flags = -1};
}

struct record_bytes
record_keep(const void *bytes, size_t len)
{
	if (len > RECORD_BYTES_MAX)
		len = RECORD_BYTES_MAX;
	if (bytes == NULL || len == 0)
		return (struct record_bytes){0};
	return (struct record_bytes){xmemdup(bytes, len), (uint16_t)len};
}
